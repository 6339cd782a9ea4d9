"""The call of `fit` that the training scripts share."""

import sys
from typing import TYPE_CHECKING, Any

import keras

from training.distribution import Distribution
from training.streams import EpochOffset

if TYPE_CHECKING:
    from training.options import FitOptions
    from training.runs import Run


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
