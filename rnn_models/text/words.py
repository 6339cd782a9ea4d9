"""Words, each a number: for languages and sets of texts with few of them, such as captions."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence, Set
from typing import Any

import numpy as np

from rnn_models.checks import check_texts

UNKNOWN = "<unk>"

_WORD = re.compile(r"[^\W_]+(?:(?:['’-]|(?<=\d)[.,:/](?=\d))[^\W_]+)*")
_INVISIBLE = frozenset("\u00ad\u200c\u200d\u2060\ufeff")  # soft hyphen, joiners and their like
_SELECTORS = re.compile("[\ufe00-\ufe0f\u180b-\u180d\U000e0100-\U000e01ef]")  # they choose how a sign looks


class WordTokenizer:
    """One token for each word of a list; letter case and punctuation are not read.

    A word is a run of letters and digits, with hyphens and apostrophes inside, or a number: "T-shirt's" is one word,
    and so is "1,000". Accents and vowel signs belong to the letter before them, and the Unicode form makes no
    difference: "é" is one character or two. What nobody sees inside a word, such as a soft hyphen, does not count.

    Args:
        words: the words that the model knows, in lower case, numbered after <unk> (0) and the special tokens.
        specials: tokens that no text contains, such as "<s>".
    """

    kind = "words"

    def __init__(self, words: Sequence[str], specials: Sequence[str] = ()):
        if isinstance(words, str) or not all(isinstance(word, str) for word in (*words, *specials)):
            raise ValueError("words or specials holds something else than strings; expected words such as 'dog'.")
        self.words, self.specials = tuple(words), (UNKNOWN, *specials)
        self._tokens = (*self.specials, *self.words)
        if len(set(self._tokens)) < len(self._tokens):
            twice = [token for token, count in Counter(self._tokens).items() if count > 1]
            raise ValueError(f"The words {', '.join(twice[:5])} stand more than once; expected each once.")
        # A list may hold a word in two Unicode forms: then the first is read, and each is written as it stands.
        self._ids = {spelling(word): number for number, word in reversed(list(enumerate(self._tokens)))}

    @classmethod
    def build(cls, texts: Iterable[str], least: int = 1, specials: Sequence[str] = ()) -> "WordTokenizer":
        """The words that stand at least `least` times in the texts, the most frequent first.

        Raises:
            ValueError: no word is so frequent.
        """
        texts = check_texts(texts)
        counts = Counter(word for text in texts for word in words_of(text))
        words = sorted((word for word in counts if counts[word] >= least), key=lambda word: (-counts[word], word))
        if not words:
            raise ValueError(
                f"No word stands {least} times or more in the {len(texts):,} texts; give more of them, or a smaller "
                "number."
            )
        return cls(words, specials)

    def __len__(self) -> int:
        return len(self._tokens)

    def id_of(self, special: str) -> int:
        """The id of a special token.

        Raises:
            ValueError: this tokenizer has no such special token.
        """
        if special not in self.specials:
            raise ValueError(f"{special!r} is no special token of this tokenizer; it has {', '.join(self.specials)}.")
        return self.specials.index(special)

    def encode(self, texts: Iterable[str], dropout: float = 0.0) -> list[np.ndarray]:
        """The ids of each text, (T,) int32; 0 for what is unknown. Words have no parts: `dropout` must be 0."""
        if dropout:
            raise ValueError(f"dropout is {dropout}, but words are not made of pieces that could be left apart; use 0.")
        first = len(self.specials)
        ids = ([self._ids.get(word, 0) for word in words_of(text)] for text in check_texts(texts))
        return [np.asarray([n if n >= first else 0 for n in row], dtype=np.int32) for row in ids]

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Where each word begins and ends in `text`."""
        check_texts([text])
        return _spans(text)

    def decode(self, ids: Sequence[int]) -> str:
        """The words of (T,) ids with spaces between; special tokens are left out.

        Raises:
            ValueError: ids that this tokenizer does not have.
        """
        return " ".join(token for token in self.token_texts(ids) if token not in self.specials)

    def token_texts(self, ids: Sequence[int]) -> list[str]:
        """Each of (T,) ids as a word."""
        numbers = np.asarray(ids)
        whole = numbers.ndim == 1 and (numbers.dtype.kind in "iu" or not numbers.size)
        if not whole or ((numbers < 0) | (numbers >= len(self))).any():
            raise ValueError(f"ids: got {ids!r}; expected a sequence of whole numbers from 0 to {len(self) - 1}.")
        return [self._tokens[int(number)] for number in numbers]

    def get_config(self) -> dict[str, Any]:
        return {"kind": self.kind, "words": list(self.words), "specials": list(self.specials[1:])}


def words_of(text: str) -> list[str]:
    """The words of a text in lower case, composed (NFC)."""
    return [spelling(text[start:end]) for start, end in _spans(text)]


def unseen(text: str, known: Set[str]) -> tuple[list[str], float]:
    """The words of a text that are not `known`, each once as it stands there, and their share of all its words."""
    spans = _spans(text)
    new = [text[start:end] for start, end in spans if spelling(text[start:end]) not in known]
    return list(dict.fromkeys(new)), len(new) / max(len(spans), 1)


def _spans(text: str) -> list[tuple[int, int]]:
    """Where each word begins and ends in a text."""
    return [match.span() for match in _WORD.finditer(with_letters(text))]


def with_letters(text: str) -> str:
    """The text, as long as it was, with an "a" for each mark on a letter, and for what nobody sees between two letters.

    `re` takes accents and vowel signs for no part of a word: words are looked for in this text.
    """
    if text.isascii():
        return text
    written: list[str] = []
    for place, sign in enumerate(text):
        inside = bool(written) and written[-1].isalnum()
        unseen = sign in _INVISIBLE and text[place + 1 : place + 2].isalnum()
        mark = unicodedata.category(sign) in ("Mn", "Mc") and not _SELECTORS.match(sign)
        written.append("a" if inside and (mark or unseen) else sign)
    return "".join(written)


def spelling(word: str) -> str:
    """How a word is kept: composed, in lower case, without what nobody sees."""
    if word.isascii():
        return word.lower()
    seen = "".join(sign for sign in word if sign not in _INVISIBLE)
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", seen).lower())
