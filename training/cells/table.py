"""What the comparison found, as a table in Markdown."""

import statistics
from typing import Any

from rnn_models.probes.memory_tasks import Task
from training.cells.config import Compare


def best_rate(results: list[dict[str, Any]]) -> float:
    """The learning rate of one cell with the smallest mean loss on validation; one that diverged is the worst."""

    def loss(rate: float) -> float:
        own = [one["validation"] for one in results if one["rate"] == rate]
        return float("inf") if None in own else statistics.fmean(own)

    return min(dict.fromkeys(one["rate"] for one in results), key=loss)


def table(options: Compare, results: list[dict[str, Any]]) -> str:
    """The cells that have results, the best first."""
    rows = []
    for cell in options.cells:
        own = [one for one in results if one["cell"] == cell]
        if own:
            rate = best_rate(own)
            rows.append(_row(cell, rate, [one for one in own if one["rate"] == rate]))
    rows.sort()
    task, rates = Task(options.task, options.length), ", ".join(f"{rate:g}" for rate in options.rates)
    head = [
        f"# {options.task}, T = {options.length}",
        "",
        f"At most {options.parameters:,} parameters, {options.steps:,} batches of {options.batch_size}, learning rate "
        f"of {rates} by validation; mean and standard deviation of the test loss. Without memory: {task.guessing:.4f}.",
        "",
        "| cell | test loss | seeds | rate | parameters | ms a step |",
        "|---|---|---|---|---|---|",
    ]
    return "\n".join([*head, *(row for _, row in rows)]) + "\n"


def _row(cell: str, rate: float, results: list[dict[str, Any]]) -> tuple[float, str]:
    losses = [one["test"] for one in results]
    mean, shown = float("inf"), "diverged"
    if None not in losses:
        mean = statistics.fmean(losses)
        shown = f"{mean:.3g}" + (f" ± {statistics.stdev(losses):.2g}" if len(losses) > 1 else "")
    timed = [one["milliseconds"] for one in results if one["milliseconds"] is not None]
    took = f"{statistics.fmean(timed):.1f}" if timed else "–"
    return mean, f"| {cell} | {shown} | {len(losses)} | {rate:g} | {results[0]['parameters']:,} | {took} |"
