"""The labelled texts as token ids, and their tokenizer."""

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from rnn_models.tasks.sentiment import shortened
from rnn_models.text.tokenizers import CharTokenizer, MorphemeTokenizer, SubwordTokenizer, Tokenizer
from training.core.run import kept_tokenizer
from training.sentiment.data import few_labels
from training.sentiment.distillation import load_teacher, soft_labels, targets
from training.sentiment.unlabelled import unlabelled_texts

if TYPE_CHECKING:
    from training.data.records import Labelled, LabelledData
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
    """The data set as token ids: read once, and shared by the runs of several seeds.

    Attributes:
        published: the data set.
        data: the same with the labels that are used: with `--label-count` fewer training texts.
        further_texts: the training texts whose labels are not used, then those of `--unlabelled`.
    """

    def __init__(self, options: "Train", data: "LabelledData"):
        self.options, self.published = options, data
        self.unlabelled_texts: list[str] = []
        if options.unlabelled:
            self.unlabelled_texts, notes = unlabelled_texts(options.unlabelled, data)
            data.notes.extend(notes)
        for teacher in options.teachers:  # found wanting before anything is trained
            load_teacher(teacher, data.label_names)
        self.data, rest = few_labels(data, options.label_count, options.seed) if options.label_count else (data, [])
        self.further_texts = [*rest, *self.unlabelled_texts]
        known = [*data.train.texts, *self.unlabelled_texts]
        self.tokenizer = kept_tokenizer(options) or build_tokenizer(options, known)

    @cached_property
    def train(self) -> list[np.ndarray]:
        return self._shortened(self.tokenizer.encode(self.data.train.texts))

    @cached_property
    def validation(self) -> list[np.ndarray]:
        return self._shortened(self.tokenizer.encode(self.data.validation.texts))

    def all_training_texts(self) -> list[np.ndarray]:
        """What the language model reads: the training texts, and those without labels whole."""
        own = self._shortened(self.tokenizer.encode(self.published.train.texts))
        return [*own, *self.tokenizer.encode(self.unlabelled_texts)]

    @cached_property
    def targets(self) -> np.ndarray:
        """The class probabilities (N, C) from which the classifier learns: of `source()`'s texts."""
        own = self.one_hot(self.data.train)
        if not self.options.teachers:
            return own
        texts = [*self.data.train.texts, *self.further_texts]
        soft = soft_labels(self.options.teachers, self.data.label_names, texts)
        return targets(own, soft, self.options.teacher_weight)

    def one_hot(self, part: "Labelled") -> np.ndarray:
        """The labels of a split as class probabilities, (N, C)."""
        return np.eye(len(self.data.label_names), dtype="float32")[part.labels]

    def source(self) -> list[np.ndarray] | Callable[[int], list[np.ndarray]]:
        """The texts to learn from, with teachers also those without labels; cut anew each epoch by sub-word dropout."""
        texts, rate = self.data.train.texts, self.options.subword_dropout
        texts = [*texts, *self.further_texts] if self.options.teachers else texts
        if not rate or not isinstance(self.tokenizer, SubwordTokenizer):
            return self._shortened(self.tokenizer.encode(texts))
        return lambda epoch: self._shortened(self.tokenizer.encode(texts, dropout=rate))

    def _shortened(self, ids: list[np.ndarray]) -> list[np.ndarray]:
        return [shortened(i, self.options.train_tokens) for i in ids]
