"""Small tokenizers of each kind, and texts for them."""

from hypothesis import strategies as st

from rnn_models.text.tokenizers import CharTokenizer, MorphemeTokenizer, SubwordTokenizer

REVIEWS = [
    "이 영화는 정말 재미있었다! 다시 보고 싶은 영화.",
    "너무 지루했다... 돈이 아깝다 ㅠㅠ",
    "배우들의 연기가 정말 좋았다. 재미있었다!",
    "The film was good, really good fun.",
    "I hated it: a waste of time, a really bad film...",
    "Not bad, not good. The acting was fun.",
] * 4

MAKERS = {
    "syllables": lambda: CharTokenizer.build(REVIEWS, 90),
    "jamo": lambda: CharTokenizer.build(REVIEWS, 90, "NFD"),
    "as it stands": lambda: CharTokenizer.build(REVIEWS, 90, None),
    "subwords": lambda: SubwordTokenizer.build(REVIEWS, 300),
    "jamo subwords": lambda: SubwordTokenizer.build(REVIEWS, 300, normalization="NFKD"),
    "cased subwords": lambda: SubwordTokenizer.build(REVIEWS, 300, lowercase=False),
    "translation subwords": lambda: for_translation(REVIEWS),
    "morphemes": lambda: MorphemeTokenizer.build(REVIEWS, 60),
}
SUBWORDS = ["subwords", "jamo subwords", "cased subwords", "translation subwords"]
SPECIALS = ("<s>", "</s>")
HOSTILE = [
    "",
    " ",
    " \t\r\n ",
    "\ud800",
    "좋\udfff다 \ud83d\ude00",
    "\x00\x1b[31m",
    "👩‍👩‍👧‍👦🏽 👍🏿",
    "e\u0301\u0323",
    "a\u0316\u0301 q\u0323\u0301\u0344",
    "\u0301좋다",
    "\u1112\u1161\u11ab\u1100",
    "\u11a8가\u11a8\u1161",
    "ﬁ½ ㍿ ｶﾞ ﾡﾬ Ａ… ™",
    "<unk> ▁the▁",
    "\u0958\uf900\u2126",
    "좋다\r\n재미\r있다\n",
    "ẞİﬃ",
    "x" * 3000,
    "가" * 3000,
]


def for_translation(texts, size=500):
    """Sub-words that give every text back."""
    return SubwordTokenizer.build(
        texts, size, lowercase=False, normalization="NFC", specials=SPECIALS, byte_fallback=True
    )


anything = st.text(st.characters(exclude_categories=()), max_size=40)  # surrogates and controls included
mixed = st.text(st.sampled_from("가각힣ㅋㅠᄒ\u1161\u11ab\u0301\u0316½ｶﾞ👍\u200d\ufe0f .,!\t\r\ngodfilm"), max_size=40)
