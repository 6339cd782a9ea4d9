"""Text cut into tokens: characters, jamo, sub-words, morphemes or words, each a number.

All tokenizers answer to the same calls, and each is part of the model that reads its numbers:

    encode(texts)      the ids of many texts at once
    spans(text)        which characters of the text each token covers
    get_config()       what makes the tokenizer again, safe for JSON

Any text can be read. Its Unicode form (한 as one character or as three jamo) makes no difference, and spans are
places in the text as it was given. A lone surrogate, which is no character, is read as an unknown one.
"""

import functools
import itertools
import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from rnn_models.checks import check_texts
from rnn_models.text.characters import CharVocabulary, joins_what_precedes
from rnn_models.text.words import WordTokenizer

UNKNOWN = "<unk>"
UNKNOWN_ID = 0

_SPECIAL = re.compile("</?[A-Za-z0-9]+>")
_SPACE = re.compile(r"\s")  # as `str.isspace` and `str.split` see it
_BYTES = {f"<0x{number:02X}>": bytes([number]) for number in range(256)}


class CharTokenizer:
    """One token for each character (for each jamo with an NFD vocabulary).

    Args:
        vocabulary: a `CharVocabulary`, or its configuration.
    """

    kind = "characters"

    def __init__(self, vocabulary: CharVocabulary | dict):
        self.vocabulary = CharVocabulary.from_config(vocabulary) if isinstance(vocabulary, dict) else vocabulary
        if not isinstance(self.vocabulary, CharVocabulary):
            raise ValueError(f"vocabulary is {vocabulary!r}; expected a CharVocabulary, or its configuration.")

    @classmethod
    def build(cls, texts: Iterable[str], size: int, normalization: str | None = "NFC") -> "CharTokenizer":
        """The `size` most frequent characters of the texts, in the normal form NFC (syllables) or NFD (jamo)."""
        texts = check_texts(texts)
        full = CharVocabulary.build("\n".join(texts), normalization=normalization)
        counts = Counter()
        for text in texts:
            counts.update(full.encode(text).tolist())
        kept = sorted(number for number, _ in counts.most_common(size) if number)
        return cls(CharVocabulary([full.symbols[number] for number in kept], normalization))

    def __len__(self) -> int:
        return len(self.vocabulary)

    def encode(self, texts: Iterable[str]) -> list[np.ndarray]:
        """The ids of each text, (T,) int32; 0 for what is unknown."""
        return [self.vocabulary.encode(text) for text in check_texts(texts)]

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Where each token begins and ends in `text`; the jamo of a syllable share its place."""
        check_texts([text])
        if self.vocabulary.normalize(text) == text:
            counts = self.vocabulary.spans(text)
            return [(n, n + 1) for n, count in enumerate(counts) for _ in range(count)]
        # `encode` composes first: cluster by composed cluster
        return [
            (start, end) for start, end in _clusters(text) for _ in range(self.vocabulary.spans(text[start:end]).sum())
        ]

    def get_config(self) -> dict[str, Any]:
        return {"kind": self.kind, "vocabulary": self.vocabulary.get_config()}


class SubwordTokenizer:
    """Sub-words by byte-pair encoding (Sennrich et al. 2016), by the package `tokenizers`.

    A word's first piece begins with "▁"; pieces never cross a space, nor the border of letters and
    punctuation.

    Args:
        definition: the JSON text that describes a tokenizer of the package `tokenizers`.
    """

    kind = "subwords"

    def __init__(self, definition: str):
        self._tokenizer = _defined(definition)

    @classmethod
    def build(
        cls,
        texts: Iterable[str],
        size: int,
        lowercase: bool = True,
        normalization: str = "NFKC",
        specials: Sequence[str] = (),
        byte_fallback: bool = False,
    ) -> "SubwordTokenizer":
        """Learn `size` pieces from the texts, <unk>, the special tokens and the bytes included.

        Args:
            lowercase: read capital letters as small ones.
            normalization: "NFKC"; "NFKD" cuts Hangul syllables into jamo first, so that pieces may end
                inside a syllable (했 = 하 + ㅆ); "NFC" leaves each character what it is (½, Ａ, ㍿), for texts
                that are to come out again.
            specials: further tokens, each written <name> or </name>; their ids are 1, 2, ... No text is read as
                one of them: a "</s>" that somebody writes is four characters.
            byte_fallback: spell a character that has no piece in its UTF-8 bytes, by 256 tokens more, so that
                `decode` gives it back. White space is then told apart no more: any run of it, and "▁", is one
                space, and none is at the ends.

        Raises:
            ValueError: an unknown normal form, specials written otherwise, a size without room for all bytes.
        """
        from tokenizers import Tokenizer, models, pre_tokenizers, trainers

        texts = check_texts(texts)
        reserved = [UNKNOWN, *_checked_specials(specials), *(_BYTES if byte_fallback else [])]
        tokenizer = Tokenizer(models.BPE(unk_token=UNKNOWN, byte_fallback=byte_fallback))
        tokenizer.normalizer = _normalizer(normalization, lowercase, byte_fallback)
        tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
            [pre_tokenizers.Metaspace(prepend_scheme="always"), pre_tokenizers.Punctuation("contiguous")]
        )
        alphabet = _alphabet(texts, tokenizer.normalizer, max(size // 4, 100))
        if byte_fallback and size < len(reserved) + len(alphabet):
            raise ValueError(
                f"size is {size}; expected at least {len(reserved) + len(alphabet)}: {len(reserved)} for {UNKNOWN}, "
                f"the special tokens and the bytes, and {len(alphabet)} for the characters of the texts."
            )
        trainer = trainers.BpeTrainer(
            vocab_size=size,
            special_tokens=reserved,
            initial_alphabet=alphabet,
            limit_alphabet=len(alphabet),
            min_frequency=2,
            show_progress=False,
        )
        tokenizer.train_from_iterator(texts, trainer, length=len(texts))
        definition = json.loads(tokenizer.to_str())
        # The package looks for these in every text. Without them they are in the vocabulary still, and no text is
        # cut into them: no piece holds both letters and punctuation.
        definition["added_tokens"] = []
        return cls(json.dumps(definition, ensure_ascii=False))

    @functools.cached_property
    def specials(self) -> tuple[str, ...]:
        """The special tokens in the order of their ids, from 0: <unk>, then those that were asked for."""
        tokens = map(self._tokenizer.id_to_token, range(len(self)))
        return tuple(itertools.takewhile(lambda t: _SPECIAL.fullmatch(t) and t not in _BYTES, tokens))

    def id_of(self, special: str) -> int:
        """The id of a special token.

        Raises:
            ValueError: this tokenizer has no such special token.
        """
        if special not in self.specials:
            raise ValueError(f"{special!r} is no special token of this tokenizer; it has {', '.join(self.specials)}.")
        return self.specials.index(special)

    def __len__(self) -> int:
        return self._tokenizer.get_vocab_size()

    def encode(self, texts: Iterable[str], dropout: float = 0.0) -> list[np.ndarray]:
        """The ids of each text, (T,) int32; 0 for what is unknown.

        Args:
            dropout: the share of merges that are skipped at random (BPE-dropout, Provilkov et al. 2020):
                each reading of a text then cuts it otherwise. For training. The package draws without a seed.
        """
        texts = [_readable(text) for text in check_texts(texts)]
        tokenizer = self._dropping(dropout) if dropout else self._tokenizer
        return [np.asarray(e.ids, dtype=np.int32) for e in tokenizer.encode_batch_fast(texts)]

    def _dropping(self, rate: float) -> Any:
        """A tokenizer of its own: others may be reading with this one, in other threads."""
        if not 0 < rate < 1:
            raise ValueError(f"dropout is {rate}; expected a number in [0, 1).")
        tokenizer = _defined(self._tokenizer.to_str())
        tokenizer.model.dropout = rate
        return tokenizer

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Where each token begins and ends in `text`; it may begin with the space before it."""
        check_texts([text])
        spans = list(self._tokenizer.encode(_readable(text)).offsets)
        nexts = [start for start, _ in spans[1:]] + [len(text)]
        # Of characters that are composed the package gives the first one's place; the others are in no span.
        return [
            (start, end + len(_SPACE.split(text[end:after], maxsplit=1)[0]))
            for (start, end), after in zip(spans, nexts, strict=False)  # of no tokens there is no next
        ]

    def decode(self, ids: Sequence[int]) -> str:
        """The text of (T,) ids in its composed form (NFC), one space between words and none at the ends.

        <unk> and the other special tokens are left out. Bytes are joined to characters; those that are no UTF-8
        give U+FFFD.

        Raises:
            ValueError: ids that this tokenizer does not have.
        """
        spelt = b"".join(_spelt(token) for token in self._tokens(ids) if token not in self.specials)
        text = spelt.decode("utf-8", errors="replace").replace("▁", " ")
        return " ".join(unicodedata.normalize("NFC", text).split())

    def token_texts(self, ids: Sequence[int]) -> list[str]:
        """Each of (T,) ids as something to print: "▁" begins a word, a byte is "<0xE2>", a tab is "<U+0009>"."""
        return ["".join(map(_printable, unicodedata.normalize("NFC", token))) for token in self._tokens(ids)]

    def _tokens(self, ids: Sequence[int]) -> list[str]:
        numbers = np.asarray(ids)
        whole = numbers.ndim == 1 and (numbers.dtype.kind in "iu" or not numbers.size)
        if not whole or ((numbers < 0) | (numbers >= len(self))).any():
            raise ValueError(f"ids: got {ids!r}; expected a sequence of whole numbers from 0 to {len(self) - 1}.")
        return [self._tokenizer.id_to_token(int(number)) for number in numbers]

    def get_config(self) -> dict[str, Any]:
        return {"kind": self.kind, "definition": self._tokenizer.to_str()}


class MorphemeTokenizer:
    """Korean morphemes with their parts of speech, by the package `kiwipiepy` (optional: pip install kiwipiepy).

    Args:
        forms: the morphemes that the model knows, as "form/tag", numbered from 1.
    """

    kind = "morphemes"

    def __init__(self, forms: Sequence[str]):
        self.forms = tuple(forms)
        if isinstance(forms, str) or not all(isinstance(form, str) for form in self.forms):
            raise ValueError("forms holds something else than strings; expected morphemes such as '영화/NNG'.")
        self._ids = {form: number for number, form in enumerate(self.forms, start=1)}

    @classmethod
    def build(cls, texts: Iterable[str], size: int) -> "MorphemeTokenizer":
        """The `size` − 1 most frequent morphemes of the texts."""
        counts = Counter(form for text in _morphemes(texts) for form, _, _ in text)
        return cls([form for form, _ in counts.most_common(size - 1)])

    def __len__(self) -> int:
        return len(self.forms) + 1

    def encode(self, texts: Iterable[str]) -> list[np.ndarray]:
        """The ids of each text, (T,) int32; 0 for what is unknown."""
        return [
            np.asarray([self._ids.get(form, UNKNOWN_ID) for form, _, _ in text], dtype=np.int32)
            for text in _morphemes(texts)
        ]

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Where each token begins and ends in `text`."""
        (found,) = _morphemes([text])
        spans = [(start, start + length) for _, start, length in found]  # an omitted 이(다) has no length
        if unicodedata.is_normalized("NFC", text):
            return spans
        places = [place for place in _clusters(text) for _ in unicodedata.normalize("NFC", text[slice(*place)])]
        places.append((len(text), len(text)))
        return [(places[start][0], places[end - 1 if end > start else end][end > start]) for start, end in spans]

    def get_config(self) -> dict[str, Any]:
        return {"kind": self.kind, "forms": list(self.forms)}


Tokenizer = CharTokenizer | SubwordTokenizer | MorphemeTokenizer | WordTokenizer

_KINDS = {made.kind: made for made in (CharTokenizer, SubwordTokenizer, MorphemeTokenizer, WordTokenizer)}


def tokenizer_from_config(config: dict[str, Any]) -> Tokenizer:
    """The tokenizer that gave `config`.

    Raises:
        ValueError: a kind that is not known, or a broken definition.
    """
    if not isinstance(config, dict) or config.get("kind") not in list(_KINDS):
        kind = config.get("kind") if isinstance(config, dict) else config
        raise ValueError(f"The tokenizer is of the kind {kind!r}; expected one of {', '.join(_KINDS)}.")
    options = dict(config)
    kind = options.pop("kind")
    try:
        return _KINDS[kind](**options)
    except TypeError as error:  # options missing, or left over
        raise ValueError(f"The configuration of the tokenizer ({kind}) is broken: {error}.") from error


@functools.cache
def _kiwi() -> Any:
    """The analyser, which takes seconds to load."""
    try:
        from kiwipiepy import Kiwi
    except ImportError as error:
        raise ValueError("Morphemes need the package kiwipiepy: pip install kiwipiepy") from error
    return Kiwi()


def _morphemes(texts: Iterable[str]) -> list[list[tuple[str, int, int]]]:
    """The morphemes of each text in its composed form: form and tag, start, length."""
    texts = [unicodedata.normalize("NFC", _readable(text)) for text in check_texts(texts)]
    return [[(f"{m.form}/{m.tag}", m.start, m.len) for m in found] for found in _kiwi().tokenize(texts)]


def _checked_specials(specials: Sequence[str]) -> Sequence[str]:
    """`specials`, unless one of them could be read from a text, or is there already."""
    wrong = [s for s in specials if not (isinstance(s, str) and _SPECIAL.fullmatch(s)) or s in (UNKNOWN, *_BYTES)]
    if isinstance(specials, str) or wrong or len(set(specials)) < len(specials):
        raise ValueError(
            f"specials is {specials!r}; expected a sequence of different tokens, each written <name> or </name> with "
            f"letters and digits, such as '</s>'; {UNKNOWN} and the bytes <0x00> to <0xFF> are not to be named."
        )
    return specials


def _normalizer(normalization: str, lowercase: bool, one_space: bool) -> Any:
    from tokenizers import Regex, normalizers

    forms = {"NFKC": normalizers.NFKC, "NFKD": normalizers.NFKD, "NFC": normalizers.NFC}
    if normalization not in forms:
        raise ValueError(
            f"normalization is {normalization!r}; expected 'NFKC' or 'NFKD', or 'NFC' for texts that are to come out "
            "again."
        )
    steps = [forms[normalization](), *([normalizers.Lowercase()] if lowercase else [])]
    if one_space:  # what `str.split` takes for white space, and what stands for a space in the tokens
        steps += [normalizers.Replace(Regex("[\\s\x1c-\x1f▁]+"), " "), normalizers.Strip()]
    return normalizers.Sequence(steps)


def _alphabet(texts: Sequence[str], normalizer: Any, room: int) -> list[str]:
    """The most frequent characters of the texts, "▁" for a space.

    Rare characters would take the room of useful pieces. Of equally rare ones the package itself would keep some by
    chance: other numbers for the same texts, and none of them those that a model was trained with.
    """
    counts = Counter()
    for text in texts:
        counts.update("▁" + normalizer.normalize_str(_readable(text)).replace(" ", "▁"))
    return sorted(counts, key=lambda c: (-counts[c], c))[:room]


def _spelt(token: str) -> bytes:
    return _BYTES.get(token) or token.encode()


def _printable(character: str) -> str:
    return character if character.isprintable() else f"<U+{ord(character):04X}>"


def _defined(definition: str) -> Any:
    import tokenizers

    try:
        return tokenizers.Tokenizer.from_str(definition)
    except Exception as error:  # the package raises plain Exception
        raise ValueError(f"The sub-word tokenizer's definition cannot be read: {error}") from error


def _readable(text: str) -> str:
    """`text` as what other programs take for text: without lone surrogates, at the same places."""
    return re.sub("[\ud800-\udfff]", "\ufffd", text)


def _clusters(text: str) -> list[tuple[int, int]]:
    """Where what composing (NFC) may join begins and ends: a letter with its marks, the jamo of a syllable, CR LF."""
    starts = [
        n
        for n, character in enumerate(text)
        if not (n and (joins_what_precedes(character) or text[n - 1 : n + 1] == "\r\n"))
    ]
    return list(zip(starts, [*starts[1:], len(text)], strict=True))
