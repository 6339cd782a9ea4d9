"""Words, scores and variety of captions: known answers, the reference's scripts, sacreBLEU; and what is refused."""

import gc
import importlib.util
import json
import math
import os
import stat
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from training.metrics import captioning
from training.metrics.caption_tokenizer import PUNCTUATION, has_words, normalised, words
from training.metrics.captioning import caption_scores, java_found, variety
from training.metrics.cider import cider_d, document_frequencies

pytest.importorskip("pycocoevalcap.bleu.bleu")

FIXTURE = json.loads(Path(__file__).parents[2].joinpath("fixtures", "captions_scored.json").read_text(encoding="utf-8"))
FOUND, WANTED, SCORES = FIXTURE["found"], FIXTURE["wanted"], FIXTURE["scores"]

needs_java = pytest.mark.skipif(not java_found(), reason="no Java")


# --- words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A dog runs through the grass .", "a dog runs through the grass"),
        ("A dog, running.Fast", "a dog running.fast"),
        ("The dog's T-shirt (red) isn't wet.", "the dog 's t-shirt -lrb- red -rrb- is n't wet"),
        ("Two dogs' toys, the girls' hats", "two dogs toys the girls hats"),
        ("A man 's hat ; \"Kiss\" – it’s “new” … `x'", "a man 's hat kiss it 's new x"),
        ("We cannot see; they'll've gone: I'm, you'd, don't", "we can not see they 'll 've gone i 'm you 'd do n't"),
        ("Mr. Potato , St. Paul , the U.S. Army at 5 p.m.", "mr. potato st. paul the u.s. army at 5 p.m."),
        ('the letter " P. " , John A. Noble', "the letter p. john a. noble"),
        ("4-wheeler 3rd 1,000 3.5 10:30 #5 50 %", "4-wheeler 3rd 1,000 3.5 10:30 # 5 50 %"),
        ("slip 'n' slide, hors d'oeuvres, hook 'em, o'clock", "slip 'n' slide hors d'oeuvres hook 'em o'clock"),
        ("at&t, Q&A, stone &amp; tile", "at & t q&a stone & tile"),
        ("Oh! Where?! Wow!!! -- half- -ependent rock--climb", "oh where ?! wow !!! half ependent rock climb"),
        ("개가 café 를\u2028걷는다", "개가 café 를 걷는다"),
        ("  ", ""),
        (" . , - '", ""),
    ],
)
def test_words(text, expected):
    assert words(text) == expected.split()


def test_captions_as_they_are_learnt():
    text = "The dog's T-shirt ( red ) isn't \"wet\" , & a man 's  hat #5 !"
    assert normalised(text) == "the dog's t-shirt red isn't wet a man's hat 5"
    assert normalised("हिन्दी, भाषा. auf\u00adfällig cafe\u0301 İstanbul") == "हिन्दी भाषा auffällig café i\u0307stanbul"
    assert normalised("We cannot. 's") == "we can not's" and normalised("'s &") == "'s" and normalised(" . ") == ""
    assert has_words("a.") and has_words("한") and not has_words("& . -") and not has_words("")


captions = st.lists(
    st.sampled_from(
        ["a", "Dog", "dogs'", "it's", "man 's", "isn't", "T-shirt", "3rd", "1,000", "(", ")", "&", '"', ".", ","]
    )
).map(" ".join)


@given(st.one_of(captions, st.text(st.characters(exclude_categories=["Cs"]), max_size=40)))
@example("a \xad dog")
def test_any_text_has_words(text):
    found = words(text)
    assert all(word and word == word.lower() and not set(word) & set(" \n\t") for word in found)
    assert not set(found) & PUNCTUATION
    assert normalised(text) == " ".join(normalised(text).split())


@given(captions)
def test_learnt_captions_have_the_same_words(text):
    kept = [word for word in words(text) if has_words(word) and word not in ("-lrb-", "-rrb-")]
    assert words(normalised(text)) == kept
    assert normalised(normalised(text)) == normalised(text)


@pytest.mark.parametrize("piece", ["a", "a.", "n't", "'", "1,", "a-", "(", "!", "&amp;", "o'", " a .", "mr."])
def test_long_texts_take_no_longer_than_they_are(piece):
    begun = time.monotonic()
    words(piece * 20_000)
    assert time.monotonic() - begun < 5


@needs_java
def test_words_are_those_of_the_reference():
    texts = [*FOUND, *(text for references in WANTED for text in references)]
    texts += ["", "one\ntwo", "one\u2028two\x85three\r\nfour\x0bfive", "개 café", "\ud800 x", ""]
    assert captioning._java_words(texts)[:-2] == [" ".join(words(text)) for text in texts][:-2]
    assert len(captioning._java_words(["", ""])) == 2


@pytest.mark.slow
@needs_java
def test_words_of_flickr8k_are_those_of_the_reference():
    texts = flickr8k()
    from pycocoevalcap.tokenizer.ptbtokenizer import PTBTokenizer

    cut = PTBTokenizer().tokenize({n: [{"caption": text}] for n, text in enumerate(texts)})
    wrong = [text for n, text in enumerate(texts) if cut[n] != [" ".join(words(text))]]
    assert len(texts) > 30_000 and wrong == []
    learnt = PTBTokenizer().tokenize({n: [{"caption": normalised(text)}] for n, text in enumerate(texts)})
    marks = {"-lrb-", "-rrb-"}
    for n in range(len(texts)):
        assert learnt[n][0].split() == [w for w in cut[n][0].split() if has_words(w) and w not in marks], texts[n]


def flickr8k() -> list[str]:
    path = Path(os.environ.get("RNN_DATA_DIR", ""), "flickr8k/Flickr8k_text/Flickr8k.token.txt")
    if "RNN_DATA_DIR" not in os.environ or not path.is_file():
        pytest.skip("RNN_DATA_DIR has no flickr8k")
    return [line.split("\t")[1] for line in path.read_text(encoding="utf-8").splitlines()]


# --- scores


def test_the_scores_are_those_of_the_reference_scripts(capfd):
    scores = caption_scores(FOUND, WANTED, java=False)
    assert set(scores) == set(SCORES) - {"meteor"}
    for name, score in scores.items():
        assert type(score) is float and score == pytest.approx(SCORES[name], abs=1e-9) and 0.4 < score < 2, name
    assert capfd.readouterr() == ("", "")


@pytest.mark.slow
@needs_java
def test_the_scores_with_java_are_those_of_the_reference_scripts(capfd):
    scores = caption_scores(FOUND, WANTED)
    assert set(scores) == set(SCORES)
    for name, score in scores.items():
        assert score == pytest.approx(SCORES[name], abs=1e-9), name
    assert capfd.readouterr() == ("", "")


def test_bleu_is_that_of_sacrebleu():
    from sacrebleu.metrics import BLEU

    found = [" ".join(words(text)) for text in FOUND]
    most = max(map(len, WANTED))
    filled = [[*references, *references[:1] * (most - len(references))] for references in WANTED]  # changes no score
    streams = [[" ".join(words(references[n])) for references in filled] for n in range(most)]
    ours = caption_scores(FOUND, WANTED, java=False)
    for order in range(1, 5):
        theirs = BLEU(tokenize="none", smooth_method="none", max_ngram_order=order, force=True)
        assert ours[f"bleu_{order}"] == pytest.approx(theirs.corpus_score(found, streams).score / 100, abs=1e-6)


def test_what_is_known_of_bleu_and_rouge():
    same = caption_scores(["A dog runs in the grass."] * 2, [["a dog runs in the grass"]] * 2, java=False)
    assert all(same[name] == pytest.approx(1, abs=1e-6) for name in same if name != "cider_d")
    # nothing is wrong, and one word of four is missing
    short = caption_scores(["the cat sat"], [["the cat sat down"]], java=False)
    for name in ("bleu_1", "bleu_2", "bleu_3"):
        assert short[name] == pytest.approx(math.exp(1 - 4 / 3), abs=1e-6)
    assert short["rouge_l"] == pytest.approx((1 + 1.44) * 0.75 / (0.75 + 1.44))  # precision 1, recall 3/4, β = 1.2
    # the closest reference counts, and a word only as often as one reference has it
    clipped = caption_scores(["the the the the"], [["the cat", "the dog and the cat is there today"]], java=False)
    assert clipped["bleu_1"] == pytest.approx(2 / 4, abs=1e-6)
    nothing = caption_scores(["", "x"], [["a dog"], ["b"]], java=False)
    assert all(score == pytest.approx(0, abs=1e-3) for score in nothing.values())


def test_what_cannot_be_scored():
    for found, wanted in (([], []), (["a"], []), (["a"], [["b"], ["c"]]), ("a", [["b"]])):
        with pytest.raises(ValueError, match="expected as many of both, and at least one"):
            caption_scores(found, wanted)
    for wanted in ([["a"], []], [["a"], "b"], [["a"], ["b", None]]):
        with pytest.raises(ValueError, match=r"wanted\[1\] is .*expected a list of one or more reference captions"):
            caption_scores(["a", "b"], wanted)
    with pytest.raises(ValueError, match=r"wanted\[0\] has a reference without words: \['a', ' . '\]"):
        caption_scores(["a"], [["a", " . "]])
    with pytest.raises(ValueError, match=r"found\[0\] is None"):
        caption_scores([None], [["a"]])


def test_without_its_package(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ValueError, match="pip install pycocoevalcap"):
        caption_scores(["a"], [["a"]])


@pytest.fixture
def program(tmp_path, monkeypatch):
    """Makes a program `java` that is the only one, of a shell script."""

    def make(script: str | None) -> None:
        if script is not None:
            path = tmp_path / "java"
            path.write_text(f"#!/bin/sh\n{script}\n")
            path.chmod(path.stat().st_mode | stat.S_IXUSR)
        monkeypatch.setenv("PATH", str(tmp_path))
        java_found.cache_clear()

    yield make
    java_found.cache_clear()


@pytest.mark.skipif(os.name != "posix", reason="a shell script")
@pytest.mark.parametrize("script", [None, "exit 1"])
def test_without_java(program, script):
    program(script)
    assert not java_found()
    assert "meteor" not in caption_scores(FOUND, WANTED)
    with pytest.raises(ValueError, match="METEOR needs Java"):
        caption_scores(FOUND, WANTED, java=True)


@pytest.mark.timeout(30)  # this, too, comes as a warning only, in an object's __del__
@pytest.mark.filterwarnings("error")
@pytest.mark.skipif(os.name != "posix", reason="a shell script")
def test_a_java_that_fails(program):
    program('if [ "$1" = -version ]; then exit 0; fi; echo "no memory" >&2; exit 3')
    with pytest.raises(ValueError, match=r"The Java tokenizer failed \(3\): no memory"):
        caption_scores(FOUND, WANTED)
    with pytest.raises(ValueError, match="METEOR failed"):
        captioning._meteor({0: ["a dog"]}, {0: ["a cat"]})
    gc.collect()  # the end of pycocoevalcap's object is not to wait for ever


# --- CIDEr-D


def test_what_is_known_of_cider():
    documents = [["a b c d"], ["e f"], ["a"]]
    frequencies = document_frequencies(documents)
    assert frequencies.unseen == math.log(3)
    assert frequencies.weights[("a",)] == pytest.approx(math.log(3 / 2))
    assert frequencies.weights[("a", "b", "c", "d")] == pytest.approx(math.log(3))
    assert len(frequencies.weights) == 4 + 3 + 2 + 1 + 3
    # two words have n-grams of two of the four orders, one word of one
    assert cider_d(["a b c d", "e f", "a", "a", ""], [*documents, ["x"], ["a"]], frequencies) == pytest.approx(
        [10, 5, 2.5, 0, 0]
    )
    # "e" of "e f": cosine 1/√2 of the single words; one bigram less; and the mean over two references
    expected = 10 / 4 * (1 / math.sqrt(2)) * math.exp(-1 / 72)
    assert cider_d(["e"], [["e f"]], frequencies)[0] == pytest.approx(expected)
    assert cider_d(["e"], [["e f", "z"]], frequencies)[0] == pytest.approx(expected / 2)
    # a word that is repeated gains nothing: it counts as often as the reference has it
    clipped = cider_d(["e e e"], [["e"]], frequencies)[0]
    assert clipped == pytest.approx(10 / 4 * (1 / 3) * math.exp(-4 / 72))


def reference_cider(found: list[str], wanted: list[list[str]]) -> np.ndarray:
    from pycocoevalcap.cider.cider import Cider

    return Cider().compute_score(dict(enumerate(wanted)), {n: [text] for n, text in enumerate(found)})[1]


sentences = st.lists(st.sampled_from("abcdefg"), min_size=1, max_size=9).map(" ".join)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.one_of(sentences, st.just("")), st.lists(sentences, min_size=1, max_size=4)), min_size=1))
def test_cider_is_that_of_the_reference(rows):
    found, wanted = [text for text, _ in rows], [references for _, references in rows]
    theirs, frequencies = reference_cider(found, wanted), document_frequencies(wanted)
    assert cider_d(found, wanted, frequencies) == pytest.approx(theirs, abs=1e-9)
    # each alone, against the frequencies of all, and the references' vectors remembered
    for n in range(len(rows)):
        assert cider_d(found[n : n + 1], wanted[n : n + 1], frequencies)[0] == pytest.approx(theirs[n], abs=1e-9)


def test_cider_of_the_fixed_file():
    cut = [[" ".join(words(text)) for text in references] for references in WANTED]
    assert cut == FIXTURE["words"]
    ours = cider_d([" ".join(words(text)) for text in FOUND], cut, document_frequencies(cut))
    assert ours == pytest.approx(FIXTURE["cider_d_each"], abs=1e-9) and max(ours) > 4


def test_remembered_vectors_are_bounded(monkeypatch):
    monkeypatch.setattr("training.metrics.cider._CACHE", 2)
    frequencies = document_frequencies([["a b"], ["c d"], ["e"]])
    found, wanted = ["a b", "c d", "e"] * 2, [["a b", "x"], ["c d", "y"], ["e", "z"]] * 2
    scores = cider_d(found, wanted, frequencies)
    assert len(frequencies._vectors) <= 2 and scores[:3] == pytest.approx(scores[3:]) and scores[0] > 0


def test_what_cider_refuses():
    frequencies = document_frequencies([["a"]])
    with pytest.raises(ValueError, match="There are no documents"):
        document_frequencies([])
    for bad in (["a dog"], [["a"], "a dog"]):
        with pytest.raises(ValueError, match=r"\[.\] is one string, 'a dog'; expected a list of captions"):
            document_frequencies(bad)
    with pytest.raises(ValueError, match="There are 2 captions and references for 1; expected as many"):
        cider_d(["a", "b"], [["a"]], frequencies)
    with pytest.raises(ValueError, match=r"wanted\[1\] is empty"):
        cider_d(["a", "b"], [["a"], []], frequencies)
    assert cider_d([], [], frequencies).shape == (0,)


# --- variety


def test_variety():
    learnt = ["A dog runs .", "two cats", "the man's hat"]
    found = ["a dog runs", "a dog runs", "a cat runs", "The man 's hat ."]
    assert variety(found, learnt) == {
        "verbatim": 3 / 4,
        "distinct": 3,
        "distinct_share": 3 / 4,
        "vocabulary": 8,  # a dog runs cat the man 's hat
        "mean_words": (3 + 3 + 3 + 4) / 4,
    }
    assert variety(["x y"], learnt)["verbatim"] == 0


def test_what_has_no_variety():
    for found, learnt in (([], ["a"]), (["a"], []), ("a", ["a"]), (["a"], "a"), ([["a"]], ["a"]), (["a"], [["a"]])):
        with pytest.raises(ValueError, match="expected a list of captions, at least one"):
            variety(found, learnt)
