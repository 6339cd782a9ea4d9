"""Pooling: the states h_t of a text become one vector c, which is a sum over the steps.

last       c = h_T
attention  c = Σ_t α_t h_t, with the weights α of an attention layer
max        c = max_t h_t, feature by feature
joined     c = [attention, max, last], one behind the other
"""

from collections.abc import Callable
from typing import Any

from keras import ops

PARTS = {"last": ("last",), "attention": ("attention",), "max": ("max",), "joined": ("attention", "max", "last")}
"""What each pooling puts one behind the other."""


def pool(pooling: str, h: Any, last: Any, mask: Any, attend: Callable[[], tuple[Any, Any]]) -> tuple[Any, Any]:
    """c (B, K·H) of K parts, and the attention weights (B, T) where there are any.

    Args:
        pooling: a name of `PARTS`.
        h: the states (B, T, H).
        last: the state after the last token, (B, H).
        mask: (B, T), True where a token counts.
        attend: gives the average (B, H) of the states under learned weights, and the weights (B, T).
    """
    found, weights = [], None
    for part in PARTS[pooling]:
        if part == "last":
            found.append(last)
        elif part == "max":
            found.append(_largest(h, mask))
        else:
            context, weights = attend()
            found.append(context)
    return (found[0] if len(found) == 1 else ops.concatenate(found, axis=-1)), weights


def shares(pooling: str, h: Any, mask: Any, context: Any, weights: Any, bidirectional: bool) -> Any:
    """What each step gives to c, (B, T, K·H): the sum over time is c.

    Args:
        pooling, h, mask: as in `pool`.
        context, weights: what `pool` gave.
        bidirectional: whether the second half of h was made from the end on.
    """
    found = []
    for number, part in enumerate(PARTS[pooling]):
        if part == "last":
            found.append(_changes(h, bidirectional))
        elif part == "max":
            width = h.shape[-1]
            found.append(_maxima(h, mask, context[..., number * width : (number + 1) * width]))
        else:
            found.append(weights[..., None] * h)
    return found[0] if len(found) == 1 else ops.concatenate(found, axis=-1)


def _largest(h: Any, mask: Any) -> Any:
    largest = ops.max(ops.where(mask[..., None], h, ops.full_like(h, -1e4)), axis=1)
    # a text without tokens has the state that it began with
    return ops.where(ops.any(mask, axis=1, keepdims=True), largest, ops.zeros_like(largest))


def _maxima(h: Any, mask: Any, largest: Any) -> Any:
    """Every step that reaches the maximum has an equal share of it."""
    reached = ops.cast(ops.equal(h, largest[:, None]), h.dtype) * ops.cast(mask, h.dtype)[..., None]
    return h * reached / ops.maximum(ops.sum(reached, axis=1, keepdims=True), 1)


def _changes(h: Any, bidirectional: bool) -> Any:
    """What a step changed in the state: h_t − h_{t−1}, for the backward half h_t − h_{t+1}."""
    half = h.shape[-1] // 2 if bidirectional else h.shape[-1]
    zero = ops.zeros_like(h[:, :1, :half])
    ahead = h[..., :half] - ops.concatenate([zero, h[:, :-1, :half]], axis=1)
    if not bidirectional:
        return ahead
    back = h[..., half:] - ops.concatenate([h[:, 1:, half:], zero], axis=1)
    return ops.concatenate([ahead, back], axis=-1)
