"""Train and evaluate a character-level language model.

python -m training.char_lm train --dataset shakespeare
python -m training.char_lm evaluate pretrained/char_lm/shakespeare --dataset shakespeare
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import tyro

from rnn_models.cell_names import CellName
from training.core.command_line import Script
from training.core.options import FitOptions, require, require_counts, require_recurrent_dropout, require_shares

Dataset = Literal["hello", "shakespeare", "warpeace", "linux", "python", "nsmc"]
PIPELINE = "text-generation"
"""What the Hugging Face Hub calls the task."""


@dataclass
class Train(FitOptions):
    """Train a character model on a corpus or on your own text."""

    dataset: Dataset = "shakespeare"
    """The corpus. python: this Python's own standard library; hello and python need no network."""
    file: Path | None = None
    """Your own text instead (UTF-8): first 90 % train, then 5 % validation, 5 % test."""
    cell: CellName = "lstm"
    """The recurrent cell."""
    units: int = 512
    """H, the width of a layer's state."""
    layers: int = 2
    """How many recurrent layers."""
    embedding: int | None = None
    """The width of the characters' embedding; None: one-hot."""
    dropout: float = 0.0
    """Dropout on the inputs of layers and of the output."""
    recurrent_dropout: float = 0.0
    """Dropout on the state (one mask a sequence)."""
    residual: bool = False
    """Add a layer's input to its output."""
    tied: bool = False
    """Use the embedding's matrix for the output too."""
    normalization: Literal["NFC", "NFD"] | None = None
    """Unicode form of the symbols. NFD writes Hangul in jamo: about 70 symbols for all syllables."""
    min_count: int = 1
    """Characters seen less often in the training text become unknown."""
    batch_size: int = 64
    """B, the number of parallel streams that the text is cut into."""
    steps: int = 128
    """T, the characters of a stream in a batch: how far gradients go back."""
    random_offset: bool = True
    """Move the chunk edges from epoch to epoch."""
    passes: int = 1
    """Passes over the text in what is called an epoch: more than 1 for tiny texts."""
    sample_every: int = 1
    """Print a sample after every so many epochs; 0: never."""
    sample_length: int = 300
    """Characters of a sample."""
    prompt: str = "\n"
    """What a sample begins with."""
    temperature: float = 0.8
    """Temperature of the samples."""
    baseline: bool = True
    """Score an n-gram model on the same split at the end."""

    def check(self) -> None:
        super().check()
        require_counts(self, "units", "layers", "min_count", "steps", "passes", "sample_length")
        require_shares(self, "dropout", "recurrent_dropout")
        require_recurrent_dropout(self)
        require(self.embedding is None or self.embedding >= 1, "--embedding", self.embedding, "at least 1")
        require(self.sample_every >= 0, "--sample-every", self.sample_every, "0 (never) or more")
        require(self.temperature > 0, "--temperature", self.temperature, "more than 0")

    @property
    def name(self) -> str:
        """The corpus's name, for folders."""
        return self.file.stem if self.file else self.dataset


@dataclass
class Evaluate:
    """Score a bundle as it is loaded: nats and bits per character, perplexity."""

    bundle: tyro.conf.Positional[str]
    """The bundle's folder or name, for example pretrained/char_lm/shakespeare."""
    dataset: Dataset = "shakespeare"
    """The corpus."""
    file: Path | None = None
    """Your own text (UTF-8) instead; the splits are those of training."""
    split: Literal["all", "train", "validation", "test"] = "all"
    """Which part of the corpus; all: validation, and test where there is one."""
    batch_size: int = 1
    """1: one state is carried through the whole text; more: so many streams, quicker, a little worse."""
    adapt: bool = False
    """Dynamic evaluation: the model goes on learning while it reads. A score apart from the plain one."""
    adapt_rate: float = 0.1
    """Its learning rate, of plain gradient descent."""
    adapt_segment: int = 20
    """It learns after every so many symbols."""
    adapt_clip_norm: float = 1.0
    """The largest norm of a segment's gradient."""


# What another corpus wants other than the defaults above.
PRESETS: dict[str, dict[str, Any]] = {
    "hello": {
        "cell": "vanilla",
        "units": 3,
        "layers": 1,
        "batch_size": 1,
        "steps": 4,
        "random_offset": False,
        "epochs": 4,
        "passes": 50,
        "learning_rate": 0.1,
        "sample_every": 4,
        "sample_length": 4,
        "prompt": "h",
        "temperature": 0.1,
        "baseline": False,
    },
    "nsmc": {"normalization": "NFD", "min_count": 20},
    "python": {"min_count": 20},
}

SAMPLING = {"sample_every", "sample_length", "prompt", "temperature"}
"""Options that do not change the model."""

SCRIPT = Script("training.char_lm", Train, Evaluate, PRESETS, SAMPLING, __doc__)
