"""h_t = a_t ⊙ h_{t-1} + b_t for all steps at once: what the cells need whose recurrence is linear in the state.

Two steps are one of the same kind, (a, b) then (a', b') = (a' a, a' b + b'), so all states come out in O(log T) rounds
(Blelloch 1990; Martin and Cundy 2018, arXiv:1709.04057). The gradient is such a recurrence too, from the end:

    g_t = ∂L/∂h_t + a_{t+1} ⊙ g_{t+1},    ∂L/∂b_t = g_t,    ∂L/∂a_t = g_t ⊙ h_{t-1}
"""

import dataclasses
from typing import Any, ClassVar

import keras
from keras import ops

from rnn_models import backend, custom_gradient

Array = Any


def linear_recurrence(log_a: Array, b: Array, first: Array, mask: Array | None = None) -> tuple[Array, Array]:
    """All states of h_t = exp(log a_t) ⊙ h_{t-1} + b_t, and the last.

    Args:
        log_a: log a_t ≤ 0, (B, T, H). The logarithm, because a product of many a_t is a sum of them.
        b: (B, T, H).
        first: h_0, (B, H).
        mask: (B, T) boolean; where it is False the state stays as it was.

    Returns:
        h (B, T, H) and h_T (B, H), of the type of b. They are computed in float32 where that is half as wide.
    """
    dtype = b.dtype
    if mask is not None:
        counts = mask[..., None]
        log_a, b = ops.where(counts, log_a, ops.zeros_like(log_a)), ops.where(counts, b, ops.zeros_like(b))
    rows = [wide(array) for array in (log_a, b, first)]
    states, last = custom_gradient.with_gradient(LinearRecurrence(), rows, [], keep=True)
    return ops.cast(states, dtype), ops.cast(last, dtype)


def held(sequence: Array, mask: Array | None, first: Array) -> Array:
    """`sequence` (B, T, H) where a step counts; elsewhere what stood at the step before, at the beginning `first`."""
    if mask is None:
        return sequence
    counts, zeros = mask[..., None], ops.zeros_like(sequence)
    log_kept = ops.where(counts, zeros - 6e4, zeros)  # exp(−60,000) is 0, and float16 holds the number
    return linear_recurrence(log_kept, ops.where(counts, sequence, zeros), first)[0]


def wide(array: Array) -> Array:
    """In float32 what is half as wide."""
    half = keras.backend.standardize_dtype(array.dtype) in ("float16", "bfloat16")
    return ops.cast(array, "float32") if half else array


@dataclasses.dataclass(frozen=True)
class LinearRecurrence:
    """Both passes, as pure functions of arrays; see `custom_gradient.with_gradient`. The rows are log a, b and h_0.

    A step that was only filled in has log a = b = 0: it hands the state on.
    """

    timed: ClassVar[tuple] = (0, 1)
    timed_outputs: ClassVar[tuple] = (0,)
    reverse: ClassVar[bool] = False

    def forward(self, batched: list, shared: list, keep: bool, steps: Any = None) -> tuple[list, list]:
        """[h (B, T, H), h_T (B, H)], and with `keep` what the backward pass needs."""
        log_a, b, first = batched
        states = linear_scan(ops.exp(log_a), b, first)
        return [states, states[:, -1]], [states] if keep else []

    def backward(
        self, batched: list, shared: list, kept: list, gradients: list, steps: Any = None
    ) -> tuple[list, list]:
        """Gradients of log a, b and h_0."""
        log_a, _, first = batched
        (states,), (d_states, d_last) = kept, gradients
        a = ops.exp(log_a)
        following = ops.concatenate([a[:, 1:], ops.zeros_like(a[:, :1])], axis=1)
        d = ops.concatenate([d_states[:, :-1], d_states[:, -1:] + d_last[:, None]], axis=1)
        back = linear_scan(ops.flip(following, axis=1), ops.flip(d, axis=1), ops.zeros_like(first))
        g = ops.flip(back, axis=1)
        before = ops.concatenate([first[:, None], states[:, :-1]], axis=1)
        return [g * before * a, g, a[:, 0] * g[:, 0]], []


def linear_scan(a: Array, b: Array, first: Array) -> Array:
    """h_t = a_t ⊙ h_{t-1} + b_t (B, T, H) from h_0 = `first`, by what is quickest on the backend.

    On a CPU TensorFlow goes step by step: there a round over the whole sequence costs more than it saves.
    """
    if not backend.parallel_in_time():
        sequences = [ops.transpose(a, (1, 0, 2)), ops.transpose(b, (1, 0, 2))]
        _, (states,) = backend.scan(_step, [first], sequences)
        return ops.transpose(states, (1, 0, 2))
    b = ops.concatenate([b[:, :1] + a[:, :1] * first[:, None], b[:, 1:]], axis=1)
    if backend.name() == "jax":
        return ops.associative_scan(_joined, (a, b), axis=1)[1]
    return by_doubling(a, b)


def _step(carry: list, now: list) -> tuple[list, list]:
    h = now[0] * carry[0] + now[1]
    return [h], [h]


def _joined(earlier: tuple, later: tuple) -> tuple:
    return earlier[0] * later[0], later[0] * earlier[1] + later[1]


def by_doubling(a: Array, b: Array) -> Array:
    """The same from h_0 = 0 in ⌈log₂ T⌉ rounds: after round n a step knows of the 2ⁿ steps up to it.

    `ops.associative_scan` is not used on TensorFlow and PyTorch: XLA cannot compile it there, and on PyTorch it gives
    float32 on the CPU whatever it is given (Keras 3.15.1).
    """
    length = ops.shape(b)[1]
    places = ops.arange(length, dtype="int32")

    def one_round(distance: Array, a: Array, b: Array) -> tuple:
        there = (places >= distance)[None, :, None]
        place = ops.maximum(places - distance, 0)
        earlier_a, earlier_b = ops.take(a, place, axis=1), ops.take(b, place, axis=1)
        joined = _joined((earlier_a, earlier_b), (a, b))
        return 2 * distance, ops.where(there, joined[0], a), ops.where(there, joined[1], b)

    start = (ops.ones((), dtype="int32"), a, b)
    return ops.while_loop(lambda distance, *_: distance < length, one_round, start)[2]
