"""Digits: many to one over what is no sequence. A picture is read piece by piece, in a fixed order."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from keras import ops

from rnn_models.backend import by_rows, compiled
from rnn_models.checks import check_choice, check_count, check_rate, check_units
from rnn_models.layers import Stacked
from rnn_models.layers.catalogue import CELLS
from rnn_models.layers.recurrent_cell import PACKAGE
from rnn_models.vision.digit_pictures import SIDE, digit_picture

ORDERS = {"whole": (1, SIDE * SIDE), "rows": (SIDE, SIDE), "pixels": (SIDE * SIDE, 1), "permuted": (SIDE * SIDE, 1)}
"""How a picture becomes a sequence: (T, D), so many pieces of so many pixels."""

PIXELS = SIDE * SIDE
_BATCH = 64
"""So many pictures are read in one run."""


@dataclass(frozen=True)
class Reading:
    """What the network made of one picture.

    Attributes:
        label: the likeliest class after the last piece.
        probability: its probability.
        probabilities: (T, C), of all classes after each piece.
        picture: (28, 28), what was read: 0 is paper, 1 ink.
    """

    label: str
    probability: float
    probabilities: np.ndarray
    picture: np.ndarray


@keras.saving.register_keras_serializable(package=PACKAGE)
class DigitReader(keras.Model):
    """A recurrent classifier of small pictures that reads them piece by piece (Le et al. 2015, arXiv:1504.00941).

        x_t = piece t of the picture
        h_t = stacked recurrent layers (x_t, h_{t-1})
        p(class | pieces ≤ t) = softmax(h_t V + b)

    Args:
        order: "whole" (one piece, T = 1: no recurrence is left), "rows" (28 pieces of 28 pixels), "pixels" (784 of
            one) or "permuted" (784 of one, in the order of `permutation`).
        permutation: a permutation of 0 ... 783, for "permuted" alone.
        labels: the names of the C classes.
        cell: a name of `CELLS`.
        units: width of each recurrent layer.
        layers: number of recurrent layers.
        dropout: rate between layers and on h_t before the output.
        recurrent_dropout: rate on the recurrent connections, one mask a picture.

    Shapes: pictures (B, 28, 28), from 0 (paper) to 1 (ink), give logits (B, T, C): those after the last piece are the
    answer.

    Raises:
        ValueError: another order, a permutation that is none, a number out of range.
    """

    def __init__(
        self,
        order: str = "rows",
        permutation: Sequence[int] | None = None,
        labels: Sequence[str] = tuple("0123456789"),
        cell: str = "lstm",
        units: int = 128,
        layers: int = 1,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        check_choice("order", order, tuple(ORDERS))
        check_choice("cell", cell, CELLS)
        check_count("layers", layers)
        self.labels = [str(label) for label in labels]
        self.settings = {
            "order": order,
            "permutation": _permutation(order, permutation),
            "cell": cell,
            "units": check_units(units),
            "layers": layers,
            "dropout": check_rate("dropout", dropout),
            "recurrent_dropout": check_rate("recurrent_dropout", recurrent_dropout),
        }
        make, options = CELLS[cell], {"recurrent_dropout": recurrent_dropout}
        cells = [make(units, **options, name=f"cell_{n}") for n in range(layers)]
        self.recurrence = Stacked(cells, dropout=dropout, return_sequences=True, name="recurrence")
        self.drop = keras.layers.Dropout(dropout)
        self.head = keras.layers.Dense(len(self.labels), name="head")
        self._reader: Any = None

    def build(self, pictures_shape: Any = None) -> None:
        self.recurrence.build((None, *ORDERS[self.settings["order"]]))
        self.head.build((None, None, self.settings["units"]))
        self.built = True

    @property
    def steps(self) -> int:
        """T, the pieces of a picture."""
        return ORDERS[self.settings["order"]][0]

    def call(self, pictures: Any, training: bool = False) -> Any:
        """Logits (B, T, C) after each piece."""
        h = self.recurrence(self.pieces(pictures), training=training)
        return by_rows(self.head, self.drop(h, training=training))

    def compute_output_spec(self, pictures: Any, training: bool = False) -> Any:
        return keras.KerasTensor((pictures.shape[0], self.steps, len(self.labels)), dtype=self.compute_dtype)

    def pieces(self, pictures: Any) -> Any:
        """The pictures (B, 28, 28) as sequences (B, T, D)."""
        flat = ops.cast(ops.reshape(pictures, (-1, PIXELS)), self.compute_dtype)
        if self.settings["order"] == "permuted":
            flat = ops.take(flat, np.array(self.settings["permutation"], dtype="int32"), axis=1)
        return ops.reshape(flat, (-1, *ORDERS[self.settings["order"]]))

    def read(self, picture: Any) -> Any:
        """What the network makes of a picture: a `Reading`; of a list of pictures, a list.

        Args:
            picture: what `rnn_models.open_picture` takes (a path, a file's bytes, an array uint8, a PIL image), or an
                array (28, 28) of floats from 0 (paper) to 1 (ink); or a list of these.

        Raises:
            ValueError: no picture, or one without ink.
        """
        if not isinstance(picture, list | tuple):
            return self.read([picture])[0]
        pictures = [digit_picture(one) for one in picture]
        return [self._reading(*one) for one in zip(pictures, self.beliefs(pictures), strict=True)]

    def beliefs(self, pictures: Iterable[np.ndarray]) -> np.ndarray:
        """The classes' probabilities after each piece, (N, T, C) float32, of pictures (28, 28) from 0 to 1."""
        pictures = np.asarray(list(pictures), dtype="float32").reshape(-1, SIDE, SIDE)
        return np.concatenate([*self._run(pictures, False), np.zeros((0, self.steps, len(self.labels)), "float32")])

    def probabilities(self, pictures: Iterable[np.ndarray]) -> np.ndarray:
        """The classes' probabilities after the last piece, (N, C) float32."""
        pictures = np.asarray(list(pictures), dtype="float32").reshape(-1, SIDE, SIDE)
        return np.concatenate([*self._run(pictures, True), np.zeros((0, len(self.labels)), "float32")])

    def _run(self, pictures: np.ndarray, last: bool) -> Iterable[np.ndarray]:
        if self._reader is None:
            self._reader = compiled(lambda x: ops.softmax(ops.cast(self(x), "float32"), axis=-1), [self])
        for start in range(0, len(pictures), _BATCH):
            part = pictures[start : start + _BATCH]
            # one, or a whole batch: two programs
            rows = 1 if len(part) == 1 else _BATCH
            padded = np.concatenate([part, np.zeros((rows - len(part), SIDE, SIDE), "float32")])
            found = ops.convert_to_numpy(self._reader(ops.convert_to_tensor(padded)))[: len(part)]
            yield found[:, -1] if last else found

    def _reading(self, picture: np.ndarray, probabilities: np.ndarray) -> Reading:
        best = int(probabilities[-1].argmax())
        return Reading(self.labels[best], float(probabilities[-1, best]), probabilities, picture)

    def get_config(self) -> dict:
        return {**super().get_config(), "labels": self.labels, **self.settings}


def _permutation(order: str, permutation: Sequence[int] | None) -> list[int] | None:
    if order != "permuted":
        if permutation is not None:
            raise ValueError(f"A permutation was given with order={order!r}; expected order='permuted', or none.")
        return None
    numbers = [] if permutation is None else [int(n) for n in permutation]
    if sorted(numbers) != list(range(PIXELS)):
        raise ValueError(f"permutation has {len(numbers)} numbers; expected 0 to {PIXELS - 1}, each once.")
    return numbers
