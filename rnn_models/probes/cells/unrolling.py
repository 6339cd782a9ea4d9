"""The recurrent layers of a model, run so that all states come out."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from rnn_models import backend
from rnn_models.layers.backpropagation import is_standard, keep_where, mask_steps, time_major
from rnn_models.layers.bidirectional import Bidirectional
from rnn_models.layers.cells import GRUCell, LSTMCell
from rnn_models.layers.recurrent import Recurrent
from rnn_models.layers.recurrent_cell import RecurrentCell, Weights
from rnn_models.layers.stacked import Stacked
from rnn_models.probes.cells.units import Unit

Array = Any
GATES = {LSTMCell: ("i", "f", "o"), GRUCell: ("z", "r")}
"""The gates whose saturation is counted: the first that `advance` saves."""
LEFT, RIGHT = 0.1, 0.9
"""A gate below or above is called saturated (Karpathy et al. 2015)."""


class Layers:
    """The recurrent layers of a stack by name.

    Attributes:
        stack: a `Stacked`.
        named: the layers by name, in the order in which they run.
        keys: the layer's name and "h" or "c" of each state that `run` gives.
        widths: how wide each of them is.

    Raises:
        ValueError: a state that is no row of numbers.
    """

    def __init__(self, stack: Stacked):
        self.stack = stack
        self.named: dict[str, Recurrent] = {}
        for number, layer in enumerate(stack.layers):
            if isinstance(layer, Bidirectional):
                self.named[f"layer_{number}/forward"] = layer.forward_layer
                self.named[f"layer_{number}/backward"] = layer.backward_layer
            else:
                self.named[f"layer_{number}"] = layer
        self.keys, self.widths = [], []
        for name, layer in self.named.items():
            sizes = layer.cell.state_sizes if isinstance(layer.cell, RecurrentCell) else None
            if sizes is None or not isinstance(sizes[0], int):
                raise ValueError(f"{name} drives {type(layer.cell).__name__}, whose states cannot be looked into.")
            for state in self._shown(layer):
                self.keys.append((name, state))
                self.widths.append(sizes[("h", "c").index(state)])

    @staticmethod
    def _shown(layer: Recurrent) -> tuple[str, ...]:
        """The states that are written down: h, and c where the second state is one as wide."""
        sizes = layer.cell.state_sizes
        return ("h", "c") if len(sizes) > 1 and sizes[1] == sizes[0] else ("h",)

    def keep(self, without: Sequence[Unit]) -> list:
        """For each layer (units,): 0 for a unit that is taken away, else 1."""
        kept = {name: np.ones(layer.cell.output_size, dtype=np.float32) for name, layer in self.named.items()}
        for unit in without:
            if unit.layer not in kept or not 0 <= unit.index < len(kept[unit.layer]):
                raise ValueError(f"there is no unit {unit}; the layers are {', '.join(kept)}.")
            kept[unit.layer][unit.index] = 0
        return [ops.convert_to_tensor(array) for array in kept.values()]

    def initial(self, rows: int) -> list:
        """The states before the first step, a list for each layer."""
        return [layer.get_initial_state(rows) for layer in self.named.values()]

    def no_counts(self) -> list:
        """For each layer the steps in which a gate was saturated, (gates, 2, units): none yet."""
        return [ops.zeros((len(self._gates(layer)), 2, layer.cell.output_size)) for layer in self.named.values()]

    def shares(self, counts: list, steps: int) -> dict[tuple[str, str], np.ndarray]:
        """The counts as shares of the steps, by the layer's name and the gate."""
        found = {}
        for (name, layer), count in zip(self.named.items(), counts, strict=True):
            for gate, both in zip(self._gates(layer), ops.convert_to_numpy(count), strict=True):
                found[name, gate] = both / steps
        return found

    @staticmethod
    def _gates(layer: Recurrent) -> tuple[str, ...]:
        return GATES.get(type(layer.cell), ())

    def run(self, x: Array, before: list, mask: Array, counted: Array, keep: list, counts: list) -> tuple:
        """The outputs of the top layer, the states of `keys` (B, T, ·), the last states and the counts.

        Args:
            x: (B, T, D).
            before: a list of states for each layer.
            mask, counted: (B, T): which steps there are, and in which gates are counted.
            keep, counts: see `keep` and `no_counts`.
        """
        given = dict(zip(self.named, zip(before, keep, counts, strict=True), strict=True))
        seen: list = []
        after: list = []
        total: list = []

        def one(name: str, x: Array) -> Array:
            states, kept, count = given[name]
            layer = self.named[name]
            outputs, last, count = _run(layer, x, states, mask, counted, kept, count, len(self._gates(layer)))
            seen.extend(outputs[: len(self._shown(layer))])
            after.append(last)
            total.append(count)
            return outputs[0]

        for number, layer in enumerate(self.stack.layers):
            name = f"layer_{number}"
            if isinstance(layer, Bidirectional):
                y = layer._merge(one(f"{name}/forward", x), one(f"{name}/backward", x))
            else:
                y = one(name, x)
            x = y + ops.cast(x, y.dtype) if self.stack._adds(layer, x) else y
        return x, seen, after, total


def _run(
    layer: Recurrent, x: Array, states: list, mask: Array, counted: Array, kept: Array, count: Array, gates: int
) -> tuple[list, list, Array]:
    """All states (B, T, ·) of one layer, the last ones, and the counts."""
    cell = layer.cell
    standard = is_standard(type(cell))
    norm = cell._normalise if cell.layer_norm else None
    weights = Weights(cell.step_weights(), cell.units, cell.columns(cell.variant), None, norm) if standard else None

    def step(carry: list, now: list) -> tuple[list, list]:
        *old, count = carry
        projected, there, counts = now
        if standard:
            new, saved = cell.advance(projected, old, weights, cell.variant)
        else:
            new, saved = cell.step(projected, old)[1], []
        new = [
            keep_where(there, n * kept if n.shape[-1] == kept.shape[0] else n, o) for n, o in zip(new, old, strict=True)
        ]
        if gates:
            values = ops.stack(saved[:gates])  # (gates, B, units)
            ends = ops.stack([values < LEFT, values > RIGHT], axis=1)
            count = count + ops.sum(ops.cast(ends, "float32") * counts[None, None], axis=2)
        return [*new, count], list(new)

    sequences = [time_major(cell.project(x)), mask_steps(mask), ops.transpose(counted)[..., None]]
    (*last, count), outputs = backend.scan(step, [*states, count], sequences, layer.reverse or layer.go_backwards)
    return [time_major(array) for array in outputs], last, count


def layers_of(model: keras.Model) -> Layers:
    """The layers that read the text: of a translator those of its encoder."""
    return Layers(model.encoder if hasattr(model, "encoder") else model.recurrence)
