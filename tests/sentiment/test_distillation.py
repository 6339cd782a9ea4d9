"""Teachers and a student: the targets, few labels, and a run of its own."""

from pathlib import Path

import numpy as np
import pytest

import rnn_models
from rnn_models import CharTokenizer, CharVocabulary, SentimentClassifier
from tests.support.run_folders import scores
from training.data.errors import DataError
from training.sentiment import commands
from training.sentiment.config import SCRIPT
from training.sentiment.data import few_labels, file_labelled
from training.sentiment.distillation import soft_labels, targets
from training.sentiment.inputs import Texts

REVIEWS = Path(__file__).parents[1] / "fixtures" / "reviews.csv"
TINY = "--cell gru --units 4 --embedding 4 --attention-units 4 --vocabulary 150 --batch-size 16 --epochs 1"
TINY += " --train-tokens 12 --max-tokens 12 --no-baseline"
OWN = ["--file", str(REVIEWS), *TINY.split()]


@pytest.fixture(scope="module")
def teachers(tmp_path_factory) -> list[str]:
    """Two classifiers with random weights, as bundles; and one of other classes."""
    folder = tmp_path_factory.mktemp("teachers")
    letters = CharTokenizer(CharVocabulary("영화가 재미없다있너무"))
    labels = {"one": ["negative", "positive"], "two": ["negative", "positive"], "other": ["bad", "good"]}
    for number, name in enumerate(labels):
        model = SentimentClassifier(letters, labels[name], units=3, embedding=3, attention_units=2)
        model.build((None, None))
        draw = np.random.default_rng(number)
        for variable in model.trainable_variables:
            variable.assign(draw.normal(size=variable.shape))
        rnn_models.save_bundle(model, folder / name, {}, "")
    return [str(folder / name) for name in labels]


def test_soft_labels_are_the_mean_over_the_teachers(teachers):
    texts = ["영화가 재미있다", "너무 재미없다", "?"]
    each = [rnn_models.load(bundle).probabilities(texts) for bundle in teachers[:2]]
    found = soft_labels(teachers[:2], ["negative", "positive"], texts)
    np.testing.assert_allclose(found, (each[0] + each[1]) / 2, atol=1e-6)
    assert np.abs(each[0] - each[1]).max() > 0.01


def test_a_teacher_of_other_classes_is_an_error(teachers):
    with pytest.raises(ValueError, match=r"--teachers: .*other knows the labels .*bad.*; the data set has .*negative"):
        soft_labels(teachers, ["negative", "positive"], ["x"])


def test_targets_mix_labels_with_the_teachers():
    soft = np.array([[0.9, 0.1], [0.2, 0.8], [0.3, 0.7]])
    found = targets(np.array([[0.0, 1.0]]), soft, 0.25)
    np.testing.assert_allclose(found, [[0.225, 0.775], [0.2, 0.8], [0.3, 0.7]], atol=1e-6)


def test_few_labels_are_drawn_by_the_seed_and_the_rest_are_texts_without_labels():
    data = file_labelled(REVIEWS)
    few, rest = few_labels(data, 5, 0)
    assert len(few.train.texts) == 5 and set(few.train.labels) == {0, 1}
    assert sorted([*few.train.texts, *rest]) == sorted(data.train.texts)
    known = dict(zip(data.train.texts, data.train.labels, strict=True))
    assert [known[text] for text in few.train.texts] == list(few.train.labels)
    assert few_labels(data, 5, 0)[0].train.texts == few.train.texts != few_labels(data, 5, 1)[0].train.texts
    for seed in range(20):
        assert set(few_labels(data, 2, seed)[0].train.labels) == {0, 1}
    assert few.notes[-1] == f"Of the {len(data.train.texts)} training texts the labels of 5 were used."
    for count in (1, len(data.train.texts) + 1):
        with pytest.raises(DataError, match=rf"--label-count: got {count}, expected 2"):
            few_labels(data, count, 0)


def test_a_student_learns_from_few_labels_and_from_texts_without(teachers, tmp_path):
    more = tmp_path / "more.txt"
    more.write_text("아주 재미있는 영화\n정말 지루한 영화\n", encoding="utf-8")
    arguments = [*OWN, "--label-count", "6", "--unlabelled", str(more), "--teachers", *teachers[:2]]
    options = SCRIPT.parse(["train", *arguments])
    data = file_labelled(REVIEWS)
    texts = Texts(options, data)
    given = [*texts.data.train.texts, *texts.further_texts]
    assert len(given) == len(data.train.texts) + 2 and given[-1] == "정말 지루한 영화"
    assert len(texts.source()) == len(texts.targets) == len(given)
    soft = soft_labels(teachers[:2], data.label_names, given)
    np.testing.assert_allclose(texts.targets[6:], soft[6:], atol=1e-6)
    np.testing.assert_allclose(texts.targets[:6], (texts.one_hot(texts.data.train) + soft[:6]) / 2, atol=1e-6)


@pytest.mark.slow  # 12 s
def test_the_card_of_a_student_says_that_it_was_taught(teachers, tmp_path):
    arguments = [*OWN, "--label-count", "6", "--teachers", *teachers[:2]]
    commands.main(["train", *arguments, "--run-dir", str(tmp_path / "run"), "--export", str(tmp_path / "bundle")])
    assert scores(tmp_path / "run")["texts"]["train"] == 6
    assert "taught by 2 other classifiers" in rnn_models.load(tmp_path / "bundle").card


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--teachers", "sentiment/nothing"], "no bundle 'sentiment/nothing'"),
        (["--teacher-weight", "1.5"], "--teacher-weight: got 1.5"),
        (["--label-count", "-1"], "--label-count: got -1"),
        (["--label-count", "1000"], "--label-count: got 1,000, expected 2"),
    ],
)
def test_what_cannot_teach_is_said_before_anything_is_trained(tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit, match="^error: ") as stop:
        commands.main(["train", *OWN, *arguments])
    assert message in stop.value.code
    assert not (tmp_path / "runs").exists()
