"""Digits by glimpses: a network that reads a picture by looking at a few small parts of it, and chooses where."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from keras import ops

from rnn_models.backend import by_rows, compiled
from rnn_models.checks import check_choice, check_count, check_rate, check_units, is_number
from rnn_models.layers.catalogue import CELLS
from rnn_models.layers.recurrent_cell import PACKAGE
from rnn_models.tasks.digits import Reading
from rnn_models.vision.digit_pictures import SIDE, digit_picture
from rnn_models.vision.glimpse_sensor import retina

POLICIES = ("mean", "sample", "random", "centre")
"""How places are chosen: the means of the network, drawn around them, anywhere in the picture, always the centre."""

MOST_PLACES = 100
"""The most places that can be set by hand."""

_BATCH = 64
"""So many pictures are read in one run."""


@dataclass(frozen=True)
class GlimpseReading(Reading):
    """What the network made of one picture, and where it looked.

    Attributes:
        label: the likeliest class after the last glimpse.
        probability: its probability.
        probabilities: (T, C), of all classes after each glimpse.
        picture: (S, S), what was read: 0 is paper, 1 ink.
        places: (T, 2), x to the right and y down; (0, 0) is the centre, (−1, −1) the upper left corner.
        means: (T, 2), the means of the network, one for each place: where it wanted to look.
        retina: (T, k, g, g), what it saw there; the finest square first. `glimpse_sensor.boxes` says where they lie.
    """

    places: np.ndarray
    means: np.ndarray
    retina: np.ndarray


@dataclass(frozen=True)
class Unrolled:
    """All steps of a batch, B pictures: logits (B, T, C), states (B, T, H), places and means (B, T, 2).

    The first place is given, so that `means[:, 0]` is it too.
    """

    logits: Any
    states: Any
    places: Any
    means: Any


@keras.saving.register_keras_serializable(package=PACKAGE)
class GlimpseReader(keras.Model):
    """A recurrent model of visual attention (Mnih et al. 2014, arXiv:1406.6247).

        ρ_t = retina(picture, l_t)                   k squares of g × g cells around the place l_t
        g_t = relu([relu(ρ_t W + b); relu(l_t V + c)] W' + b')
        h_t = cell(g_t, h_{t-1})
        p(class | glimpses ≤ t) = softmax(h_t U + d)
        l_{t+1} ~ N(μ_t, σ²),    μ_t = tanh(h_t M + m);    l_0 = (0, 0), the centre

    To choose a place is no differentiable step: M and m learn by REINFORCE, and no gradient of theirs reaches h_t.
    Outside training the places are the means, l_{t+1} = μ_t, unless something else is asked for.

    Args:
        labels: the names of the C classes.
        canvas: S, the side of a picture in pixels: 28, or 60 for digits that lie anywhere.
        glimpses: T, so many places are looked at.
        glimpse_size: g.
        scales: k; each scale sees twice as far as the one before.
        sigma: σ of the places, in units in which the picture is 2 wide.
        cell: a name of `CELLS`. "irnn" is that of the paper: relu(x W + h U + b).
        units: H, the width of the state.
        glimpse_units: the width of the two halves of the glimpse network; g_t is twice as wide.
        dropout: rate on h_t before the output.

    Shapes: pictures (B, S, S), from 0 (paper) to 1 (ink), give logits (B, T, C): those after the last glimpse are the
    answer.

    Raises:
        ValueError: a number out of range, an unknown cell.
    """

    def __init__(
        self,
        labels: Sequence[str] = tuple("0123456789"),
        canvas: int = SIDE,
        glimpses: int = 6,
        glimpse_size: int = 8,
        scales: int = 1,
        sigma: float = 0.15,
        cell: str = "irnn",
        units: int = 256,
        glimpse_units: int = 128,
        dropout: float = 0.0,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        check_choice("cell", cell, CELLS)
        if not (is_number(sigma) and 0 < sigma < float("inf")):
            raise ValueError(f"sigma is {sigma!r}; expected a number above 0. The picture is 2 wide: 0.15 is usual.")
        self.labels = [str(label) for label in labels]
        self.settings = {
            "canvas": check_count("canvas", canvas, SIDE),
            "glimpses": check_count("glimpses", glimpses),
            "glimpse_size": check_count("glimpse_size", glimpse_size),
            "scales": check_count("scales", scales),
            "sigma": float(sigma),
            "cell": cell,
            "units": check_units(units),
            "glimpse_units": check_count("glimpse_units", glimpse_units),
            "dropout": check_rate("dropout", dropout),
        }
        dense = keras.layers.Dense
        self.what = dense(glimpse_units, activation="relu", name="what")
        self.where = dense(glimpse_units, activation="relu", name="where")
        self.both = dense(2 * glimpse_units, activation="relu", name="both")
        self.cell = CELLS[cell](units, name="core")
        self.drop = keras.layers.Dropout(dropout)
        self.head = dense(len(self.labels), name="head")
        # in float32 also where the rest is half as wide: places are pixels in the end
        self.place = dense(2, activation="tanh", dtype="float32", name="place")
        self._step: Any = None

    def build(self, pictures_shape: Any = None) -> None:
        settings = self.settings
        half, units = settings["glimpse_units"], self.cell.output_size
        self.what.build((None, settings["scales"] * settings["glimpse_size"] ** 2))
        self.where.build((None, 2))
        self.both.build((None, 2 * half))
        self.cell.build((None, 2 * half))
        self.head.build((None, None, units))
        self.place.build((None, units))
        self.built = True

    @property
    def steps(self) -> int:
        """T, the glimpses of a picture."""
        return self.settings["glimpses"]

    @property
    def multiplications(self) -> int:
        """Products of two numbers that reading one picture takes: in the sensor, and one for each weight of a matrix
        at each step. Those of the recurrence's gates and of the softmax are not counted."""
        side, size, scales = (self.settings[name] for name in ("canvas", "glimpse_size", "scales"))
        sensor = scales * size * side * (side + size)
        matrices = sum(int(np.prod(weight.shape)) for weight in self.weights if len(weight.shape) > 1)
        return self.steps * (sensor + matrices)

    # ------------------------------------------------------------------------------------------- the equations

    def glimpse(self, seen: Any, places: Any) -> Any:
        """g_t of what the retina saw (B, k, g, g) and where (B, 2)."""
        cells = self.settings["scales"] * self.settings["glimpse_size"] ** 2
        what = self.what(ops.reshape(ops.cast(seen, self.compute_dtype), (-1, cells)))
        where = self.where(ops.cast(places, self.compute_dtype))
        return self.both(ops.concatenate([what, where], axis=-1))

    def look(self, pictures: Any, places: Any) -> Any:
        """What the retina sees of pictures (B, S, S) at places (B, 2): (B, k, g, g)."""
        return retina(pictures, places, self.settings["glimpse_size"], self.settings["scales"])

    def step(self, pictures: Any, places: Any, states: list) -> tuple[Any, Any, Any, list]:
        """One glimpse: the output h_t (B, H), μ_t (B, 2), what was seen, and the new states."""
        seen = self.look(pictures, places)
        h, states = self.cell(self.glimpse(seen, places), states)
        return h, self.place(ops.stop_gradient(h)), seen, states

    def unroll(self, pictures: Any, noise: Any = None, training: bool = False) -> Unrolled:
        """All steps in one program.

        Args:
            pictures: (B, S, S).
            noise: (B, T − 1, 2), drawn from N(0, 1): places are μ + σ · noise; None: the means.
            training: whether there is dropout.
        """
        pictures = ops.cast(pictures, "float32")
        states = list(self.cell.get_initial_state(ops.shape(pictures)[0]))
        place = mean = ops.zeros((ops.shape(pictures)[0], 2), dtype="float32")
        outputs, places, means = [], [], []
        for t in range(self.steps):
            places.append(place)
            means.append(mean)
            h, mean, _, states = self.step(pictures, place, states)
            outputs.append(h)
            # a place is a number that was drawn: its gradient goes through the density alone
            place = ops.stop_gradient(mean)
            if noise is not None and t < self.steps - 1:
                place = place + self.settings["sigma"] * noise[:, t]
        h = ops.stack(outputs, axis=1)
        logits = by_rows(self.head, self.drop(h, training=training))
        return Unrolled(logits, h, ops.stack(places, axis=1), ops.stack(means, axis=1))

    def call(self, pictures: Any, training: bool = False) -> Any:
        """Logits (B, T, C) after each glimpse; the places are the means."""
        return self.unroll(pictures, training=training).logits

    def compute_output_spec(self, pictures: Any, training: bool = False) -> Any:
        return keras.KerasTensor((pictures.shape[0], self.steps, len(self.labels)), dtype=self.compute_dtype)

    # ------------------------------------------------------------------------------------------- reading pictures

    def read(
        self,
        picture: Any,
        places: Sequence[Any] | np.ndarray | None = None,
        policy: str = "mean",
        seed: int | None = None,
    ) -> Any:
        """What the network makes of a picture: a `GlimpseReading`; of a list of pictures, a list.

        Args:
            picture: what `rnn_models.open_picture` takes (a path, a file's bytes, an array uint8, a PIL image); or an
                array of floats from 0 (paper) to 1 (ink), (28, 28) or (S, S); or a list of these. A digit of 28 × 28
                is laid in the middle of a larger canvas.
            places: places set by hand, each (x, y), or None for one that `policy` chooses: so many glimpses as there
                are places. None: T glimpses.
            policy: a name of `POLICIES`.
            seed: of what is drawn.

        Raises:
            ValueError: no picture, or one without ink; places that are none; another policy.
        """
        if not isinstance(picture, list | tuple):
            return self.read([picture], places, policy, seed)[0]
        pictures = np.stack([self.canvas(one) for one in picture]) if picture else self._no_pictures()
        looks = self.looks(pictures, places, policy, seed)
        return [
            GlimpseReading(self._label(beliefs), float(beliefs[-1].max()), beliefs, one, *where)
            for one, beliefs, *where in zip(pictures, *looks, strict=True)
        ]

    def canvas(self, picture: Any) -> np.ndarray:
        """The picture as the network reads it, (S, S) float32 from 0 to 1."""
        side = self.settings["canvas"]
        if isinstance(picture, np.ndarray) and picture.dtype.kind == "f" and picture.shape == (side, side):
            if not (picture.min() >= 0 and picture.max() <= 1):
                raise ValueError(
                    f"The picture has values from {picture.min():g} to {picture.max():g}; expected floats from 0 "
                    "(paper) to 1 (ink)."
                )
            return picture.astype("float32")
        digit, first = digit_picture(picture), (side - SIDE) // 2
        return np.pad(digit, (first, side - SIDE - first))

    def looks(
        self,
        pictures: Iterable[np.ndarray],
        places: Sequence[Any] | np.ndarray | None = None,
        policy: str = "mean",
        seed: int | None = None,
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """All steps for many pictures (S, S) from 0 to 1; the other arguments are those of `read`.

        Returns:
            Of N pictures, float32: the classes' probabilities after each glimpse (N, T, C), places and means (N, T, 2),
            what the retina saw (N, T, k, g, g).
        """
        check_choice("policy", policy, POLICIES)
        by_hand = _by_hand(places, self.steps)
        side = self.settings["canvas"]
        pictures = np.asarray(list(pictures), dtype="float32").reshape(-1, side, side)
        draw = np.random.default_rng(seed)
        shape = (len(pictures), len(by_hand), 2)
        drawn = draw.uniform(-1, 1, shape) if policy == "random" else draw.standard_normal(shape)
        drawn = drawn.astype("float32")
        parts = [slice(start, start + _BATCH) for start in range(0, len(pictures), _BATCH)]
        found = [self._run(pictures[part], by_hand, policy, drawn[part]) for part in parts]
        found.append(self._nothing(len(by_hand)))
        return tuple(np.concatenate(arrays) for arrays in zip(*found, strict=True))

    def beliefs(self, pictures: Iterable[np.ndarray]) -> np.ndarray:
        """The classes' probabilities after each glimpse, (N, T, C) float32, of pictures (S, S) from 0 to 1."""
        return self.looks(pictures)[0]

    def probabilities(
        self, pictures: Iterable[np.ndarray], policy: str = "mean", seed: int | None = None
    ) -> np.ndarray:
        """The classes' probabilities after the last glimpse, (N, C) float32."""
        return self.looks(pictures, policy=policy, seed=seed)[0][:, -1]

    def _run(
        self, pictures: np.ndarray, by_hand: list, policy: str, drawn: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """`looks` of at most a batch: a compiled program a step, so that any number of places is quick."""
        if self._step is None:
            self._step = compiled(self._read_step, [self])
        # one, or a whole batch: two programs
        count, rows = len(pictures), 1 if len(pictures) == 1 else _BATCH
        padded = ops.convert_to_tensor(_padded(pictures, rows))
        states = list(self.cell.get_initial_state(rows))
        mean, steps = np.zeros((count, 2), dtype="float32"), []
        for t, place in enumerate(by_hand):
            chosen = self._chosen(t, mean, policy, drawn[:, t]) if place is None else np.tile(place, (count, 1))
            beliefs, after, seen, states = self._step(padded, ops.convert_to_tensor(_padded(chosen, rows)), states)
            steps.append((ops.convert_to_numpy(beliefs)[:count], chosen, mean, ops.convert_to_numpy(seen)[:count]))
            mean = ops.convert_to_numpy(after)[:count]
        return tuple(np.stack(arrays, axis=1) for arrays in zip(*steps, strict=True))

    def _read_step(self, pictures: Any, places: Any, states: list) -> tuple[Any, Any, Any, list]:
        h, mean, seen, states = self.step(pictures, places, states)
        return ops.softmax(ops.cast(self.head(h), "float32"), axis=-1), mean, seen, states

    def _chosen(self, t: int, mean: np.ndarray, policy: str, drawn: np.ndarray) -> np.ndarray:
        """The places (N, 2) of step t."""
        if policy == "random":
            return drawn
        if policy == "centre" or t == 0:
            return np.zeros_like(mean)
        return mean + self.settings["sigma"] * drawn if policy == "sample" else mean

    def _nothing(self, steps: int) -> tuple[np.ndarray, ...]:
        size, scales = self.settings["glimpse_size"], self.settings["scales"]
        shapes = [(len(self.labels),), (2,), (2,), (scales, size, size)]
        return tuple(np.zeros((0, steps, *shape), dtype="float32") for shape in shapes)

    def _no_pictures(self) -> np.ndarray:
        return np.zeros((0, self.settings["canvas"], self.settings["canvas"]), dtype="float32")

    def _label(self, beliefs: np.ndarray) -> str:
        return self.labels[int(beliefs[-1].argmax())]

    def get_config(self) -> dict:
        return {**super().get_config(), "labels": self.labels, **self.settings}


def _padded(array: np.ndarray, rows: int) -> np.ndarray:
    return np.concatenate([array, np.zeros((rows - len(array), *array.shape[1:]), dtype="float32")])


def _by_hand(places: Any, steps: int) -> list[np.ndarray | None]:
    """The places that were set by hand, each (2,) float32 or None."""
    if places is None:
        return [None] * steps
    places = list(places)
    if not 1 <= len(places) <= MOST_PLACES:
        raise ValueError(f"places has {len(places)} places; expected 1 to {MOST_PLACES}, or None.")
    return [None if place is None else _one_place(n, place) for n, place in enumerate(places)]


def _one_place(number: int, place: Any) -> np.ndarray:
    try:
        found = np.asarray(place, dtype="float32")
    except (TypeError, ValueError):
        found = np.full(1, np.nan)
    if found.shape != (2,) or not (np.abs(found) <= 1).all():  # NaN fails, too
        raise ValueError(
            f"places[{number}] is {place!r}; expected (x, y), each from −1 to 1: (0, 0) is the centre, (−1, −1) the "
            "upper left corner. None lets the network choose."
        )
    return found
