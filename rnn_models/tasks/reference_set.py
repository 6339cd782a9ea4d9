"""Out-of-distribution detection for a captioner: how unlike its training pictures a picture is."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import keras
import numpy as np
from keras import ops

from rnn_models.layers.cells import PACKAGE

NEAREST = 5
"""The distance of a picture is that of the mean over so many nearest training pictures."""

LEAST_VARIANCE = 1e-4
"""Components with less than this share of the first one's variance are left out: few pictures do not have more."""


class Neighbour(NamedTuple):
    """The training picture that looks most alike: one of its captions, and how alike (cosine, 1: the same)."""

    caption: str
    likeness: float


class Calibration(NamedTuple):
    """Mean and standard deviation, over pictures of the usual kind, of the distance and of the mean NLL."""

    distance: float = 0.0
    distance_deviation: float = 1.0
    nll: float = 0.0
    nll_deviation: float = 1.0


@keras.saving.register_keras_serializable(package=PACKAGE, name="Album")
class ReferenceSet(keras.layers.Layer):
    """Training pictures, each as a direction in a space of few axes, with a caption: what new ones are compared with.

        u(p)        = (p − mean) axes / ‖(p − mean) axes‖          p: what the encoder makes of a whole picture
        distance(p) = 1 − the mean of u(p)·u_n over the 5 nearest training pictures n
        NLL         = −the mean of log p(word) over the caption that was written
        strangeness = ½ ((distance − μ) / σ + (NLL − μ') / σ')

    The first half is the k-nearest-neighbour score of Sun et al. 2022 (arXiv:2204.06507), the second asks how sure the
    language model is. The axes are the first principal components of the training pictures, scaled to a variance of 1;
    μ, σ, μ' and σ' are of pictures of the usual kind that were not trained on.

    Bundles keep this layer under the name "album".

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
        usual: Sequence[float] = Calibration(),
        limit: float = 2.0,
        **kwargs: Any,
    ):
        super().__init__(**{"name": "album", "trainable": False, "dtype": "float32", **kwargs})
        self.captions, self.depth, self.axis_count = tuple(captions), depth, axes
        self.calibration, self.limit = Calibration(*usual), float(limit)

    def build(self, *shapes: Any) -> None:
        self.mean = self._weight("mean", self.depth)
        self.axes = self._weight("axes", self.depth, self.axis_count)
        self.pictures = self._weight("pictures", len(self.captions), self.axis_count)
        self.built = True

    def _weight(self, name: str, *shape: int) -> Any:
        return self.add_weight(name=name, shape=shape, initializer="zeros", trainable=False)

    @classmethod
    def of(cls, pooled: np.ndarray, captions: Sequence[str], axes: int = 64) -> "ReferenceSet":
        """The set of pictures that are encoded already, (N, Dp), with one caption each."""
        pooled = np.asarray(pooled, np.float64)
        mean = pooled.mean(0)
        values, vectors = _principal_axes(pooled - mean)
        kept = [n for n in np.argsort(values)[::-1][:axes] if values[n] > LEAST_VARIANCE * values.max()]
        made = cls(captions, pooled.shape[1], len(kept))
        made.build()
        made.mean.assign(mean)
        made.axes.assign(vectors[:, kept] / np.sqrt(values[kept]))
        made.pictures.assign(made.directions(pooled))
        return made

    def directions(self, pooled: np.ndarray) -> np.ndarray:
        """u (n, axes) of pictures (n, Dp)."""
        mean, axes = (ops.convert_to_numpy(weight) for weight in (self.mean, self.axes))
        found = (np.asarray(pooled, np.float32) - mean) @ axes
        return found / np.maximum(np.linalg.norm(found, axis=-1, keepdims=True), 1e-12)

    def distances(self, pooled: np.ndarray) -> tuple[np.ndarray, list[Neighbour]]:
        """The distance of each picture (n, Dp), and its nearest training picture."""
        alike = self.directions(pooled) @ ops.convert_to_numpy(self.pictures).T
        count = min(NEAREST, alike.shape[1])
        nearest = np.partition(alike, -count, axis=1)[:, -count:]
        best = np.argmax(alike, axis=1)
        neighbours = [Neighbour(self.captions[n], float(row[n])) for n, row in zip(best, alike, strict=True)]
        return 1 - nearest.mean(1), neighbours

    def strangeness(self, distances: Sequence[float], nlls: Sequence[float]) -> np.ndarray:
        """How unlike the usual (n,), from the distance of each picture and the mean NLL of its caption."""
        usual = self.calibration
        far = (np.asarray(distances) - usual.distance) / usual.distance_deviation
        unsure = (np.asarray(nlls) - usual.nll) / usual.nll_deviation
        return (far + unsure) / 2

    def calibrate(self, distances: np.ndarray, nlls: np.ndarray, share: float = 0.95) -> None:
        """Set what is usual from such pictures; the limit is what this share of them stays below."""
        self.calibration = Calibration(
            *(float(f(array)) for array in (distances, nlls) for f in (np.mean, lambda a: max(np.std(a), 1e-9)))
        )
        self.limit = float(np.quantile(self.strangeness(distances, nlls), share))

    def get_config(self) -> dict:
        return {
            "captions": list(self.captions),
            "depth": self.depth,
            "axes": self.axis_count,
            "usual": list(self.calibration),
            "limit": self.limit,
        }


def _principal_axes(centred: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Variances (n,) and unit vectors (Dp, n) of the principal components of rows (N, Dp) whose mean is 0."""
    count, depth = centred.shape
    if count < depth:  # of so few rows there are no more than N components
        _, singular, rows = np.linalg.svd(centred, full_matrices=False)
        return singular**2 / count, rows.T
    return np.linalg.eigh(centred.T @ centred / count)
