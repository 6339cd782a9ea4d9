"""The command of `python -m training.cells`: every cell, rate and seed that is not done yet, then the table."""

import contextlib
import dataclasses
import json
import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import tyro

from rnn_models.console import take_any_text
from rnn_models.files import remove_leftovers, write_atomic, write_json
from training.cells.config import Compare
from training.core.console import unbroken_output
from training.core.errors import user_errors

if TYPE_CHECKING:
    from rnn_models.probes.memory_tasks import SequenceTask


def main(arguments: list[str] | None = None) -> None:
    """The command line."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")  # TensorFlow's notes about the machine
    take_any_text()
    options = tyro.cli(Compare, prog="training.cells", args=arguments)
    with unbroken_output():
        compare(options)


def compare(options: Compare) -> None:
    """Train what is not done yet; leaves config.json, results.jsonl and table.md in the run's folder."""
    with user_errors(), _way_back(options):
        options.check()
        results = _begin(options)
        from training.cells.tasks import load_task  # Keras is loaded only when the options are right
        from training.cells.train import fit

        task = load_task(options.task, options.length)
        for job in _jobs(options, results):
            results.append(fit(options, task, *job))
            _write(options, task, results)
            last = results[-1]
            print(f"{job[0]}, rate {job[1]:g}, seed {job[2]}: test loss {last['test']}", flush=True)
        _write(options, task, results)


def _jobs(options: Compare, results: list[dict[str, Any]]) -> Iterator[tuple[str, float, int]]:
    """The trainings that are not in `results` yet, which grows meanwhile: cell, rate, seed.

    The first seed has all rates; the others have each cell's best.
    """
    from training.cells.table import best_rate

    done = {(one["cell"], one["rate"], one["seed"]) for one in results}
    for seed in range(options.seeds):
        for cell in options.cells:
            first = [one for one in results if one["cell"] == cell and one["seed"] == 0]
            rates = [best_rate(first)] if seed else options.rates
            yield from ((cell, rate, seed) for rate in rates if (cell, rate, seed) not in done)


@contextlib.contextmanager
def _way_back(options: Compare) -> Iterator[None]:
    """Ctrl-C says how to go on."""
    try:
        yield
    except KeyboardInterrupt:
        raise SystemExit(f"\nInterrupted. Go on with the same command ({options.folder}).") from None


def _begin(options: Compare) -> list[dict[str, Any]]:
    """The results so far. The folder is that of these options, or new.

    Raises:
        ValueError: it was begun with other options; says which.
    """
    # Further cells and seeds may be added: they change no result that is there.
    free = {"run_dir", "cells", "seeds", "rates"}
    config = {n: v for n, v in dataclasses.asdict(options).items() if n not in free}
    path, results = options.folder / "config.json", options.folder / "results.jsonl"
    if path.is_file():
        old = json.loads(path.read_text(encoding="utf-8"))
        changed = [f"{n} was {old.get(n)!r}, now {v!r}" for n, v in config.items() if old.get(n) != v]
        if changed:
            raise ValueError(
                f"{options.folder} was begun with other options: {'; '.join(changed)}. Leave them as they were, or "
                "name another folder: --run-dir FOLDER."
            )
        remove_leftovers(options.folder)
    else:
        options.folder.mkdir(parents=True, exist_ok=True)
        write_json(path, config)
    if not results.is_file():
        return []
    return [json.loads(line) for line in results.read_text(encoding="utf-8").splitlines()]


def _write(options: Compare, task: "SequenceTask", results: list[dict[str, Any]]) -> None:
    from training.cells.table import table

    write_atomic(options.folder / "results.jsonl", "".join(json.dumps(one) + "\n" for one in results))
    write_atomic(options.folder / "table.md", table(options, task, results))
