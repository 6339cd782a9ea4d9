"""What the training scripts of several seeds share: options, folder and tokenizer of each, errors in one line."""

import statistics
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from training.core.options import FitOptions, config_dict

if TYPE_CHECKING:
    from training.core.run import Run


def name_folder(options: FitOptions, task: str, name: str) -> None:
    """Give the run a folder of its own where none is named."""
    if options.run_dir is None:
        options.run_dir = Path("runs") / task / f"{name}-{time.strftime('%Y%m%d-%H%M%S')}"


def seeds(options: FitOptions, **later: Any) -> list[Any]:
    """The options of each of `options.repeats` repetitions: the first in the run's own folder, the others below it.

    `later`: what else the later ones have.
    """
    numbers = range(options.seed + 1, options.seed + options.repeats)
    folder = options.run_dir
    return [options] + [replace(options, seed=n, run_dir=folder / f"seed-{n}", **later) for n in numbers]


def open_run(options: FitOptions, writer: bool, free: Sequence[str]) -> "Run":
    """The run of one seed, begun or gone on with. `free` options may differ from those that it began with."""
    from training.core.run import Run

    # A run that was stopped before one of its later seeds began has nothing of it to resume.
    resume = options.resume and options.run_dir.joinpath("config.json").exists()
    return Run(options.run_dir, config_dict(options), resume, {*free, "baseline", "export", "repeats"}, writer)


def spread(values: list[float]) -> dict[str, float]:
    """Mean, standard deviation (n − 1), lowest and highest of some scores."""
    return {
        "mean": statistics.fmean(values),
        "deviation": statistics.stdev(values) if len(values) > 1 else 0.0,
        "lowest": min(values),
        "highest": max(values),
        "count": len(values),
    }
