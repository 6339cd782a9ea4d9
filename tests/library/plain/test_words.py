"""Words as tokens."""

import unicodedata

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnn_models import WordTokenizer
from rnn_models.text.tokenizers import tokenizer_from_config
from rnn_models.text.words import words_of

TEXTS = ["A dog runs.", "Two dogs run; a dog barks!", "the dog's T-shirt, 1,000 of them"]
WORDS = WordTokenizer.build(TEXTS, specials=("<s>", "</s>"))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("A dog runs.", ["a", "dog", "runs"]),
        ("the dog's T-shirt", ["the", "dog's", "t-shirt"]),
        ("3.5 or 1,000, at 10:30", ["3.5", "or", "1,000", "at", "10:30"]),
        ("- - 'quoted' --", ["quoted"]),
        ("snake_case", ["snake", "case"]),
        ("개가 달린다.", ["개가", "달린다"]),
        ("caf\u00e9 cafe\u0301", ["caf\u00e9"] * 2),  # composed, and not
        ("\u1112\u1161\u11ab\uae00 \ud55c\uae00", ["\ud55c\uae00"] * 2),  # jamo, syllables
        ("\u0130stanbul", ["i\u0307stanbul"]),  # in small letters it has a character more
        ("हिन्दी भाषा", ["हिन्दी", "भाषा"]),
        ("กำลัง น้ำ", ["กำลัง", "น้ำ"]),
        ("auf\u00adfällig", ["auffällig"]),  # soft hyphen
        ("می\u200cخواهم", ["میخواهم"]),
        ("1\ufe0f\u20e3 ❤\ufe0f \u0301a", ["1", "a"]),  # signs that are drawn otherwise, a mark on nothing
        ("...", []),
        ("", []),
    ],
)
def test_what_a_word_is(text, words):
    assert words_of(text) == words


def test_the_most_frequent_words_come_first():
    assert WORDS.token_texts(range(6)) == ["<unk>", "<s>", "</s>", "a", "dog", "1,000"]
    assert len(WORDS) == 3 + 13


def test_rare_words_are_unknown():
    tokenizer = WordTokenizer.build(TEXTS, least=2)
    assert tokenizer.words == ("a", "dog")
    (ids,) = tokenizer.encode(["a cat"])
    assert ids.tolist() == [1, 0]
    with pytest.raises(ValueError, match="No word stands 9 times"):
        WordTokenizer.build(TEXTS, least=9)


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=60))
def test_any_text_is_read_and_known_words_come_back(text):
    (ids,) = WORDS.encode([text])
    assert ids.dtype == np.int32 and len(ids) == len(WORDS.spans(text)) == len(words_of(text))
    assert words_of(unicodedata.normalize("NFD", text)) == words_of(unicodedata.normalize("NFC", text))
    known = [word for word in words_of(text) if word in WORDS.words]
    assert WORDS.decode(ids).split() == known


def test_special_tokens_are_no_words():
    (ids,) = WORDS.encode(["<s> a dog </s> <unk>"])
    assert not set(ids.tolist()) & {WORDS.id_of("<s>"), WORDS.id_of("</s>")}
    assert WORDS.decode([1, 3, 4, 2]) == "a dog"
    with pytest.raises(ValueError, match="no special token"):
        WORDS.id_of("<pad>")


def test_spans_are_where_the_words_stand():
    text = "Two dogs, the dog's!"
    assert [text[a:b] for a, b in WORDS.spans(text)] == ["Two", "dogs", "the", "dog's"]


def test_a_list_may_hold_a_word_in_two_forms():
    """As lists of older models may: the first is read, both are written."""
    tokenizer = WordTokenizer(["cafe\u0301", "tea", "caf\u00e9"])
    assert [ids.tolist() for ids in tokenizer.encode(["caf\u00e9 cafe\u0301 tea"])] == [[1, 1, 2]]
    assert tokenizer.decode([1, 3]) == "cafe\u0301 caf\u00e9" and len(tokenizer) == 4


def test_it_can_be_made_again_from_its_configuration():
    again = tokenizer_from_config(WORDS.get_config())
    assert again.get_config() == WORDS.get_config()
    assert again.encode(TEXTS)[1].tolist() == WORDS.encode(TEXTS)[1].tolist()


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: WordTokenizer(["a", "a"]), "stand more than once"),
        (lambda: WordTokenizer("abc"), "something else than strings"),
        (lambda: WORDS.decode([99]), "from 0 to 15"),
        (lambda: WORDS.encode(["a"], dropout=0.1), "words are not made of pieces"),
    ],
)
def test_bad_input(make, told):
    with pytest.raises(ValueError, match=told):
        make()
