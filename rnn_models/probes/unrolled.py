"""A recurrent network unrolled over time: every number of its computational graph, forward and backward.

    found = unroll(wiring("aligned", 4, 4), VanillaRNNCell(3), keras.layers.Dense(4), x, targets)
    found.nodes["h", 2].gradient      # ∂L/∂h at the third step
    found.shared["cell/recurrent_kernel"].copies      # ∂L/∂ of the copy of U that each step reads

The graph has a copy of every weight at every step that reads it. All copies are the same numbers, so that the gradient
of the one weight behind them is the sum of theirs (CS231n lecture 10):

    L = Σ_t L_t,    ∂L/∂W = Σ_t ∂L/∂W⁽ᵗ⁾
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from keras import ops

from rnn_models import custom_gradient
from rnn_models.checks import check_choice
from rnn_models.layers.recurrent_cell import RecurrentCell

WIRINGS = ("one_to_one", "one_to_many", "many_to_one", "encoder_decoder", "aligned")
"""The wirings of the lecture; the last is many to many with an output at every step."""


@dataclass(frozen=True)
class Wiring:
    """Which steps of a recurrent network read something and which write something. Steps count from 0.

    Attributes:
        steps: T.
        inputs: the steps with an input of their own.
        outputs: the steps with an output and a loss.
        fed: the steps whose input is what the step before has written.
        second: the first step of a second cell with weights of its own, such as a decoder; None: one cell does it all.

    A step that is in neither `inputs` nor `fed` reads zeros.

    Raises:
        ValueError: a step that is not there, none with an output, one with two inputs, one that is fed by a step that
            writes nothing.
    """

    steps: int
    inputs: frozenset[int]
    outputs: frozenset[int]
    fed: frozenset[int] = frozenset()
    second: int | None = None

    def __post_init__(self) -> None:
        if self.steps < 1:
            raise ValueError(f"A wiring of {self.steps} steps: expected 1 or more.")
        for name in ("inputs", "outputs", "fed"):
            if outside := sorted(t for t in getattr(self, name) if not 0 <= t < self.steps):
                raise ValueError(f"{name} has the steps {outside}; expected steps from 0 to {self.steps - 1}.")
        if not self.outputs:
            raise ValueError("No step has an output, so there is no loss: give `outputs` at least one step.")
        if twice := sorted(self.fed & self.inputs):
            raise ValueError(f"The steps {twice} have an input and are fed: leave them out of `inputs` or of `fed`.")
        if unfed := sorted(t for t in self.fed if t - 1 not in self.outputs):
            raise ValueError(f"The steps {unfed} are fed by one that writes nothing: add the step before to `outputs`.")
        if self.second is not None and not 0 < self.second < self.steps:
            raise ValueError(f"second is {self.second}; expected a step from 1 to {self.steps - 1}, or None.")


def wiring(name: str, reads: int = 1, writes: int = 1) -> Wiring:
    """One of the lecture's wirings.

    Args:
        name: one of `WIRINGS`.
        reads: how many steps have an input of their own.
        writes: how many have an output.

    Raises:
        ValueError: there is no such wiring, or it does not read or write so many.
    """
    check_choice("wiring", name, WIRINGS)
    ones = {"one_to_one": (1, 1), "one_to_many": (1, writes), "many_to_one": (reads, 1), "aligned": (reads, reads)}
    expected = ones.get(name, (reads, writes))
    if min(reads, writes) < 1 or (reads, writes) != expected:
        raise ValueError(
            f"{name} of {reads} inputs and {writes} outputs: expected {max(expected[0], 1)} and {max(expected[1], 1)}."
        )
    if name == "encoder_decoder":
        steps = reads + writes
        fed = frozenset(range(reads + 1, steps))
        return Wiring(steps, frozenset(range(reads)), frozenset(range(reads, steps)), fed, second=reads)
    steps = max(reads, writes)
    outputs = {steps - 1} if name == "many_to_one" else range(steps)
    fed = range(1, steps) if name == "one_to_many" else ()
    return Wiring(steps, frozenset(range(reads)), frozenset(outputs), frozenset(fed))


@dataclass(frozen=True, eq=False)
class Node:
    """A number or an array of the graph.

    Attributes:
        value: it.
        gradient: ∂L/∂ it, of the same shape.
    """

    value: np.ndarray
    gradient: np.ndarray


@dataclass(frozen=True, eq=False)
class SharedWeight:
    """A weight, and the copy of it that each step reads.

    Attributes:
        part: "cell", "second cell" or "output".
        name: of the variable, such as "kernel".
        value: its numbers.
        steps: those that read it, n of them.
        copies: ∂L/∂ of each copy, (n, its shape).
    """

    part: str
    name: str
    value: np.ndarray
    steps: tuple[int, ...]
    copies: np.ndarray

    @property
    def gradient(self) -> np.ndarray:
        """∂L/∂ of the weight: the sum over its copies."""
        return self.copies.sum(axis=0)

    @property
    def norms(self) -> np.ndarray:
        """The Frobenius norm of each copy's gradient, (n,)."""
        return np.sqrt(np.square(self.copies).reshape(len(self.steps), -1).sum(axis=1))

    @property
    def norm(self) -> float:
        """The Frobenius norm of `gradient`; not the sum of `norms`, since copies may pull in different directions."""
        return float(np.linalg.norm(self.gradient))


@dataclass(frozen=True, eq=False)
class Unrolled:
    """The graph of one sequence.

    Attributes:
        wiring: its steps.
        states: the names of the cell's states: "h" first, "c" where there are two.
        nodes: by kind and step: "x" (D,) where a step reads something, each state, and where it writes something "y"
            (V,), the logits, and "L" (), the loss. The gradient of c is of what the step hands on to the next one: what
            h_t shows of c_t is part of ∂L/∂h_t.
        probabilities: softmax(y_t) (V,) of each step that writes.
        choices: the largest of them.
        targets: what was right there.
        shared: the weights by part and name, such as "cell/kernel".
    """

    wiring: Wiring
    states: tuple[str, ...]
    nodes: dict[tuple[str, int], Node]
    probabilities: dict[int, np.ndarray]
    choices: dict[int, int]
    targets: dict[int, int]
    shared: dict[str, SharedWeight]

    @property
    def losses(self) -> dict[int, float]:
        """L_t = −ln of the probability of the right answer, in nats, of each step that writes."""
        return {t: float(node.value) for (kind, t), node in self.nodes.items() if kind == "L"}

    @property
    def loss(self) -> float:
        """L = Σ L_t."""
        return sum(self.losses.values())

    @property
    def parameters(self) -> int:
        """How many numbers are learnt; T is not in it."""
        return sum(weight.value.size for weight in self.shared.values())


def unroll(
    wiring: Wiring,
    cell: RecurrentCell,
    output: keras.layers.Dense,
    inputs: np.ndarray,
    targets: np.ndarray,
    second: RecurrentCell | None = None,
    values: Sequence[np.ndarray] | None = None,
    markov: bool = False,
    cut: int | None = None,
    teacher_forcing: bool = False,
) -> Unrolled:
    """The unrolled graph of one sequence, with all its numbers.

    Nothing is changed, and nothing is compiled: it is made for small networks that somebody looks at.

    Args:
        wiring: which steps read and write.
        cell: the recurrence; built here where it is not.
        output: gives the V logits y_t of h_t.
        inputs: (T, D); the rows of steps without an input of their own are not read.
        targets: (T,) class numbers; those of steps without an output are not read.
        second: the cell of the steps from `wiring.second` on. Its states are those of `cell`.
        values: the weights to use in place of the layers' own, in the order of `weights_of`.
        markov: every step begins from the first state, h_{t−1} := 0, so that y_t sees x_t alone.
        cut: after so many steps the gradient is cut: the state goes on, and nothing flows back.
        teacher_forcing: a step that is fed reads the right answer of the step before; else the likeliest one. Through
            either no gradient flows. Both need D = V.

    Raises:
        ValueError: shapes that do not fit, a cut that is at no step's end, a second cell too many or too few.
    """
    _check(wiring, cell, second, inputs, targets, cut)
    build(cell, output, np.shape(inputs)[1], second)
    run = _Run(wiring, cell, output, second, np.asarray(targets), markov, cut, teacher_forcing)
    x = ops.convert_to_tensor(np.asarray(inputs)[:, None], cell.compute_dtype)
    weights = _given(run.variables, values)
    # Tensors of their own: TensorFlow would give one that stands here several times the sum.
    copies = [[ops.copy(weight) for weight in weights] for _ in range(wiring.steps)]
    seen = run.forward(x, copies, None)
    taps = [{kind: ops.zeros_like(value) for kind, value in step.items()} for step in seen]

    def total(copies: list, taps: list) -> list:
        losses = [step["L"] for step in run.forward(x, copies, taps) if "L" in step]
        return [sum(losses[1:], start=losses[0])]

    of_copies, of_taps = custom_gradient.vjp(total, [copies, taps], [ops.ones_like(seen[max(wiring.outputs)]["L"])])
    return run.described(seen, of_copies, of_taps, weights)


def build(
    cell: RecurrentCell, output: keras.layers.Dense, width: int, second: RecurrentCell | None = None
) -> list[keras.Variable]:
    """Build the layers of a network that reads inputs of `width` numbers, and give its weights.

    They are those of the cell, of the second cell and of the output, in this order.
    """
    for layer, reads in ((cell, width), (second, width), (output, cell.output_size)):
        if layer is not None and not layer.built:
            layer.build((None, reads))
    return [variable for layer in (cell, second, output) if layer is not None for variable in layer.weights]


def _check(
    wiring: Wiring, cell: RecurrentCell, second: RecurrentCell | None, inputs: Any, targets: Any, cut: int | None
) -> None:
    for one in (cell, second):
        if one is not None and not isinstance(one, RecurrentCell):
            raise ValueError(f"The cell is a {type(one).__name__}; expected a cell of rnn_models.layers.")
    if (wiring.second is None) != (second is None):
        has = "has a second cell" if wiring.second is not None else "has one cell"
        raise ValueError(f"The wiring {has}, and {'no' if second is None else 'a'} second one was given.")
    if second is not None and second.state_sizes != cell.state_sizes:
        raise ValueError(f"The cells' states are {cell.state_sizes} and {second.state_sizes}; expected the same.")
    if np.ndim(inputs) != 2 or np.shape(inputs)[0] != wiring.steps or np.shape(targets) != (wiring.steps,):
        raise ValueError(
            f"inputs {np.shape(inputs)} and targets {np.shape(targets)}: expected ({wiring.steps}, D) and "
            f"({wiring.steps},), a row for each step of the wiring."
        )
    if cut is not None and not 0 < cut < wiring.steps:
        raise ValueError(
            f"cut is {cut}: after so many of the {wiring.steps} steps nothing can be cut. Expected None, or a whole "
            f"number from 1 to {wiring.steps - 1}."
        )


def _given(variables: list, values: Sequence[np.ndarray] | None) -> list[Any]:
    if values is None:
        return [ops.convert_to_tensor(variable.value) for variable in variables]
    given, own = [tuple(np.shape(one)) for one in values], [tuple(one.shape) for one in variables]
    if given != own:
        raise ValueError(f"The values have the shapes {given}; expected those of the layers' weights, {own}.")
    return [ops.convert_to_tensor(one, variable.dtype) for one, variable in zip(values, variables, strict=True)]


class _Run:
    """The network's forward pass, one step after the other, a batch of one."""

    def __init__(
        self,
        wiring: Wiring,
        cell: RecurrentCell,
        output: keras.layers.Dense,
        second: RecurrentCell | None,
        targets: np.ndarray,
        markov: bool,
        cut: int | None,
        teacher_forcing: bool,
    ):
        self.wiring, self.cell, self.output, self.second = wiring, cell, output, second
        self.targets, self.markov, self.cut, self.teacher_forcing = targets, markov, cut, teacher_forcing
        self.parts = {"cell": cell, "second cell": second, "output": output}
        self.variables = [w for layer in self.parts.values() if layer is not None for w in layer.weights]
        count = len(cell.state_sizes)
        self.states = ("h", "c") if count == 2 else ("h", *(f"state_{n}" for n in range(1, count)))

    def forward(self, x: Any, copies: list, taps: list | None) -> list[dict[str, Any]]:
        """The values of the nodes of each step, (1, ...) each. What `taps` holds is added to them."""
        first = self.cell.get_initial_state(batch_size=1)
        states, written, seen = first, None, []
        for t in range(self.wiring.steps):
            tap = (lambda kind, value, t=t: value) if taps is None else (lambda kind, value, t=t: value + taps[t][kind])
            if self.markov:
                states = first
            elif t == self.cut:
                states = [ops.stop_gradient(state) for state in states]
            step: dict[str, Any] = {}
            # In this scope each weight is its copy.
            with keras.StatelessScope(state_mapping=list(zip(self.variables, copies[t], strict=True))):
                given = self._input(t, x, written)
                if given is not None:
                    given = step["x"] = tap("x", given)
                cell = self.cell if self.wiring.second is None or t < self.wiring.second else self.second
                _, states = cell.step(cell.project(ops.zeros_like(x[t]) if given is None else given), list(states))
                states = [tap(name, state) for name, state in zip(self.states, states, strict=True)]
                step |= dict(zip(self.states, states, strict=True))
                if t in self.wiring.outputs:
                    written = step["y"] = tap("y", self.output(states[0]))
                    right = ops.convert_to_tensor(self.targets[t : t + 1], "int32")
                    loss = ops.sparse_categorical_crossentropy(right, written, from_logits=True)
                    step["L"] = tap("L", ops.reshape(loss, (1,)))
            seen.append(step)
        return seen

    def _input(self, t: int, x: Any, written: Any) -> Any | None:
        """(1, D): the step's own input, or the answer of the step before as a one-hot row; None: it reads nothing."""
        if t in self.wiring.inputs:
            return x[t]
        if t not in self.wiring.fed:
            return None
        width = x.shape[-1]
        if written.shape[-1] != width:
            raise ValueError(
                f"Step {t} reads what the step before has written, {written.shape[-1]} classes, as an input of {width} "
                "numbers: expected as many."
            )
        right = ops.convert_to_tensor(self.targets[t - 1 : t], "int32")
        return ops.one_hot(right if self.teacher_forcing else ops.argmax(written, axis=-1), width, dtype=x.dtype)

    def described(self, seen: list, of_copies: list, of_taps: list, weights: list) -> Unrolled:
        """All of it in NumPy."""
        nodes = {
            (kind, t): Node(_row(value), _row(of_taps[t][kind]))
            for t, step in enumerate(seen)
            for kind, value in step.items()
        }
        shared, place = {}, 0
        for part, layer in self.parts.items():
            steps = self._steps(part)
            for variable in [] if layer is None else layer.weights:
                found = np.stack([_numpy(of_copies[t][place]) for t in steps])
                value = _numpy(weights[place])
                shared[f"{part}/{variable.name}"] = SharedWeight(part, variable.name, value, steps, found)
                place += 1
        logits = {t: nodes["y", t].value.astype("float64") for t in sorted(self.wiring.outputs)}
        exponentials = {t: np.exp(y - y.max()) for t, y in logits.items()}
        return Unrolled(
            wiring=self.wiring,
            states=self.states,
            nodes=nodes,
            probabilities={t: e / e.sum() for t, e in exponentials.items()},
            choices={t: int(y.argmax()) for t, y in logits.items()},
            targets={t: int(self.targets[t]) for t in logits},
            shared=shared,
        )

    def _steps(self, part: str) -> tuple[int, ...]:
        """The steps that read the weights of a part."""
        edge = self.wiring.steps if self.wiring.second is None else self.wiring.second
        return {
            "cell": tuple(range(edge)),
            "second cell": tuple(range(edge, self.wiring.steps)),
            "output": tuple(sorted(self.wiring.outputs)),
        }[part]


def _numpy(array: Any) -> np.ndarray:
    return np.asarray(ops.convert_to_numpy(array))


def _row(array: Any) -> np.ndarray:
    """What stands in a batch of one."""
    return _numpy(array)[0]
