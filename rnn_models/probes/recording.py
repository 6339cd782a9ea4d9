"""The recurrent layers of a model, run step by step: every state is written down, and may be added to.

A number that is added to a state after its step and is zero has as its gradient that of the state: `taps`.
"""

import contextlib
import functools
import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import keras
from keras import ops

from rnn_models.layers.attentive import AttentiveDecoder
from rnn_models.layers.backpropagation import is_standard, keep_where
from rnn_models.layers.checks import check_states
from rnn_models.layers.recurrent import Recurrent
from rnn_models.layers.recurrent_cell import RecurrentCell, Weights
from rnn_models.layers.transfer import from_keras

Array = Any
OF_KERAS = (keras.layers.SimpleRNN, keras.layers.LSTM, keras.layers.GRU)


@dataclass
class Recording:
    """One run of one recurrent layer, in the order of its input.

    Attributes:
        name: the layer's, after those of the layers that hold it.
        layer: a `Recurrent`.
        projected: what the cell made of each input, T arrays (B, ·).
        mask: (B, T) or None.
        before, after: the states before and after each step, T lists.
        kept: how much of the state each step kept, T arrays (B, ·); empty where the cell has no such gate.
    """

    name: str
    layer: Recurrent
    projected: list[Array]
    mask: Array | None
    before: list[list[Array]]
    after: list[list[Array]]
    kept: list[Array]

    @property
    def cell(self) -> RecurrentCell:
        """The layer's cell."""
        return self.layer.cell

    @property
    def reverse(self) -> bool:
        """Whether the layer reads from the end."""
        return self.layer.reverse or self.layer.go_backwards


@dataclass
class Watcher:
    """What stands in for the layers' `run` while a model is watched.

    Attributes:
        taps: what is added to the states, one entry for each run of a layer: a list for each state of (B, T, ·); or
            None.
        recordings: what was seen, one entry for each run.
    """

    taps: list | None = None
    recordings: list[Recording] = field(default_factory=list)

    def run(
        self, name: str, layer: Recurrent, x: Array, initial_state: Any, mask: Any = None, training: bool = False
    ) -> tuple:
        """`layer.run`, one step after the other."""
        cell = layer.cell
        states = check_states(layer, keras.tree.flatten(initial_state), layer.state_sizes(0), x.shape[0])
        states = [ops.cast(state, cell.compute_dtype) for state in states]
        projected = cell.project(ops.cast(x, cell.compute_dtype))
        length = x.shape[1]
        found = Recording(name, layer, [projected[:, t] for t in range(length)], mask, [], [], [])
        taps = None if self.taps is None else self.taps[len(self.recordings)]
        backwards = found.reverse
        for t in reversed(range(length)) if backwards else range(length):
            new, kept = one_step(cell, found.projected[t], states, None if mask is None else mask[:, t : t + 1])
            if taps is not None:
                new = [state + tap[:, t] for state, tap in zip(new, taps, strict=True)]
            found.before.append(states)
            found.after.append(new)
            found.kept += [] if kept is None else [kept]
            states = new
        if backwards:
            for column in (found.before, found.after, found.kept):
                column.reverse()
        self.recordings.append(found)
        outputs = ops.stack([after[0] for after in found.after], axis=1)
        return layer._ordered(outputs), states[0], states

    def run_decoder(
        self,
        name: str,
        decoder: AttentiveDecoder,
        x: Array,
        states: list,
        memory: Any = None,
        noise: Array | None = None,
        training: bool = False,
    ) -> tuple:
        """The call of a decoder, one step after the other."""
        cell, memory = decoder.cell, decoder._memory(memory)
        found = Recording(name, decoder.recurrence, [], None, [], [], [])
        taps = None if self.taps is None else self.taps[len(self.recordings)]
        self.recordings.append(found)

        def step(projected: Array, states: list, recurrent_mask: Any = None) -> tuple[Array, list]:
            new, kept = one_step(cell, projected, list(states), None)
            if taps is not None:
                t = len(found.after)
                new = [state + tap[:, t] for state, tap in zip(new, taps, strict=True)]
            found.projected.append(projected)
            found.before.append(list(states))
            found.after.append(new)
            found.kept += [] if kept is None else [kept]
            return new[0], new

        given = []
        with _instead(cell, "step", step):
            for t in range(x.shape[1]):
                output, weights, states = decoder.step(
                    x[:, t], states, memory, noise=None if noise is None else noise[:, t]
                )
                given.append((output, weights))
        outputs, weights = zip(*given, strict=True)
        return ops.stack(outputs, axis=1), None if weights[0] is None else ops.stack(weights, axis=1), states


def one_step(cell: RecurrentCell, projected: Array, states: list, mask: Array | None) -> tuple[list, Array | None]:
    """The states after a step, without dropout, and how much of the state was kept, (B, ·), or None."""
    saved: list = []
    if is_standard(type(cell)):
        norm = cell._normalise if cell.layer_norm else None
        weights = Weights(cell.step_weights(), cell.units, cell.columns(cell.variant), None, norm)
        new, saved = cell.advance(projected, states, weights, cell.variant)
    else:
        _, new = type(cell).step(cell, projected, states)
    kept = saved[cell.keep_gate] if saved and cell.keep_gate is not None else None
    if mask is None:
        return list(new), kept
    new = [keep_where(mask, n, old) for n, old in zip(new, states, strict=True)]
    return new, kept if kept is None else ops.where(mask, kept, ops.ones_like(kept))


@contextlib.contextmanager
def watched(model: keras.layers.Layer, watcher: Watcher) -> Iterator[None]:
    """While this lasts, every recurrent layer of `model` is run by `watcher`.

    Raises:
        ValueError: there is none, or one that cannot be looked into.
    """
    layers = list(recurrent_layers(model))
    if not layers:
        raise ValueError(
            f"{model.name} holds no recurrent layer: expected a Recurrent (alone, or in Bidirectional or Stacked), an "
            "AttentiveDecoder, or an LSTM, GRU or SimpleRNN of Keras."
        )
    with contextlib.ExitStack() as stack:
        for name, layer in layers:
            if isinstance(layer, AttentiveDecoder):
                stack.enter_context(_instead(layer, "call", functools.partial(watcher.run_decoder, name, layer)))
                continue
            ours = from_keras(layer) if isinstance(layer, OF_KERAS) else layer
            if not isinstance(ours.cell, RecurrentCell):
                raise ValueError(
                    f"{name} drives {type(ours.cell).__name__}, whose steps cannot be looked into. Use a cell of this "
                    "library, or the layer of Keras (keras.layers.LSTM, GRU, SimpleRNN)."
                )
            stack.enter_context(_instead(ours, "run", functools.partial(watcher.run, name, ours)))
            if ours is not layer:
                stack.enter_context(_instead(layer, "call", ours.call))
        yield


@contextlib.contextmanager
def _instead(layer: keras.layers.Layer, name: str, function: Any) -> Iterator[None]:
    """`layer.name` is `function`, of this one object. Keras's own way to set an attribute is gone round."""
    layer.__dict__[name] = function
    try:
        yield
    finally:
        del layer.__dict__[name]


def recurrent_layers(model: keras.layers.Layer) -> Iterator[tuple[str, keras.layers.Layer]]:
    """The recurrent layers that a model or a layer holds, each once, by their names and those of what holds them.

    The number that Keras puts behind a name of its own is left out: it counts what was built before. A name that is
    taken gets one.
    """
    taken: set[str] = set()
    seen: set[int] = set()

    def free(name: str) -> str:
        numbered = (f"{name}_{count}" for count in itertools.count(2))
        name = next(one for one in itertools.chain([name], numbered) if one not in taken)
        taken.add(name)
        return name

    def walk(layer: Any, path: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
        if id(layer) in seen:
            return
        seen.add(id(layer))
        if isinstance(layer, (AttentiveDecoder, Recurrent, *OF_KERAS)):
            yield free("/".join((*path, _name(layer)))), layer
            return
        for child in getattr(layer, "_layers", []):
            yield from walk(child, path if layer is model else (*path, _name(layer)))

    yield from walk(model, ())


def _name(layer: keras.layers.Layer) -> str:
    """The layer's name; "dense" for a `Dense` that Keras called "dense_7"."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", type(layer).__name__).lower()
    return words if re.fullmatch(rf"{words}_\d+", layer.name) else layer.name
