"""Tokenizers: ids and their places belong together, whatever a visitor may paste."""

import importlib.util
import json
import sys
import threading
import unicodedata

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnn_models.text import tokenizers
from rnn_models.text.tokenizers import (
    CharTokenizer,
    MorphemeTokenizer,
    SubwordTokenizer,
    WordTokenizer,
    tokenizer_from_config,
)
from tests.support.helpers import in_fresh_process
from tests.support.tokenizers import HOSTILE, MAKERS, REVIEWS, SPECIALS, SUBWORDS, anything, for_translation, mixed

settings.register_profile("busy machine", deadline=None)
settings.load_profile("busy machine")


@pytest.fixture(scope="module")
def made():
    """Tokenizers by name, made when they are first asked for."""
    found = {}

    def get(name):
        if name == "morphemes":
            pytest.importorskip("kiwipiepy")
        return found.setdefault(name, None) or found.__setitem__(name, MAKERS[name]()) or found[name]

    return get


@pytest.fixture(params=list(MAKERS))
def tokenizer(request, made):
    return made(request.param)


@pytest.fixture(params=SUBWORDS)
def subwords(request, made):
    return made(request.param)


def pieces(tokenizer, text):
    return [text[start:end] for start, end in tokenizer.spans(text)]


def check(tokenizer, text):
    """One span for each id, in the order of the text, and no character in none of them."""
    (ids,) = tokenizer.encode([text])
    assert ids.dtype == np.int32 and ids.ndim == 1
    assert ((ids >= 0) & (ids < len(tokenizer))).all()
    spans = tokenizer.spans(text)
    assert len(spans) == len(ids)
    assert all(0 <= start <= end <= len(text) for start, end in spans)
    if not isinstance(tokenizer, MorphemeTokenizer):  # which puts in what a speaker leaves out
        assert all(start < end for start, end in spans)
    assert spans == sorted(spans)
    covered = {place for start, end in spans for place in range(start, end)}
    spaces = "▁" if getattr(tokenizer, "specials", ())[1:] else ""  # a space too, where texts are to come back
    assert not [c for n, c in enumerate(text) if n not in covered and not c.isspace() and c not in spaces]


# ------------------------------------------------------------------------------------------- ids and their places


@pytest.mark.parametrize("text", [*REVIEWS[:6], *HOSTILE])
@pytest.mark.parametrize("name", list(MAKERS))
def test_every_token_has_a_place(made, name, text):
    for form in (text, unicodedata.normalize("NFD", text)):
        check(made(name), form)


@pytest.mark.parametrize("name", [n for n in MAKERS if n != "morphemes"])
def test_every_token_of_any_text_has_a_place(made, name):
    @given(st.one_of(anything, mixed))
    def holds(text):
        check(made(name), text)

    holds()


def test_every_morpheme_of_any_text_has_a_place(made):
    tokenizer = made("morphemes")

    @given(st.one_of(anything, mixed))
    @settings(max_examples=40)
    def holds(text):
        check(tokenizer, text)

    holds()


def test_what_stands_at_the_places(made):
    text = "재미있었다, The FILM 👍!"
    assert pieces(made("syllables"), text) == list(text)
    assert pieces(made("jamo"), "한 글") == ["한"] * 3 + [" "] + ["글"] * 3
    assert "".join(pieces(made("subwords"), text)) == text
    assert pieces(made("subwords"), "the film") == ["the", " film"]
    assert pieces(made("morphemes"), "정말 재미있었다") == ["정말", "재미있", "었", "다"]


def test_the_places_are_those_of_the_text_as_it_was_given(made):
    text = unicodedata.normalize("NFD", "정말 재미있었다")
    assert "".join(pieces(made("syllables"), text)) == text
    assert "".join(pieces(made("subwords"), text)) == text
    assert [unicodedata.normalize("NFC", piece) for piece in pieces(made("morphemes"), text)] == [
        *("정말", "재미있", "었", "다")
    ]


def test_both_unicode_forms_are_one_text(tokenizer):
    for text in REVIEWS[:6]:
        one, other = tokenizer.encode([text, unicodedata.normalize("NFD", text)])
        if tokenizer.get_config().get("vocabulary", {}).get("normalization", "any") is None:
            continue  # a vocabulary without a normal form takes text as it stands
        assert one.tolist() == other.tolist()


def test_many_texts_at_once_are_read_one_by_one(tokenizer):
    texts = [*REVIEWS[:6], *HOSTILE]
    for text, ids in zip(texts, tokenizer.encode(texts), strict=True):
        assert tokenizer.encode([text])[0].tolist() == ids.tolist()
    assert tokenizer.encode([]) == []


def test_what_is_known_is_not_unknown(tokenizer):
    for ids in tokenizer.encode(REVIEWS[:3]):
        assert (ids > 0).mean() > 0.8
    (ids,) = tokenizer.encode(["☃"])
    spelt_in_bytes = getattr(tokenizer, "specials", ())[1:] == SPECIALS
    assert ids[-1] == 0 if not spelt_in_bytes else (ids > 2).all()


def test_a_lone_surrogate_is_an_unknown_character(tokenizer):
    for one, other in zip(*[tokenizer.encode([f"정말 {c} 좋았다"]) for c in ("\ud800", "\ufffd")], strict=True):
        assert one.tolist() == other.tolist()


# ------------------------------------------------------------------------------------------------------- building


def test_the_size_is_what_was_asked_for():
    assert len(CharTokenizer.build(REVIEWS, 20)) == 21  # the unknown one comes on top
    assert len(MAKERS["subwords"]()) <= 300
    tokenizer = CharTokenizer.build(["aaa", "bb", "c"], 2)
    assert tokenizer.vocabulary.symbols[1:] == ("a", "b")


@pytest.mark.parametrize("name", [n for n in MAKERS if n != "morphemes"])
def test_the_same_texts_make_the_same_tokens(name):
    """Also where only some of equally rare characters have room: who resumes needs the same numbers."""
    texts = [*REVIEWS, "".join(map(chr, range(0xAC00, 0xAC00 + 400)))]
    make = {
        "subwords": lambda: SubwordTokenizer.build(texts, 300),
        "jamo subwords": lambda: SubwordTokenizer.build(texts, 300, normalization="NFKD"),
        "translation subwords": lambda: for_translation(texts),
    }.get(name, MAKERS[name])
    assert len({json.dumps(make().get_config()) for _ in range(4)}) == 1


def test_the_rarest_characters_are_left_out():
    texts = ["가나다"] * 9 + ["".join(map(chr, range(0xAC00 + 600, 0xAC00 + 800)))]
    (ids,) = SubwordTokenizer.build(texts, 300).encode(["가나다가나" + texts[-1]])
    assert (ids[:2] > 0).all() and (ids == 0).sum() == 200 - (100 - 4)  # room for 100, of which ▁, 가, 나, 다


def test_subwords_read_capital_letters_as_small_ones_if_they_are_told(made):
    small, capital = made("subwords").encode(["the film", "THE FILM"])
    assert small.tolist() == capital.tolist()
    small, capital = made("cased subwords").encode(["the film", "THE FILM"])
    assert small.tolist() != capital.tolist()


def test_pieces_of_jamo_may_end_inside_a_syllable():
    endings = ["했다", "갔다", "왔다", "됐다", "봤다", "샀다"] * 5
    tokenizer = SubwordTokenizer.build(endings, 200, normalization="NFKD")
    tokenizers = [tokenizer._tokenizer.id_to_token(number) for number in range(len(tokenizer))]
    assert any("\u11bb다" in unicodedata.normalize("NFC", token) for token in tokenizers)
    check(tokenizer, "했다 갔었다")


def test_subwords_do_not_cross_letters_and_punctuation(subwords):
    for text in REVIEWS[:6]:
        for piece in pieces(subwords, text):
            letters = {c.isalnum() for c in piece.strip()}
            assert len(letters) <= 1, piece


# ----------------------------------------------------------------------------------------------- sub-word dropout


def text_of(tokenizer, ids):
    joined = "".join(tokenizer._tokenizer.id_to_token(number) for number in ids)
    return joined.replace("▁", " ").strip()


def test_dropout_cuts_otherwise_but_keeps_the_text(subwords):
    texts = REVIEWS[:6]
    usual = subwords.encode(texts)
    cut = subwords.encode(texts, dropout=0.5)
    assert sum(map(len, cut)) > sum(map(len, usual))
    for ids, others in zip(usual, cut, strict=True):
        assert text_of(subwords, ids) == text_of(subwords, others)
    again = subwords.encode(texts, dropout=0.5)
    assert [i.tolist() for i in cut] != [i.tolist() for i in again]


def test_dropout_is_off_afterwards(subwords):
    usual = [ids.tolist() for ids in subwords.encode(REVIEWS[:6])]
    before = subwords.get_config()
    subwords.encode(REVIEWS[:6], dropout=0.9)
    for bad in (1.0, -0.1):
        with pytest.raises(ValueError, match=r"dropout is .*; expected a number in \[0, 1\)"):
            subwords.encode(REVIEWS[:6], dropout=bad)
    assert [ids.tolist() for ids in subwords.encode(REVIEWS[:6])] == usual
    assert subwords.get_config() == before


def test_who_reads_with_dropout_does_not_disturb_the_others(subwords):
    usual = [ids.tolist() for ids in subwords.encode(REVIEWS)]
    readings, stop = [], threading.Event()

    def disturb():
        while not stop.is_set():
            subwords.encode(REVIEWS, dropout=0.9)

    def read():
        for _ in range(20):
            readings.append([ids.tolist() for ids in subwords.encode(REVIEWS)] == usual)
            readings.append([len(subwords.spans(text)) for text in REVIEWS] == [*map(len, usual)])

    disturber, readers = threading.Thread(target=disturb), [threading.Thread(target=read) for _ in range(2)]
    for thread in (disturber, *readers):
        thread.start()
    for thread in readers:
        thread.join()
    stop.set()
    disturber.join()
    assert readings == [True] * 80


def test_many_threads_read_alike(tokenizer):
    usual, readings = [ids.tolist() for ids in tokenizer.encode(REVIEWS)], []

    def read():
        readings.append([ids.tolist() for ids in tokenizer.encode(REVIEWS)] == usual)

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert readings == [True] * 4


# ------------------------------------------------------------------------------------------------- configurations


def test_a_configuration_goes_through_json(tokenizer):
    config = tokenizer.get_config()
    again = tokenizer_from_config(json.loads(json.dumps(config)))
    assert type(again) is type(tokenizer) and len(again) == len(tokenizer)
    assert again.get_config() == config
    texts = [*REVIEWS, *HOSTILE]
    assert [i.tolist() for i in again.encode(texts)] == [i.tolist() for i in tokenizer.encode(texts)]
    assert [again.spans(text) for text in texts] == [tokenizer.spans(text) for text in texts]


def test_in_a_fresh_process(made, tmp_path):
    names = [n for n in MAKERS if n != "morphemes" or _has_kiwi()]
    configs, expected = [made(name).get_config() for name in names], []
    for name in names:
        expected += [[i.tolist() for i in made(name).encode(REVIEWS[:6])], [made(name).spans(t) for t in REVIEWS[:6]]]
    (tmp_path / "given.json").write_text(json.dumps([configs, REVIEWS[:6]]))
    code = """
import json, sys
from rnn_models.text.tokenizers import tokenizer_from_config

configs, texts = json.load(open(sys.argv[1]))
found = []
for tokenizer in map(tokenizer_from_config, configs):
    found += [[i.tolist() for i in tokenizer.encode(texts)], [tokenizer.spans(t) for t in texts]]
print(json.dumps(found))
assert "keras" not in sys.modules
"""
    found = json.loads(in_fresh_process(code, tmp_path / "given.json"))
    assert found == json.loads(json.dumps(expected))


def _has_kiwi():
    return importlib.util.find_spec("kiwipiepy") is not None


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"kind": "runes"}, "kind 'runes'; expected one of characters, subwords, morphemes, words"),
        ({}, "kind None; expected one of"),
        (None, "kind None; expected one of"),
        (["characters"], r"kind \['characters'\]; expected one of"),
        ({"kind": ["characters"]}, r"kind \['characters'\]; expected one of"),
        ({"kind": "characters"}, r"the tokenizer \(characters\) is broken: .*vocabulary"),
        ({"kind": "characters", "vocabulary": None}, "vocabulary is None; expected a CharVocabulary"),
        ({"kind": "characters", "vocabulary": {"symbols": "aa"}}, "more than once"),
        ({"kind": "characters", "vocabulary": {"signs": "a"}}, r"the tokenizer \(characters\) is broken: .*signs"),
        ({"kind": "subwords"}, r"the tokenizer \(subwords\) is broken: .*definition"),
        ({"kind": "subwords", "definition": "{}"}, "definition cannot be read"),
        ({"kind": "subwords", "definition": None}, "definition cannot be read"),
        ({"kind": "subwords", "definition": '{"version": "1.0", "model": {"type": "BPE"}}'}, "cannot be read"),
        ({"kind": "morphemes", "forms": "abc"}, "expected morphemes"),
        ({"kind": "morphemes", "forms": [1]}, "expected morphemes"),
        ({"kind": "morphemes", "forms": None}, r"the tokenizer \(morphemes\) is broken"),
        ({"kind": "morphemes", "forms": [], "size": 3}, r"the tokenizer \(morphemes\) is broken: .*size"),
    ],
)
def test_a_broken_configuration_is_refused(config, message):
    with pytest.raises(ValueError, match=message):
        tokenizer_from_config(config)


def test_an_unknown_normal_form_is_refused():
    with pytest.raises(ValueError, match="normalization is 'NFX'; expected 'NFKC' or 'NFKD'"):
        SubwordTokenizer.build(REVIEWS, 100, normalization="NFX")


@pytest.mark.parametrize("texts", ["a text", [3], ["good", None], [b"bytes"]])
def test_only_strings_are_texts(tokenizer, texts):
    with pytest.raises(ValueError, match="expected a sequence of strings"):
        tokenizer.encode(texts)
    with pytest.raises(ValueError, match="expected a sequence of strings"):
        tokenizer.spans(texts if isinstance(texts, list) else 3)


def test_morphemes_without_their_package(monkeypatch):
    monkeypatch.setitem(sys.modules, "kiwipiepy", None)
    tokenizers._kiwi.cache_clear()
    tokenizer = MorphemeTokenizer(["영화/NNG"])
    assert len(tokenizer) == 2  # a bundle can be loaded, and says what is missing when it is to read
    with pytest.raises(ValueError, match="pip install kiwipiepy"):
        tokenizer.encode(["영화"])


@pytest.mark.parametrize("build", [CharTokenizer.build, SubwordTokenizer.build, WordTokenizer.build])
def test_tokenizers_are_learnt_from_and_read_any_iterable(build):
    texts = ["a good day", "a bad day", "a day"] * 3
    options = [300] if build != WordTokenizer.build else []
    tokenizer = build((text for text in texts), *options)
    assert tokenizer.get_config() == build(texts, *options).get_config()
    wanted = [ids.tolist() for ids in tokenizer.encode(texts)]
    for texts_given in (iter(texts), np.array(texts), np.array(texts, dtype=object)):
        assert [ids.tolist() for ids in tokenizer.encode(texts_given)] == wanted
    for texts_given in ("a day", ["a", None], {"a": 1}, None):
        with pytest.raises(ValueError, match="texts: got .*expected a sequence of strings"):
            build(texts_given, *options)
