"""The fit of one seed: what it builds, in which order, and how it goes on after a stop."""

import sys
from collections.abc import Sequence
from typing import Any

import keras

from training.core.distribution import Distribution
from training.core.gradients import GradientCurves
from training.core.options import FitOptions, begin, make_optimizer
from training.core.run import Recorder, Run, keep_tokenizer


class SetEpoch(keras.callbacks.Callback):
    """Tells the batches which epoch it is, also after a resume: their order is a function of it."""

    def __init__(self, batches: Any):
        super().__init__()
        self.batches = batches

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        self.batches.epoch = epoch


class Fitting:
    """One seed: batches, model, optimizer and run, built; and the fit.

    A task's subclass says what is its own, in the hooks: `make_batches` and `make_model`, and where it needs them
    `make_trainer`, `loss`, `metrics`, `callbacks`, `sample`, `headline`, `prepare`.

    Args:
        options: of this seed; with `repeats` of the training script each seed has its own.
        inputs: the data set as the network reads it, shared by all seeds. If it has a `tokenizer`, that is kept in
            the run's folder.
        run: its folder, new or to be gone on with.
        devices: what shares a batch; default: one device.

    Attributes:
        batches, validation: what `make_batches` gave.
        model: what is scored and shipped.
        trainer: what is in `fit`; it may wrap the model.
        kept: the model whose variables are in the checkpoints.
    """

    monitor = "val_error"
    """The number that decides which epoch is best; smaller is better."""

    def __init__(self, options: FitOptions, inputs: Any, run: Run, devices: Distribution | None = None):
        self.options, self.inputs, self.run, self.devices = options, inputs, run, devices or Distribution()
        begin(options)
        self.batches, self.validation = self.make_batches(self.devices.rows(options.batch_size))
        with self.devices.scope():
            self.model = self.make_model()
            self.trainer = self.make_trainer()
            shares = self.devices.replicas if self.devices.local else 1
            optimizer = make_optimizer(options, options.epochs * len(self.batches), shares)
            self.trainer.compile(optimizer, self.loss(), weighted_metrics=self.metrics() or None)
            self.trainer.optimizer.build(self.trainer.trainable_variables)
        if options.resume:
            run.restore(self.kept, self.trainer.optimizer)

    # Hooks ---------------------------------------------------------------------------------------------

    def make_batches(self, rows: slice) -> tuple[Any, Any]:
        """Training and validation batches. Those of training have an `epoch`, which says their order.

        Args:
            rows: the rows of a batch that this process feeds.
        """
        raise NotImplementedError

    def make_model(self) -> keras.Model:
        """The model of the options, with its weights made."""
        raise NotImplementedError

    def make_trainer(self) -> keras.Model:
        """The model in `fit`, around `self.model`."""
        return self.model

    @property
    def kept(self) -> keras.Model:
        """The model whose variables are in the checkpoints."""
        return self.model

    def loss(self) -> Any:
        """The loss for `compile`; None where the trainer has a `compute_loss` of its own."""
        return None

    def metrics(self) -> list[Any]:
        """What `fit` measures besides the loss, each row by its weight."""
        return []

    def callbacks(self) -> list[keras.callbacks.Callback]:
        """Callbacks that come before the `Recorder`: they may put `monitor` into the logs."""
        return []

    def sample(self, epoch: int) -> str | None:
        """A text of the model's own for samples.txt, after an epoch; None: none."""
        return None

    def headline(self) -> str:
        """What is printed before the fit."""
        return f"run folder: {self.run.folder}"

    def prepare(self) -> None:
        """What comes before the first epoch, for example pre-training."""

    def run_epochs(self, callbacks: Sequence[keras.callbacks.Callback]) -> None:
        """The epochs that are left; by `model.fit` unless a subclass has a loop of its own."""
        fit_epochs(self.trainer, self.batches, self.validation, callbacks, self.options.epochs, self.run, self.devices)

    # The fit -------------------------------------------------------------------------------------------

    def fit(self) -> None:
        """Run the epochs that are left."""
        state = self.run.state
        self.run.begin()
        if self.devices.writer:
            if getattr(self.inputs, "tokenizer", None) is not None:
                keep_tokenizer(self.run.folder, self.inputs.tokenizer)
            print(self.headline(), flush=True)
        if state.stopped or state.epoch >= self.options.epochs:
            return
        if state.epoch == 0:
            self.prepare()
        callbacks = self.callbacks()
        if self.options.gradients:
            callbacks = [*callbacks, GradientCurves(self.validation[0], self.run.folder)]
        self.run_epochs([*callbacks, Recorder(self.run, self.kept, self.monitor, self.options.patience, self.sample)])

    @property
    def seconds(self) -> float:
        """How long all epochs took."""
        return self.run.state.seconds

    def load_best(self) -> None:
        """Put the weights of the best epoch into the model."""
        self.run.load_best(self.kept)


def fit_epochs(
    trainer: keras.Model,
    batches: keras.utils.PyDataset,
    validation: keras.utils.PyDataset,
    callbacks: Sequence[keras.callbacks.Callback],
    epochs: int,
    run: Run,
    devices: Distribution | None = None,
) -> None:
    """Run the epochs of `run` that are left. The batches bring their own order, a function of the epoch."""
    devices = devices or Distribution()
    with devices.fit_scope():
        trainer.fit(
            batches,
            validation_data=validation,
            epochs=epochs,
            initial_epoch=run.state.epoch,
            shuffle=False,
            callbacks=[SetEpoch(batches), *callbacks],
            verbose=verbosity() if devices.writer else 0,
        )


def verbosity() -> int:
    """Keras's `verbose`: a progress bar on a terminal, a line an epoch elsewhere."""
    return 1 if sys.stdout.isatty() else 2
