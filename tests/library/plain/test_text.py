"""Vocabularies of characters: round trips, Korean, streams, and whatever a visitor may paste."""

import json
import unicodedata

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from rnn_models.text.characters import UNKNOWN, CharVocabulary

settings.register_profile("busy machine", deadline=None)
settings.load_profile("busy machine")

SONNET = "Shall I compare thee to a summer's day?\nThou art more lovely - and more temperate:\n"
HANGUL = "".join(map(chr, range(0xAC00, 0xD7A4)))
NORMALIZATIONS = (None, "NFC", "NFD")

anything = st.text(st.characters(exclude_categories=()), max_size=60)  # surrogates and controls included
valid = st.text(st.characters(exclude_categories=("Cs",)), max_size=60)
korean = st.text(st.sampled_from("가각힣한글하간 .!ㅋㅠabé\n"), max_size=60)
forms = st.sampled_from(NORMALIZATIONS)
hostile = [
    "",
    "\ud800",
    "\udfff\ud800",
    "\x00\x1b[31m",
    "👩‍👩‍👧‍👦🏽",
    "e\u0301\u0323",
    "\u1100\u1161\u11a8",
    "\u11a8가\u11a8",
]


def composed(text: str, normalization: str | None) -> str:
    return unicodedata.normalize("NFC", text) if normalization else text


@given(valid, forms)
@example("\r\n\r", None)
@example("e\u0301", None)
@example("\uf900", None)
@example("가\u11a8ㅏ\u1161", "NFD")
def test_what_is_inside_comes_back(text, normalization):
    vocabulary = CharVocabulary.build(text, normalization)
    ids = vocabulary.encode(text)
    assert ids.dtype == np.int32
    assert ids.ndim == 1
    assert vocabulary.decode(ids) == composed(text, normalization)
    assert vocabulary.unknown(text) == {}


@given(anything, valid, forms)
@example("“Très\u00a0bien…” — ﬁne ½ Ａ", SONNET, "NFD")
def test_anything_can_be_encoded(text, corpus, normalization):
    vocabulary = CharVocabulary.build(corpus, normalization)
    ids = vocabulary.encode(text)
    assert ((ids >= 0) & (ids < len(vocabulary))).all()
    characters = vocabulary.normalize(text)
    spans = vocabulary.spans(text)
    assert len(spans) == len(characters)
    assert (spans >= 1).all()
    assert spans.sum() == len(ids)
    # Character by character is the same as at once, with what `unknown` says in the place of the others.
    replaced = "".join(vocabulary.unknown(text).get(character, character) for character in characters)
    assert vocabulary.decode(ids) == composed(replaced, normalization)


@pytest.mark.parametrize("text", hostile)
@pytest.mark.parametrize("normalization", NORMALIZATIONS)
def test_hostile_input(text, normalization):
    vocabulary = CharVocabulary.build(SONNET, normalization)
    ids = vocabulary.encode(text)
    assert vocabulary.decode(ids).encode("utf-8") or not len(ids)  # no surrogate gets through
    for character in vocabulary.unknown(text):
        assert character not in SONNET


@given(st.one_of(valid, korean), forms, st.lists(st.integers(0, 5), max_size=60))
@example("\u1100\u1161\u11a8\u0323\u0301e\u0301\u0323", "NFD", [1] * 9)
def test_stream_is_the_whole(text, normalization, cuts):
    vocabulary = CharVocabulary.build(text, normalization)
    ids = vocabulary.encode(text)
    edges = [*np.cumsum([0, *cuts]).clip(max=len(ids)), len(ids)]
    decoder = vocabulary.decoder()
    pieces = [decoder.feed(ids[a:b]) for a, b in zip(edges[:-1], edges[1:], strict=True)]
    assert "".join(pieces) + decoder.flush() == vocabulary.decode(ids)
    assert decoder.flush() == ""


@given(st.lists(st.integers(0, 40), max_size=40))
def test_stream_of_random_jamo_is_the_whole(ids):
    """A model that has not learnt to spell yet."""
    symbols = "\u1100\u1102\u1112\u1161\u1165\u1175\u11a8\u11ab\u11bd\u0301\u0323 ea\u1e05"
    symbols = dict.fromkeys(unicodedata.normalize("NFD", symbols))
    vocabulary = CharVocabulary(list(symbols), "NFD")
    ids = np.asarray(ids, dtype=int) % len(vocabulary)
    decoder = vocabulary.decoder()
    pieces = [decoder.feed([number]) for number in ids]
    assert "".join(pieces) + decoder.flush() == vocabulary.decode(ids)


def test_all_hangul_in_67_jamo():
    vocabulary = CharVocabulary.build(HANGUL, "NFD")
    assert len(vocabulary) == 1 + 19 + 21 + 27
    assert vocabulary.decode(vocabulary.encode(HANGUL)) == HANGUL
    assert set(vocabulary.spans(HANGUL)) == {2, 3}
    assert vocabulary.decode(vocabulary.encode(unicodedata.normalize("NFD", "한글"))) == "한글"
    assert vocabulary.spans(unicodedata.normalize("NFD", "하한")).tolist() == [2, 3]


def test_stream_holds_back_only_what_may_change():
    vocabulary = CharVocabulary.build("하한글 안녕", "NFD")
    decoder = vocabulary.decoder()
    pieces = [decoder.feed([number]) for number in vocabulary.encode("한글 하")]
    assert pieces == ["", "", "한", "", "", "글", " ", "", ""]
    assert decoder.flush() == "하"
    english = CharVocabulary.build(SONNET, "NFD")
    decoder = english.decoder()
    assert [decoder.feed([number]) for number in english.encode("thee")] == list("thee")


@pytest.mark.parametrize(
    ("given", "written"),
    [
        ("“Hello”", "'Hello'"),
        ("it’s", "it's"),
        ("a–b", "a-b"),
        ("a—b", "a--b"),
        ("naïve Éa", "naive Ea"),
        ("ﬁt", "fit"),
        ("Ｈi", "Hi"),
        ("a\u00a0b\u3000c\td", "a b c d"),
        ("one\r\ntwo\rthree", "one\ntwo\nthree"),
        ("Straße", "Strasse"),
        ("e\u0301", "e"),
        ("Q", "q"),
        ("한😀", UNKNOWN * 2),
    ],
)
def test_fallbacks(given, written):
    vocabulary = CharVocabulary("\n '-abcdefghijklmnopqrstuvwxyzHE,:S")
    assert vocabulary.decode(vocabulary.encode(given)) == written


def test_unknown_tells_what_stands_in():
    vocabulary = CharVocabulary.build(SONNET)
    assert vocabulary.unknown("“é” 한 and “more”") == {"“": "'", "é": "e", "”": "'", "한": UNKNOWN}
    assert "é" not in vocabulary
    assert "e" in vocabulary
    assert "" not in vocabulary


def test_exact_text_keeps_its_own_form():
    """Without a normal form, a corpus with separate accents or CR LF comes back as it is."""
    text = "e\u0301 é \r\n"
    vocabulary = CharVocabulary.build(text)
    assert vocabulary.decode(vocabulary.encode(text)) == text


def test_build_counts_orders_and_leaves_out():
    vocabulary = CharVocabulary.build("bbbaac\ud800" + UNKNOWN, min_count=2)
    assert vocabulary.symbols == (UNKNOWN, "a", "b")
    assert vocabulary.unknown_id == 0
    assert len(vocabulary) == 3
    assert vocabulary.encode("abc").tolist() == [1, 2, 0]


@given(valid, forms)
def test_config_goes_through_json(text, normalization):
    vocabulary = CharVocabulary.build(text, normalization)
    again = CharVocabulary.from_config(json.loads(json.dumps(vocabulary.get_config())))
    assert again == vocabulary
    assert hash(again) == hash(vocabulary)
    assert again.encode(text).tolist() == vocabulary.encode(text).tolist()


def test_long_text_is_quick_and_exact():
    text = SONNET * 20_000
    vocabulary = CharVocabulary.build(text)
    ids = vocabulary.encode(text)
    assert ids.shape == (len(text),)
    assert vocabulary.decode(ids) == text


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: CharVocabulary(["ab"]), "one Unicode code point"),
        (lambda: CharVocabulary([""]), "one Unicode code point"),
        (lambda: CharVocabulary(["\ud800"]), "surrogate"),
        (lambda: CharVocabulary([3]), "one Unicode code point"),
        (lambda: CharVocabulary("aba"), "more than once"),
        (lambda: CharVocabulary("a" + UNKNOWN), "more than once"),
        (lambda: CharVocabulary("한", "NFD"), "never occurs in NFD"),
        (lambda: CharVocabulary("a", "NFX"), "normalization='NFX'"),
        (lambda: CharVocabulary.build("a", min_count=0), "min_count=0"),
        (lambda: CharVocabulary("a").encode(b"a"), "expected a str"),
        (lambda: CharVocabulary("a").decode([2]), "another vocabulary"),
        (lambda: CharVocabulary("a").decode([-1]), "another vocabulary"),
        (lambda: CharVocabulary("a").decode([0.5]), "integers in one dimension"),
        (lambda: CharVocabulary("a").decode([[1]]), "row by row"),
    ],
)
def test_bad_input_is_explained(make, words):
    with pytest.raises(ValueError, match=words):
        make()
