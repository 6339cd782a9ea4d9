"""The network that the page unrolls: what a visitor asks for, its weights, its graph, a step of gradient descent.

Nothing of a visitor is kept here: weights come in as arrays and go out as arrays. The layers are shared by all who ask
for the same sizes, and hold no number of anybody.
"""

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from apps.shared import validation
from apps.unroller import lecture_numbers
from rnn_models.cell_names import CELL_NAMES

if TYPE_CHECKING:
    from rnn_models.probes.unrolled import Unrolled

STEPS_LIMIT = 8
UNITS_LIMIT = 6
LETTERS_LIMIT = 8
SEED_LIMIT = 99
WIRINGS = ("aligned", "one_to_one", "one_to_many", "many_to_one", "encoder_decoder")
EXAMPLES = {
    "aligned": ("hell", "ello"),
    "one_to_one": ("h", "e"),
    "one_to_many": ("h", "ello"),
    "many_to_one": ("hell", "o"),
    "encoder_decoder": ("hel", "leh"),
}
"""What each wiring reads and writes at first."""
DEFAULTS: dict[str, Any] = {
    "wiring": "aligned",
    "cell": "vanilla",
    "reads": "hell",
    "writes": "ello",
    "units": 3,
    "seed": 0,
    "markov": False,
    "cut": 0,
    "forcing": False,
}
"""The lecture's "hello", in the order of `checked`'s arguments."""


@dataclass(frozen=True)
class Asked:
    """A network and its sequence.

    Attributes:
        wiring: one of `WIRINGS`.
        cell: a cell's name.
        reads, writes: its letters.
        units: H.
        seed: of the first weights; 0 takes the lecture's own numbers where they fit.
        markov: h_{t−1} := 0 at every step.
        cut: after so many steps no gradient flows back; 0: it flows everywhere.
        forcing: a step that is fed reads the right letter in place of the likeliest.
    """

    wiring: str
    cell: str
    reads: str
    writes: str
    units: int
    seed: int
    markov: bool
    cut: int
    forcing: bool

    @property
    def letters(self) -> str:
        """The alphabet, V letters: that of "hello" where all letters are among them, else those of the sequence."""
        own = "".join(dict.fromkeys(self.reads + self.writes))
        return lecture_numbers.LETTERS if set(own) <= set(lecture_numbers.LETTERS) else own

    @property
    def steps(self) -> int:
        """T."""
        reads, writes = len(self.reads), len(self.writes)
        return reads + writes if self.wiring == "encoder_decoder" else max(reads, writes)

    @property
    def lecture(self) -> bool:
        """Whether the first weights are the lecture's own."""
        known = self.cell, self.units, self.letters, self.wiring == "encoder_decoder", self.seed
        return known == ("vanilla", lecture_numbers.UNITS, lecture_numbers.LETTERS, False, 0)

    @property
    def weights_key(self) -> list[Any]:
        """What the first weights depend on: whoever changes nothing of it keeps what was learnt."""
        return [self.cell, self.units, self.letters, self.wiring == "encoder_decoder", self.seed]

    @property
    def key(self) -> list[Any]:
        """All of it."""
        return [*self.weights_key, self.wiring, self.reads, self.writes, self.markov, self.cut, self.forcing]


def checked(
    wiring: str, cell: str, reads: str, writes: str, units: float, seed: float, markov: bool, cut: float, forcing: bool
) -> Asked:
    """What a visitor asks for, if it fits together; else a `gr.Error` that says why, and beside which field."""
    wiring = _choice(wiring, WIRINGS, "The wiring", "연결 방식", "wiring")
    cell = _choice(cell, CELL_NAMES, "The cell", "셀", "cell")
    units = validation.whole_number(units, 1, UNITS_LIMIT, "The number of units", "은닉 유닛 수", "units")
    seed = validation.whole_number(seed, 0, SEED_LIMIT, "The seed", "시드", "seed")
    cut = validation.whole_number(cut, 0, STEPS_LIMIT - 1, "The cut", "절단 시점", "cut")
    reads = _letters(reads, "What it reads", "읽을 글자", "reads")
    writes = _letters(writes, "What it is to write", "쓸 글자", "writes")
    asked = Asked(wiring, cell, reads, writes, units, seed, bool(markov), cut, bool(forcing))
    _check_lengths(asked)
    if len(asked.letters) > LETTERS_LIMIT:
        count = len(asked.letters)
        raise validation.refusal(
            f"These are {count} different letters; at most {LETTERS_LIMIT} fit. Use fewer.",
            f"서로 다른 글자가 {count}개입니다. {LETTERS_LIMIT}개까지 쓸 수 있으니 줄여 주세요.",
            "writes",
        )
    return asked


def _choice(value: Any, among: Sequence[str], what: str, what_ko: str, field: str) -> str:
    if not isinstance(value, str) or value not in among:
        names = ", ".join(among)
        raise validation.refusal(
            f"{what} is {str(value)[:40]!r}; expected one of {names}.",
            f"{what_ko} 값이 {str(value)[:40]!r}입니다. 쓸 수 있는 값: {names}.",
            field,
        )
    return value


def _letters(text: Any, what: str, what_ko: str, field: str) -> str:
    text = validation.text_within(text, STEPS_LIMIT, what, what_ko, field)
    if not text:
        raise validation.refusal(f"{what} is empty; type a letter.", f"{what_ko} 칸이 비어 있습니다.", field)
    if not all(letter.isprintable() for letter in text):
        raise validation.refusal(
            f"{what} has characters that cannot be seen; use letters.",
            f"{what_ko} 칸에 보이지 않는 문자가 있습니다. 글자를 써 주세요.",
            field,
        )
    return text


def _check_lengths(asked: Asked) -> None:
    reads, writes = len(asked.reads), len(asked.writes)
    if asked.wiring in ("one_to_one", "one_to_many") and reads != 1:
        raise validation.refusal(
            f"This wiring reads 1 letter, and {reads} are given. Shorten it, or choose another wiring.",
            f"이 연결은 글자 1개만 읽는데 {reads}개가 있습니다. 줄이거나 다른 연결을 골라 주세요.",
            "reads",
        )
    if asked.wiring in ("one_to_one", "many_to_one") and writes != 1:
        raise validation.refusal(
            f"This wiring writes 1 letter, and {writes} are given. Shorten it, or choose another wiring.",
            f"이 연결은 글자 1개만 쓰는데 {writes}개가 있습니다. 줄이거나 다른 연결을 골라 주세요.",
            "writes",
        )
    if asked.wiring == "aligned" and reads != writes:
        raise validation.refusal(
            f"This wiring writes a letter for each that it reads: {reads} are read, and {writes} written.",
            f"이 연결은 읽는 글자마다 하나씩 씁니다. 읽을 글자는 {reads}개, 쓸 글자는 {writes}개입니다.",
            "writes",
        )
    if asked.steps > STEPS_LIMIT:
        raise validation.refusal(
            f"That makes {asked.steps} steps; at most {STEPS_LIMIT} fit. Use fewer letters.",
            f"시점이 {asked.steps}개가 됩니다. {STEPS_LIMIT}개까지 되니 글자를 줄여 주세요.",
            "writes",
        )
    if asked.cut >= asked.steps:
        raise validation.refusal(
            f"The cut is after step {asked.cut}, and there are {asked.steps} steps: nothing comes after it. Choose a "
            "smaller number, or 0 for no cut.",
            f"{asked.cut}번째 시점 뒤에서 자르려 하지만 시점이 {asked.steps}개뿐입니다. 더 작은 수나 0(자르지 않음)을 "
            "골라 주세요.",
            "cut",
        )


# The network -----------------------------------------------------------------------------------------


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
