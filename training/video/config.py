"""Train and evaluate a network that labels every frame of a clip, and the clip.

python -m training.video train --dataset finger
python -m training.video train --dataset motion --inputs pixels
python -m training.video train --frames folder/ --labels labels.csv      # your own clips, a folder of pictures each
python -m training.video evaluate pretrained/video/finger
python -m training.video rooms                            # the image encoder's features, one person left out at a time
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import tyro

from rnn_models.cell_names import CellName
from training.core.command_line import Script
from training.core.options import FitOptions, require, require_counts, require_shares

Dataset = Literal["finger", "motion", "scenes"]
PIPELINE = "video-classification"
"""What the Hugging Face Hub calls the task."""


@dataclass
class Train(FitOptions):
    """Train a labeler of frames."""

    epochs: int = 20
    """Passes over the training clips."""
    batch_size: int = 32
    """B, clips in a batch."""
    dataset: Dataset = "finger"
    """The data set: movements of a fingertip, motion of whole bodies, or moving scenes that are drawn here."""
    frames: Path | None = None
    """Your own clips instead: a folder with a sub-folder of numbered pictures, or a video file, for each clip."""
    labels: Path | None = None
    """The labels of --frames: CSV with the columns clip and label, and frame where each frame has its own."""
    size: int = 64
    """With --frames: height and width of the pictures that the network reads."""
    inputs: Literal["usual", "pixels"] = "usual"
    """pixels: the motion as stick figures of 64 × 64 pixels instead of joints."""
    cell: CellName = "gru"
    """The recurrent cell."""
    units: int = 64
    """H, the width of a layer's state."""
    layers: int = 1
    """How many recurrent layers."""
    encoder_units: int = 32
    """E, the width of an encoded frame."""
    differences: bool = False
    """The recurrence also reads how each encoded frame differs from the one before."""
    dropout: float = 0.0
    """Dropout on encoded frames, between layers and before the heads."""
    length: int = 64
    """The longest piece of a clip in training; longer clips are cut at random places."""
    clip_weight: float = 1.0
    """The weight of the loss of clips beside that of frames."""
    augment: bool = True
    """Vary the training clips: turned, mirrored, played backwards, in other sizes and speeds, where the data allow."""
    comparisons: bool = True
    """Train the networks to compare with, too: bidirectional, without memory, on shuffled frames."""

    def check(self) -> None:
        super().check()
        require_counts(self, "units", "layers", "encoder_units")
        require_counts(self, "length", "size", least=8)
        require_shares(self, "dropout")
        require(self.clip_weight >= 0, "--clip-weight", self.clip_weight, "0 or more")
        require(not self.gradients, "--gradients", True, "another task: frames have no chart of gradients")
        both = "--frames FOLDER and --labels FILE together"
        require((self.frames is None) == (self.labels is None), "--labels", self.labels, both)
        own = "usual with --frames, and with other data than motion"
        require(self.inputs == "usual" or (self.dataset == "motion" and not self.frames), "--inputs", self.inputs, own)

    @property
    def name(self) -> str:
        """The data set's name, for folders."""
        pixels = "-pixels" if self.inputs == "pixels" else ""
        return f"{self.frames.name if self.frames else self.dataset}{pixels}"


@dataclass
class Evaluate:
    """Score a bundle as it is loaded, beside its comparisons and with its frames shuffled."""

    bundle: tyro.conf.Positional[str]
    """The bundle's folder or name, for example pretrained/video/finger."""
    dataset: Dataset | None = None
    """The data set; none given: that of its training."""
    frames: Path | None = None
    """Your own clips instead; the splits are those of training."""
    labels: Path | None = None
    """The labels of --frames."""
    split: Literal["validation", "test"] = "test"
    """Which part of the data set."""


@dataclass
class Rooms:
    """Score a small network on camera clips, one person left out at a time; nothing is kept."""

    epochs: int = 30
    """Passes over the frames of the other persons."""
    seeds: int = 3
    """So many networks a person."""


PRESETS: dict[str, dict[str, Any]] = {
    "finger": {"epochs": 16, "learning_rate": 6e-3, "length": 96},
    "motion": {
        "epochs": 25,
        "learning_rate": 4e-3,
        "length": 96,
        "units": 96,
        "encoder_units": 64,
        "differences": True,
    },
    "scenes": {"epochs": 10, "learning_rate": 3e-3, "length": 24, "encoder_units": 64, "differences": True},
}

SCRIPT = Script("training.video", Train, Evaluate, PRESETS, set(), __doc__, own="frames", others=(Rooms,))
