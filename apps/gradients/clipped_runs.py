"""The same training three times: gradients as they are, clipped by norm, and clipped by value.

A vanilla RNN of 16 units learns to add two marked numbers by gradient descent. All three runs begin with the same
weights and read the same batches. It is so small that NumPy trains it faster than a framework would start; a test holds
every loss against the library's layer and Keras's optimizer.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from apps.gradients.settings import ACTIVATIONS, one_of
from apps.shared import seeds, validation

UNITS, BATCH = 16, 16
STEPS, LENGTH, GAIN, RATE, LIMIT = (10, 100), (5, 40), (0.5, 2.0), (0.001, 0.5), (0.01, 10.0)
WAYS = ("none", "norm", "value")
TEXT_LIMIT, PARTS = 200, 12
"""Of a gradient that a visitor writes: characters, and numbers."""

FINITE = 1e150
"""A run ends with a loss beyond this: soon after, its numbers would be none."""

Weights = list[np.ndarray]


@dataclass(frozen=True)
class Run:
    """One of the three runs; lists have a value for each step until the run ended.

    Attributes:
        way: none, norm or value.
        losses: the mean squared error before the step.
        norms: ‖g‖ before clipping.
        turned: the angle between the gradient and the step that was made of it, in degrees.
    """

    way: str
    losses: list[float]
    norms: list[float]
    turned: list[float]


@dataclass(frozen=True)
class Settings:
    """What a visitor has chosen.

    Attributes:
        steps: of training.
        length: T of the adding task.
        gain: U begins as an orthogonal matrix times this.
        rate: of gradient descent.
        norm_limit, value_limit: what is clipped to.
        activation: tanh or relu.
        seed: of the weights and the batches.
    """

    steps: int
    length: int
    gain: float
    rate: float
    norm_limit: float
    value_limit: float
    activation: str
    seed: int


def checked(
    steps: float,
    length: float,
    gain: float,
    rate: float,
    norm_limit: float,
    value_limit: float,
    activation: str,
    seed: float,
) -> Settings:
    """The settings, if all of them are within their bounds."""
    return Settings(
        validation.whole_number(steps, *STEPS, "The number of steps", "학습 횟수", "steps"),
        validation.whole_number(length, *LENGTH, "T", "T", "length"),
        validation.number(gain, *GAIN, "The gain of U", "U의 이득", "gain"),
        validation.number(rate, *RATE, "The learning rate", "학습률", "rate"),
        validation.number(norm_limit, *LIMIT, "The limit of the norm", "노름 한계", "norm_limit"),
        validation.number(value_limit, *LIMIT, "The limit of each value", "값 한계", "value_limit"),
        one_of(activation, ACTIVATIONS, "The activation", "활성화 함수", "activation"),
        seeds.checked(seed),
    )


def runs(settings: Settings, ways: Sequence[str] = WAYS) -> list[Run]:
    """A run for each way, to its end or to a loss that is no number; all of them go step by step together."""
    found = [Run(way, [], [], []) for way in ways]
    weights = [np.stack([weight] * len(ways)) for weight in first_weights(settings)]
    going = set(range(len(ways)))
    with np.errstate(all="ignore"):
        for step in range(settings.steps):
            losses, gradients = loss_and_gradients(weights, *batch(settings, step), settings.activation)
            for n in sorted(going):
                own = [gradient[n] for gradient in gradients]
                clipped = _noted(found[n], settings, float(losses[n]), own)
                if clipped is None:
                    going.remove(n)
                    continue
                for weight, gradient in zip(weights, clipped, strict=True):
                    weight[n] -= settings.rate * gradient
    return found


def _noted(run: Run, settings: Settings, loss: float, gradients: Weights) -> Weights | None:
    """The gradients as they are clipped, once the step is written down; None where the run ends."""
    from rnn_models.probes.clipping import clip_by_norm, clip_by_value, norm_of, turned_by

    norm = norm_of(gradients)
    if not (loss < FINITE and norm < FINITE):
        return None
    clipped = gradients
    if run.way == "norm":
        clipped = clip_by_norm(gradients, settings.norm_limit)
    elif run.way == "value":
        clipped = clip_by_value(gradients, settings.value_limit)
    run.losses.append(loss)
    run.norms.append(norm)
    # What is not clipped is not turned; nor are zeros.
    run.turned.append(turned_by(gradients, clipped) if norm and run.way != "none" else 0.0)
    return clipped


def first_weights(settings: Settings) -> Weights:
    """W (2, H), U (H, H), b (H,), and of the output v (H, 1) and its bias (1,)."""
    generator = np.random.default_rng((settings.seed, 0))
    orthogonal = np.linalg.qr(generator.standard_normal((UNITS, UNITS)))[0]
    kernel = generator.standard_normal((2, UNITS)) * np.sqrt(2 / (2 + UNITS))
    output = generator.standard_normal((UNITS, 1)) / np.sqrt(UNITS)
    return [kernel, settings.gain * orthogonal, np.zeros(UNITS), output, np.zeros(1)]


def batch(settings: Settings, step: int) -> tuple[np.ndarray, np.ndarray]:
    """The sequences (16, T, 2) and sums (16, 1) of a step."""
    from rnn_models.probes.memory_tasks import adding

    return adding(BATCH, settings.length, np.random.default_rng((settings.seed, 1, step)))


def loss_and_gradients(weights: Weights, x: np.ndarray, y: np.ndarray, activation: str) -> tuple[np.ndarray, Weights]:
    """The mean squared errors (R,) of R networks, and their gradients by back-propagation through time.

    h_t = φ(x_t W + h_{t-1} U + b); what is guessed is h_T v + d. Each weight has the networks in its first axis.
    """
    kernel, recurrent, bias, output, shift = weights
    inputs = x.swapaxes(0, 1)  # (T, B, 2)
    projected = inputs[:, None] @ kernel + bias[:, None]  # (T, R, B, H)
    states = np.zeros((len(projected) + 1, *projected.shape[1:]))
    for t, now in enumerate(projected):
        z = now + states[t] @ recurrent
        states[t + 1] = np.tanh(z) if activation == "tanh" else np.maximum(z, 0)
    error = states[-1] @ output + shift[:, None] - y  # (R, B, 1)
    d_guess = 2 * error / len(x)
    slopes = 1 - states[1:] ** 2 if activation == "tanh" else (states[1:] > 0).astype(float)
    d_sums, d_state = np.empty_like(projected), d_guess @ _turned(output)
    for t in range(len(projected) - 1, -1, -1):
        d_sums[t] = d_state * slopes[t]
        d_state = d_sums[t] @ _turned(recurrent)
    flat, before = _rows(d_sums), _rows(states[:-1])
    d_kernel = inputs.reshape(-1, inputs.shape[-1]).T @ flat
    gradients = [d_kernel, _turned(before) @ flat, flat.sum(1), _turned(states[-1]) @ d_guess, d_guess.sum(1)]
    return np.mean(error**2, axis=(1, 2)), gradients


def _turned(matrices: np.ndarray) -> np.ndarray:
    return matrices.swapaxes(-1, -2)


def _rows(steps: np.ndarray) -> np.ndarray:
    """(T, R, B, H) as (R, T·B, H)."""
    return steps.swapaxes(0, 1).reshape(steps.shape[1], -1, steps.shape[-1])


@dataclass(frozen=True)
class ByHand:
    """One gradient clipped in one way: what came of it, its norm, and by how many degrees it was turned."""

    way: str
    clipped: list[float]
    norm: float
    turned: float


def by_hand(gradient: Sequence[float], limit: float) -> list[ByHand]:
    """One gradient as it is, clipped by norm, and clipped by value; the limit is the same."""
    from rnn_models.probes.clipping import clip_by_norm, clip_by_value, norm_of, turned_by

    given = [np.array(gradient, dtype="float64")]
    ways = {"none": given, "norm": clip_by_norm(given, limit), "value": clip_by_value(given, limit)}
    return [
        ByHand(way, clipped[0].tolist(), norm_of(clipped), turned_by(given, clipped)) for way, clipped in ways.items()
    ]


def read_gradient(text: str) -> list[float]:
    """The numbers of a text such as "3, 4, 0.1"."""
    text = validation.text_within(text, TEXT_LIMIT, "The gradient", "그래디언트", "gradient")
    try:
        found = [float(part.replace("−", "-")) for part in re.split(r"[\s,;]+", text.strip(" ()[]\n\t"))]
    except ValueError:
        found = []
    if not 1 <= len(found) <= PARTS or not all(abs(value) <= 1e6 for value in found):
        raise validation.refusal(
            f"The gradient is no list of 1 to {PARTS} numbers up to a million; write it like 3, 4, 0.1.",
            f"그래디언트는 백만 이하의 수 1~{PARTS}개여야 합니다. 3, 4, 0.1처럼 써 주세요.",
            "gradient",
        )
    return found


def clipping(
    steps: int = 60,
    length: int = 30,
    gain: float = 1.5,
    rate: float = 0.1,
    norm_limit: float = 1.0,
    value_limit: float = 0.1,
    activation: str = "tanh",
    seed: int = 2,
) -> dict[str, Any]:
    """Train a vanilla RNN of 16 units on the adding task three times: without clipping, by norm, and by value.

    Args:
        steps: Steps of gradient descent, 10 to 100.
        length: T of the sequences, 5 to 40.
        gain: U begins as an orthogonal matrix times this, 0.5 to 2.
        rate: The learning rate, 0.001 to 0.5.
        norm_limit: The norm of the whole gradient is clipped to this, 0.01 to 10.
        value_limit: Every number of the gradient is clipped to this, 0.01 to 10.
        activation: tanh or relu.
        seed: Of the weights and the batches, 1 to 4294967295; 0 draws one.

    Returns:
        The settings, and for each way the losses, the norms of the gradients, and by how many degrees clipping turned
        each step; a run whose loss leaves all bounds ends early.
    """
    chosen = seeds.used(seed)
    settings = checked(steps, length, gain, rate, norm_limit, value_limit, activation, chosen)
    found = {one.way: {"losses": one.losses, "norms": one.norms, "turned": one.turned} for one in runs(settings)}
    return {"settings": vars(settings), "runs": found}
