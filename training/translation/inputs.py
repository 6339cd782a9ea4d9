"""The sentence pairs as token ids, and their batches."""

from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from rnn_models.tasks.translation import END, START
from rnn_models.text.tokenizers import SubwordTokenizer
from training.core.run import kept_tokenizer
from training.data.batches import PairBatches

if TYPE_CHECKING:
    from training.data.records import PairData
    from training.translation.config import Train


class Texts:
    """The sentence pairs as token ids: read once, and shared by the runs of several seeds."""

    def __init__(self, options: "Train", data: "PairData"):
        self.options, self.data = options, data
        self.tokenizer = kept_tokenizer(options) or SubwordTokenizer.build(
            [*data.train.sources, *data.train.targets],
            options.vocabulary,
            lowercase=False,
            normalization="NFC",
            specials=(START, END),
            byte_fallback=True,
        )

    @cached_property
    def kept(self) -> np.ndarray:
        """Which training pairs are short enough."""
        sides = [self._cut(side) for side in (self.data.train.sources, self.data.train.targets)]
        longest = np.maximum(*([len(ids) for ids in side] for side in sides))
        kept = np.flatnonzero(longest <= self.options.train_tokens)
        if not len(kept):
            raise ValueError(
                f"No training pair has at most {self.options.train_tokens} tokens on both sides. "
                "Give a larger --train-tokens or --vocabulary, or shorter texts."
            )
        return kept

    def train(self) -> Any:
        """The training pairs; with sub-word dropout cut anew for each epoch."""
        rate = self.options.subword_dropout
        train = self.data.train
        sides = [[side[n] for n in self.kept] for side in (train.sources, train.targets)]
        if not rate:
            return self._sides(*sides)
        return lambda epoch: self._sides(*sides, rate)

    def validation(self) -> tuple[list[np.ndarray], list[np.ndarray]]:
        """The validation pairs."""
        return self._sides(self.data.validation.sources, self.data.validation.targets)

    def _sides(self, sources: list[str], targets: list[str], dropout: float = 0.0) -> tuple:
        step = -1 if self.options.reverse_source else 1
        return [ids[::step] for ids in self._cut(sources, dropout)], self._cut(targets, dropout)

    def _cut(self, texts: list[str], dropout: float = 0.0) -> list[np.ndarray]:
        return self.tokenizer.encode(texts, dropout=dropout)


class SampledBatches(PairBatches):
    """`PairBatches` with scheduled sampling: the input "replace" (B, T) is 1 where the model's own guess is read.

    The share of such places grows evenly from 0 in the first of `epochs` epochs to `rate` in the last.
    """

    def __init__(self, *arguments: Any, rate: float, epochs: int, **options: Any):
        self.rate, self.epochs = rate, epochs
        super().__init__(*arguments, **options)

    def __getitem__(self, index: int) -> tuple:
        inputs, labels, weights = super().__getitem__(index)
        share = self.rate * min(1.0, self.epoch / max(1, self.epochs - 1))
        drawn = np.random.default_rng([self.seed or 0, self.epoch, index]).random(labels.shape) < share
        return inputs | {"replace": drawn.astype("int32")}, labels, weights
