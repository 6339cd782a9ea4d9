"""--gradients: the flow of gradients through a model's recurrent layers, as a table and as curves."""

import io
from pathlib import Path
from typing import Any

from rnn_models.files import write_atomic
from rnn_models.probes.callback import GradientFlow


class GradientCurves(GradientFlow):
    """Writes gradients.csv and gradients.png into a run's folder after each epoch.

    Args:
        batch: inputs, targets and perhaps weights: always the same, so that epochs can be compared.
        folder: the run's.
    """

    def __init__(self, batch: tuple, folder: Path):
        super().__init__(batch, folder / "gradients.csv")

    def write(self) -> None:
        super().write()
        write_atomic(self.path.with_suffix(".png"), gradient_curves(self.lines))


def gradient_curves(lines: list[dict[str, Any]]) -> bytes:
    """A PNG of ‖∂L/∂h_t‖ over the steps, on a logarithmic axis: a panel a layer, a curve an epoch, the last black."""
    from matplotlib.figure import Figure

    layers = list(dict.fromkeys(line["layer"] for line in lines))
    epochs = sorted({line["epoch"] for line in lines})
    figure = Figure(figsize=(6, 1 + 3 * len(layers)))
    for panel, layer in zip(figure.subplots(len(layers), squeeze=False)[:, 0], layers, strict=True):
        for epoch in epochs:
            own = [line for line in lines if line["layer"] == layer and line["epoch"] == epoch]
            norms = [line["h"] or float("nan") for line in own]
            shade = 0.15 + 0.85 * (epochs.index(epoch) + 1) / len(epochs)
            label = f"epoch {epoch}" if epoch in (epochs[0], epochs[-1]) else None
            steps = [line["step"] for line in own]
            panel.semilogy(steps, norms, color=str(1 - shade), marker=".", label=label)
        panel.legend()
        panel.set(title=f"{layer} ({own[0]['cell']})" if own else layer, xlabel="step", ylabel="‖∂L/∂h‖")
        panel.grid(alpha=0.3)
    figure.tight_layout()
    content = io.BytesIO()
    figure.savefig(content, format="png", dpi=120)
    return content.getvalue()
