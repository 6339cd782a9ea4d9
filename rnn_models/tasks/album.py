"""What a captioner remembers of its training pictures, to know a picture of another kind when it sees one."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import keras
import numpy as np
from keras import ops

from rnn_models.layers.cells import PACKAGE
from rnn_models.tasks.captioned import Caption, Neighbour

NEAREST = 5
"""The distance of a picture is that of the mean over so many nearest training pictures."""

LEAST = 1e-4
"""Components with less than this share of the first one's variance are left out: few pictures do not have more."""


class Usual(NamedTuple):
    """Mean and standard deviation, over pictures of the usual kind, of the distance and of the doubt."""

    distance: float = 0.0
    distance_deviation: float = 1.0
    doubt: float = 0.0
    doubt_deviation: float = 1.0


@keras.saving.register_keras_serializable(package=PACKAGE)
class Album(keras.layers.Layer):
    """The training pictures, each as a direction in a space of few axes, with a caption.

        u(p)        = (p − mean) axes / ‖(p − mean) axes‖          p: what the encoder makes of a whole picture
        distance(p) = 1 − the mean of u(p)·u_n over the 5 nearest training pictures n
        doubt       = −the mean of log p(word) over the caption that was written
        strangeness = ½ ((distance − μ) / σ + (doubt − μ') / σ')

    The axes are the first principal components of the training pictures, scaled to a variance of 1; μ, σ, μ' and σ'
    are of pictures of the usual kind that were not trained on.

    Args:
        captions: one for each training picture.
        depth: Dp, the depth of p.
        axes: how many components are kept.
        usual: μ, σ, μ', σ'.
        limit: above this strangeness a picture is called strange.
    """

    def __init__(
        self,
        captions: Sequence[str],
        depth: int,
        axes: int = 64,
        usual: Sequence[float] = Usual(),
        limit: float = 2.0,
        **kwargs: Any,
    ):
        super().__init__(**{"name": "album", "trainable": False, "dtype": "float32", **kwargs})
        self.captions, self.depth, self.axis_count = tuple(captions), depth, axes
        self.usual, self.limit = Usual(*usual), float(limit)

    def build(self, *shapes: Any) -> None:
        shapes = {
            "mean": (self.depth,),
            "axes": (self.depth, self.axis_count),
            "pictures": (len(self.captions), self.axis_count),
        }
        self.parts = {
            name: self.add_weight(name=name, shape=shape, initializer="zeros", trainable=False)
            for name, shape in shapes.items()
        }
        self.built = True

    @classmethod
    def of(cls, pooled: np.ndarray, captions: Sequence[str], axes: int = 64) -> "Album":
        """The album of pictures that are encoded already, (N, Dp), with one caption each."""
        pooled = np.asarray(pooled, np.float64)
        mean = pooled.mean(0)
        values, vectors = _principal_axes(pooled - mean)
        kept = [n for n in np.argsort(values)[::-1][:axes] if values[n] > LEAST * values.max()]
        components = vectors[:, kept] / np.sqrt(values[kept])
        album = cls(captions, pooled.shape[1], len(kept))
        album.build()
        album.parts["mean"].assign(mean)
        album.parts["axes"].assign(components)
        album.parts["pictures"].assign(album.directions(pooled))
        return album

    def directions(self, pooled: np.ndarray) -> np.ndarray:
        """u (n, axes) of pictures (n, Dp)."""
        mean, axes = (ops.convert_to_numpy(self.parts[name]) for name in ("mean", "axes"))
        found = (np.asarray(pooled, np.float32) - mean) @ axes
        return found / np.maximum(np.linalg.norm(found, axis=-1, keepdims=True), 1e-12)

    def distances(self, pooled: np.ndarray) -> tuple[np.ndarray, list[Neighbour]]:
        """The distance of each picture (n, Dp), and its nearest training picture."""
        alike = self.directions(pooled) @ ops.convert_to_numpy(self.parts["pictures"]).T
        count = min(NEAREST, alike.shape[1])
        nearest = np.partition(alike, -count, axis=1)[:, -count:]
        best = np.argmax(alike, axis=1)
        neighbours = [Neighbour(self.captions[n], float(row[n])) for n, row in zip(best, alike, strict=True)]
        return 1 - nearest.mean(1), neighbours

    def strangeness(self, distances: Sequence[float], doubts: Sequence[float]) -> np.ndarray:
        """How unlike the usual, from distances and doubts (n,)."""
        usual = self.usual
        far = (np.asarray(distances) - usual.distance) / usual.distance_deviation
        unsure = (np.asarray(doubts) - usual.doubt) / usual.doubt_deviation
        return (far + unsure) / 2

    def compared(self, captions: Sequence[Caption], pooled: np.ndarray) -> list[Caption]:
        """The captions of pictures (n, Dp), with how unlike the training pictures each picture is."""
        distances, neighbours = self.distances(pooled)
        strangeness = self.strangeness(distances, [doubt_of(caption.probabilities) for caption in captions])
        return [
            replace(caption, nearest=neighbour, strangeness=float(value), strange=bool(value > self.limit))
            for caption, neighbour, value in zip(captions, neighbours, strangeness, strict=True)
        ]

    def calibrate(self, distances: np.ndarray, doubts: np.ndarray, share: float = 0.95) -> None:
        """Set what is usual from such pictures; the limit is what this share of them stays below."""
        self.usual = Usual(
            *(float(f(array)) for array in (distances, doubts) for f in (np.mean, lambda a: max(np.std(a), 1e-9)))
        )
        self.limit = float(np.quantile(self.strangeness(distances, doubts), share))

    def get_config(self) -> dict:
        return {
            "captions": list(self.captions),
            "depth": self.depth,
            "axes": self.axis_count,
            "usual": list(self.usual),
            "limit": self.limit,
        }


def _principal_axes(centred: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Variances (n,) and unit vectors (Dp, n) of the principal components of rows (N, Dp) whose mean is 0."""
    count, depth = centred.shape
    if count < depth:  # of so few rows there are no more than N components
        _, singular, rows = np.linalg.svd(centred, full_matrices=False)
        return singular**2 / count, rows.T
    return np.linalg.eigh(centred.T @ centred / count)


def doubt_of(probabilities: np.ndarray) -> float:
    """−mean log p of the words that were written."""
    return float(-np.mean(np.log(np.maximum(probabilities, 1e-12))))
