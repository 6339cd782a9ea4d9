"""What the training scripts of several seeds share: options, folder and tokenizer of each, errors in one line."""

import contextlib
import json
import statistics
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from training.files import write_json
from training.options import FitOptions, config_dict

if TYPE_CHECKING:
    from rnn_models.tokens import Tokenizer
    from training.runs import Run

TOKENIZER = "tokenizer.json"
"""The file in a run's folder."""


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
    from training.runs import Run

    # A run that was stopped before one of its later seeds began has nothing of it to resume.
    resume = options.resume and options.run_dir.joinpath("config.json").exists()
    return Run(options.run_dir, config_dict(options), resume, {*free, "baseline", "export", "repeats"}, writer)


@contextlib.contextmanager
def in_plain_words(options: Any) -> Iterator[None]:
    """What a user can mend ends the program with one line that says how."""
    from training.download import DataError
    from training.runs import DivergedError

    try:
        yield
    except (ValueError, OSError, DataError, DivergedError) as error:
        raise SystemExit(f"error: {error}") from error
    except KeyboardInterrupt:
        folder = getattr(options, "run_dir", None)
        raise SystemExit(
            f"\nInterrupted. Go on with: --run-dir {folder} --resume" if folder else "\nInterrupted."
        ) from None


def kept_tokenizer(options: FitOptions) -> "Tokenizer | None":
    """The tokenizer of the run that is gone on with, if it has one."""
    from rnn_models.tokens import tokenizer_from_config

    path = options.run_dir / TOKENIZER
    if not options.resume or not path.exists():
        return None
    return tokenizer_from_config(json.loads(path.read_text(encoding="utf-8")))


def keep_tokenizer(folder: Path, tokenizer: "Tokenizer") -> None:
    """Write the tokenizer into a run's folder: another one, even a little, would make nonsense of its weights.

    Raises:
        ValueError: the run there has another tokenizer.
    """
    path, config = folder / TOKENIZER, tokenizer.get_config()
    if path.exists() and json.loads(path.read_text(encoding="utf-8")) != config:
        raise ValueError(f"The run in {folder} reads other tokens: it was made of other texts, or by another version.")
    if not path.exists() and not (folder / "checkpoints").exists():
        write_json(path, config)


def spread(values: list[float]) -> dict[str, float]:
    """Mean, standard deviation (n − 1), lowest and highest of some scores."""
    return {
        "mean": statistics.fmean(values),
        "deviation": statistics.stdev(values) if len(values) > 1 else 0.0,
        "lowest": min(values),
        "highest": max(values),
        "count": len(values),
    }
