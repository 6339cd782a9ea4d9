"""What a captioner gives back. NumPy only."""

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from rnn_models.decoding.results import Alternative, Lattice


class Neighbour(NamedTuple):
    """The training picture that looks most alike: one of its captions, and how alike (cosine, 1: the same)."""

    caption: str
    likeness: float


@dataclass(frozen=True)
class Caption:
    """What the network says of one picture, with the evidence.

    Attributes:
        text: the caption.
        score: what the search ranks by: log p, divided by the length penalty in a beam search.
        words: the tokens that were written, "</s>" last where it ended.
        probabilities: (T,) of each of them, given all before it.
        attention: (T, L) where the network looked while it wrote each; each row sums to 1. None for a model
            without attention.
        grid: rows and columns of the L places, row by row.
        alternatives: the beam's captions, best first (the first is `text`); none for other searches.
        lattice: what the beam kept at every step; None for other searches.
        nearest: the training picture most alike; None for a model that keeps none.
        strangeness: how unlike its training data the picture is, in standard deviations above what is usual for
            pictures of their kind; None for a model that keeps none.
        strange: whether that is so much that the caption is not to be trusted.
    """

    text: str
    score: float
    words: list[str]
    probabilities: np.ndarray
    attention: np.ndarray | None
    grid: tuple[int, int]
    alternatives: list[Alternative] = field(default_factory=list)
    lattice: Lattice | None = None
    nearest: Neighbour | None = None
    strangeness: float | None = None
    strange: bool = False
