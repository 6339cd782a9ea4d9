"""Train and evaluate DRAW, a network that paints digits step by step.

python -m training.draw train
python -m training.draw train --no-attention                # its twin
python -m training.draw train --images folder/              # your own pictures: folder/LABEL/*.png
python -m training.draw evaluate pretrained/draw/mnist
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import tyro

from rnn_models.cell_names import CellName
from training.core.command_line import Script
from training.core.options import FitOptions, require, require_counts

Dataset = Literal["mnist"]
Binarisation = Literal["threshold", "sample"]
PIPELINE = "unconditional-image-generation"
"""What the Hugging Face Hub calls the task."""


@dataclass
class Train(FitOptions):
    """Train DRAW."""

    epochs: int = 18
    """Passes over the training pictures."""
    batch_size: int = 128
    """B, pictures in a batch."""
    learning_rate: float = 3e-3
    """The highest learning rate."""
    clip_norm: float = 10.0
    """The gradient's norm over all parameters is clipped to this; large, for the loss is a sum over all pixels."""
    dataset: Dataset = "mnist"
    """The data set: MNIST, 60,000 handwritten digits."""
    images: Path | None = None
    """Your own pictures instead: a folder with a sub-folder for each class, which has its name."""
    binarise: Binarisation = "threshold"
    """How grey becomes black or white. threshold: ink from a brightness of .5 on. sample: ink with the brightness as
    its probability; drawn anew in each epoch of training, and once for validation and test."""
    steps: int = 10
    """T, the steps in which a picture is painted."""
    latent: int = 16
    """Z, the width of z at each step."""
    units: int = 192
    """H, the width of the encoder's and of the decoder's state."""
    cell: CellName = "lstm"
    """The recurrent cell of both."""
    attention: bool = True
    """Read and write through a window of Gaussian filters; without it the whole picture is read and written."""
    read_size: int = 8
    """N of the window that reads, N × N filters."""
    write_size: int = 8
    """N of the window that writes."""
    conditional: bool = True
    """The network is told the class, so that it can be asked for one."""

    def check(self) -> None:
        super().check()
        require_counts(self, "steps", "latent", "units")
        require_counts(self, "read_size", "write_size", least=2)
        no_layers = "False: the cells of DRAW are no layers over time, whose gradients it could show"
        require(not self.gradients, "--gradients", True, no_layers)

    @property
    def name(self) -> str:
        """The data set's name, for folders."""
        return f"{self.images.name if self.images else self.dataset}-{'attention' if self.attention else 'whole'}"


@dataclass
class Evaluate:
    """Score a bundle as it is loaded: the bound of −ln p(x), in nats."""

    bundle: tyro.conf.Positional[str]
    """The bundle's folder or name, for example pretrained/draw/mnist."""
    dataset: Dataset = "mnist"
    """The data set."""
    images: Path | None = None
    """Your own pictures instead; the splits are those of training."""
    binarise: Binarisation = "threshold"
    """How grey becomes black or white."""
    split: Literal["validation", "test"] = "test"
    """Which part of the data set."""


PRESETS: dict[str, dict[str, Any]] = {}

SCRIPT = Script("training.draw", Train, Evaluate, PRESETS, set(), __doc__, own="images")
