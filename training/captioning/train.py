"""What fitting a captioner takes: words, features, batches, the model, the run, the scores in between."""

from dataclasses import replace
from typing import TYPE_CHECKING

import keras

from rnn_models.bundles import named_weights
from rnn_models.tasks.captioning import Captioner
from training.captioning.batches import PictureBatches
from training.captioning.inputs import Pictures
from training.captioning.trainer import Trainer
from training.core import distribution
from training.core.environment import hardware, software
from training.core.fit import fit_epochs
from training.core.options import begin, make_optimizer
from training.core.run import Recorder, Run, keep_tokenizer
from training.core.seeds import open_run
from training.metrics.caption_tokenizer import words
from training.metrics.cider import document_frequencies

if TYPE_CHECKING:
    from training.captioning.config import Train


SETTINGS = ("backbone", "grid", "fit", "inject", "attention", "attention_units", "informed", "gate", "features")
SETTINGS += ("normalise", "positions", "batch_norm")
SETTINGS += ("cell", "units", "embedding", "tied", "dropout", "recurrent_dropout")
"""The options that a `Captioner` takes as they are."""

SAMPLES = 5
"""So many validation pictures are shown with their captions after each epoch."""

DRAWN = 5
"""So many captions are drawn for each picture in self-critical training."""


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
        from training.captioning.self_critical import DrawnCaptions, SelfCriticalTrainer, fit_drawn

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
        from training.captioning.evaluate import error_of

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
