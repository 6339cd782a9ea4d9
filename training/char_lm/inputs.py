"""The corpus as numbers of symbols, and the streams that are cut from it."""

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from rnn_models.text.characters import CharVocabulary
from rnn_models.text.tokenizers import CharTokenizer
from training.char_lm.streams import Streams, validation_streams
from training.core.run import kept_tokenizer

if TYPE_CHECKING:
    from training.char_lm.config import Train
    from training.char_lm.data import Corpus


class Symbols:
    """The corpus as numbers of symbols: read once, and shared by the runs of several seeds."""

    def __init__(self, options: "Train", data: "Corpus"):
        self.options, self.data = options, data
        self.tokenizer = kept_tokenizer(options) or CharTokenizer(
            CharVocabulary.build(data.train, options.normalization, options.min_count)
        )
        self.vocabulary = self.tokenizer.vocabulary

    @cached_property
    def train(self) -> np.ndarray:
        """The training text, (N,)."""
        return self.vocabulary.encode(self.data.train)

    def batches(self, rows: slice, seed: int) -> Streams:
        """The training streams of one seed."""
        options = self.options
        offsets = seed if options.random_offset else None
        return Streams(self.train, options.batch_size, options.steps, offsets, options.passes, rows)

    def validation_batches(self, rows: slice) -> Streams:
        """The streams of the validation loss."""
        held_out = self.vocabulary.encode(self.data.validation)
        return validation_streams(held_out, self.options.batch_size, self.options.steps, rows)
