"""Language-model pre-training of a classifier: what is guessed, by whom, and that it is learnt."""

import keras
import numpy as np
import pytest

from rnn_models import CharTokenizer, CharVocabulary, SentimentClassifier
from tests.support.gradients import numpy
from tests.support.helpers import close, normal
from tests.support.run_folders import copied, log, same_weights
from training.core.run import Run
from training.sentiment.config import Train
from training.sentiment.pretrain import GuessingBatches, TokenGuesser, pretrain

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
    batches = GuessingBatches([np.arange(2 * 30 + 1), np.arange(3), np.arange(1)], 1000, 4, window=30)
    assert sorted(map(len, batches.ids)) == [3, 30, 30]


def test_many_windows_are_read_in_parts_and_a_pass_reads_each_once(monkeypatch):
    monkeypatch.setattr("training.sentiment.pretrain.PART", 10)
    texts = [np.full(3, n, dtype="int32") for n in range(29)]
    batches = GuessingBatches(texts, WORDS, 4, seed=0)
    assert batches.parts == 3

    def read(epoch):
        batches.epoch = epoch
        return [text[0] for text in batches.ids]

    first, second = [[read(3 * which + part) for part in range(3)] for which in (0, 1)]
    assert [len(part) for part in first] == [10, 10, 10]
    assert set(sum(first, [])) == set(sum(second, [])) == set(range(29))
    assert first != second
    assert read(1) == first[1]
    assert GuessingBatches(texts, WORDS, 4).parts == 1  # validation


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
    model, lengths = guesser(), [6, 3, 3, 6]
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


def options(**changes) -> Train:
    made = Train(**{"epochs": 12, "learning_rate": 0.05, **changes})
    made.batch_size = 8
    return made


def test_a_language_without_surprises_is_learnt(tmp_path):
    model = classifier(units=8, embedding=8)
    before = numpy(model.embed.embeddings).copy()
    nats = pretrain(model, CYCLE, CYCLE[:5], Run(tmp_path, {}), options())
    assert nats < 0.3 < np.log(8)
    assert np.abs(numpy(model.embed.embeddings) - before).max() > 0.1
    assert (
        float(log(tmp_path)[0]["val_loss"])
        > 2 * nats
        == pytest.approx(2 * min(float(row["val_loss"]) for row in log(tmp_path)), abs=1e-6)
    )


def test_validation_nats_are_the_mean_over_all_guesses():
    """Of texts of many lengths, in batches of which the last is not full."""
    held_out = [text[: 2 + 3 * (n % 3)] for n, text in enumerate(CYCLE[:11])]
    made = guesser()
    made.compile(loss=lambda _, nats: nats, run_eagerly=True)
    nats = made.evaluate(GuessingBatches(held_out, len(LETTERS), 8), verbose=0)
    each = [nats_by_hand(made, text[None], ahead).ravel() for text in held_out for ahead in (True, False)]
    assert nats == pytest.approx(np.concatenate(each).mean(), abs=1e-4)


def test_stopped_pretraining_goes_on_to_the_same_result(tmp_path, monkeypatch):
    drops = {"dropout": 0.2, "token_dropout": 0.2, "recurrent_dropout": 0.1}

    def run_in(folder):
        keras.utils.set_random_seed(3)
        made = classifier(bidirectional=False, **drops)
        return pretrain(made, CYCLE, CYCLE[:5], Run(folder, {}, (folder / "config.json").exists()), options(epochs=2))

    copied(monkeypatch, tmp_path / "whole", tmp_path / "stopped")
    assert run_in(tmp_path / "whole") == pytest.approx(run_in(tmp_path / "stopped"), abs=1e-5)
    same_weights(tmp_path / "whole", tmp_path / "stopped")
