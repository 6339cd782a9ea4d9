"""The cross-entropy that large vocabularies are trained with, its backward pass written by hand."""

from dataclasses import dataclass
from typing import Any

import keras
from keras import ops

from rnn_models import custom_gradient
from rnn_models.checks import check_rate

Array = Any


@dataclass(frozen=True)
class SmoothedCrossEntropy:
    """Cross-entropy with smoothed labels (Szegedy et al. 2016, arXiv:1512.00567, section 7).

        p   = softmax(z)
        L   = −(1 − ε) log p_y − ε mean_k log p_k = log Σ_k exp z_k − (1 − ε) z_y − ε mean_k z_k
        ∂z  = p − (1 − ε) [k = y] − ε / V

    The logits are most of a writing model's memory: each pass reads them as few times as can be.

        losses = SmoothedCrossEntropy(0.1)(labels, logits)

    Shapes: labels (...) int32, logits (..., V); losses (...) float32.

    Args:
        rate: ε, the share of the probability that is spread evenly over all V.

    Raises:
        ValueError: a rate outside [0, 1); labels that are no whole numbers, or of another shape than the logits'. A
            label below 0 or of V and more has a loss of NaN, like an infinite one: training stops, and says so.
    """

    rate: float = 0.0

    def __post_init__(self):
        check_rate("rate", self.rate)

    def __call__(self, labels: Array, logits: Array) -> Array:
        logits = ops.cast(logits, "float32")
        self._check(labels, logits)
        rows = [ops.reshape(logits, (-1, ops.shape(logits)[-1])), ops.reshape(ops.cast(labels, "int32"), (-1, 1))]
        (losses,) = custom_gradient.with_gradient(self, rows, [], True, split=False)
        valid = ops.logical_and(labels >= 0, labels < ops.shape(logits)[-1])
        return ops.where(valid, ops.reshape(losses, ops.shape(labels)), float("nan"))

    def _check(self, labels: Array, logits: Array) -> None:
        kind = keras.backend.standardize_dtype(labels.dtype)
        if not kind.startswith(("int", "uint", "float")) or len(labels.shape) != len(logits.shape) - 1:
            raise ValueError(
                f"The labels have shape {tuple(labels.shape)} and type {kind}, the logits shape {tuple(logits.shape)}; "
                "expected one whole number of 0 to V − 1 for each row of V logits."
            )

    def forward(self, batched: list, shared: list, keep: bool) -> tuple[list, list]:
        """[L (N,)], and log Σ exp z (N, 1) for the way back; see `custom_gradient.with_gradient`."""
        logits, labels = batched
        highest = ops.max(logits, axis=-1, keepdims=True)
        total = highest + ops.log(ops.sum(ops.exp(logits - highest), axis=-1, keepdims=True))
        wanted = ops.sum(ops.where(_hits(logits, labels), logits, 0.0), axis=-1)
        losses = total[:, 0] - (1 - self.rate) * wanted - self.rate * ops.mean(logits, axis=-1)
        return [losses], [total] if keep else []

    def backward(self, batched: list, shared: list, kept: list, gradients: list) -> tuple[list, list]:
        """The gradient of the logits; labels have none."""
        (logits, labels), (total,), (d_losses,) = batched, kept, gradients
        even = self.rate / ops.cast(ops.shape(logits)[-1], "float32")
        aim = ops.where(_hits(logits, labels), 1 - self.rate + even, even)
        return [(ops.exp(logits - total) - aim) * d_losses[:, None], None], []


def _hits(logits: Array, labels: Array) -> Array:
    """Where k = y, (N, V)."""
    return ops.equal(ops.arange(ops.shape(logits)[-1], dtype="int32")[None], labels)
