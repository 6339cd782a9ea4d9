"""A run of several seeds: the options and the folder of each, and the spread of their scores."""

import statistics
import time
from collections.abc import Collection
from pathlib import Path

from training.core.options import FitOptions, config_dict, usual_config
from training.core.run import Run


def name_folder(options: FitOptions, task: str, name: str) -> None:
    """Give the run a folder of its own where none is named."""
    if options.run_dir is None:
        options.run_dir = Path("runs") / task / f"{name}-{time.strftime('%Y%m%d-%H%M%S')}"


def seeds(options: FitOptions) -> list[FitOptions]:
    """The options of each of `options.repeats` seeds: the first in the run's own folder, the others below it."""
    numbers = range(options.seed + 1, options.seed + options.repeats)
    return [options, *map(options.later_seed, numbers)]


def open_run(options: FitOptions, writer: bool, free: Collection[str] = ()) -> Run:
    """The run of one seed, begun or gone on with. `free` options may differ from those that it began with."""
    # A run that was stopped before one of its later seeds began has nothing of it to resume.
    resume = options.resume and options.run_dir.joinpath("config.json").exists()
    return Run(options.run_dir, config_dict(options), resume, free, writer, usual_config(options))


def spread(values: list[float]) -> dict[str, float]:
    """Mean, standard deviation (n − 1), lowest and highest of some scores."""
    return {
        "mean": statistics.fmean(values),
        "deviation": statistics.stdev(values) if len(values) > 1 else 0.0,
        "lowest": min(values),
        "highest": max(values),
        "count": len(values),
    }
