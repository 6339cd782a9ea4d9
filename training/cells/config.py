"""Options of `python -m training.cells`: which cells are compared, on what, and how long each is trained."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from rnn_models.cell_names import CELL_NAMES, CellName
from training.core.options import require

TaskName = Literal["adding", "copy", "digits", "shakespeare", "nsmc"]


@dataclass
class Compare:
    """Train cells with equally many parameters on one task, and write a table of them.

    Every cell is trained with the first seed and every learning rate; then with the other seeds and the rate that had
    the smallest loss on validation sequences. The table shows the loss on test sequences. To go on with a comparison
    that was stopped, give the same command again.
    """

    task: TaskName = "adding"
    """adding: the sum of two marked numbers. copy: ten symbols, to be written after T blanks. digits: MNIST by rows.
    shakespeare: the next character. nsmc: 20,000 Korean film reviews, positive or negative."""
    length: int = 200
    """T, the steps of a sequence; copy adds 20 to them, digits always have 28."""
    cells: tuple[CellName, ...] = CELL_NAMES
    """The cells."""
    parameters: int = 20_000
    """So many parameters the network has at most, without its embedding: a cell gets as many units as that allows."""
    steps: int = 3000
    """Batches of training."""
    batch_size: int = 32
    """B, sequences in a batch."""
    rates: tuple[float, ...] = (3e-4, 1e-3, 3e-3)
    """Learning rates, of Adam."""
    seeds: int = 3
    """So many seeds, 0, 1, ..."""
    clip_norm: float = 1.0
    """The gradient's norm is clipped to this."""
    scored: int = 1000
    """Sequences for validation, and as many for the test; at most as many as there are."""
    run_dir: Path | None = None
    """The folder. Default: runs/cells/TASK-LENGTH."""

    @property
    def folder(self) -> Path:
        """Where results.jsonl and table.md are."""
        return self.run_dir or Path("runs") / "cells" / f"{self.task}-{self.length}"

    def check(self) -> None:
        """Raise ValueError for a value out of range."""
        least_of = {"length": 10, "parameters": 100, "steps": 1, "batch_size": 1, "seeds": 1, "scored": 1}
        for name, least in least_of.items():
            value = getattr(self, name)
            require(value >= least, f"--{name.replace('_', '-')}", value, f"at least {least}")
        require(bool(self.cells), "--cells", self.cells, "at least one cell")
        require(bool(self.rates) and min(self.rates) > 0, "--rates", self.rates, "at least one, all more than 0")
        require(self.clip_norm > 0, "--clip-norm", self.clip_norm, "more than 0")
