"""A stretch of a text: the units that are on in it and off around it, and other stretches where the same ones are on.

As LSTMVis does it (Strobelt et al. 2018), with one difference: both signs count. A unit's sign s is that of the
stretch; it is on where s · value is above the middle between its least in the stretch and its most around it.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:  # the library imports Keras, which takes seconds
    from rnn_models.probes.cells import Reading, Unit

AROUND = 15  # steps before and after the stretch that must be off
CHOSEN = 6  # units that are shown, and that other stretches are looked for with
OTHERS = 12


@dataclass(frozen=True)
class On:
    """A unit that is on in a stretch and off around it.

    Attributes:
        unit: the unit.
        sign: +1 or −1.
        threshold: it is on where sign · value is above.
        margin: from its most around to its least inside, in its deviations over the text.
    """

    unit: "Unit"
    sign: int
    threshold: float
    margin: float


@dataclass(frozen=True)
class Stretch:
    """Steps `start` up to and without `end`, and the share of the units that are on in all of them."""

    start: int
    end: int
    share: float


def units_on(reading: "Reading", start: int, end: int) -> list[On]:
    """The units with the largest margins, best first; those below 0 are on elsewhere nearby, too."""
    from rnn_models.probes.cells import Unit

    length = len(reading)
    around = np.r_[max(start - AROUND, 0) : start, end : min(end + AROUND, length)]
    found = []
    for (layer, state), values in reading.states.items():
        deviation = values.std(axis=0) + 1e-6
        for sign in (1, -1):
            inside, outside = (sign * values[start:end]).min(axis=0), (sign * values[around]).max(axis=0)
            margins = (inside - outside) / deviation
            for index in np.argsort(-margins)[:CHOSEN]:
                middle = float(inside[index] + outside[index]) / 2
                found.append(On(Unit(layer, state, int(index)), sign, middle, float(margins[index])))
    return sorted(found, key=lambda one: -one.margin)[:CHOSEN]


def others(reading: "Reading", chosen: list[On], start: int, end: int, length: int = 0) -> list[Stretch]:
    """Stretches apart from `start` to `end` where most of the units are on.

    The fullest and longest come first; those longer than `length`, by default that of the stretch, count as so long.
    """
    length = length or end - start
    on = np.mean([one.sign * reading.values(one.unit) > one.threshold for one in chosen], axis=0)
    level = np.concatenate([[0], (on >= 0.5).astype(int), [0]])
    begins, ends = np.flatnonzero(np.diff(level) == 1), np.flatnonzero(np.diff(level) == -1)
    found = [
        Stretch(int(a), int(b), float(on[a:b].mean()))
        for a, b in zip(begins, ends, strict=True)
        if b <= start or a >= end
    ]
    return sorted(found, key=lambda one: (-one.share * min(one.end - one.start, length), one.start))[:OTHERS]
