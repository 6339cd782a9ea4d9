"""What a visitor asks for: a wiring, letters to read and to write, a cell; and whether it fits together."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr

from apps.shared import validation
from apps.unroller import lecture_numbers
from rnn_models.cell_names import CELL_NAMES

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


def fitted(wiring: str, reads: str, writes: str) -> tuple[str, str]:
    """The letters, if a wiring can read and write them; else those of its example."""
    try:
        checked(**{**DEFAULTS, "wiring": wiring, "reads": reads, "writes": writes})
    except gr.Error:
        return EXAMPLES.get(str(wiring), (reads, writes))
    return reads, writes


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
