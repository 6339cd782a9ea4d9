"""What fitting a captioner takes: words, features, batches, the model, the run, the scores in between."""

import functools
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
from keras import ops

from rnn_models.bundles import named_weights
from rnn_models.losses import SmoothedCrossEntropy
from rnn_models.tasks.captioning import END, START, Captioner
from rnn_models.tokens import SubwordTokenizer
from rnn_models.words import WordTokenizer
from training import distribution
from training.caption_words import normalised, words
from training.captioning import loaded
from training.cider import document_frequencies
from training.features import Features, Views, features_of
from training.fitting import fit_epochs
from training.hard_attention import reinforce_terms
from training.hardware import hardware, software
from training.options import begin, make_optimizer
from training.picture_batches import PictureBatches
from training.repeats import keep_tokenizer, kept_tokenizer, open_run
from training.runs import Recorder, Run

if TYPE_CHECKING:
    from training.captioned import CaptionData
    from training.captioning import Train

SETTINGS = ("backbone", "grid", "fit", "inject", "attention", "attention_units", "informed", "gate", "features")
SETTINGS += ("normalise", "positions", "batch_norm")
SETTINGS += ("cell", "units", "embedding", "tied", "dropout", "recurrent_dropout")
"""The options that a `Captioner` takes as they are."""

SAMPLES = 5
"""So many validation pictures are shown with their captions after each epoch."""

DRAWN = 5
"""So many captions are drawn for each picture in self-critical training."""

BASELINE_MEMORY = 0.9
"""How much of the moving average of REINFORCE's baseline stays at each step (Xu et al. 2015, eq. 12)."""


class Pictures:
    """The captioned pictures as features and token ids: read once, and shared by the runs of several seeds."""

    def __init__(self, options: "Train", data: "CaptionData"):
        self.options, self.data = options, data
        self.start = loaded(options.start) if options.start else None
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
        from rnn_models.vision import ImageEncoder

        return ImageEncoder(self.options.backbone, self.options.grid, self.options.fit)

    @functools.cache  # noqa: B019  of one object a run
    def seen(self, split: str) -> Features:
        """The features of the pictures of a split; of those for training also of other views, if wanted."""
        views = Views(self.options.flips, self.options.crops) if split == "train" else Views()
        return features_of(getattr(self.data, split).pictures, self.encoder, self.options.features_dir, views)

    def batches(self, rows: slice | None, seed: int) -> PictureBatches:
        """The training batches of one seed."""
        return self._batches(self.seen("train"), self._short(), rows, seed)

    def validation_batches(self, rows: slice | None) -> PictureBatches:
        """The batches of the validation loss."""
        return self._batches(self.seen("validation"), self._ids(self.data.validation.captions), rows)

    def _batches(self, seen: Features, ids: list, rows: slice | None, seed: int | None = None) -> PictureBatches:
        around = (self.tokenizer.id_of(START), self.tokenizer.id_of(END))
        options = self.options
        return PictureBatches(seen, ids, *around, options.batch_size, seed, rows, options.drawn)

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


def build_model(options: "Train", pictures: Pictures) -> Captioner:
    """The model of these options, with its weights made."""
    chosen = {name: getattr(options, name) for name in SETTINGS}
    _, depth = pictures.encoder.shape()
    places = tuple(map(int, options.grid.split("x")))
    model = Captioner(pictures.tokenizer, depth=depth, places=places, **chosen)
    model.build()
    if pictures.start is not None:
        begin_with(model, pictures.start, options.start)
    return model


def begin_with(model: Captioner, other: Captioner, name: str) -> None:
    """Give `model` the weights of `other`, which is made alike but for dropout; soft and hard attention have the same.

    Raises:
        ValueError: a setting of the two differs; says which.
    """
    free = {"attention", "dropout", "recurrent_dropout", "max_words"}
    there, here = (one.settings | {"looks": one.settings["attention"] != "none"} for one in (other, model))
    for key in sorted(here.keys() - free):
        if here[key] != there[key]:
            raise ValueError(
                f"--start {name}: {key} is {there[key]} there and {here[key]} here. Give the options that it was "
                f"trained with: {other.scores.get('command', 'they are not known')}"
            )
    given = named_weights(other)
    for path, variable in named_weights(model).items():
        variable.assign(given[path])


class Trainer(keras.Model):
    """A `Captioner` with its loss: cross-entropy, and what soft or hard attention adds to it.

    Args:
        captioner: the model.
        options: the training script's.
        seed: of the places that hard attention draws.
    """

    def __init__(self, captioner: Captioner, options: "Train"):
        super().__init__(name="trainer")
        self.captioner, self.options = captioner, options
        self.cross_entropy = SmoothedCrossEntropy(options.label_smoothing)
        self.is_hard = options.attention == "hard"
        if self.is_hard:
            self.draws = keras.random.SeedGenerator(options.seed)
            self.baseline = self.add_weight(name="baseline", shape=(), initializer="zeros", trainable=False)
        self.built = True

    def call(self, inputs: dict, training: bool = False) -> tuple:
        grid, target = inputs["grid"], inputs["target"]
        if not (self.is_hard and training):
            return *self.captioner(grid, target, training=training), None
        attention = self.captioner.decoder.attention
        noise = attention.draw((*ops.shape(target), grid.shape[1]), self.draws)
        logits, weights = self.captioner(grid, target, noise=noise, training=True)
        return logits, weights, attention.place(weights, noise)

    def compute_loss(
        self, x: Any = None, y: Any = None, y_pred: Any = None, sample_weight: Any = None, training: bool = True
    ) -> Any:
        """The mean over the words of a batch."""
        logits, weights, place = y_pred
        counted = ops.cast(sample_weight, "float32")
        losses = self.cross_entropy(y, logits)
        if place is not None and training:
            right = ops.log_softmax(ops.cast(logits, "float32"), axis=-1)
            right = ops.squeeze(ops.take_along_axis(right, ops.cast(y, "int32")[..., None], axis=-1), -1)
            options = self.options
            terms, mean = reinforce_terms(right, weights, place, counted, self.baseline, options.entropy)
            losses = losses + options.reinforce * terms
            self.baseline.assign(BASELINE_MEMORY * self.baseline + (1 - BASELINE_MEMORY) * mean)
        loss = ops.sum(losses * counted) / ops.maximum(ops.sum(counted), 1.0)
        if weights is not None and not self.is_hard and training and self.options.penalty:
            loss = loss + self.options.penalty * doubly_stochastic(weights, counted)
        return loss


def doubly_stochastic(weights: Any, counted: Any) -> Any:
    """The mean over captions and places of (1 − Σ_t α_ti)²: every place is looked at (Xu et al. 2015, eq. 14).

    Args:
        weights: (..., T, L), the α.
        counted: (..., T), 1 for the steps of the caption; a caption of none does not count.
    """
    looked = ops.sum(ops.cast(weights, "float32") * counted[..., None], axis=-2)
    there = ops.max(counted, axis=-1)
    missing = ops.mean(ops.square(1 - looked), axis=-1)
    return ops.sum(missing * there) / ops.maximum(ops.sum(there), 1.0)


class Fitting:
    """Everything that `fit` needs for one seed, built; and the fit."""

    def __init__(self, options: "Train", pictures: Pictures, run: Run, devices: distribution.Distribution):
        self.options, self.pictures, self.run, self.devices = options, pictures, run, devices
        self.seconds_before = 0.0
        begin(options)
        rows = devices.rows(options.batch_size)
        self.batches = pictures.batches(rows, options.seed)
        self.validation = pictures.validation_batches(rows)
        with devices.scope():
            self.model = build_model(options, pictures)
            self.trainer = Trainer(self.model, options)
            total = options.epochs * len(self.batches)
            self.trainer.compile(make_optimizer(options, total, devices.replicas if devices.local else 1))
            self.trainer.optimizer.build(self.trainer.trainable_variables)
        if options.resume:
            run.restore(self.trainer, self.trainer.optimizer)

    def fit(self) -> None:
        """Run the epochs that are left."""
        state, options = self.run.state, self.options
        self.run.begin()
        if self.devices.writer:
            keep_tokenizer(self.run.folder, self.pictures.tokenizer)
            print(_headline(options, self.pictures, self.model, self.batches, self.run), flush=True)
        if state.stopped or state.epoch >= options.epochs:
            return
        told = self._callbacks(options)
        fit_epochs(self.trainer, self.batches, self.validation, told, options, self.run, self.devices)

    def _callbacks(self, options: "Train") -> list[keras.callbacks.Callback]:
        writing = Writing(self.model, self.pictures)
        return [writing, Recorder(self.run, self.trainer, "val_error", options.patience, writing.sample)]

    def refine(self, free: set[str]) -> None:
        """Self-critical epochs, from the best weights so far; they have a run of their own below the run's folder.

        Args:
            free: options that may be others than before, when it is gone on with.
        """
        options = self.options
        if not options.self_critical_epochs:
            return
        from training.self_critical import DrawnCaptions, SelfCriticalTrainer, fit_drawn

        if options.epochs:
            self.run.load_best(self.trainer)
        self.seconds_before = self.run.state.seconds
        more = replace(
            options,
            epochs=options.self_critical_epochs,
            learning_rate=options.self_critical_rate,
            run_dir=self.run.folder / "self-critical",
        )
        self.run = open_run(more, self.devices.writer, free)
        wanted = [[" ".join(words(text)) for text in texts] for texts in self.pictures.data.train.captions]
        seen = self.pictures.seen("train")
        how = options.batch_size, DRAWN, options.self_critical_temperature, options.seed
        batches = DrawnCaptions(self.model, seen, wanted, document_frequencies(wanted), *how)
        with self.devices.scope():
            self.trainer = SelfCriticalTrainer(self.model, more)
            self.trainer.compile(make_optimizer(more, more.epochs * len(batches)))
            self.trainer.optimizer.build(self.trainer.trainable_variables)
        if more.resume:
            self.run.restore(self.trainer, self.trainer.optimizer)
        if self.run.state.epoch < more.epochs:
            self.run.begin()
            told = self._callbacks(more)
            with self.devices.fit_scope():
                fit_drawn(self.trainer, batches, self.validation, told, self.run.state.epoch, more.epochs)

    @property
    def seconds(self) -> float:
        """How long all epochs took."""
        return self.seconds_before + self.run.state.seconds

    def load_best(self) -> None:
        """The weights of the best epoch."""
        self.run.load_best(self.trainer)


class Writing(keras.callbacks.Callback):
    """Describes the validation pictures after each epoch: "val_error" is 1 − CIDEr-D / 10 of the greedy captions.

    On scenes it is the share of captions that are not fully correct. The epoch that is kept is the best by this, not
    by the loss. It must come before the `Recorder`.
    """

    def __init__(self, kept: Captioner, pictures: Pictures):
        super().__init__()
        self.kept, self.pictures, self.written = kept, pictures, []

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        from training.captioning_scores import error_of

        validation = self.pictures.data.validation
        found = self.kept.describe(self.pictures.seen("validation").grid, beam=1)
        self.written = [caption.text for caption in found]
        logs["val_error"], words = error_of(self.written, validation, self.pictures.data)
        print(f"greedy captions of {len(found):,} validation pictures: {words}", flush=True)

    def sample(self, epoch: int) -> str:
        """Some pictures with a given and the written caption."""
        validation = self.pictures.data.validation
        rows = zip(validation.pictures[:SAMPLES], validation.captions, self.written, strict=False)
        return "\n\n".join(f"  {path.name}\n= {captions[0]}\n> {written}" for path, captions, written in rows)


def _headline(options: "Train", pictures: Pictures, model: Captioner, batches: PictureBatches, run: Run) -> str:
    train = pictures.data.train
    texts = sum(map(len, train.captions))
    return (
        f"{options.name}: {len(train.pictures):,} pictures with {texts:,} captions, vocabulary "
        f"{len(pictures.tokenizer):,}; {model.count_params():,} parameters; {len(batches)} batches of "
        f"{options.batch_size} pictures an epoch, {100 * batches.padding:.0f} % padding; seed {options.seed}; "
        f"{hardware()}; {software()}\nrun folder: {run.folder}"
    )
