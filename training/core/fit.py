"""TODO."""

import sys
from typing import TYPE_CHECKING, Any

import keras

from training.char_lm.streams import Streams
from training.core.distribution import Distribution

if TYPE_CHECKING:
    from training.core.options import FitOptions
    from training.core.run import Run


class EpochOffset(keras.callbacks.Callback):
    """Tells a `Streams` which epoch it is, also after a resume."""

    def __init__(self, streams: Streams):
        super().__init__()
        self.streams = streams

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        self.streams.epoch = epoch


def fit_epochs(
    trainer: keras.Model,
    batches: keras.utils.PyDataset,
    validation: keras.utils.PyDataset,
    callbacks: list[keras.callbacks.Callback],
    options: "FitOptions",
    run: "Run",
    devices: Distribution | None = None,
) -> None:
    """Run the epochs of `run` that are left. The batches bring their own order, a function of the epoch."""
    devices = devices or Distribution()
    shown: Any = 1 if sys.stdout.isatty() else 2
    with devices.fit_scope():
        trainer.fit(
            batches,
            validation_data=validation,
            epochs=options.epochs,
            initial_epoch=run.state.epoch,
            shuffle=False,
            callbacks=[EpochOffset(batches), *callbacks],
            verbose=shown if devices.writer else 0,
        )
