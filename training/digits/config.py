"""Train and evaluate a network that reads a picture of a digit piece by piece.

python -m training.digits train --order rows
python -m training.digits train --order glimpses --cell irnn --units 256
python -m training.digits train --order glimpses --canvas 60 --clutter 4 --glimpse-size 12 --scales 3
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
    order: Literal["whole", "rows", "pixels", "permuted", "glimpses"] = "rows"
    """What the network reads: the whole picture at once (no recurrence is left), 28 rows, 784 pixels, 784 pixels in
    one order that was drawn once, or glimpses at places that it chooses."""
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
    glimpses: int = 6
    """Glimpses: T, so many places are looked at; the first is the centre."""
    glimpse_size: int = 8
    """Glimpses: g, cells of a side of what the retina sees."""
    scales: int = 1
    """Glimpses: k, squares of g, 2g, 4g ... pixels around a place, each averaged to g × g."""
    glimpse_units: int = 128
    """Glimpses: the width of each half of the glimpse network."""
    sigma: float = 0.15
    """Glimpses: the deviation of the places in training; the picture is 2 wide."""
    samples: int = 1
    """Glimpses: so many draws of the places for each picture of a batch; the loss is their mean."""
    reward: Literal["right", "nats"] = "right"
    """Glimpses: what places are rewarded by: 1 for the right class, else 0; or the right class's log-probability."""
    reinforce: float = 1.0
    """Glimpses: the weight of REINFORCE beside the cross-entropy."""
    canvas: Literal[28, 60] = 28
    """Glimpses: the side of the picture; on 60 the digit lies anywhere."""
    clutter: int = 0
    """Glimpses: so many pieces of other digits lie around the digit, 8 × 8 pixels each (with --canvas 60)."""
    baseline: bool = False
    """Glimpses: fit a small convolutional network of like cost on the same pictures, too, for comparison."""

    def check(self) -> None:
        super().check()
        require_counts(self, "units", "layers")
        require_shares(self, "dropout", "recurrent_dropout")
        require_recurrent_dropout(self)
        require(0 <= self.shift <= 14, "--shift", self.shift, "0 to 14 pixels")
        require(0 <= self.every_step <= 1, "--every-step", self.every_step, "a share: 0 ≤ share ≤ 1")
        self._check_glimpses()

    def _check_glimpses(self) -> None:
        if self.order != "glimpses":
            for name in GLIMPSE_OPTIONS:
                value, usual = getattr(self, name), Train.__dataclass_fields__[name].default
                require(value == usual, f"--{name.replace('_', '-')}", value, "--order glimpses beside it")
            return
        require_counts(self, "glimpses", "glimpse_size", "scales", "glimpse_units", "samples")
        require_counts(self, "clutter", least=0)
        require(0 < self.sigma < 10, "--sigma", self.sigma, "more than 0, less than 10; the picture is 2 wide")
        require(self.reinforce >= 0, "--reinforce", self.reinforce, "0 or more")
        require(self.layers == 1, "--layers", self.layers, "1 with --order glimpses")
        require(not self.recurrent_dropout, "--recurrent-dropout", self.recurrent_dropout, "0 with --order glimpses")
        require(not self.gradients, "--gradients", True, "another --order than glimpses")
        require(self.canvas > 28 or not self.clutter, "--clutter", self.clutter, "0 with --canvas 28")
        alone = "0 with --canvas 60, where the digit lies anywhere"
        require(self.canvas == 28 or not self.shift, "--shift", self.shift, alone)

    @property
    def name(self) -> str:
        """The data set's name, for folders."""
        large = f"-{self.canvas}" if self.canvas > 28 else ""
        return f"{self.images.name if self.images else self.dataset}-{self.order}{large}"


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
    clutter: int | None = None
    """Glimpses on a canvas of 60: so many pieces of other digits around the digit; none given: as in training."""


GLIMPSE_OPTIONS = ("glimpses", "glimpse_size", "scales", "glimpse_units", "sigma", "samples", "reward", "reinforce")
GLIMPSE_OPTIONS += ("canvas", "clutter", "baseline")
"""Options of --order glimpses alone."""

PRESETS: dict[str, dict[str, Any]] = {}

SCRIPT = Script("training.digits", Train, Evaluate, PRESETS, {"baseline"}, __doc__, own="images")
