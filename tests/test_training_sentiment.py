"""Training a sentiment classifier: batches, pre-training, the command, a run's folder, going on, bundles."""

import csv
import json
import shlex
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
from gradients import numpy
from helpers import close, normal

import rnn_models
from rnn_models import CharLM, CharTokenizer, CharVocabulary, SentimentClassifier
from training import sentiment
from training.batches import TextBatches, padded_length
from training.labelled import file_labelled
from training.options import FitOptions
from training.pretraining import WINDOW, GuessingBatches, TokenGuesser, pretrain
from training.runs import Recorder, Run
from training.sentiment_fitting import Texts, build_tokenizer, keep_tokenizer

ROOT = Path(__file__).parents[1]
REVIEWS = Path(__file__).parent / "fixtures" / "reviews.csv"
OWN = ["--file", str(REVIEWS)]
# All kinds of dropout that have a seed are on, so that a resumed run needs the random states too.
TINY = "--cell gru --units 6 --embedding 5 --attention-units 4 --vocabulary 150 --batch-size 16 --epochs 2"
TINY += " --dropout 0.2 --recurrent-dropout 0.1 --token-dropout 0.1 --learning-rate 0.02"
TINY = TINY.split()
QUIET = ["--no-baseline"]


def train(*arguments: object) -> None:
    sentiment.main(["train", *map(str, arguments)])


def log(folder: Path) -> list[dict[str, str]]:
    with (folder / "log.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def arrays(path: Path) -> dict[str, np.ndarray]:
    with np.load(path, allow_pickle=False) as content:
        return {name: content[name] for name in content.files if name != "state"}


def scores(folder: Path) -> dict:
    return json.loads((folder / "scores.json").read_text(encoding="utf-8"))


def same_weights(one: Path, other: Path, tolerance: float = 1e-5) -> None:
    for name in ("last.npz", "best.npz"):
        expected, found = arrays(one / "checkpoints" / name), arrays(other / "checkpoints" / name)
        assert expected.keys() == found.keys()
        for key, value in expected.items():
            np.testing.assert_allclose(found[key], value, rtol=1e-4, atol=tolerance, err_msg=f"{name} {key}")


def interrupted(monkeypatch, epoch: int) -> None:
    """Ctrl-C after the first batch of an epoch (numbered from 0)."""
    usual = Recorder.on_train_batch_end

    def stop(self, batch, logs=None):
        usual(self, batch, logs)
        if self.run.state.epoch == epoch:
            raise KeyboardInterrupt

    monkeypatch.setattr(Recorder, "on_train_batch_end", stop)


# -------------------------------------------------------------------------------------------------------- batches


def texts_of(lengths) -> list[np.ndarray]:
    """Texts that are their number, again and again; text 0 is 1, 1, 1, ..."""
    return [np.full(length, n + 1, dtype="int32") for n, length in enumerate(lengths)]


def numbers_in(batches: TextBatches) -> list[int]:
    """The texts' numbers, in the order in which they come."""
    found = []
    for index in range(len(batches)):
        inputs, labels, weights = batches[index]
        assert inputs["tokens"].shape == inputs["mask"].shape and len(labels) == len(weights) == batches.batch_size
        found += (inputs["tokens"].max(axis=1) - 1).tolist()
    return found


LENGTHS = np.random.default_rng(0).integers(1, 60, 50)


@pytest.mark.parametrize("seed", [None, 0, 7])
def test_every_text_is_in_a_batch(seed):
    batches = TextBatches(texts_of(LENGTHS), np.arange(50), 8, seed)
    assert len(batches) == 7
    for epoch in range(3):
        batches.epoch = epoch
        assert set(numbers_in(batches)) == set(range(50)) and len(numbers_in(batches)) == 56


def test_each_row_is_its_text_with_its_label():
    texts = [normal(n, seed=n).argsort().astype("int32") + 1 for n in LENGTHS]
    batches = TextBatches(texts, np.arange(50), 8, seed=3)
    for inputs, labels, weights in (batches[n] for n in range(7)):
        assert inputs["tokens"].shape[1] == padded_length(max(len(texts[n]) for n in labels))
        for row, number in enumerate(labels):
            length = len(texts[number])
            assert inputs["tokens"][row, :length].tolist() == texts[number].tolist()
            assert inputs["mask"][row].tolist() == [1] * length + [0] * (inputs["mask"].shape[1] - length)
        assert weights.tolist() == [1.0] * 8


def test_the_order_is_made_by_seed_and_epoch_alone():
    def order(seed, epoch):
        batches = TextBatches(texts_of(LENGTHS), np.arange(50), 8, seed)
        for other in (4, epoch):  # whatever came before
            batches.epoch = other
        return numbers_in(batches)

    assert order(1, 2) == order(1, 2)
    assert order(1, 2) != order(1, 3) and order(1, 2) != order(2, 2)
    assert order(None, 2) == order(None, 3)


def test_texts_of_like_length_are_together():
    batches = TextBatches(texts_of(np.tile(LENGTHS, 20)), np.zeros(1000), 20, seed=0)
    real = sum(len(batches[n][0]["mask"][batches[n][0]["mask"] > 0]) for n in range(50))
    room = sum(batches[n][0]["mask"].size for n in range(50))
    assert real / room > 0.75  # in batches drawn blindly it is a half


@pytest.mark.parametrize("count", [1, 7, 8, 50])
def test_in_validation_each_text_counts_once(count):
    texts, labels = texts_of(LENGTHS[:count]), np.arange(count)
    batches = TextBatches(texts, labels, 8)
    counted = np.zeros(count)
    for _, rows, weights in (batches[n] for n in range(len(batches))):
        np.add.at(counted, rows, weights)
    close(counted, np.full(count, len(batches) * 8 / count), 1e-6)


def test_the_mean_loss_of_validation_is_that_over_the_texts():
    """By Keras: of 10 texts in batches of 4, each text's loss is its number."""
    tokens = keras.Input((None,), dtype="int32", name="tokens")
    mask = keras.Input((None,), dtype="int32", name="mask")
    model = keras.Model({"tokens": tokens, "mask": mask}, keras.ops.max(tokens, axis=1, keepdims=True) - 1)
    values = lambda labels, given: keras.ops.cast(given[:, 0], "float32")  # noqa: E731
    model.compile(loss=values, weighted_metrics=[values])
    loss, metric = model.evaluate(TextBatches(texts_of([3, 1, 9, 2, 2, 5, 40, 4, 1, 6]), np.zeros(10), 4), verbose=0)
    assert loss == pytest.approx(4.5, abs=1e-5) and metric == pytest.approx(4.5, abs=1e-5)


@pytest.mark.parametrize("seed", [None, 0, 1])
def test_the_first_two_batches_differ_in_length(seed):
    """Else Keras takes the length for fixed."""
    lengths = [4] * 30 + [30] * 9
    batches = TextBatches(texts_of(lengths), np.zeros(39), 8, seed)
    for epoch in range(5):
        batches.epoch = epoch
        assert batches[0][0]["tokens"].shape[1] != batches[1][0]["tokens"].shape[1]
        assert set(numbers_in(batches)) == set(range(39))


def test_texts_may_be_cut_anew_in_each_epoch():
    batches = TextBatches(lambda epoch: texts_of(LENGTHS + epoch), np.arange(50), 8, seed=0)
    for epoch in (0, 1, 5):
        batches.epoch = epoch
        read = sum(batches[n][0]["mask"].sum(axis=1)[batches[n][1] == 3].max(initial=0) for n in range(7))
        assert read == LENGTHS[3] + epoch


def test_processes_share_out_the_rows():
    whole, first, second = (
        TextBatches(texts_of(LENGTHS), np.arange(50), 8, seed=2, rows=rows)[3]
        for rows in (None, slice(0, 4), slice(4, 8))
    )
    np.testing.assert_array_equal(np.concatenate([first[0]["tokens"], second[0]["tokens"]]), whole[0]["tokens"])
    np.testing.assert_array_equal(np.concatenate([first[1], second[1]]), whole[1])


def test_an_empty_text_is_a_row_of_padding():
    inputs, _, _ = TextBatches(texts_of([0, 3]), np.zeros(2), 2)[0]
    assert inputs["mask"].sum(axis=1).tolist() == [0, 3]


def test_no_text_at_all():
    with pytest.raises(ValueError, match="no text to make batches of"):
        TextBatches([], np.zeros(0), 4)


def test_few_lengths_are_padded_to():
    assert [padded_length(n) for n in (0, 8, 9, 1024, 1025, 1537)] == [8, 8, 12, 1024, 1536, 2048]


# --------------------------------------------------------------------------------------- guessing tokens: batches

WORDS = 5000  # different tokens, more than candidates


def guessing(seed=0, count=40, vocabulary=WORDS) -> GuessingBatches:
    generator = np.random.default_rng(1)
    texts = [generator.integers(0, vocabulary, n).astype("int32") for n in generator.integers(2, 30, count)]
    return GuessingBatches(texts, vocabulary, 8, seed)


def test_targets_are_the_tokens_places_among_the_candidates():
    batches = guessing()
    for index in range(len(batches)):
        inputs, _, _ = batches[index]
        candidates = inputs["candidates"]
        assert len(set(candidates.tolist())) == len(candidates) == 2048 + (index == 0)
        real = inputs["mask"] > 0
        np.testing.assert_array_equal(candidates[inputs["targets"]][real], inputs["tokens"][real])


def test_candidates_are_drawn_anew_in_each_batch_and_epoch_but_not_by_chance():
    def drawn(epoch, index, seed=0):
        batches = guessing(seed)
        batches.epoch = epoch
        return batches[index][0]["candidates"].tolist()

    assert drawn(1, 2) == drawn(1, 2)
    assert drawn(1, 2)[-500:] != drawn(1, 3)[-500:] != drawn(2, 3)[-500:] != drawn(2, 3, seed=1)[-500:]


def test_the_sampled_softmax_is_unbiased():
    """The mean of many estimates of Σ exp(logit) is the sum over the whole vocabulary."""
    logits = 1.5 * normal(WORDS, seed=4)
    whole = np.exp(logits).sum()
    estimates = []
    batches = guessing()
    for epoch in range(60):
        batches.epoch = epoch
        for index in range(len(batches)):
            inputs, _, _ = batches[index]
            estimates.append(np.exp(logits[inputs["candidates"]] + inputs["correction"]).sum())
    error = np.std(estimates) / np.sqrt(len(estimates))
    assert abs(np.mean(estimates) - whole) < 4 * error < 0.01 * whole


@pytest.mark.parametrize(("seed", "vocabulary"), [(None, WORDS), (0, 300)])
def test_the_whole_vocabulary_is_exact(seed, vocabulary):
    """In validation, and where there are not more tokens than candidates."""
    batches = guessing(seed, vocabulary=vocabulary)
    for index in range(len(batches)):
        inputs, _, _ = batches[index]
        assert sorted(inputs["candidates"].tolist()) == list(range(vocabulary))
        assert not inputs["correction"].any()


def test_long_texts_become_windows_and_single_tokens_are_left_out():
    batches = GuessingBatches([np.arange(2 * WINDOW + 1), np.arange(3), np.arange(1)], 1000, 4)
    assert sorted(map(len, batches.ids)) == [3, WINDOW, WINDOW]


# ----------------------------------------------------------------------------------------- guessing tokens: model

LETTERS = CharTokenizer(CharVocabulary("abcdefgh"))


def classifier(**options) -> SentimentClassifier:
    usual = {"cell": "gru", "units": 5, "embedding": 4, "attention_units": 3}
    model = SentimentClassifier(LETTERS, **{**usual, **options})
    model.build((None, None))
    return model


def guesser(**options) -> TokenGuesser:
    made = TokenGuesser(classifier(**options))
    made.build()
    for n, v in enumerate(made.trainable_variables):
        v.assign(0.7 * normal(*v.shape, seed=n))
    return made


def whole_vocabulary(tokens, mask=None) -> dict[str, np.ndarray]:
    mask = np.ones_like(tokens) if mask is None else mask
    candidates = np.arange(len(LETTERS), dtype="int32")
    correction = np.zeros(len(LETTERS), "float32")
    return {"tokens": tokens, "mask": mask, "targets": tokens, "candidates": candidates, "correction": correction}


def nats_by_hand(model, tokens, ahead=True) -> np.ndarray:
    """−log p of each token that is guessed, (B, T − 1)."""
    h = numpy(model._states(tokens, None)[0])
    states = h[:, :-1, :5] if ahead else h[:, 1:, 5:]
    dense = model.projection if ahead else model.backward
    logits = (states @ numpy(dense.kernel) + numpy(dense.bias)) @ numpy(model.embed.embeddings).T + numpy(model.bias)
    log_p = logits - np.log(np.exp(logits).sum(axis=-1, keepdims=True))
    return -np.take_along_axis(log_p, (tokens[:, 1:] if ahead else tokens[:, :-1])[..., None], axis=-1)[..., 0]


TOKENS = np.random.default_rng(2).integers(1, 9, (4, 6)).astype("int32")


def test_the_loss_is_the_mean_over_both_directions_guesses():
    model = guesser()
    both = nats_by_hand(model, TOKENS) + nats_by_hand(model, TOKENS, ahead=False)
    nats = numpy(model(whole_vocabulary(TOKENS)))
    close(nats, both.sum(axis=1) * 4 / (2 * 4 * 5), 1e-5)
    close(nats.mean(), both.mean() / 2, 1e-5)


def test_one_direction_alone():
    model = guesser(bidirectional=False, layers=2)
    close(numpy(model(whole_vocabulary(TOKENS))).mean(), nats_by_hand(model, TOKENS).mean(), 1e-5)
    assert model.backward is None


def test_padding_is_neither_read_nor_guessed():
    model, lengths = guesser(), [6, 3, 2, 5]
    mask = (np.arange(6) < np.array(lengths)[:, None]).astype("int32")
    nats = numpy(model(whole_vocabulary(TOKENS, mask)))
    other = np.where(mask > 0, TOKENS, 1)
    close(model(whole_vocabulary(other, mask)), nats, 1e-6)
    sums = []
    for row, length in enumerate(lengths):
        part = TOKENS[row : row + 1, :length]
        sums.append(nats_by_hand(model, part).sum() + nats_by_hand(model, part, ahead=False).sum())
    close(nats, np.array(sums) * 4 / (2 * (sum(lengths) - 4)), 1e-5)


@pytest.mark.parametrize("changed", [0, 2, 5])
def test_nobody_sees_what_is_to_be_guessed(changed):
    """Another token at one place: guesses ahead change there and after, guesses back there and before."""
    model = guesser()
    other = TOKENS.copy()
    other[:, changed] = 1 + other[:, changed] % 8
    moved = np.abs(nats_by_hand(model, TOKENS) - nats_by_hand(model, other)).max(axis=0) > 1e-6
    assert moved.tolist() == [t >= changed for t in range(1, 6)]  # token 0 is never guessed ahead
    back = [nats_by_hand(model, tokens, ahead=False) for tokens in (TOKENS, other)]
    assert (np.abs(back[0] - back[1]).max(axis=0) > 1e-6).tolist() == [t <= changed for t in range(5)]


def test_a_layer_that_has_seen_both_sides_cannot_guess():
    with pytest.raises(ValueError, match="--layers 1, or --no-bidirectional"):
        TokenGuesser(classifier(layers=2))


def test_only_the_embedding_and_the_recurrence_are_shared():
    model = classifier(dropout=0.1, token_dropout=0.1, recurrent_dropout=0.1)
    made = TokenGuesser(model)
    made.build()
    own, shared = {id(v) for v in made.trainable_variables}, {id(v) for v in model.trainable_variables}
    assert own & shared == {id(v) for v in [*model.embed.trainable_variables, *model.recurrence.trainable_variables]}
    # What draws at random is part of a checkpoint.
    assert {id(v) for v in model.non_trainable_variables} <= {id(v) for v in made.variables}


CYCLE = [
    np.resize(np.roll(np.arange(1, 9), -n), 9 + n % 3).astype("int32") for n in range(32)
]  # a, b, c, ..., h, a, ...


def options(**changes) -> FitOptions:
    made = FitOptions(**{"epochs": 12, "learning_rate": 0.05, **changes})
    made.batch_size = 8
    return made


@pytest.mark.parametrize("both", [True, pytest.param(False, marks=pytest.mark.slow)], ids=["both_ends", "forward"])
def test_a_language_without_surprises_is_learnt(both, tmp_path):
    model = classifier(bidirectional=both, units=8, embedding=8)
    before = numpy(model.embed.embeddings).copy()
    nats = pretrain(model, CYCLE, CYCLE[:5], Run(tmp_path, {}), options())
    assert nats < 0.3 < np.log(8)
    assert np.abs(numpy(model.embed.embeddings) - before).max() > 0.1
    assert (
        float(log(tmp_path)[0]["val_loss"])
        > 2 * nats
        == pytest.approx(2 * min(float(row["val_loss"]) for row in log(tmp_path)), abs=1e-6)
    )


def test_validation_nats_are_the_mean_over_all_guesses(tmp_path):
    """Of texts of many lengths, in batches of which the last is not full."""
    held_out = [text[: 2 + n % 7] for n, text in enumerate(CYCLE[:11])]
    model = classifier()
    run = Run(tmp_path, {})
    nats = pretrain(model, CYCLE, held_out, run, options(epochs=1))
    made = TokenGuesser(model)
    made.build()
    run.load_best(made)
    each = [nats_by_hand(made, text[None], ahead).ravel() for text in held_out for ahead in (True, False)]
    assert nats == pytest.approx(np.concatenate(each).mean(), abs=1e-4)


@pytest.mark.slow
def test_interrupted_pretraining_goes_on(tmp_path, monkeypatch):
    drops = {"dropout": 0.2, "token_dropout": 0.2, "recurrent_dropout": 0.1}

    def run_in(folder):
        keras.utils.set_random_seed(3)
        return pretrain(classifier(**drops), CYCLE, CYCLE[:5], Run(folder, {}, (folder / "config.json").exists()), few)

    few = options(epochs=2)
    run_in(tmp_path / "whole")
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        interrupted(patch, epoch=1)
        run_in(tmp_path / "broken")
    run_in(tmp_path / "broken")
    same_weights(tmp_path / "whole", tmp_path / "broken")


# ---------------------------------------------------------------------------------------------------- the command


@pytest.fixture(scope="module")
def finished(tmp_path_factory) -> Path:
    """An uninterrupted run with everything that a run can leave; its bundle is in `bundle/`."""
    folder = tmp_path_factory.mktemp("run") / "whole"
    train(*OWN, *TINY, "--run-dir", folder, "--export", folder / "bundle")
    return folder


def test_the_run_folder_is_complete(finished):
    config = json.loads((finished / "config.json").read_text())
    assert config["units"] == 6 and config["epochs"] == 2 and config["token_dropout"] == 0.1
    assert [row["epoch"] for row in log(finished)] == ["1", "2"]
    assert {"loss", "val_loss", "val_error"} <= set(log(finished)[0])
    assert (finished / "curve.png").read_bytes().startswith(b"\x89PNG")
    assert not list(finished.rglob("*.tmp"))


def test_the_scores_of_a_run(finished):
    found = scores(finished)
    assert found["texts"] == {"train": 52, "validation": 4, "test": 6} or sum(found["texts"].values()) == 60
    assert found["labels"] == ["negative", "positive"]
    for split in ("validation", "test"):
        part = found[split]
        assert 0 <= part["accuracy"] <= 1 and 0 <= part["macro_f1"] <= 1 and part["nats"] > 0
    assert [seed["seed"] for seed in found["seeds"]] == [0]
    assert found["test_accuracy"]["mean"] == found["test"]["accuracy"] and found["test_accuracy"]["deviation"] == 0
    assert found["parameters"] > 500 and found["weights"] == "float16" and found["pretraining"] is None
    assert len(found["baselines"]) == 3 and found["baselines"][0]["accuracy"] == pytest.approx(0.5)


def test_the_best_epoch_on_validation_is_kept(finished):
    found, best = scores(finished), min(float(row["val_error"]) for row in log(finished))
    assert found["validation"]["accuracy"] == pytest.approx(1 - best, abs=1e-6)
    nats = [float(row["val_loss"]) for row in log(finished)][found["best_epoch"] - 1]
    assert found["validation"]["nats"] == pytest.approx(nats, abs=2e-3)  # scored in float16, as shipped


def test_the_bundle_judges_texts_and_its_card_says_what_it_is(finished):
    model = rnn_models.load(finished / "bundle")
    assert model.predict("정말 재미있었다").label in ("negative", "positive")
    assert model.scores == scores(finished)
    for part in ("accuracy", "calibration", "majority", "Licence", "python -m training.sentiment train", "한국어"):
        assert part in model.card, part
    data = file_labelled(REVIEWS)
    found = model.probabilities(data.test.texts)
    assert (found.argmax(axis=1) == data.test.labels).mean() == pytest.approx(model.scores["test"]["accuracy"])


@pytest.mark.parametrize("split", ["test", "validation"])
def test_evaluate_prints_the_scores_of_the_bundle(finished, capsys, split):
    sentiment.main(["evaluate", str(finished / "bundle"), *OWN, "--split", split])
    expected = scores(finished)[split]
    line = capsys.readouterr().out.splitlines()[-1]
    assert line.startswith(split) and f"accuracy {100 * expected['accuracy']:.2f} %" in line
    assert f"{expected['nats']:.4f} nats" in line


def test_a_run_keeps_its_tokenizer(finished, tmp_path):
    kept = json.loads((finished / "tokenizer.json").read_text(encoding="utf-8"))
    assert kept == json.loads((finished / "bundle" / "config.json").read_text(encoding="utf-8"))["model"]["tokenizer"]
    other = build_tokenizer(sentiment.Train(vocabulary=60), ["another text", "and another"] * 9)
    with pytest.raises(ValueError, match="reads other tokens"):
        keep_tokenizer(finished, other)
    keep_tokenizer(tmp_path, other)
    options = sentiment.Train(run_dir=tmp_path, resume=True)
    assert Texts(options, file_labelled(REVIEWS)).tokenizer.get_config() == other.get_config()


def test_a_finished_run_is_not_trained_again(finished):
    before = (finished / "log.csv").read_bytes()
    train("--run-dir", finished, "--resume", "--no-baseline")
    assert (finished / "log.csv").read_bytes() == before


def test_an_interrupted_run_goes_on_to_the_same_result(finished, tmp_path, monkeypatch):
    folder = tmp_path / "broken"
    with monkeypatch.context() as patch, pytest.raises(SystemExit, match="--resume"):
        interrupted(patch, epoch=1)
        train(*OWN, *TINY, *QUIET, "--run-dir", folder)
    assert [row["epoch"] for row in log(folder)] == ["1"]
    train("--run-dir", folder, "--resume")
    same_weights(finished, folder)
    for row, again in zip(log(finished), log(folder), strict=True):
        for name in ("loss", "val_loss", "val_error"):
            assert float(again[name]) == pytest.approx(float(row[name]), abs=1e-5)


KILL = """
import os, signal, sys
from training import sentiment
from training.batches import TextBatches

whole = TextBatches.__getitem__

def deadly(self, index):
    if self.seed is not None and self.epoch == 1 and index == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    return whole(self, index)

TextBatches.__getitem__ = deadly
sentiment.main(sys.argv[1:])
"""


@pytest.mark.slow
def test_a_killed_run_goes_on_to_the_same_result(finished, tmp_path):
    folder = tmp_path / "killed"
    arguments = ["train", *OWN, *TINY, *QUIET, "--run-dir", str(folder)]
    process = subprocess.run([sys.executable, "-c", KILL, *arguments], cwd=ROOT, capture_output=True, text=True)
    assert process.returncode == -9, process.stderr[-2000:]
    train("--run-dir", folder, "--resume")
    same_weights(finished, folder)


PRETRAINED = ["--pretrain-epochs", "2", "--epochs", "1"]


@pytest.fixture(scope="module")
def pretrained(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("pretrained") / "run"
    train(*OWN, *TINY, *QUIET, *PRETRAINED, "--run-dir", folder, "--export", folder / "bundle")
    return folder


@pytest.mark.slow
def test_a_run_may_start_from_a_language_model(pretrained):
    found = scores(pretrained)["pretraining"]
    rows = log(pretrained / "pretraining")
    assert [row["epoch"] for row in rows] == ["1", "2"] and found["epochs"] == 2
    assert found["validation_nats"] == pytest.approx(min(float(row["val_loss"]) for row in rows), abs=1e-6)
    assert (
        "Started from a language model of the training texts (2 epochs)" in rnn_models.load(pretrained / "bundle").card
    )


@pytest.mark.slow
def test_a_language_model_is_used_again(pretrained, tmp_path):
    """By a run with the same options to the same weights; and by one with other options of the classifier."""
    there = pretrained / "pretraining"
    before = (there / "checkpoints" / "last.npz").read_bytes()
    same = [*OWN, *TINY, *QUIET, *PRETRAINED]
    train(*same, "--run-dir", tmp_path / "same", "--pretrained", there)
    assert not (tmp_path / "same" / "pretraining").exists()
    same_weights(pretrained, tmp_path / "same")
    train(*same, "--run-dir", tmp_path / "other", "--pretrained", there, "--pooling", "max", "--dropout", "0")
    assert (there / "checkpoints" / "last.npz").read_bytes() == before
    with pytest.raises(SystemExit, match="units was 6, now 7"):
        train(*same, "--run-dir", tmp_path / "wrong", "--pretrained", there, "--units", 7)


@pytest.mark.slow
@pytest.mark.parametrize("where", ["language model", "classifier"])
def test_an_interrupted_run_with_pretraining_goes_on(pretrained, tmp_path, monkeypatch, where):
    folder, usual = tmp_path / "broken", Recorder.on_train_batch_end

    def stop(self, batch, logs=None):
        usual(self, batch, logs)
        reading = self.run.folder.name == "pretraining"
        if reading == (where == "language model") and self.run.state.epoch == int(reading):
            raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(SystemExit, match="--resume"):
        patch.setattr(Recorder, "on_train_batch_end", stop)
        train(*OWN, *TINY, *QUIET, *PRETRAINED, "--run-dir", folder)
    train("--run-dir", folder, "--resume")
    same_weights(pretrained, folder)
    same_weights(pretrained / "pretraining", folder / "pretraining")


@pytest.mark.slow
def test_several_seeds(finished, tmp_path, capsys):
    folder = tmp_path / "run"
    train(*OWN, *TINY, *QUIET, "--epochs", 1, "--repeats", 2, "--run-dir", folder, "--export", folder / "bundle")
    found = scores(folder)
    assert [seed["seed"] for seed in found["seeds"]] == [0, 1]
    accuracies = [seed["test"]["accuracy"] for seed in found["seeds"]]
    assert found["test_accuracy"]["count"] == 2 and found["test_accuracy"]["mean"] == pytest.approx(np.mean(accuracies))
    assert found["test_accuracy"]["deviation"] == pytest.approx(np.std(accuracies, ddof=1))
    best = max(found["seeds"], key=lambda seed: seed["validation"]["accuracy"])
    assert found["seed"] == best["seed"] and found["test"] == best["test"]
    assert (folder / "seed-1" / "log.csv").exists()
    one, other = (arrays(path / "checkpoints" / "best.npz") for path in (folder, folder / "seed-1"))
    assert any(np.abs(one[name] - other[name]).max() > 1e-3 for name in one)
    assert "over 2 seeds" in capsys.readouterr().out
    before = (folder / "seed-1" / "log.csv").read_bytes()
    train("--run-dir", folder, "--resume")
    assert (folder / "seed-1" / "log.csv").read_bytes() == before


@pytest.mark.slow
@pytest.mark.parametrize(
    "choice",
    [
        "--tokens jamo-subword --pooling last --no-bidirectional --layers 2 --pretrain-epochs 1",
        "--tokens syllable --cell lstm --pooling max --subword-dropout 0.1 --label-smoothing 0.1",
        "--tokens jamo --cell vanilla --weight-decay 0.1 --train-tokens 20 --max-tokens 30 --patience 1",
        "--tokens subword --subword-dropout 0.2 --mixed-precision mixed_bfloat16 --pretrain-epochs 1",
        "--tokens morpheme",
    ],
)
def test_other_choices(tmp_path, choice):
    if "morpheme" in choice:
        pytest.importorskip("kiwipiepy")
    policy = keras.config.dtype_policy()
    try:
        train(*OWN, *TINY, *QUIET, *choice.split(), "--epochs", 1, "--run-dir", tmp_path, "--export", tmp_path / "b")
    finally:
        keras.config.set_dtype_policy(policy)
    model = rnn_models.load(tmp_path / "b")
    assert np.isfinite(model.probabilities(["정말 좋은 film", ""])).all()


# ----------------------------------------------------------------------------------------------- the command line


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--units", "0"], "--units: got 0, expected at least 1"),
        (["--repeats", "0"], "--repeats"),
        (["--dropout", "1"], "--dropout: got 1.0"),
        (["--subword-dropout", "-0.1"], "--subword-dropout"),
        (["--label-smoothing", "1"], "--label-smoothing"),
        (["--vocabulary", "10"], "--vocabulary: got 10, expected at least 50"),
        (["--max-tokens", "1"], "--max-tokens"),
        (["--train-tokens", "0"], "--train-tokens"),
        (["--pretrain-epochs", "-1"], "--pretrain-epochs"),
        (["--pretrain-epochs", "1", "--layers", "2"], "--pretrain-epochs"),
        (["--pretrain-epochs", "1", "--distribute"], "--pretrain-epochs"),
        (["--pretrain-learning-rate", "0"], "--pretrain-learning-rate"),
        (["--resume"], "--run-dir"),
        (["--file", "nowhere.csv"], "nowhere.csv"),
        ([*OWN, "--text-column", "words"], "words"),
        (["--resume", "--run-dir", "nowhere"], "holds no run"),
    ],
)
def test_bad_arguments_are_named(tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit, match="^error: ") as stop:
        train(*arguments)
    assert message in stop.value.code
    assert not (tmp_path / "runs").exists()


def test_a_run_is_neither_overwritten_nor_resumed_with_other_options(finished, tmp_path):
    with pytest.raises(SystemExit, match="holds a run already"):
        train(*OWN, *TINY, "--run-dir", finished)
    with pytest.raises(SystemExit, match="units was 6, now 7"):
        train("--run-dir", finished, "--resume", "--units", "7")
    (tmp_path / "config.json").write_text('{"steps": 128}')  # a character model's
    with pytest.raises(SystemExit, match="holds a run of another kind or version: .*steps"):
        train("--run-dir", tmp_path, "--resume")


def test_what_cannot_be_evaluated(finished, tmp_path, monkeypatch):
    with pytest.raises(SystemExit, match="no bundle 'sentiment/nothing'"):
        sentiment.main(["evaluate", "sentiment/nothing", *OWN])
    other = CharLM(CharVocabulary("ab"), cell="gru", units=2, layers=1)
    other.build((None, None))
    folder = rnn_models.save_bundle(other, tmp_path / "letters", {}, "")
    with pytest.raises(SystemExit, match="letters is no sentiment classifier, but a CharLM"):
        sentiment.main(["evaluate", str(folder), *OWN])
    stars = tmp_path / "stars.csv"
    stars.write_text(REVIEWS.read_text(encoding="utf-8").replace("negative", "1").replace("positive", "5"))
    with pytest.raises(SystemExit, match="knows the labels .*negative.*; the data set has .*'1', '5'"):
        sentiment.main(["evaluate", str(finished / "bundle"), "--file", str(stars)])


@pytest.mark.parametrize(
    "options",
    [
        sentiment.SCRIPT.defaults("imdb"),
        sentiment.Train(dropout=0.1, bidirectional=False, pooling="max", tokens="jamo", seed=4),
        sentiment.Train(file=Path("my reviews.csv"), text_column="what they say", pretrain_epochs=2, repeats=3),
    ],
)
def test_the_command_in_the_card_gives_the_same_options(options):
    words = shlex.split(sentiment.SCRIPT.command_line(options))
    assert words[:4] == ["python", "-m", "training.sentiment", "train"]
    assert sentiment.SCRIPT.parse(words[3:]) == options


@pytest.mark.parametrize("command", ["train", "evaluate"])
def test_help(command, capsys):
    with pytest.raises(SystemExit) as stop:
        sentiment.main([command, "--help"])
    assert stop.value.code == 0
    assert "--text-column" in capsys.readouterr().out


@pytest.mark.slow
def test_the_command_line_needs_no_keras_for_its_help():
    code = "import sys, training.sentiment; sys.exit('keras' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0
