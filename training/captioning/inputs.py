"""The captioned pictures as features and token ids."""

import functools
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from rnn_models.tasks.captioning import END, START, Captioner
from rnn_models.text.tokenizers import SubwordTokenizer
from rnn_models.text.words import WordTokenizer
from training.captioning.batches import PictureBatches
from training.core.bundles import load_as
from training.core.run import kept_tokenizer
from training.data.features import Features, Views, features_of
from training.metrics.caption_tokenizer import normalised

if TYPE_CHECKING:
    from training.captioning.config import Train
    from training.data.records import CaptionData


class Pictures:
    """The captioned pictures as features and token ids: read once, and shared by the runs of several seeds."""

    def __init__(self, options: "Train", data: "CaptionData"):
        self.options, self.data = options, data
        self.start = load_as(options.start, Captioner) if options.start else None
        texts = [normalised(caption) for captions in data.train.captions for caption in captions]
        self.tokenizer = kept_tokenizer(options) or self._tokenizer(texts)

    def _tokenizer(self, texts: list[str]) -> WordTokenizer | SubwordTokenizer:
        if self.start is not None:
            return self._tokenizer_of_start()
        if self.options.tokens == "words":
            return WordTokenizer.build(texts, self.options.least, (START, END))
        size, specials = self.options.vocabulary, (START, END)
        return SubwordTokenizer.build(texts, size, lowercase=True, specials=specials, byte_fallback=True)

    def _tokenizer_of_start(self) -> WordTokenizer | SubwordTokenizer:
        tokenizer, options = self.start.tokenizer, self.options
        there = "words" if isinstance(tokenizer, WordTokenizer) else "subwords"
        if there != options.tokens:
            raise ValueError(f"--start {options.start} writes {there}, not {options.tokens}. Give --tokens {there}.")
        return tokenizer

    @cached_property
    def encoder(self) -> Any:
        from rnn_models.vision.encoder import ImageEncoder

        return ImageEncoder(self.options.backbone, self.options.grid, self.options.fit)

    @functools.cache  # noqa: B019  of one object a run
    def features(self, split: str) -> Features:
        """The features of the pictures of a split; of those for training also of other views, if wanted."""
        views = Views(self.options.flips, self.options.crops) if split == "train" else Views()
        return features_of(getattr(self.data, split).pictures, self.encoder, self.options.features_dir, views)

    def batches(self, rows: slice | None, seed: int) -> PictureBatches:
        """The training batches of one seed."""
        return self._batches(self.features("train"), self._short(), rows, seed)

    def validation_batches(self, rows: slice | None) -> PictureBatches:
        """The batches of the validation loss."""
        return self._batches(self.features("validation"), self._ids(self.data.validation.captions), rows)

    def _batches(self, features: Features, ids: list, rows: slice | None, seed: int | None = None) -> PictureBatches:
        around = (self.tokenizer.id_of(START), self.tokenizer.id_of(END))
        options = self.options
        return PictureBatches(features, ids, *around, options.batch_size, seed, rows, options.drawn)

    def _short(self) -> list[list[np.ndarray]]:
        """The training captions that are short enough, by picture."""
        longest = self.options.train_words
        kept = [[ids for ids in row if len(ids) <= longest] for row in self._ids(self.data.train.captions)]
        if not any(kept):
            raise ValueError(f"No training caption has at most {longest} words. Give a larger --train-words.")
        return kept

    def _ids(self, captions: list[list[str]]) -> list[list[np.ndarray]]:
        counts = np.cumsum([0, *map(len, captions)])
        ids = self.tokenizer.encode([normalised(text) for row in captions for text in row])
        return [ids[start:end] for start, end in zip(counts, counts[1:], strict=False)]
