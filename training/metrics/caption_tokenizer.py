"""The words of captions, cut as the usual scores cut them, and captions written as a model is to learn them."""

import html
import re
import unicodedata

from rnn_models.text.words import spelling, with_letters

# What pycocoevalcap leaves out of the tokens. It looks for "-LRB-" in capitals among tokens in small letters, so that
# brackets stay, as do "!!!" and "#".
PUNCTUATION = frozenset(["''", "'", "``", "`", ".", "?", "!", ",", ":", "-", "--", "...", ";", '"'])

_BRACKETS = {"(": "-lrb-", ")": "-rrb-", "[": "-lsb-", "]": "-rsb-", "{": "-lcb-", "}": "-rcb-"}
_ALIKE = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "…": "...", "–": "--", "—": "--"})
_TOKEN = re.compile(
    r"""
      \b(?:mr|mrs|ms|dr|jr|sr|st|mt|vs|etc|inc|co|corp|ltd|bros|dept|assn|prof|rev|gov|sen|gen|capt|lt|sgt|ave|blvd|rd
        |ft|sq|jan|feb|aug|sept|oct|nov|dec)\.
    | [a-z](?:\.[a-z])+\.?(?!\w)                            # u.s.a.
    | (?<!\w)[a-z]\.(?=\s|"|$)                              # vitamin c.
    | (?-i:[A-Z]{1,2}&[A-Z])\b
    | \b(?:can(?=not\b)|gon(?=na\b)|got(?=ta\b)|wan(?=na\b)|gim(?=me\b)|lem(?=me\b)) | (?<=\bcan)not\b
    | n't\b | '(?:s|m|d|re|ve|ll)\b | '(?:n'|n\b|em\b|til\b|\d\ds?\b)
    | \w+?(?=n't\b)
    | (?:o|d|l|ma)'[a-z]+                                   # o'clock, hors d'oeuvres
    | \.?\d+(?:[.,:/]\d+)+ | \.\d+
    | \w+(?:[-/.]\w+)*
    | [!?]+ | \.\.\. | --+ | [^\s\w]
    """,
    re.VERBOSE | re.IGNORECASE,
)
_ENDINGS = frozenset(["'s", "'m", "'d", "'re", "'ve", "'ll", "n't"])


def words(text: str) -> list[str]:
    """The words of a caption as the usual scores count them, in small letters and without punctuation.

    Follows what the reference scripts of COCO's captions do: the Penn Treebank's rules (Stanford's PTBTokenizer 3.4.1
    with `-lowerCase`), then sixteen kinds of punctuation are left out. "The dog's T-shirt (red) isn't wet." is
    the dog 's t-shirt -lrb- red -rrb- is n't wet. It gives the same words for all captions of Flickr8k; where texts
    are less plain (addresses of web pages, smileys, currencies) it may differ from them.
    """
    plain = html.unescape(unicodedata.normalize("NFC", text)).translate(_ALIKE)
    tokens = (plain[slice(*match.span())] for match in _TOKEN.finditer(with_letters(plain)))
    found = (_BRACKETS.get(token, token) for token in tokens)
    # A soft hyphen alone has no spelling.
    return [word for token in found if token not in PUNCTUATION and (word := spelling(token))]


def has_words(text: str) -> bool:
    """Whether there is a letter or a digit in a caption."""
    return any(map(str.isalnum, text))


def normalised(text: str) -> str:
    """A caption as a model learns it: small letters, one space between words, no punctuation, no symbols.

    Hyphens inside words ("t-shirt"), digits ("3rd", "1,000"), the full stops of abbreviations ("u.s.") and apostrophes
    stay: the endings that `words` cuts off are joined again ("dog's", "isn't"; "can not" stays two words). `words`
    of the result are the `words` of the caption, without brackets and symbols, so that it scores like the caption.
    (An exception: "Q&A" and its like are one word only in capitals.)
    """
    written: list[str] = []
    for word in words(text):
        if not has_words(word) or word in _BRACKETS.values():
            continue
        if word in _ENDINGS and written:
            written[-1] += word
        else:
            written.append(word)
    return " ".join(written)
