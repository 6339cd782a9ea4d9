"""Train and evaluate a network that reads a picture of a digit piece by piece.

python -m training.digits train --order rows
python -m training.digits train --images folder/            # your own pictures: folder/LABEL/*.png
python -m training.digits evaluate pretrained/digits/rows
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import tyro

from rnn_models.cell_names import CellName
from training.core.command_line import Script
from training.core.options import FitOptions, require, require_counts, require_recurrent_dropout, require_shares

Dataset = Literal["mnist"]
PIPELINE = "image-classification"
"""What the Hugging Face Hub calls the task."""


@dataclass
class Train(FitOptions):
    """Train a reader of digits."""

    epochs: int = 12
    """Passes over the training pictures."""
    batch_size: int = 128
    """B, pictures in a batch."""
    dataset: Dataset = "mnist"
    """The data set: MNIST, 60,000 handwritten digits."""
    images: Path | None = None
    """Your own pictures instead: a folder with a sub-folder for each class, which has its name."""
    order: Literal["whole", "rows", "pixels", "permuted"] = "rows"
    """What the network reads: the whole picture at once (no recurrence is left), 28 rows, 784 pixels, or 784 pixels in
    one order that was drawn once."""
    cell: CellName = "lstm"
    """The recurrent cell."""
    units: int = 128
    """H, the width of a layer's state."""
    layers: int = 1
    """How many recurrent layers."""
    dropout: float = 0.0
    """Dropout between layers and before the output."""
    recurrent_dropout: float = 0.0
    """Dropout on the state (one mask a picture)."""
    shift: int = 0
    """In training a picture is moved at random by up to so many pixels, in both directions."""
    every_step: float = 0.0
    """The share of the loss that is the mean over all pieces; the rest is that after the last piece alone."""

    def check(self) -> None:
        super().check()
        require_counts(self, "units", "layers")
        require_shares(self, "dropout", "recurrent_dropout")
        require_recurrent_dropout(self)
        require(0 <= self.shift <= 14, "--shift", self.shift, "0 to 14 pixels")
        require(0 <= self.every_step <= 1, "--every-step", self.every_step, "a share: 0 ≤ share ≤ 1")

    @property
    def name(self) -> str:
        """The data set's name, for folders."""
        return f"{self.images.name if self.images else self.dataset}-{self.order}"


@dataclass
class Evaluate:
    """Score a bundle as it is loaded: accuracy, F1, calibration error."""

    bundle: tyro.conf.Positional[str]
    """The bundle's folder or name, for example pretrained/digits/rows."""
    dataset: Dataset = "mnist"
    """The data set."""
    images: Path | None = None
    """Your own pictures instead; the splits are those of training."""
    split: Literal["validation", "test"] = "test"
    """Which part of the data set."""


PRESETS: dict[str, dict[str, Any]] = {}

SCRIPT = Script("training.digits", Train, Evaluate, PRESETS, set(), __doc__, own="images")
