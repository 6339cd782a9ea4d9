"""How DRAW is fitted."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from keras import ops

from rnn_models.tasks.draw import DRAW
from training.core import fit
from training.core.environment import hardware, software
from training.draw.inputs import PictureBatches

if TYPE_CHECKING:
    from training.draw.config import Train
    from training.draw.inputs import Pictures


def build_model(options: "Train", inputs: "Pictures") -> DRAW:
    """The model of these options, with its weights made."""
    names = ("steps", "latent", "units", "attention", "read_size", "write_size", "cell")
    labels = inputs.data.label_names if options.conditional else ()
    model = DRAW(labels=labels, **{name: getattr(options, name) for name in names})
    model.build()
    return model


class Fitting(fit.Fitting):
    """The fit of one seed."""

    monitor = "val_loss"

    def make_batches(self, rows: slice) -> tuple[PictureBatches, PictureBatches]:
        options, data = self.options, self.inputs.data
        classes = len(data.label_names) if options.conditional else 0
        shape = ((options.steps, options.latent), classes, options.binarise, options.batch_size)
        return (
            PictureBatches(data.train, *shape, seed=options.seed, rows=rows),
            PictureBatches(data.validation, *shape, rows=rows),
        )

    def make_model(self) -> DRAW:
        return build_model(self.options, self.inputs)

    def loss(self) -> Callable:
        return bound

    def metrics(self) -> list[Callable]:
        return [reconstruction, divergence]

    def headline(self) -> str:
        options = self.options
        return (
            f"{options.name}: {len(self.inputs.data.train.labels):,} pictures, {options.steps} steps; "
            f"{self.model.count_params():,} parameters; {len(self.batches)} batches of {options.batch_size} an epoch; "
            f"seed {options.seed}; {hardware()}; {software()}\nrun folder: {self.run.folder}"
        )


def bound(_: Any, nats: Any) -> Any:
    """The loss of nats (B, 1 + T): their sum."""
    return ops.sum(nats, axis=-1)


def reconstruction(_: Any, nats: Any) -> Any:
    """−ln p(x | z)."""
    return nats[:, 0]


def divergence(_: Any, nats: Any) -> Any:
    """The KL divergence of all steps."""
    return ops.sum(nats[:, 1:], axis=-1)
