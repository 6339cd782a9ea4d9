"""Checks of the arrays that layers are given: what came, what was expected, how to mend it."""

from typing import Any


def check_width(layer: Any, x: Any, width: int) -> None:
    """The last axis of `x` must have the width that the weights were built for."""
    if x.shape[-1] != width:
        raise ValueError(
            f"{layer.name}: the input's last axis is {x.shape[-1]} wide (shape {tuple(x.shape)}); expected "
            f"{width}, the width that the weights were built for. Give inputs of width {width}, or make a new layer."
        )


def check_sequences(layer: Any, shape: tuple, width: int | None = None) -> None:
    """Sequences are (B, T, D)."""
    shape = tuple(shape)
    if len(shape) != 3:
        raise ValueError(
            f"{layer.name}: sequences have shape {shape}, rank {len(shape)}; expected rank 3, "
            "(batch, time, features). Add the missing axis, e.g. with `keras.ops.expand_dims`."
        )
    if shape[-1] is None:
        raise ValueError(
            f"{layer.name}: the last axis of the sequences, {shape}, has no size; expected a fixed number of "
            "features. Name it in `keras.Input(shape=(None, features))`."
        )
    if shape[1] == 0:
        raise ValueError(
            f"{layer.name}: sequences of shape {shape} have no time step; expected at least one. "
            "Leave empty sequences out, or pad them and mask the padding."
        )
    if width is not None and shape[-1] != width:
        raise ValueError(
            f"{layer.name}: sequences of shape {shape} are {shape[-1]} wide; expected {width}, the width that the "
            f"weights were built for. Give inputs of width {width}, or make a new layer."
        )


def check_mask(layer: Any, mask: Any, shape: tuple) -> None:
    """A mask is (B, T), like the sequences' first two axes."""
    given, expected = tuple(mask.shape), tuple(shape[:2])
    same = len(given) == 2 and all(a is None or b is None or a == b for a, b in zip(given, expected, strict=True))
    if not same:
        raise ValueError(
            f"{layer.name}: the mask has shape {given}; expected {expected}, one truth value for each step of the "
            f"sequences {tuple(shape)}: True where a step counts, False where it is padding."
        )


def check_states(layer: Any, states: Any, sizes: list[int], batch: int | None) -> list:
    """States as a list of arrays (B, H), of the right number, batch and width."""
    states = list(states) if isinstance(states, (list, tuple)) else [states]
    if len(states) != len(sizes):
        raise ValueError(
            f"{layer.name}: initial_state holds {len(states)} array(s); expected {len(sizes)}, one for each state "
            "of the cell. Pass what `get_initial_state` or `return_state=True` gives."
        )
    for number, (state, size) in enumerate(zip(states, sizes, strict=True)):
        given = tuple(state.shape)
        same = len(given) == 2 and given[1] in (size, None)
        if not same or (batch is not None and given[0] not in (batch, None)):
            raise ValueError(
                f"{layer.name}: initial_state[{number}] has shape {given}; expected "
                f"({'batch' if batch is None else batch}, {size}), the batch of the sequences and the units of "
                "the cell. Take the rows that belong to this batch, or start from `get_initial_state(batch_size)`."
            )
    return states
