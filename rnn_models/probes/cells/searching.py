"""Which unit follows a hypothesis best: chosen on one text, reported on another, and held against two nulls."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from rnn_models.probes.cells import scores
from rnn_models.probes.cells.hypotheses import KINDS, Hypothesis, hypothesis_of
from rnn_models.probes.cells.linear_probes import linear_probe
from rnn_models.probes.cells.reading import Reading, read, untrained
from rnn_models.probes.cells.units import Unit

COLUMNS = 256
"""Units that are scored at once."""


@dataclass(frozen=True)
class Ranked:
    """One unit and its scores.

    Attributes:
        unit: the unit.
        sign: +1 if it is larger where the label is, −1 if it is smaller. It is chosen with the unit.
        chosen: AUC or |r| on the text that chose it: .5 or 0 is chance, 1 perfect.
        score: the same on the held-out text, with the sign kept: it may fall below chance.
    """

    unit: Unit
    sign: int
    chosen: float
    score: float


@dataclass(frozen=True)
class Finding:
    """What the search found for one hypothesis.

    Attributes:
        hypothesis: what was looked for.
        measure: "AUC" for a flag, "|r|" for a count.
        units: the best by `chosen`, best first. Empty where all labels of either text are the same.
        bounds: 95 % bounds of the best unit's held-out score, by a bootstrap of blocks (`scores.bounds`).
        shifted: the null of shifted labels: over shifts, the 95 % quantile of the best score of all units, on the text
            that chose.
        untrained: the null of an untrained network of the same size: the best score of all its units on the held-out
            text. NaN: not asked.
        probe: the held-out score of a linear probe on the whole state. NaN: not asked.
        share: of a flag the share of held-out steps where it is true, of a count its mean.
        everywhere: AUC or r of every unit on the text that chose, by layer and state.
    """

    hypothesis: Hypothesis
    measure: str
    units: list[Ranked]
    bounds: tuple[float, float]
    shifted: float
    untrained: float
    probe: float
    share: float
    everywhere: dict[tuple[str, str], np.ndarray]

    @property
    def best(self) -> Ranked | None:
        """The best unit, if labels are not all the same."""
        return self.units[0] if self.units else None

    @property
    def beats_nulls(self) -> bool:
        """Whether even the lower bound of the best unit is above both nulls."""
        nulls = [null for null in (self.shifted, self.untrained) if np.isfinite(null)]
        return bool(self.units) and self.bounds[0] > max(nulls)


def search(
    model: keras.Model,
    text: str | Sequence[str],
    hypotheses: Sequence[Hypothesis | str | Callable],
    held_out: str | Sequence[str] | None = None,
    *,
    null: bool = True,
    probe: bool = True,
    top: int = 10,
    shifts: int = 40,
    seed: int = 0,
) -> list[Finding]:
    """Search all units of a model for those that follow a hypothesis.

    Args:
        model: a `CharLM`, a `SentimentClassifier` or a `Translator` (its encoder).
        text: chooses the units: one text, or for the last two a list of them.
        hypotheses: names of `HYPOTHESES`, `matching(...)`, or functions, see `hypothesis_of`.
        held_out: the scores are of this text. None: the first half of `text` chooses, the second is scored.
        null: whether an untrained network of the same size reads the held-out text too, with the weights of `seed`.
        probe: whether a linear probe is fitted.
        top: how many units are listed.
        shifts: how often the labels are shifted in a circle.

    Returns:
        A finding for each hypothesis, in their order.

    Raises:
        ValueError: a text that is too short; what `read` and `hypothesis_of` raise.
    """
    whole = read(model, text)
    if held_out is None:
        chosen, held = halves(whole)
    else:
        chosen, held = whole, read(model, held_out)
    other = None
    if null:
        twin = untrained(model, seed)
        other = read(twin, text if held_out is None else held_out)
        other = halves(other)[1] if held_out is None else other
    return rank(chosen, held, hypotheses, other, probe=probe, top=top, shifts=shifts, seed=seed)


def halves(reading: Reading) -> tuple[Reading, Reading]:
    """The first and the second half of a reading: of the texts, or of the steps of one text."""
    if len(reading) < 200:
        raise ValueError(
            f"the text has {len(reading)} steps; expected at least 200, half to choose and half to report."
        )
    middle = len(reading) // 2
    if reading.rows[0] != reading.rows[-1]:
        middle = int(np.searchsorted(reading.rows, reading.rows[middle]))
        middle = middle or int(np.searchsorted(reading.rows, reading.rows[0], side="right"))
    return reading.part(slice(0, middle)), reading.part(slice(middle, len(reading)))


def rank(
    chosen: Reading,
    held_out: Reading,
    hypotheses: Sequence[Hypothesis | str | Callable],
    null: Reading | None = None,
    *,
    probe: bool = True,
    top: int = 10,
    shifts: int = 40,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> list[Finding]:
    """As `search`, of texts that have been read: `null` is what an untrained network made of the held-out text."""
    wanted = [hypothesis_of(one) for one in hypotheses]
    by = scores.shifts(len(chosen), shifts, seed)
    told = progress or (lambda done, total: None)
    total = chosen.units + (null.units if null is not None else 0)
    first, shifted = _score(chosen, wanted, by, lambda done: told(done, total))
    other: list[Scores] = [None] * len(wanted)
    if null is not None:
        other, _ = _score(null, wanted, None, lambda done: told(chosen.units + done, total))
    probes = linear_probe(chosen, held_out, wanted) if probe and wanted else [float("nan")] * len(wanted)
    blocks, found = scores.blocks_of(held_out.rows), []
    for number, one in enumerate(wanted):
        labels = held_out.labels(one)
        units = _ranked(one, first[number], held_out, labels, top)
        found.append(
            Finding(
                hypothesis=one,
                measure="AUC" if one.kind == "flag" else "|r|",
                units=units,
                bounds=_bounds(held_out, one, labels, units, blocks, seed),
                shifted=float(np.quantile(shifted[number], 0.95)) if units else float("nan"),
                untrained=_largest(one, other[number]),
                probe=probes[number],
                share=float(labels.mean()),
                everywhere=first[number] or {},
            )
        )
    return found


# -------------------------------------------------------------------------------------------------- scoring

Scores = dict[tuple[str, str], np.ndarray] | None


def _score(
    reading: Reading, hypotheses: list[Hypothesis], by: np.ndarray | None, told: Callable[[int], None]
) -> tuple[list[Scores], list[np.ndarray]]:
    """AUC or r of every unit for each hypothesis, and for each shift the best of all units."""
    by = np.zeros(0, dtype=int) if by is None else by
    weights = [scores.weights_of(reading.labels(one), one.kind) for one in hypotheses]
    known = [n for n, weight in enumerate(weights) if weight is not None]
    places = {kind: [n for n in known if hypotheses[n].kind == kind] for kind in KINDS}
    # All labels and their shifts in one matrix: one product for each block of units.
    stacked = {kind: np.concatenate([scores.shifted(weights[n], by) for n in ns]) for kind, ns in places.items() if ns}
    found: list[Any] = [None if w is None else {} for w in weights]
    highest = np.zeros((len(hypotheses), len(by)))
    done = 0
    for key, columns in _blocks(reading):
        for kind, matrix in stacked.items():
            if kind == "flag" and key[1] == "tanh c":
                continue  # the order of tanh c is that of c
            products = scores.products(matrix, columns, kind).reshape(len(places[kind]), 1 + len(by), -1)
            for n, product in zip(places[kind], products, strict=True):
                found[n].setdefault(key, []).append(product[0])
                highest[n] = np.maximum(highest[n], np.abs(product[1:]).max(axis=1, initial=0))
        done += columns.shape[1] if key[1] == "h" else 0
        told(done)
    for n, one in enumerate(hypotheses):
        middle = 0.5 if one.kind == "flag" else 0.0
        highest[n] += middle
        if found[n] is not None:
            found[n] = {key: np.concatenate(parts) + middle for key, parts in found[n].items()}
    return found, list(highest)


def _blocks(reading: Reading) -> Iterator[tuple[tuple[str, str], np.ndarray]]:
    """The states in blocks of columns; c is followed by tanh c."""
    for (layer, state), array in reading.states.items():
        for place in range(0, array.shape[1], COLUMNS):
            columns = array[:, place : place + COLUMNS]
            yield (layer, state), columns
            if state == "c":
                yield (layer, "tanh c"), np.tanh(columns)


def _strength(one: Hypothesis, values: np.ndarray) -> np.ndarray:
    """How far from chance: max(AUC, 1 − AUC), or |r|."""
    return np.maximum(values, 1 - values) if one.kind == "flag" else np.abs(values)


def _largest(one: Hypothesis, found: Scores) -> float:
    return max(float(_strength(one, values).max()) for values in found.values()) if found else float("nan")


def _ranked(one: Hypothesis, first: Scores, held_out: Reading, labels: np.ndarray, top: int) -> list[Ranked]:
    if not first or np.ptp(labels) == 0:
        return []
    keys = [(key, index) for key, values in first.items() for index in range(len(values))]
    values, middle = np.concatenate(list(first.values())), 0.5 if one.kind == "flag" else 0.0
    found = []
    for number in np.argsort(-_strength(one, values), kind="stable")[:top]:
        (layer, state), index = keys[number]
        unit, sign = Unit(layer, state, index), 1 if values[number] >= middle else -1
        score = scores.one_score(sign * held_out.values(unit), labels, one.kind)
        found.append(Ranked(unit, sign, float(_strength(one, values[number])), score))
    return found


def _bounds(
    held_out: Reading, one: Hypothesis, labels: np.ndarray, units: list[Ranked], blocks: np.ndarray, seed: int
) -> tuple[float, float]:
    if not units:
        return float("nan"), float("nan")
    best = units[0]
    return scores.bounds(best.sign * held_out.values(best.unit), labels, one.kind, blocks, seed)
