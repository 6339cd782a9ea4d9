"""Text as numbers: a vocabulary of characters, and a decoder for characters that arrive one by one.

A character here is one Unicode code point. Korean is best written in jamo (`normalization="NFD"`): the
11,172 Hangul syllables are then spelt with 67 symbols, and `decode` puts the syllables together again.
"""

import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

UNKNOWN = "\ufffd"

# What a keyboard would have typed. Tried before Unicode's own compatibility forms.
_PLAIN = {
    **dict.fromkeys("‘’‚‛′`´ʼ", "'"),
    **dict.fromkeys("“”„‟″«»「」『』", '"'),
    **dict.fromkeys("‐‑‒–−─~", "-"),
    **dict.fromkeys("—―", "--"),
    **dict.fromkeys("•·∙‧", "*"),
    **dict.fromkeys("⁄∕÷", "/"),
    **dict.fromkeys("\r\v\f\x85\u2028\u2029", "\n"),
    **dict(zip('\t"×〜、。ıøØłŁđĐðÐ', " 'x~,.ioOlLdDdD", strict=True)),
    "ß": "ss",
    "æ": "ae",
    "Æ": "AE",
    "œ": "oe",
    "Œ": "OE",
    "þ": "th",
    "Þ": "Th",
    "…": "...",
}


class CharVocabulary:
    """The characters that a model knows, numbered from 1; number 0 stands for every other one.

    Args:
        symbols: the characters, each one code point, in the order of their ids. `"\\ufffd"` (the
            replacement character, id 0) is put in front unless it stands there already.
        normalization: the Unicode normal form in which text is spelt: `"NFD"` (Hangul in jamo, accents
            apart), `"NFC"` (composed), or None (text is taken as it stands).

    Raises:
        ValueError: a symbol is not one code point, is a surrogate, occurs twice, or never occurs in text
            of that normal form.

    `decode(encode(text))` is `text` in NFC (as it stands where `normalization` is None) if all of its
    characters are in the vocabulary.
    """

    unknown_id = 0

    def __init__(self, symbols: Sequence[str], normalization: str | None = None):
        if normalization not in (None, "NFC", "NFD"):
            raise ValueError(
                f"normalization={normalization!r}; expected 'NFC', 'NFD' or None. For Korean take 'NFD', "
                "for a text that is to be kept exactly as it stands take None."
            )
        symbols = tuple(symbols)
        if symbols[:1] != (UNKNOWN,):
            symbols = (UNKNOWN, *symbols)
        _check_symbols(symbols, normalization)
        self.symbols = symbols
        self.normalization = normalization
        self._ids = {symbol: number for number, symbol in enumerate(symbols)}
        self._followers = tuple(filter(joins_what_precedes, symbols))
        # Composing leaves text of the vocabulary alone unless some symbol changes, or joins the one before.
        stable = unicodedata.is_normalized("NFC", "\n".join(symbols)) and not self._followers
        self._composes = normalization is not None or stable
        self._spellings: dict[str, tuple[str, tuple[int, ...]]] = {}

    @classmethod
    def build(cls, text: str, normalization: str | None = None, min_count: int = 1) -> "CharVocabulary":
        """The vocabulary of a corpus: its characters in the order of their code points.

        Characters seen fewer than `min_count` times are left out (they are encoded like any unknown one),
        and so are lone surrogates, which no file can hold.
        """
        if min_count < 1:
            raise ValueError(f"min_count={min_count}; expected 1 (keep every character) or more.")
        counts = Counter(unicodedata.normalize(normalization, text) if normalization else text)
        kept = {symbol for symbol, count in counts.items() if count >= min_count}
        return cls(sorted(s for s in kept if s != UNKNOWN and not _is_surrogate(s)), normalization)

    def __len__(self) -> int:
        return len(self.symbols)

    def __contains__(self, character: str) -> bool:
        return len(character) > 0 and all(symbol in self._ids for symbol in self._spell(character))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, CharVocabulary) and self.get_config() == other.get_config()

    def __hash__(self) -> int:
        return hash((self.symbols, self.normalization))

    def __repr__(self) -> str:
        return f"CharVocabulary({len(self)} symbols, normalization={self.normalization!r})"

    def normalize(self, text: str) -> str:
        """The text whose characters `encode`, `spans` and `unknown` speak of.

        Composed (NFC), unless the vocabulary keeps accents or jamo apart by itself
        (`normalization=None` with such symbols); CR LF is LF unless CR is in the vocabulary.
        """
        if not isinstance(text, str):
            raise ValueError(f"text is a {type(text).__name__}; expected a str (decode bytes first).")
        if "\r" in text and "\r" not in self._ids:
            text = text.replace("\r\n", "\n")
        return unicodedata.normalize("NFC", text) if self._composes else text

    def encode(self, text: str) -> np.ndarray:
        """The ids of `text`, (T,) int32.

        A character outside the vocabulary is replaced by what comes nearest and is inside: its plain
        keyboard form, its Unicode compatibility form, the letter without its accent, the other case; by
        `unknown_id` if nothing does. `unknown` tells which were replaced.
        """
        codes, flat, starts, spans = self._table(text)
        spans = spans[codes]
        first = starts[codes] - (np.cumsum(spans) - spans)
        return flat[np.repeat(first, spans) + np.arange(spans.sum())]

    def spans(self, text: str) -> np.ndarray:
        """How many ids each character of `normalize(text)` takes, int32; each at least 1."""
        codes, _, _, spans = self._table(text)
        return spans[codes].astype(np.int32)

    def unknown(self, text: str) -> dict[str, str]:
        """The characters of `text` outside the vocabulary, and what stands in for each.

        In order of appearance; `"\\ufffd"` where nothing comes near.
        """
        distinct = dict.fromkeys(self.normalize(text))
        return {character: self._spelling(character)[0] for character in distinct if character not in self}

    def decode(self, ids: Sequence[int] | np.ndarray) -> str:
        """The text of `ids` (a list or an array of one dimension), composed (NFC) if normalised."""
        text = self._symbols_of(ids)
        return unicodedata.normalize("NFC", text) if self.normalization else text

    def decoder(self) -> "StreamDecoder":
        """A decoder for ids that arrive piece by piece."""
        return StreamDecoder(self)

    def get_config(self) -> dict[str, Any]:
        """What makes this vocabulary again, safe for JSON."""
        return {"symbols": "".join(self.symbols), "normalization": self.normalization}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "CharVocabulary":
        """The vocabulary that gave `config`."""
        return cls(**config)

    def _symbols_of(self, ids: Sequence[int] | np.ndarray) -> str:
        ids = np.asarray(ids)
        if ids.ndim != 1 or (ids.size and not np.issubdtype(ids.dtype, np.integer)):
            raise ValueError(
                f"ids of shape {ids.shape} and type {ids.dtype}; expected integers in one dimension. "
                "Decode a batch row by row."
            )
        if ids.size and not (ids.min() >= 0 and ids.max() < len(self)):
            raise ValueError(
                f"ids go from {ids.min()} to {ids.max()}; expected 0 to {len(self) - 1}. They belong to "
                "another vocabulary."
            )
        return "".join([self.symbols[number] for number in ids.tolist()])

    def _spell(self, text: str) -> str:
        return unicodedata.normalize(self.normalization, text) if self.normalization else text

    def _table(self, text: str) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Code points of the text; the ids of each distinct one (flat); start and length by code point."""
        text = self.normalize(text)
        codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4").astype(np.int64)
        starts = np.zeros(codes.max(initial=0) + 1, dtype=np.int64)
        spans = np.zeros_like(starts)
        flat: list[int] = []
        for character in set(text):
            ids = self._spelling(character)[1]
            starts[ord(character)], spans[ord(character)] = len(flat), len(ids)
            flat.extend(ids)
        return codes, np.asarray(flat, dtype=np.int32), starts, spans

    def _spelling(self, character: str) -> tuple[str, tuple[int, ...]]:
        """What is written for `character`, and its ids."""
        if character not in self._spellings:
            forms = list(_stand_ins(character))
            forms += [form.swapcase() for form in forms]
            written = next(filter(None, map(self._inside, forms)), UNKNOWN)
            self._spellings[character] = written, tuple(self._ids[symbol] for symbol in self._spell(written))
        return self._spellings[character]

    def _inside(self, text: str) -> str | None:
        """`text`, some of its characters in their plain form, if the vocabulary can spell that."""
        written = []
        for character in text:
            while character not in self and character in _PLAIN:
                character = _PLAIN[character]  # “ becomes ", and where that is unknown, '
            written.append(character)
        text = "".join(written)
        return text if text in self else None


class StreamDecoder:
    """Decodes ids piece by piece: the pieces joined are what `CharVocabulary.decode` gives at once.

    It holds back a character that the next id may still change (하 may become 한), for as long as the
    vocabulary has a symbol that would change it.
    """

    def __init__(self, vocabulary: CharVocabulary):
        self._vocabulary = vocabulary
        self._pending = ""

    def feed(self, ids: Sequence[int] | np.ndarray) -> str:
        """The text that is certain after these ids: what `ids` added, and what was held back before."""
        text = self._pending + self._vocabulary._symbols_of(ids)
        if not self._vocabulary.normalization:
            return text
        edge = len(text)
        while edge > 0 and joins_what_precedes(text[edge - 1]):
            edge -= 1
        edge = max(edge - 1, 0)
        if not self._may_change(text[edge:]):
            edge = len(text)
        self._pending = text[edge:]
        return unicodedata.normalize("NFC", text[:edge])

    def flush(self) -> str:
        """What is still held back; call it when the text has ended. The decoder is then empty."""
        text, self._pending = self._pending, ""
        return unicodedata.normalize("NFC", text)

    def _may_change(self, cluster: str) -> bool:
        done = unicodedata.normalize("NFC", cluster)
        return any(
            unicodedata.normalize("NFC", cluster + symbol) != done + symbol for symbol in self._vocabulary._followers
        )


def _check_symbols(symbols: tuple[str, ...], normalization: str | None) -> None:
    for symbol in symbols:
        if not isinstance(symbol, str) or len(symbol) != 1 or _is_surrogate(symbol):
            raise ValueError(
                f"symbol {symbol!r}; expected one Unicode code point that is no surrogate. Build the "
                "vocabulary of a text with CharVocabulary.build(text)."
            )
        if normalization and unicodedata.normalize(normalization, symbol) != symbol:
            raise ValueError(
                f"symbol {symbol!r} (U+{ord(symbol):04X}) never occurs in {normalization} text; expected its "
                f"{normalization} form {unicodedata.normalize(normalization, symbol)!r} among the symbols."
            )
    repeated = [symbol for symbol, count in Counter(symbols).items() if count > 1]
    if repeated:
        raise ValueError(f"symbols given more than once: {repeated}; expected each once ('\\ufffd', if given, first).")


def _is_surrogate(symbol: str) -> bool:
    return "\ud800" <= symbol <= "\udfff"


def joins_what_precedes(symbol: str) -> bool:
    """Whether normal forms may merge `symbol` with, or move it before, what stands before it."""
    return unicodedata.category(symbol).startswith("M") or "\u1160" <= symbol <= "\u11ff"


def _stand_ins(character: str) -> Iterator[str]:
    """What may stand for `character`, nearest first."""
    yield character
    compatible = unicodedata.normalize("NFKC", character)
    yield compatible
    apart = unicodedata.normalize("NFKD", character)
    bare = "".join(symbol for symbol in apart if not unicodedata.category(symbol).startswith("M"))
    yield bare
    if character.isspace():
        yield " "
