"""Language-model pre-training of a text classifier: its embedding and its recurrent layer learn to guess tokens.

The forward half of the layer guesses the next token, the backward half the one before (Peters et al. 2018), both
through the embedding's own matrix; their weights then start the classifier (Dai and Le 2015; Howard and Ruder
2018). Training texts only, no labels.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
from keras import ops

from rnn_models.losses import SmoothedCrossEntropy
from training.core.fit import fit_epochs
from training.core.options import make_optimizer
from training.core.run import Recorder, Run, stored_state
from training.data.batches import TextBatches

if TYPE_CHECKING:
    from rnn_models.tasks.sentiment import SentimentClassifier
    from training.sentiment.config import Train

PART = 180_000
"""Of more windows an epoch of `fit` reads an equal part, so that a stopped run loses little: a pass takes several."""

CANDIDATES = 2048
"""Each token is told apart from about so many others: those of its batch, and a sample of the rest."""


class GuessingBatches(TextBatches):
    """Batches for `TokenGuesser`.

    The softmax runs over the batch's own tokens and a uniform sample of the n others, k of them. A sampled one
    stands for n / k tokens: log(n / k) is added to its logit, so that the estimate of the denominator is
    unbiased (importance sampling; Bengio and Senécal 2003). Validation is over the whole vocabulary, and its
    batches weigh as much as they have tokens to guess: its loss is the mean over all of them.
    """

    def __init__(self, ids: Any, vocabulary: int, batch_size: int, seed: int | None = None, window: int = 64):
        self.vocabulary = vocabulary
        windows = [w for text in ids for w in _windows(text, window) if len(w) > 1]
        self.parts = 1 if seed is None else -(-len(windows) // PART)
        source = windows if self.parts == 1 else lambda epoch: self._part(windows, epoch)
        super().__init__(source, np.zeros(-(-len(windows) // self.parts), dtype="float32"), batch_size, seed)
        self._guesses = sum(len(w) - 1 for w in windows) / len(self)  # in a batch of validation, on average

    def _part(self, windows: list[np.ndarray], epoch: int) -> list[np.ndarray]:
        """The part of an epoch: each pass over all windows deals them out anew. All parts have the same size."""
        which, part = divmod(epoch, self.parts)
        order = np.random.default_rng([self.seed or 0, which]).permutation(len(windows))
        return [windows[n] for n in np.resize(order, len(self.labels) * self.parts)[part :: self.parts]]

    def __getitem__(self, index: int) -> tuple:
        inputs, labels, weights = super().__getitem__(index)
        if self.seed is None:
            inputs["mask"] *= (weights > 0)[:, None]  # what fills up the last batch
            weights = np.full_like(weights, inputs["mask"][:, 1:].sum() / self._guesses)
        tokens, mask = inputs["tokens"], inputs["mask"]
        here = np.unique(tokens[mask > 0])
        count = min(self.vocabulary, max(CANDIDATES, -(-len(here) // 1024) * 1024))
        count = self.vocabulary if self.seed is None else count
        count += index == 0  # Keras takes for fixed what its first two batches have in common
        others = np.setdiff1d(np.arange(self.vocabulary), here, assume_unique=True)
        sample = np.random.default_rng([self.seed or 0, self.epoch, index]).permutation(others)[: count - len(here)]
        candidates = np.concatenate([here, sample]).astype("int32")
        place = np.zeros(self.vocabulary, dtype="int32")
        place[candidates] = np.arange(len(candidates))
        correction = np.zeros(len(candidates), dtype="float32")
        correction[len(here) :] = np.log(len(others) / max(len(sample), 1))
        inputs |= {"targets": place[tokens], "candidates": candidates, "correction": correction}
        return inputs, labels, weights


class TokenGuesser(keras.Model):
    """The language model around a classifier's embedding and recurrence; gives nats for each text, (B,).

    The mean over the batch is the mean over its tokens: each text's sum is weighed by B / number of tokens.
    """

    def __init__(self, classifier: "SentimentClassifier", **kwargs: Any):
        super().__init__(**kwargs)
        settings = classifier.settings
        if settings["bidirectional"] and settings["layers"] > 1:
            raise ValueError(
                "Pre-training needs a layer that has not seen what it is to guess: --layers 1, or --no-bidirectional."
            )
        # The classifier's other weights stay out; what draws at random is in: it is part of a checkpoint.
        self.embed, self.recurrence = classifier.embed, classifier.recurrence
        self.drop_tokens, self.drop = classifier.drop_tokens, classifier.drop
        self._states = classifier.states
        self._settings = settings
        self.projection = keras.layers.Dense(settings["embedding"], name="projection")
        self.backward = None
        if settings["bidirectional"]:
            self.backward = keras.layers.Dense(settings["embedding"], name="backward_projection")
        self.bias = self.add_weight(name="bias", shape=(len(classifier.tokenizer),), initializer="zeros")

    def build(self, shape: Any = None) -> None:
        for layer in filter(None, (self.projection, self.backward)):
            layer.build((None, None, self._settings["units"]))
        self.built = True

    def call(self, inputs: dict, training: bool = False) -> Any:
        mask, half = ops.cast(inputs["mask"], "bool"), self._settings["units"]
        h, _ = self._states(inputs["tokens"], mask, training)
        nats = self._nats(self.projection(h[:, :-1, :half]), inputs, slice(1, None), training)
        count = ops.sum(ops.cast(mask[:, 1:], nats.dtype))
        if self.backward is not None:
            nats = nats + self._nats(self.backward(h[:, 1:, half:]), inputs, slice(None, -1), training)
            count = 2 * count
        return nats * ops.cast(ops.shape(nats)[0], nats.dtype) / count

    def _nats(self, guess: Any, inputs: dict, at: slice, training: bool) -> Any:
        """−log p summed over each text's tokens at `at`; both neighbours of a guess are real tokens."""
        guess = self.drop(guess, training=training)
        shape = ops.shape(guess)
        candidates = inputs["candidates"]
        rows = ops.take(self.embed.embeddings, candidates, axis=0)
        bias = ops.take(self.bias, candidates) + inputs["correction"]
        # The bias goes through the product as one more feature: the logits are large, each pass over them counts.
        guess = ops.concatenate([ops.reshape(guess, (-1, shape[-1])), ops.ones((shape[0] * shape[1], 1))], axis=1)
        logits = ops.matmul(guess, ops.transpose(ops.concatenate([rows, bias[:, None]], axis=1)))
        targets = ops.reshape(inputs["targets"][:, at], (-1,))
        nats = ops.reshape(SmoothedCrossEntropy()(targets, logits), shape[:2])
        return ops.sum(nats * ops.cast(inputs["mask"][:, 1:], nats.dtype), axis=1)


def pretrain(
    classifier: "SentimentClassifier",
    train: Sequence[np.ndarray],
    validation: Sequence[np.ndarray],
    run: Run,
    options: "Train",
) -> float:
    """Train the classifier's embedding and recurrence on the texts; gives the best epoch's validation nats."""
    vocabulary = len(classifier.tokenizer)
    guesser = TokenGuesser(classifier, name="guesser")
    guesser.build()
    batches = GuessingBatches(train, vocabulary, options.batch_size, options.seed, options.pretrain_window)
    options = replace(options, epochs=max(1, round(options.epochs * batches.parts)))
    if run.last.exists() and stored_state(run.folder).epoch >= options.epochs:
        run.load_best(guesser)
        return stored_state(run.folder).best_score
    held_out = GuessingBatches(validation, vocabulary, options.batch_size, window=options.pretrain_window)
    optimizer = make_optimizer(options, len(batches) * options.epochs)
    guesser.compile(optimizer=optimizer, loss=lambda _, nats: nats)
    optimizer.build(guesser.trainable_variables)
    if not run.restore(guesser, optimizer):
        run.begin()
    fit_epochs(guesser, batches, held_out, [Recorder(run, guesser)], options.epochs, run)
    run.load_best(guesser)
    return run.state.best_score


def _windows(text: np.ndarray, length: int) -> list[np.ndarray]:
    return [text[start : start + length] for start in range(0, len(text), length)]
