"""The image encoder: a picture becomes a grid of L places, each described by Dv numbers.

The network has learnt on ImageNet and is frozen. The feature map before its pooling keeps what lies where: 7 × 7
places, and one stage earlier 14 × 14.

On a CPU TensorFlow is by far the quickest backend for it: with two cores 4 ms a picture in batches of 32, where
JAX and PyTorch take 0.2 to 0.3 s.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import keras
import numpy as np
from keras import ops

from rnn_models.checks import check_choice, check_count
from rnn_models.vision.efficientnet import SHA256, SIZE, efficientnet_lite0, lite0_classifier
from rnn_models.vision.pictures import FITS, cell_boxes, open_picture, square

LITE0 = "efficientnet-lite0"
GRIDS = ("7x7", "14x14")

_BATCHES = (16, 4, 1)
"""Besides whole batches, pictures are encoded in so many at once: a program is compiled for each size."""


@dataclass(frozen=True)
class Features:
    """What an encoder saw in N pictures.

    Attributes:
        grids: the grids that were asked for, by name, each (N, L, Dv) float32: L places row by row, Dv numbers each.
        pooled: (N, Dp) float32, the mean over the places of the network's last feature map.
    """

    grids: dict[str, np.ndarray]
    pooled: np.ndarray

    @property
    def grid(self) -> np.ndarray:
        """The grid (N, L, Dv), the first one if there are several."""
        return next(iter(self.grids.values()))


class ImageEncoder:
    """Pictures in, grids of features out. The network is not trained any more.

    It is loaded when it is first used, and all encoders of one backbone share it. An encoder may be used by several
    threads at once; they take turns.

    Args:
        backbone: "efficientnet-lite0", which needs no network connection (grids of 49 × 1280 and 196 × 112), or the
            name of a network of `keras.applications`, such as "EfficientNetV2B0"; Keras downloads its weights once.
        grid: "7x7", the last feature map, or "14x14": with EfficientNet-Lite0 what the last block of that size gives,
            with others the last map of that size (with "VGG16" that of Xu et al. 2015).
        fit: "squash", the whole picture, or "crop", its middle: see `pictures.square`.
        weights: of a network of `keras.applications`: "imagenet", or None for random ones (for tests).

    Raises:
        ValueError: an unknown backbone, grid, fit or weights.
    """

    def __init__(self, backbone: str = LITE0, grid: str = "7x7", fit: str = "squash", weights: str | None = "imagenet"):
        _check(backbone, grid, fit, weights)
        self.backbone, self.grid, self.fit, self.weights = backbone, grid, fit, weights

    def encode(
        self,
        pictures: Sequence[Any] | np.ndarray,
        batch_size: int = 32,
        grids: Sequence[str] | None = None,
    ) -> Features:
        """What the network sees in each picture.

        Args:
            pictures: a list of anything that `open_picture` takes, or an array (N, H, W, 3) uint8.
            batch_size: how many pictures are decoded and encoded at once.
            grids: the grids that are wanted; one pass gives them all. Without it, the encoder's own.

        Raises:
            ValueError: something else than a list, or a picture that cannot be opened; the message says which.
            ImportError: the package with the weights is not installed.
            RuntimeError: the weights could not be downloaded.
        """
        wanted = self._wanted(grids)
        check_count("batch_size", batch_size)
        _check_pictures(pictures)
        network = self._network()
        found = [np.zeros((len(pictures), *network.shape(name)), "float32") for name in (*wanted, "pooled")]
        start = 0
        for size in _sizes(len(pictures), batch_size):
            rows = slice(start, start + size)
            outputs = network.run(self.prepare(pictures[rows], start))
            for array, name in zip(found, (*wanted, "pooled"), strict=True):
                array[rows] = outputs[name].reshape(size, *array.shape[1:])
            start += size
        return Features(dict(zip(wanted, found, strict=False)), found[-1])

    def prepare(self, pictures: Sequence[Any] | np.ndarray, first: int = 0) -> np.ndarray:
        """The squares (N, 224, 224, 3) uint8 that the network is shown; `encode` takes them too, unchanged.

        Args:
            first: the number of the first picture, for messages.

        Raises:
            ValueError: a picture that cannot be opened; the message says which.
        """
        _check_pictures(pictures)
        squares = np.zeros((len(pictures), SIZE, SIZE, 3), dtype=np.uint8)
        for n, picture in enumerate(pictures):
            try:
                squares[n] = square(open_picture(picture), SIZE, self.fit)
            except ValueError as error:
                raise ValueError(f"pictures[{first + n}]: {error}") from error
        return squares

    def probabilities(self, pictures: Sequence[Any] | np.ndarray, batch_size: int = 32) -> np.ndarray:
        """The probabilities (N, 1000) of ImageNet's classes; with the backbone "efficientnet-lite0" only.

        Raises:
            ValueError: another backbone, or as `encode`.
        """
        if self.backbone != LITE0:
            raise ValueError(f"{self.backbone} has no classes here; expected the backbone {LITE0!r}.")
        kernel, bias = lite0_classifier()
        logits = self.encode(pictures, batch_size).pooled @ kernel + bias
        powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
        return powers / powers.sum(axis=-1, keepdims=True)

    def boxes(self, height: int, width: int, grid: str | None = None) -> np.ndarray:
        """Where in a picture each place of the grid lies, (L, 4): `pictures.cell_boxes`.

        A place looks further than its box. Measured on photographs (EfficientNet-Lite0): what moves it is centred on
        the box, to within a few pixels, with a standard deviation of about 50 (7 × 7) or 30 (14 × 14) pixels of the
        picture scaled to 224 × 224.
        """
        (name,) = self._wanted(None if grid is None else (grid,))
        rows, columns = map(int, name.split("x"))
        return cell_boxes(height, width, rows, columns, SIZE, self.fit)

    def shape(self, grid: str | None = None) -> tuple[int, int]:
        """L and Dv of a grid, the encoder's own if none is given. Loads the network."""
        (name,) = self._wanted(None if grid is None else (grid,))
        return self._network().shape(name)

    @property
    def pooled_depth(self) -> int:
        """Dp. Loads the network."""
        return self._network().shape("pooled")[0]

    @property
    def identity(self) -> str:
        """All that the encoder's numbers depend on, in one line: features under one identity may be kept together.

        Raises:
            ValueError: random weights; each program has others.
        """
        if self.weights is None:
            raise ValueError("An encoder of random weights has no identity: what it sees cannot be kept.")
        weights = SHA256[:8] if self.backbone == LITE0 else f"{self.weights} (keras.applications)"
        return f"{self.backbone} {self.grid} {self.fit} {weights}"

    def get_config(self) -> dict[str, Any]:
        """What makes the encoder again, safe for JSON."""
        return {"backbone": self.backbone, "grid": self.grid, "fit": self.fit, "weights": self.weights}

    def _wanted(self, grids: Sequence[str] | None) -> tuple[str, ...]:
        wanted = (self.grid,) if grids is None else tuple(grids)
        if not wanted or len(set(wanted)) < len(wanted) or not set(wanted) <= set(GRIDS):
            raise ValueError(f"grids are {grids!r}; expected one or more of {', '.join(GRIDS)}, each once.")
        return wanted

    def _network(self) -> "_Network":
        return _network(self.backbone, self.weights)


def _check(backbone: Any, grid: Any, fit: Any, weights: Any) -> None:
    if backbone != LITE0:
        _application(backbone)
    check_choice("grid", grid, GRIDS)
    check_choice("fit", fit, FITS)
    if weights != "imagenet" and (weights is not None or backbone == LITE0):
        raise ValueError(
            f"weights are {weights!r}; expected 'imagenet', or None (random) with a network of keras.applications."
        )


def _check_pictures(pictures: Any) -> None:
    if isinstance(pictures, np.ndarray) and pictures.ndim != 4:
        raise ValueError(
            f"pictures are an array of shape {pictures.shape}; expected (N, H, W, 3). Put one picture in a list."
        )
    if isinstance(pictures, str | bytes) or not isinstance(pictures, Sequence | np.ndarray):
        raise ValueError(
            f"pictures are a {type(pictures).__name__}; expected a list of paths, arrays or PIL images, or an array "
            "(N, H, W, 3). Put one picture in a list."
        )


def _sizes(count: int, batch_size: int) -> list[int]:
    """`count` as a sum of few different sizes, so that few programs are compiled and nothing is padded."""
    sizes = []
    for size in (batch_size, *(b for b in _BATCHES if b < batch_size)):
        sizes += [size] * (count // size)
        count %= size
    return sizes


# ------------------------------------------------------------------------------------------------ networks


class _Network:
    """A loaded backbone: pictures (N, 224, 224, 3) uint8 to its feature maps, by name, and "pooled"."""

    def __init__(self, backbone: str, model: keras.Model):
        self.backbone, self.model = backbone, model
        # Keras's own compiled step, and not `backend.compiled`: on a CPU XLA's convolutions take 50 times as long as
        # TensorFlow's. It keeps state in the model, so that one thread at a time may run it.
        self.lock = threading.Lock()

    def shape(self, name: str) -> tuple[int, ...]:
        """(L, Dv) of a grid, (Dp,) of "pooled"."""
        if name not in self.model.output:
            raise ValueError(
                f"{self.backbone} has no feature map of {name} for pictures of {SIZE} × {SIZE}; "
                f"it has {', '.join(set(self.model.output) - {'pooled'}) or 'none of the known sizes'}."
            )
        _, *places, depth = self.model.output[name].shape
        return (int(np.prod(places)), depth) if places else (depth,)

    def run(self, pictures: np.ndarray) -> dict[str, np.ndarray]:
        with self.lock:
            return self.model.predict_on_batch(pictures)


_networks: dict[tuple[str, str | None], _Network] = {}
_loading = threading.Lock()


def _network(backbone: str, weights: str | None) -> _Network:
    """The network of a backbone, loaded once."""
    with _loading:
        if (backbone, weights) not in _networks:
            model = efficientnet_lite0() if backbone == LITE0 else _application_model(backbone, weights)
            _networks[backbone, weights] = _Network(backbone, model)
        return _networks[backbone, weights]


def _application(name: Any) -> tuple[Callable, ModuleType]:
    """A network of `keras.applications`, and the module that knows how its pictures are prepared."""
    known = {n: thing for n, thing in vars(keras.applications).items() if n[:1].isupper() and callable(thing)}
    if name not in list(known):
        raise ValueError(
            f"backbone is {name!r}; expected {LITE0!r} or one of keras.applications: {', '.join(sorted(known))}."
        )
    module = known[name].__module__.rsplit(".", 1)[-1]
    return known[name], getattr(keras.applications, module)


def _application_model(name: str, weights: str | None) -> keras.Model:
    make, module = _application(name)
    try:
        base = make(include_top=False, weights=weights, input_shape=(SIZE, SIZE, 3))
    except Exception as error:  # Keras tells a failed download by a plain Exception
        raise RuntimeError(
            f"The network {name} could not be made: {error} Its weights are downloaded once, by Keras: check the "
            f"network connection and try again, or take the backbone {LITE0!r}, which needs none."
        ) from error
    last = base.output
    maps = {f"{last.shape[1]}x{last.shape[2]}": last}
    for layer in base.layers:
        shape = getattr(layer.output, "shape", ())
        if len(shape) == 4 and f"{shape[1]}x{shape[2]}" in GRIDS and shape[1] > last.shape[1]:
            maps[f"{shape[1]}x{shape[2]}"] = layer.output  # the last one of its size stays
    trunk = keras.Model(base.input, maps)
    pictures = keras.Input((SIZE, SIZE, 3), dtype="uint8")
    outputs = trunk(module.preprocess_input(ops.cast(pictures, "float32")))
    model = keras.Model(
        pictures,
        {
            **{grid: ops.cast(outputs[grid], "float32") for grid in GRIDS if grid in outputs},
            "pooled": ops.cast(ops.mean(outputs[next(iter(maps))], axis=(1, 2)), "float32"),
        },
    )
    model.trainable = False
    return model
