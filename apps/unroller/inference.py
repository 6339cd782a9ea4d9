"""The network that the page unrolls: its weights, its graph, a step of gradient descent.

Nothing of a visitor is kept here: weights come in as arrays and go out as arrays. The layers are shared by all who ask
for the same sizes, and hold no number of anybody.
"""

import functools
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from apps.shared import validation
from apps.unroller import lecture_numbers
from apps.unroller.asked import Asked, checked

if TYPE_CHECKING:
    from rnn_models.probes.unrolled import Unrolled


@functools.lru_cache(maxsize=64)
def _layers(cell: str, units: int, width: int, two: bool, bias: bool, seed: int) -> tuple[Any, ...]:
    """Layers of these sizes: the cell, the output, the second cell or None, and their weights' names and shapes."""
    import keras

    from rnn_models.layers import CELLS
    from rnn_models.probes.unrolled import build

    made = [CELLS[cell](units, use_bias=bias, seed=seed) for _ in range(1 + two)]
    output = keras.layers.Dense(width)
    second = made[1] if two else None
    return made[0], output, second, build(made[0], output, width, second)


def _layers_of(asked: Asked) -> tuple[Any, ...]:
    two = asked.wiring == "encoder_decoder"
    return _layers(asked.cell, asked.units, len(asked.letters), two, not asked.lecture, asked.seed)


def first_weights(asked: Asked) -> list[np.ndarray]:
    """The weights before training: the lecture's, or drawn by the seed as the layers of the library draw theirs.

    NumPy draws them, so that the same seed gives the same numbers on every backend.
    """
    if asked.lecture:
        return lecture_numbers.lecture_weights()
    from keras import ops

    cell, output, second, _ = _layers_of(asked)
    random = np.random.default_rng(asked.seed)
    found = []
    for layer in (cell, second, output):
        for variable in [] if layer is None else layer.weights:
            built = np.array(ops.convert_to_numpy(variable.value))
            found.append(_drawn(layer, variable.name, built, random))
    return found


def _drawn(layer: Any, name: str, built: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """A weight; what the layer does not draw at random is as it was built."""
    from keras import initializers

    kinds = {"kernel": getattr(layer, "kernel_initializer", None)}
    how = layer.initializer_of(name) if hasattr(layer, "initializer_of") else kinds.get(name)
    shape = built.shape
    if isinstance(how, initializers.GlorotUniform):
        limit = np.sqrt(6 / (shape[0] + shape[-1]))
        drawn = random.uniform(-limit, limit, shape)
    elif isinstance(how, initializers.Orthogonal) and len(shape) == 2:
        tall = random.normal(size=(max(shape), min(shape)))
        q, r = np.linalg.qr(tall)
        q = q * np.sign(np.diag(r))
        drawn = q if shape[0] >= shape[1] else q.T
    elif isinstance(how, initializers.RandomUniform):
        drawn = random.uniform(how.minval, how.maxval, shape)
    else:
        return built
    return drawn.astype(np.float32)


def graph(asked: Asked, weights: Sequence[np.ndarray]) -> "Unrolled":
    """The unrolled graph with all its numbers."""
    from rnn_models.probes.unrolled import unroll, wiring

    cell, output, second, _ = _layers_of(asked)
    wired = wiring(asked.wiring, len(asked.reads), len(asked.writes))
    letters = asked.letters
    inputs = np.zeros((wired.steps, len(letters)), np.float32)
    targets = np.zeros(wired.steps, np.int32)
    for t, letter in zip(sorted(wired.inputs), asked.reads, strict=True):
        inputs[t, letters.index(letter)] = 1
    for t, letter in zip(sorted(wired.outputs), asked.writes, strict=True):
        targets[t] = letters.index(letter)
    return unroll(
        wired,
        cell,
        output,
        inputs,
        targets,
        second=second,
        values=weights,
        markov=asked.markov,
        cut=asked.cut or None,
        teacher_forcing=asked.forcing,
    )


def descended(found: "Unrolled", rate: float) -> list[np.ndarray]:
    """The weights after one step of gradient descent on Σ L_t: W ← W − η · (the gradient that the graph shows)."""
    weights = [one.value - rate * one.gradient for one in found.shared.values()]
    if not all(np.isfinite(one).all() for one in weights):
        raise validation.refusal(
            "The weights have grown beyond all numbers. Start over with a smaller learning rate.",
            "가중치가 너무 커져 계산할 수 없습니다. 학습률을 낮추고 처음부터 다시 해 보세요.",
            "rate",
        )
    return weights


def unrolled(
    reads: str = "hell",
    writes: str = "ello",
    wiring: str = "aligned",
    cell: str = "vanilla",
    units: int = 3,
    seed: int = 0,
    markov: bool = False,
    cut: int = 0,
    forcing: bool = False,
) -> dict[str, Any]:
    """Unroll a small recurrent network over a sequence of letters: losses, every node, the gradients of all copies.

    Args:
        reads: The letters that it reads, one a step; at most 8 steps in all.
        writes: The letters that are right, one for each step with an output.
        wiring: aligned, one_to_one, one_to_many, many_to_one or encoder_decoder.
        cell: The name of a cell, such as vanilla, lstm or gru.
        units: How many hidden units it has, 1 to 6.
        seed: Of the first weights, 0 to 99; 0 takes the lecture's own numbers where they fit.
        markov: Whether every step begins from nothing, h_{t-1} := 0.
        cut: After so many steps no gradient flows back; 0 cuts nothing.
        forcing: Whether a step that is fed reads the right letter in place of the likeliest one.

    Returns:
        letters, losses (nats, by step), loss (their sum), parameters, nodes (value and gradient of each, by name), and
        for each shared weight the norms of its copies' gradients and of their sum.
    """
    asked = checked(wiring, cell, reads, writes, units, seed, markov, cut, forcing)
    found = graph(asked, first_weights(asked))
    return {
        "letters": asked.letters,
        "lecture": asked.lecture,
        "losses": {str(t + 1): loss for t, loss in found.losses.items()},
        "loss": found.loss,
        "parameters": found.parameters,
        "nodes": {
            f"{kind}_{t + 1}": {"value": node.value.tolist(), "gradient": node.gradient.tolist()}
            for (kind, t), node in found.nodes.items()
        },
        "weights": {
            name: {
                "shape": list(one.value.shape),
                "steps": [t + 1 for t in one.steps],
                "norms": one.norms.tolist(),
                "norm": one.norm,
            }
            for name, one in found.shared.items()
        },
    }
