"""Dynamic evaluation (Krause et al. 2018, arXiv:1709.07432): a language model goes on learning while it reads.

The text is read in segments. Each is scored with weights that have learnt from those before it, then learnt from:

    L = mean over the segment of −log p(character | those before it)
    θ ← θ − η · min(1, clip / ‖∂L/∂θ‖) · ∂L/∂θ

No character is learnt from before it was scored, so the score is an honest one; but it is that of a model that adapts,
and stands apart from the plain score. The gradient stays within the segment; the state is carried on.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from keras import ops

from rnn_models import backend, custom_gradient
from rnn_models.checks import check_count


@dataclass(frozen=True)
class Adaptation:
    """How a model learns while it reads.

    Args:
        rate: η, of plain gradient descent; 0 learns nothing.
        segment: the symbols of a segment.
        clip_norm: the largest norm of a segment's gradient, over all weights.

    Raises:
        ValueError: a number out of range.
    """

    rate: float = 0.1
    segment: int = 20
    clip_norm: float = 1.0

    def __post_init__(self) -> None:
        check_count("segment", self.segment)
        for name, low in (("rate", self.rate >= 0), ("clip_norm", self.clip_norm > 0)):
            value = getattr(self, name)
            if not (low and np.isfinite(value)):
                expected = "0 (learn nothing) or more" if name == "rate" else "more than 0"
                raise ValueError(f"{name} is {value!r}; expected a finite number, {expected}.")


class AdaptiveReader:
    """Reads texts with a model that learns meanwhile. The model itself keeps its weights.

    Args:
        model: a `CharLM`, with whose weights it begins, for each text anew.
    """

    def __init__(self, model: Any):
        self.model = model
        self._run = backend.compiled(self._segment, [model], differentiates=True)

    def read(self, ids: np.ndarray, adaptation: Adaptation) -> Iterator[np.ndarray]:
        """−log p(ids[1:]), (T − 1,), in one piece for each segment: who stops asking stops the reading."""
        model, size = self.model, adaptation.segment
        values = [ops.convert_to_tensor(ops.convert_to_numpy(v)) for v in model.trainable_variables]
        states = model.get_initial_state(1)
        step = [ops.convert_to_tensor(np.float32(x)) for x in (adaptation.rate, adaptation.clip_norm)]
        for start in range(0, len(ids) - 1, size):
            part = ids[start : start + size + 1]
            count = len(part) - 1
            rows = np.zeros((3, 1, size), dtype="int32")
            rows[0, 0, :count], rows[1, 0, :count], rows[2, 0, :count] = part[:-1], part[1:], 1
            tokens, targets, counts = (ops.convert_to_tensor(row) for row in rows)
            nats, states, values = self._run(tokens, targets, counts, states, values, *step)
            yield ops.convert_to_numpy(nats)[0, :count]

    def _segment(self, tokens: Any, targets: Any, counts: Any, states: list, values: list, rate: Any, clip: Any) -> Any:
        """The segment's −log p (1, T), the states after it, and the weights that have learnt from it."""
        mask = ops.cast(counts, "bool")

        def read(values: list) -> tuple[Any, list]:
            pairs = list(zip(self.model.trainable_variables, values, strict=True))
            with keras.StatelessScope(state_mapping=pairs):
                return self.model.read_chunk(tokens, targets, mask, states)

        def loss(values: list) -> list:
            nats, _ = read(values)
            real = ops.cast(counts, nats.dtype)
            return [ops.sum(nats * real) / ops.sum(real)]

        (gradients,) = custom_gradient.vjp(loss, [values], [ops.ones((), dtype="float32")])
        gradients = [ops.convert_to_tensor(g) for g in gradients]
        norm = ops.sqrt(sum(ops.sum(ops.square(g)) for g in gradients))
        scale = rate * ops.minimum(1.0, clip / ops.maximum(norm, 1e-12))
        nats, states = read(values)
        return nats, states, [v - scale * g for v, g in zip(values, gradients, strict=True)]
