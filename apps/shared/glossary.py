"""The field's words that the pages use: one sentence each, and which way is better.

A page does nothing for it: `assets/glossary.js` marks these words in results, explanations and labels, and shows the
sentence when the word is pointed at, focused or tapped.
"""

import json
from dataclasses import dataclass

LOWER, HIGHER, NEITHER = "lower", "higher", ""


@dataclass(frozen=True)
class Entry:
    """One word.

    Attributes:
        english, korean: how it is written; the first form is its name. What is spelled alike in Korean stands in
            `english` alone, and is found in Korean sentences, too.
        meaning, meaning_ko: one sentence.
        better: which way is better: LOWER, HIGHER or NEITHER.
    """

    english: tuple[str, ...]
    korean: tuple[str, ...]
    meaning: str
    meaning_ko: str
    better: str = NEITHER


ENTRIES = {
    "nats": Entry(
        ("nats", "nat"),
        ("내트",),
        "Surprise, −ln of a probability: 0 is certain, and 1 nat is 1.44 bits.",
        "확률에 −ln을 취한 값으로, 얼마나 뜻밖인지를 나타냅니다. 0이면 확신한 것이고 1내트는 1.44비트입니다.",
        LOWER,
    ),
    "bits": Entry(
        ("bits", "bit"),
        ("비트",),
        "Information, −log₂ of a probability: the toss of a fair coin has 1 bit.",
        "확률에 −log₂를 취한 정보량의 단위입니다. 동전 던지기 한 번이 1비트입니다.",
    ),
    "perplexity": Entry(
        ("perplexity",),
        ("혼란도",),
        "e to the mean nats: as if the model had to choose among so many equally likely symbols each time.",
        "평균 내트만큼 e를 거듭제곱한 값으로, 매번 확률이 같은 기호 몇 개 가운데 고르는 셈인지를 뜻합니다.",
        LOWER,
    ),
    "log p": Entry(
        ("log p", "log-probability"),
        ("로그 확률",),
        "The natural logarithm of the probability that the model gives to the whole text; 0 is the most it can be.",
        "모델이 글 전체에 부여한 확률의 자연로그입니다. 0이 최댓값입니다.",
        HIGHER,
    ),
    "entropy": Entry(
        ("entropy",),
        ("엔트로피",),
        "How widely a distribution is spread: 0 if everything is in one place, most if all places have the same.",
        "분포가 얼마나 넓게 퍼져 있는지를 나타냅니다. 한곳에 몰리면 0이고 모두 같으면 최대입니다.",
    ),
    "token": Entry(
        ("token", "tokens"),
        ("토큰",),
        "What a model reads or writes in one step: a character, a part of a word, or a word.",
        "모델이 한 단계에 읽거나 쓰는 단위로, 글자나 낱말의 일부, 또는 낱말입니다.",
    ),
    "BLEU": Entry(
        ("BLEU", "BLEU-4"),
        (),
        "How many runs of one to four words a text shares with people's, less a penalty if it is too short; 0 to 100.",
        "연속된 낱말 1~4개가 사람이 쓴 글과 얼마나 겹치는지를 재고 짧으면 깎는 점수로, 0에서 100까지입니다.",
        HIGHER,
    ),
    "chrF": Entry(
        ("chrF",),
        (),
        "How many runs of one to six characters a text shares with people's; 0 to 100.",
        "연속된 글자 1~6개가 사람이 쓴 글과 얼마나 겹치는지를 재는 점수로, 0에서 100까지입니다.",
        HIGHER,
    ),
    "CIDEr": Entry(
        ("CIDEr", "CIDEr-D"),
        (),
        "How much a caption has in common with several people's, where rare words count more.",
        "사진 설명이 여러 사람의 설명과 얼마나 비슷한지를, 드문 낱말에 가중치를 더 주어 잰 점수입니다.",
        HIGHER,
    ),
    "METEOR": Entry(
        ("METEOR",),
        (),
        "How many words a text shares with people's, other forms of a word included, less a penalty for their order.",
        "어형 변화까지 고려해 사람이 쓴 글과 겹치는 낱말을 세고, 순서가 다르면 깎는 점수입니다.",
        HIGHER,
    ),
    "AUC": Entry(
        ("AUC",),
        (),
        "The probability that a positive example gets a higher score than a negative one; 0.5 is guessing.",
        "긍정 예시가 부정 예시보다 높은 점수를 받을 확률입니다. 0.5면 무작위로 맞히는 것과 같습니다.",
        HIGHER,
    ),
    "F1": Entry(
        ("F1",),
        (),
        "The harmonic mean of precision (how many of the found ones are right) and recall (how many are found).",
        "정밀도(찾은 것 중 맞은 비율)와 재현율(찾아야 할 것 중 찾은 비율)의 조화 평균입니다.",
        HIGHER,
    ),
    "calibration error": Entry(
        ("calibration error", "ECE"),
        ("보정 오차",),
        "How far the stated probabilities are, on average, from how often the model is right.",
        "모델이 말한 확률과 실제로 맞힌 비율이 평균적으로 얼마나 어긋나는지를 나타냅니다.",
        LOWER,
    ),
    "beam": Entry(
        ("beam search", "beam"),
        ("빔 탐색", "빔 크기", "빔"),
        "A search that keeps the best so many beginnings of the text at each step; with 1 it is greedy search.",
        "단계마다 가장 좋은 후보를 정해진 수만큼 남기는 탐색입니다. 하나만 남기면 그리디 탐색입니다.",
    ),
    "temperature": Entry(
        ("temperature",),
        ("온도",),
        "By this the logits are divided before softmax: below 1 the likely wins more often, above 1 less often.",
        "소프트맥스 전에 로짓을 나누는 수입니다. 1보다 낮으면 확률이 높은 것이 더 자주, 높으면 덜 자주 뽑힙니다.",
    ),
    "top-k": Entry(
        ("top-k",),
        ("상위 k",),
        "Drawing among the k likeliest only.",
        "확률이 가장 높은 k개 중에서만 뽑는 방법입니다.",
    ),
    "top-p": Entry(
        ("top-p",),
        ("누적 확률 p",),
        "Drawing among the fewest likeliest whose probabilities sum to p.",
        "확률이 높은 것부터 더해 p가 될 때까지의 후보 중에서만 뽑는 방법입니다.",
    ),
}

BETTER = {
    LOWER: ("↓ lower is better", "↓ 낮을수록 좋음"),
    HIGHER: ("↑ higher is better", "↑ 높을수록 좋음"),
}


def script() -> str:
    """JavaScript that tells the page of the glossary."""
    entries = {
        name: {
            "en": entry.english,
            "ko": entry.korean,
            "meaning": (entry.meaning, entry.meaning_ko),
            "better": BETTER.get(entry.better),
        }
        for name, entry in ENTRIES.items()
    }
    return f"window.rnnGlossary = {json.dumps(entries, ensure_ascii=False)};".replace("<", "\\u003c")
