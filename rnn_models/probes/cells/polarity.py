"""Words of praise and of blame, and how many a text has had so far. A short list, made for this and nothing else."""

import re

import numpy as np

_PRAISE = (
    "amazing|awesome|beautiful|beautifully|best|brilliant|charming|classic|delight|delightful|enjoy|enjoyable|enjoyed|"
    "entertaining|excellent|fantastic|favorite|favourite|fun|funny|gem|good|great|hilarious|impressive|incredible|love|"
    "loved|lovely|masterpiece|memorable|moving|outstanding|perfect|perfectly|powerful|recommend|recommended|superb|"
    "terrific|touching|underrated|wonderful|wonderfully",
    "재미있|재밌|재미 있|최고|감동|좋았|좋은|좋다|훌륭|명작|추천|완벽|멋진|멋있|아름다|대박|사랑|짱|걸작|웃기|유쾌",
)
_BLAME = (
    "annoying|avoid|awful|bad|badly|bland|boring|cheap|cliche|clichéd|crap|disappointed|disappointing|disappointment|"
    "dreadful|dull|dumb|fail|fails|garbage|horrible|lame|laughable|mediocre|mess|pathetic|pointless|poor|poorly|"
    "predictable|ridiculous|stupid|terrible|tedious|unfunny|waste|wasted|weak|worse|worst",
    "재미없|재미 없|지루|최악|아깝|별로|실망|쓰레기|노잼|졸작|유치|"
    "어이없|짜증|망작|돈 아까|시간 아까|엉망|억지|허접|졸려",
)


def _pattern(words: tuple[str, str]) -> re.Pattern:
    english, korean = words
    return re.compile(rf"\b(?:{english})\b|{korean}", re.IGNORECASE)


_PATTERNS = ((1, _pattern(_PRAISE)), (-1, _pattern(_BLAME)))


def so_far(text: str) -> np.ndarray:
    """Words of praise less words of blame up to each character, (n,); a word counts from its last character on."""
    steps = np.zeros(len(text), dtype=np.float32)
    for sign, pattern in _PATTERNS:
        for match in pattern.finditer(text):
            steps[match.end() - 1] += sign
    return np.cumsum(steps, dtype=np.float32)
