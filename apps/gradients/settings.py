"""What a visitor asks of the flow of gradients, and what is found: bounds, settings, results."""

from dataclasses import dataclass
from typing import Any

from apps.shared import seeds, validation
from rnn_models.cell_names import CELL_NAMES

UNITS, WIDTH = 16, 4
STEPS, GAIN, SCALE, FORGET = (5, 200), (0.1, 2.0), (0.0, 5.0), (-3.0, 6.0)
"""From the smallest to the largest that a visitor may ask for."""

ACTIVATIONS = ("tanh", "relu")
LECTURE = ("vanilla", "lstm", "gru")
NONE = "none"
VARIANTS = tuple(name for name in CELL_NAMES if name not in LECTURE)
"""The cells that can stand beside the lecture's."""


@dataclass(frozen=True)
class Settings:
    """What a visitor has chosen.

    Attributes:
        steps: T.
        gain: U is an orthogonal matrix times this, in every gate.
        scale: standard deviation of the input.
        forget_bias: b_f, or that of the gate that keeps.
        activation: of the vanilla cell.
        variant: a cell beside the three, or "none".
        seed: of the input, of w and of the weights.
    """

    steps: int
    gain: float
    scale: float
    forget_bias: float
    activation: str
    variant: str
    seed: int

    @property
    def cells(self) -> tuple[str, ...]:
        """The cells that are compared."""
        return LECTURE if self.variant == NONE else (*LECTURE, self.variant)


@dataclass(frozen=True)
class CellFlow:
    """The flow through one cell; lists have a value for each t = 1 ... T, None where float32 was left.

    Attributes:
        cell: its name.
        h: ‖∂L/∂h_t‖.
        c: ‖∂L/∂c_t‖ of a cell with two states, or None.
        kept: the norm of the direct path's Jacobian, max_i Π_{k>t} f_k,i, or None where no gate keeps.
        bound: σ_max(U)^(T−t) of the vanilla recurrence, which its h never exceeds; None of all others.
        mean_kept: the mean of f_t (z_t of the GRU), or None.
        first: the norm of the gradients of all states after the first step together.
    """

    cell: str
    h: list[float | None]
    c: list[float | None] | None
    kept: list[float | None] | None
    bound: list[float | None] | None
    mean_kept: float | None
    first: float | None


def checked(
    steps: float, gain: float, scale: float, forget_bias: float, activation: str, variant: str, seed: float
) -> Settings:
    """The settings, if all of them are within their bounds."""
    return Settings(
        validation.whole_number(steps, *STEPS, "T", "T", "steps"),
        validation.number(gain, *GAIN, "The gain of U", "U의 이득", "gain"),
        validation.number(scale, *SCALE, "The scale of the input", "입력의 크기", "scale"),
        validation.number(forget_bias, *FORGET, "The forget bias", "망각 편향", "forget_bias"),
        one_of(activation, ACTIVATIONS, "The activation", "활성화 함수", "activation"),
        one_of(variant, (NONE, *VARIANTS), "The variant", "변형 셀", "variant"),
        seeds.checked(seed),
    )


def one_of(value: Any, choices: tuple[str, ...], what: str, what_ko: str, field: str) -> str:
    """`value`, if it is one of the choices."""
    if value not in choices:
        shown, listed = str(value)[:40], ", ".join(choices)
        raise validation.refusal(
            f"{what} is {shown!r}; expected one of: {listed}.",
            f"{what_ko} 값이 {shown!r}입니다. 쓸 수 있는 값: {listed}",
            field,
        )
    return value
