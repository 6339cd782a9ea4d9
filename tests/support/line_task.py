"""The smallest task that can be trained: a line of three weights, with all that a training script has.

python -m tests.support.line_task train --dataset line --run-dir FOLDER
"""

from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Literal

import keras
import numpy as np
import tyro

from rnn_models import CharTokenizer, CharVocabulary
from training.core import finish, fit
from training.core.command_line import Script
from training.core.options import FitOptions
from training.core.run import kept_tokenizer
from training.core.train import train_seeds


@dataclass
class Train(FitOptions):
    """Fit y = w x + b."""

    dataset: Literal["line", "noise"] = "line"
    """What y is."""
    file: str | None = None
    """A text that stands for the data: the points are the same."""
    epochs: int = 3
    """Passes over the points."""
    batch_size: int = 4
    """Points in a batch."""
    dropout: float = 0.3
    """Of the inputs: a resumed run needs its random state."""
    words: str = "ab"
    """The letters of its tokenizer."""

    @property
    def name(self) -> str:
        return self.dataset


@dataclass
class Evaluate:
    """Not used; a script has such a command."""

    bundle: tyro.conf.Positional[str]
    """A folder."""


SCRIPT = Script("tests.support.line_task", Train, Evaluate, {"line": {"learning_rate": 0.1}}, set(), "A line.")


class Points(keras.utils.PyDataset):
    """16 points in an order that depends on the epoch; x (B, 2), y (B, 1)."""

    def __init__(self, options: Train, rows: slice):
        super().__init__()
        self.options, self.rows, self.epoch = options, rows, 0
        generator = np.random.default_rng(7)
        self.x = generator.standard_normal((16, 2)).astype("float32")
        noise = generator.standard_normal((16, 1))
        self.y = (self.x @ [[2.0], [-1.0]] + 0.5 if options.dataset == "line" else noise).astype("float32")

    def __len__(self) -> int:
        return 16 // self.options.batch_size

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        order = np.random.default_rng([self.options.seed, self.epoch]).permutation(16)
        chosen = order.reshape(len(self), -1)[index][self.rows]
        return self.x[chosen], self.y[chosen]


class Inputs:
    """What the seeds share."""

    def __init__(self, options: Train):
        text = Path(options.file).read_text(encoding="utf-8") if options.file else options.dataset
        about = {"name": options.dataset, "source": "made up", "licence": "none needed", "notes": []}
        self.data = SimpleNamespace(train=text, **about)
        self.tokenizer = kept_tokenizer(options) or CharTokenizer(CharVocabulary(options.words))


class Fitting(fit.Fitting):
    """The fit of a line."""

    monitor = "val_loss"

    def make_batches(self, rows: slice) -> tuple[Points, Points]:
        return Points(self.options, rows), Points(self.options, rows)

    def make_model(self) -> keras.Model:
        layers = [keras.layers.Dropout(self.options.dropout), keras.layers.Dense(1)]
        return keras.Sequential([keras.Input((2,)), *layers])

    def loss(self) -> str:
        return "mse"

    def sample(self, epoch: int) -> str:
        return f"{self.model.layers[-1].bias.numpy()[0]:.6f}"


class Finish(finish.Finish):
    """Its mean squared error."""

    def score(self, model: keras.Model, split: str) -> dict[str, float]:
        points = Points(self.options, slice(None))
        return {"error": float(np.square(model.predict_on_batch(points.x) - points.y).mean())}

    def value(self, validation: dict[str, float]) -> float:
        return -validation["error"]

    def summary(self, split: str, scores: dict[str, float]) -> str:
        return f"{split} {scores['error']:.4f}"

    def seeds_summary(self, scores: dict) -> str:
        return f"{len(scores['seeds'])} seeds"


def train(options: Train) -> None:
    """The command `train`."""
    train_seeds(SCRIPT, options, lambda: Inputs(options), Fitting, Finish, {"words"})


def main(arguments: list[str] | None = None) -> None:
    """The command line."""
    SCRIPT.main(arguments, train, print)


if __name__ == "__main__":
    main()
