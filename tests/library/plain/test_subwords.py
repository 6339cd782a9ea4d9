"""Sub-words that give every text back: special tokens, bytes for what is unknown, white space."""

import json
import unicodedata

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnn_models.text.tokenizers import SubwordTokenizer, tokenizer_from_config
from tests.support.tokenizers import HOSTILE, MAKERS, REVIEWS, SPECIALS, for_translation, mixed

TOKEN_LIKE = ["</s>", "<s>", "<unk>", "<0x41>", "a</s>b", "<s> hello </s>", "<<s>>", "< s >", "<0xE2><0x98><0x83>", "▁"]


@pytest.fixture(scope="module")
def translating():
    return for_translation(REVIEWS)


def as_read(text):
    """What a text is up to its Unicode form and its white space; "▁" is what a space looks like inside."""
    readable = "".join("\ufffd" if "\ud800" <= c <= "\udfff" else c for c in text)
    return " ".join(unicodedata.normalize("NFC", readable).replace("▁", " ").split())


def there_and_back(tokenizer, text):
    (ids,) = tokenizer.encode([text])
    return tokenizer.decode(ids)


@pytest.mark.parametrize("text", [*REVIEWS[:6], *HOSTILE, *TOKEN_LIKE])
def test_every_text_comes_back(translating, text):
    for form in (text, unicodedata.normalize("NFD", text)):
        assert there_and_back(translating, form) == as_read(form)


def test_any_text_comes_back(translating):
    # Characters that are not assigned yet may have a composed form in one table of Unicode and none in another.
    known = st.text(st.characters(exclude_categories=["Cn"]), max_size=40)
    tags = st.lists(st.sampled_from([*TOKEN_LIKE, " ", "가", "x", "☃"]), max_size=8).map("".join)

    @given(st.one_of(known, mixed, tags))
    def holds(text):
        (ids,) = translating.encode([text])
        assert translating.decode(ids) == as_read(text)
        assert (ids > 2).all()  # neither unknown nor special, whatever the text looks like

    holds()


def test_texts_with_dropped_merges_come_back_too(translating):
    for text, ids in zip(REVIEWS[:6], translating.encode(REVIEWS[:6], dropout=0.5), strict=True):
        assert translating.decode(ids) == text


def test_korean_spacing_comes_back(translating):
    for text in ("아버지가 방에 들어가신다.", "아버지 가방에 들어가신다.", "뷁 쀍, 쀍뷁!", '"네," 그는 말했다. (끝)'):
        assert there_and_back(translating, text) == text


def test_white_space_is_one_space(translating):
    assert there_and_back(translating, " \t좋다\u3000\r\n 정말▁▁좋다\x1c") == "좋다 정말 좋다"
    one, other = translating.encode(["좋다 정말", "  좋다 \t정말 "])
    assert one.tolist() == other.tolist()


def test_what_looks_like_a_token_is_text(translating):
    """Also after the configuration went through JSON, and where the texts to learn from are full of it."""
    again = tokenizer_from_config(json.loads(json.dumps(translating.get_config())))
    taught = for_translation([" ".join(TOKEN_LIKE)] * 50)
    for tokenizer in (translating, again, taught):
        for text in TOKEN_LIKE:
            (ids,) = tokenizer.encode([text])
            (dropped,) = tokenizer.encode([text], dropout=0.5)
            assert tokenizer.decode(ids) == tokenizer.decode(dropped) == as_read(text)
            assert (ids > 2).all() and (dropped > 2).all()
            assert "<0x41>" not in tokenizer.token_texts(ids)  # a letter that has a piece, or < 0 x 4 1 >
    assert again.specials == ("<unk>", *SPECIALS)


def test_special_tokens_have_the_first_ids(translating):
    assert [translating.id_of(token) for token in ("<unk>", "<s>", "</s>")] == [0, 1, 2]
    assert SubwordTokenizer.build(REVIEWS, 300).specials == ("<unk>",)
    for wrong in ("<2ko>", "<0x41>", "영화", "", None):
        with pytest.raises(ValueError, match="is no special token of this tokenizer; it has <unk>, <s>, </s>"):
            translating.id_of(wrong)


def test_special_tokens_are_not_in_the_text(translating):
    (ids,) = translating.encode(["정말 좋았다"])
    assert translating.decode([1, *ids[:2], 0, *ids[2:], 2, 2]) == "정말 좋았다"
    assert translating.decode([]) == translating.decode([0, 1, 2]) == ""


def test_bytes_are_joined_to_characters(translating):
    of = {text: n for n, text in enumerate(translating.token_texts(range(len(translating))))}
    spelt = [of[f"<0x{byte:02X}>"] for byte in "☃👍".encode()]
    assert translating.decode(spelt) == "☃👍"
    assert translating.decode(spelt[1:]) == "\ufffd\ufffd👍"
    assert translating.decode(spelt[:2]) == "\ufffd"
    assert translating.decode([*spelt[:2], *translating.encode(["좋"])[0]]) == "\ufffd 좋"


def test_any_ids_have_a_text(translating):
    @given(st.lists(st.integers(0, len(translating) - 1), max_size=30))
    def holds(ids):
        text = translating.decode(ids)
        assert text == as_read(text) and len(translating.token_texts(ids)) == len(ids)

    holds()


def test_jamo_come_back_as_syllables():
    assert there_and_back(MAKERS["jamo subwords"](), "정말 재미있었다!") == "정말 재미있었다!"
    assert there_and_back(MAKERS["subwords"](), "The FILM ☃ was good") == "the film was good"  # the unknown is left out


def test_tokens_to_print(translating):
    (ids,) = translating.encode(["The film☃"])
    assert translating.token_texts(ids) == ["▁The", "▁film", "<0xE2>", "<0x98>", "<0x83>"]
    assert translating.token_texts(np.array([0, 1, 2])) == ["<unk>", "<s>", "</s>"]
    controls = for_translation(["a\u200db\x1bc"] * 9)
    texts = controls.token_texts(controls.encode(["\u200d\x1b"])[0])
    assert {"<U+200D>", "<U+001B>"} <= set(texts)
    jamo = SubwordTokenizer.build(["한글 " * 3] * 9, 200, normalization="NFKD")
    assert "".join(jamo.token_texts(jamo.encode(["한글"])[0])) == "▁한글"


@pytest.mark.parametrize("ids", [[9999], [-1], [1.5], ["a"], [[1]], 3, None, [True], "가"])
def test_only_ids_of_the_tokenizer_have_a_text(translating, ids):
    for read in (translating.decode, translating.token_texts):
        with pytest.raises(ValueError, match="expected a sequence of whole numbers from 0 to"):
            read(ids)


@pytest.mark.parametrize(
    "specials",
    ["</s>", ["s"], ["<"], ["<_>"], ["<a b>"], ["<s>", "<s>"], ["<unk>"], ["<0x41>"], [1], ["<영>"], [""]],
)
def test_specials_that_a_text_could_hold_are_refused(specials):
    with pytest.raises(ValueError, match="specials is .*; expected a sequence of different tokens"):
        SubwordTokenizer.build(REVIEWS, 500, specials=specials)


def test_all_bytes_need_room():
    least = 259 + len(set("".join(REVIEWS)) | {"▁"}) - 1  # the space is "▁"
    assert len(for_translation(REVIEWS, least)) == least
    with pytest.raises(ValueError, match=f"size is {least - 1}; expected at least {least}: 259 for"):
        for_translation(REVIEWS, least - 1)
