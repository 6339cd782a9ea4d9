"""How a reader of digits is fitted."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import keras
from keras import ops

from rnn_models.tasks.digits import DigitReader
from rnn_models.tasks.glimpses import GlimpseReader
from training.core import fit
from training.core.environment import hardware, software
from training.digits.inputs import PictureBatches
from training.digits.reinforce import GlimpseTrainer

if TYPE_CHECKING:
    from training.digits.config import Train
    from training.digits.inputs import Pictures


def build_model(options: "Train", inputs: "Pictures") -> DigitReader:
    """The model of these options, with its weights made."""
    names = ("order", "cell", "units", "layers", "dropout", "recurrent_dropout")
    chosen = {name: getattr(options, name) for name in names}
    model = DigitReader(permutation=inputs.permutation, labels=inputs.data.label_names, **chosen)
    model.build((None, 28, 28))
    return model


def build_glimpse_model(options: "Train", inputs: "Pictures") -> GlimpseReader:
    """The model of these options with --order glimpses, with its weights made."""
    names = ("canvas", "glimpses", "glimpse_size", "scales", "sigma", "cell", "units", "glimpse_units", "dropout")
    model = GlimpseReader(labels=inputs.data.label_names, **{name: getattr(options, name) for name in names})
    model.build((None, options.canvas, options.canvas))
    return model


class Fitting(fit.Fitting):
    """The fit of one seed."""

    def make_batches(self, rows: slice) -> tuple[PictureBatches, PictureBatches]:
        options, data = self.options, self.inputs.data
        return (
            PictureBatches(
                data.train, options.batch_size, options.seed, options.shift, rows, options.canvas, options.clutter
            ),
            PictureBatches(data.validation, options.batch_size, rows=rows),
        )

    def make_model(self) -> DigitReader:
        return build_model(self.options, self.inputs)

    def loss(self) -> Callable:
        return loss_of_steps(self.options.every_step)

    def metrics(self) -> list[Callable]:
        return [error]

    def headline(self) -> str:
        options = self.options
        return (
            f"{options.name}: {len(self.inputs.data.train.labels):,} pictures, {self.model.steps} steps; "
            f"{self.model.count_params():,} parameters; {len(self.batches)} batches of {options.batch_size} an epoch; "
            f"seed {options.seed}; {hardware()}; {software()}\nrun folder: {self.run.folder}"
        )


class GlimpseFitting(Fitting):
    """The fit of one seed of a `GlimpseReader`."""

    def make_model(self) -> GlimpseReader:
        return build_glimpse_model(self.options, self.inputs)

    def make_trainer(self) -> GlimpseTrainer:
        return GlimpseTrainer(self.model, self.options)

    @property
    def kept(self) -> GlimpseTrainer:
        """The trainer: it has REINFORCE's baseline."""
        return self.trainer

    def loss(self) -> None:
        """The trainer's own."""


def loss_of_steps(share: float) -> Callable:
    """The loss of logits (B, T, C): (1 − share) · that after the last piece + share · the mean over the pieces."""

    def loss(labels: Any, logits: Any) -> Any:
        labels = ops.reshape(ops.cast(labels, "int32"), (-1, 1))
        if not share:
            return keras.losses.sparse_categorical_crossentropy(labels[:, 0], logits[:, -1], from_logits=True)
        every = ops.broadcast_to(labels, ops.shape(logits)[:2])
        nats = keras.losses.sparse_categorical_crossentropy(every, logits, from_logits=True)
        return (1 - share) * nats[:, -1] + share * ops.mean(nats, axis=1)

    return loss


def error(labels: Any, logits: Any) -> Any:
    """1 where the likeliest class after the last piece is another than the label, else 0."""
    labels = ops.reshape(ops.cast(labels, "int32"), (-1,))
    return ops.cast(ops.argmax(logits[:, -1], axis=-1) != labels, "float32")
