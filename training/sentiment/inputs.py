"""The labelled texts as token ids, and their tokenizer."""

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from rnn_models.tasks.sentiment import shortened
from rnn_models.text.tokenizers import CharTokenizer, MorphemeTokenizer, SubwordTokenizer, Tokenizer
from training.core.run import kept_tokenizer
from training.sentiment.unlabelled import unlabelled_texts

if TYPE_CHECKING:
    from training.data.records import LabelledData
    from training.sentiment.config import Train


def build_tokenizer(options: "Train", texts: Sequence[str]) -> Tokenizer:
    """The tokenizer of these options, learnt from the training texts."""
    if options.tokens == "morpheme":
        return MorphemeTokenizer.build(texts, options.vocabulary)
    if options.tokens == "subword":
        return SubwordTokenizer.build(texts, options.vocabulary)
    if options.tokens == "jamo-subword":
        return SubwordTokenizer.build(texts, options.vocabulary, normalization="NFKD")
    return CharTokenizer.build(texts, options.vocabulary, "NFD" if options.tokens == "jamo" else "NFC")


class Texts:
    """The data set as token ids: read once, and shared by the runs of several seeds."""

    def __init__(self, options: "Train", data: "LabelledData"):
        self.options, self.data = options, data
        self.unlabelled_texts: list[str] = []
        if options.unlabelled:
            self.unlabelled_texts, notes = unlabelled_texts(options.unlabelled, data)
            data.notes.extend(notes)
        known = [*data.train.texts, *self.unlabelled_texts]
        self.tokenizer = kept_tokenizer(options) or build_tokenizer(options, known)

    @cached_property
    def train(self) -> list[np.ndarray]:
        return self._shortened(self.tokenizer.encode(self.data.train.texts))

    @cached_property
    def validation(self) -> list[np.ndarray]:
        return self._shortened(self.tokenizer.encode(self.data.validation.texts))

    @cached_property
    def unlabelled(self) -> list[np.ndarray]:
        """The texts without labels, whole."""
        return self.tokenizer.encode(self.unlabelled_texts)

    def source(self) -> list[np.ndarray] | Callable[[int], list[np.ndarray]]:
        """The training texts; with sub-word dropout cut anew for each epoch."""
        rate = self.options.subword_dropout
        if not rate or not isinstance(self.tokenizer, SubwordTokenizer):
            return self.train
        return lambda epoch: self._shortened(self.tokenizer.encode(self.data.train.texts, dropout=rate))

    def _shortened(self, ids: list[np.ndarray]) -> list[np.ndarray]:
        return [shortened(i, self.options.train_tokens) for i in ids]
