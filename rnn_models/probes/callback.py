"""The flow of gradients while a model trains, epoch by epoch, in a file."""

import csv
import io
from pathlib import Path
from typing import Any

import keras

from rnn_models.files import write_atomic
from rnn_models.probes.gradients import LayerFlow, gradient_flow

COLUMNS = ("epoch", "layer", "cell", "step", "h", "c", "kept_after")


class GradientFlow(keras.callbacks.Callback):
    """Writes after each epoch how large the gradient of each state is, of one batch.

    `gradients.csv` has a line for each epoch, layer and step: "h" and "c" are ‖∂L/∂h_t‖ and ‖∂L/∂c_t‖, means over the
    rows; "kept_after" is the mean of Π_{k > t} of f_k, or z_k (`LayerFlow.kept_after`). A column is empty where a cell
    has no such thing. A resumed fit goes on with the file: lines of epochs that are run again are replaced.

    Args:
        batch: inputs, targets and, if there are, weights, as `fit` takes them; see `gradient_flow`.
        path: of the file; its folder is made.
    """

    def __init__(self, batch: tuple, path: str | Path):
        super().__init__()
        self.batch, self.path = keras.utils.unpack_x_y_sample_weight(batch), Path(path)
        self.lines: list[dict[str, Any]] | None = None

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        if self.lines is None:
            self.lines = read_gradients(self.path) if self.path.is_file() else []
        self.lines = [line for line in self.lines if line["epoch"] <= epoch]
        x, y, sample_weight = self.batch
        for flow in gradient_flow(self.model, x, y, sample_weight=sample_weight).values():
            self.lines += lines_of(flow, epoch + 1)
        self.write()

    def write(self) -> None:
        """The file, anew and whole."""
        text = io.StringIO()
        writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
        writer.writeheader()
        for line in self.lines:
            writer.writerow({n: f"{value:.4e}" if isinstance(value, float) else value for n, value in line.items()})
        self.path.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(self.path, text.getvalue())


def lines_of(flow: LayerFlow, epoch: int) -> list[dict[str, Any]]:
    """The lines of one layer after an epoch."""
    norms = {name: norm.mean(axis=0) for name, norm in flow.norms.items() if name in ("h", "c")}
    kept = None if flow.kept_after is None else flow.kept_after.mean(axis=(0, 2))
    return [
        {
            "epoch": epoch,
            "layer": flow.name,
            "cell": flow.cell,
            "step": step,
            **{name: float(norm[step]) for name, norm in norms.items()},
            **({} if kept is None else {"kept_after": float(kept[step])}),
        }
        for step in range(len(norms["h"]))
    ]


def read_gradients(path: str | Path) -> list[dict[str, Any]]:
    """The lines of a `gradients.csv`, numbers as numbers; None where a column is empty."""
    with open(path, encoding="utf-8", newline="") as file:
        found = list(csv.DictReader(file))
    for line in found:
        line["epoch"], line["step"] = int(line["epoch"]), int(line["step"])
        for name in ("h", "c", "kept_after"):
            line[name] = float(line[name]) if line[name] else None
    return found
