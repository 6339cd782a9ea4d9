"""What the comparison found, as a table in Markdown."""

import statistics
from typing import Any

from rnn_models.probes.memory_tasks import SequenceTask
from training.cells.config import Compare


def best_rate(results: list[dict[str, Any]]) -> float:
    """The learning rate of one cell with the smallest loss on validation; one that diverged is the worst."""

    def loss(rate: float) -> float:
        own = [one["validation"] for one in results if one["rate"] == rate]
        return float("inf") if None in own else statistics.fmean(own)

    return min(dict.fromkeys(one["rate"] for one in results), key=loss)


def table(options: Compare, task: SequenceTask, results: list[dict[str, Any]]) -> str:
    """The cells that have results, the best first."""
    rows = []
    for cell in options.cells:
        own = [one for one in results if one["cell"] == cell]
        if own:
            rate = best_rate([one for one in own if one["seed"] == 0])
            rows.append(_row(task, cell, rate, [one for one in own if one["rate"] == rate]))
    rows.sort()
    rates = ", ".join(f"{rate:g}" for rate in options.rates)
    without = "" if task.guessing is None else f" Without memory: {task.guessing:.4f}."
    accuracy = "accuracy | " if task.classes else ""
    head = [
        f"# {options.task}, T = {task.steps}",
        "",
        f"At most {options.parameters:,} parameters without the embedding, {options.steps:,} batches of "
        f"{options.batch_size}, learning rate of {rates} by validation (seed 0); mean and standard deviation over the "
        f"seeds, of {options.scored:,} test sequences.{without}",
        "",
        f"| cell | test loss | {accuracy}seeds | rate | parameters | ms a step |",
        "|---" * (7 if task.classes else 6) + "|",
    ]
    return "\n".join([*head, *(row for _, row in rows)]) + "\n"


def _row(task: SequenceTask, cell: str, rate: float, results: list[dict[str, Any]]) -> tuple[float, str]:
    losses = [one["test"] for one in results]
    mean, shown = float("inf"), "diverged"
    if None not in losses:
        mean, shown = statistics.fmean(losses), _mean(losses, 3)
    accuracy = ""
    if task.classes:
        known = None not in losses
        accuracy = (_mean([100 * one["test_accuracy"] for one in results], 4) + " % | ") if known else "– | "
    timed = [one["milliseconds"] for one in results if one["milliseconds"] is not None]
    took = f"{statistics.fmean(timed):.1f}" if timed else "–"
    return mean, f"| {cell} | {shown} | {accuracy}{len(losses)} | {rate:g} | {results[0]['parameters']:,} | {took} |"


def _mean(values: list[float], digits: int) -> str:
    spread = f" ± {statistics.stdev(values):.2g}" if len(values) > 1 else ""
    return f"{statistics.fmean(values):#.{digits}g}{spread}"
