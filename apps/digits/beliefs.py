"""What one reader made of a digit, and where a network of glimpses looked."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rnn_models.vision.digit_pictures import SIDE


@dataclass(frozen=True)
class Belief:
    """What one reader made of a digit.

    Attributes:
        name: the model's name.
        title: how it reads, English and Korean.
        order: how it reads, a key of `ORDERS`.
        labels: the C classes.
        probabilities: (T, C), after each piece.
        permutation: the order of the pixels of "permuted"; else None.
    """

    name: str
    title: str
    order: str
    labels: Sequence[str]
    probabilities: np.ndarray
    permutation: Sequence[int] | None = None

    @property
    def best(self) -> int:
        """The number of the class that is the answer."""
        return int(self.probabilities[-1].argmax())

    @property
    def label(self) -> str:
        """The answer."""
        return self.labels[self.best]

    @property
    def probability(self) -> float:
        """That of the answer."""
        return float(self.probabilities[-1, self.best])

    @property
    def settled(self) -> int:
        """After how many pieces the answer stood, and stayed to the end."""
        others = np.flatnonzero(self.probabilities.argmax(axis=1) != self.best)
        return int(others[-1]) + 2 if len(others) else 1

    def by_rows(self) -> np.ndarray | None:
        """The probabilities after every 28 pixels, (28, C); None for a reader of other pieces."""
        steps = len(self.probabilities)
        return self.probabilities[steps // SIDE - 1 :: steps // SIDE] if steps in (SIDE, SIDE * SIDE) else None


@dataclass(frozen=True)
class Looks:
    """What a network of glimpses made of a digit.

    Attributes:
        labels: the C classes.
        probabilities: (T, C), after each glimpse.
        picture: (S, S), what was read.
        places: (T, 2), x to the right and y down, each from -1 to 1; (0, 0) is the centre.
        boxes: (T, k, 4), the squares of each glimpse in pixels: left, top, right, bottom.
        retina: (T, k, g, g), what was seen in them.
    """

    labels: Sequence[str]
    probabilities: np.ndarray
    picture: np.ndarray
    places: np.ndarray
    boxes: np.ndarray
    retina: np.ndarray

    @property
    def label(self) -> str:
        """The answer."""
        return self.labels[int(self.probabilities[-1].argmax())]

    @property
    def probability(self) -> float:
        """That of the answer."""
        return float(self.probabilities[-1].max())
