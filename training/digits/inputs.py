"""The pictures as the network reads them, and their batches."""

from typing import TYPE_CHECKING

import numpy as np

from rnn_models.tasks.digits import PIXELS
from rnn_models.vision.digit_pictures import SIDE
from training.data.picture_batches import OrderedPictures
from training.digits.canvas import laid_out

if TYPE_CHECKING:
    from training.data.records import ImageData, Images
    from training.digits.config import Train

PERMUTATION_SEED = 0


class Pictures:
    """The data set, shared by the runs of several seeds; and the one order of "permuted", which its bundle stores."""

    def __init__(self, options: "Train", data: "ImageData"):
        self.options, self.data = options, data
        drawn = np.random.RandomState(PERMUTATION_SEED).permutation(PIXELS).tolist()  # the same in every NumPy
        self.permutation = drawn if options.order == "permuted" else None


class PictureBatches(OrderedPictures):
    """Batches `(pictures (B, 28, 28) float32, labels (B,), weights (B,))`.

    For training the shifts, as the order, are a function of the seed and of `epoch`.

    Args:
        part: the pictures.
        batch_size: B.
        seed: for training; None: in their order, for validation.
        shift: a picture is moved by up to so many pixels.
        canvas, clutter: for training, the digits are laid out on larger pictures: see `laid_out`.
        rows: the rows that this process feeds (several hosts), a slice of range(B); all by default.
    """

    def __init__(
        self,
        part: "Images",
        batch_size: int,
        seed: int | None = None,
        shift: int = 0,
        rows: slice | None = None,
        canvas: int = SIDE,
        clutter: int = 0,
    ):
        super().__init__(part, batch_size, seed, rows)
        self.shift, self.canvas, self.clutter = shift, canvas, clutter

    def __getitem__(self, index: int) -> tuple:
        whole, weights = self.chosen(index)
        chosen = whole[self.rows]
        images = self.part.images[chosen]
        if self.canvas > SIDE and self.seed is not None:
            draw = np.random.RandomState(np.random.SeedSequence([self.seed, self.epoch, index]).generate_state(4))
            pictures = laid_out(self.part.images[whole], self.part.images, self.canvas, self.clutter, draw)
            images = pictures[self.rows]
        pictures = images.astype("float32") / 255
        if self.shift and self.seed is not None:
            draw = np.random.default_rng([self.seed, self.epoch, index])
            moves = draw.integers(-self.shift, self.shift + 1, (self.batch_size, 2))[self.rows]
            pictures = moved(pictures, moves)
        return pictures, self.part.labels[chosen], weights


def moved(pictures: np.ndarray, moves: np.ndarray) -> np.ndarray:
    """Pictures (N, H, W), each moved down and to the right by its whole numbers (N, 2); what comes in is 0."""
    _, height, width = pictures.shape
    room = int(np.abs(moves).max(initial=0))
    wide = np.pad(pictures, [(0, 0), (room, room), (room, room)])
    rows = (room - moves[:, 0])[:, None] + np.arange(height)
    columns = (room - moves[:, 1])[:, None] + np.arange(width)
    return wide[np.arange(len(pictures))[:, None, None], rows[:, :, None], columns[:, None, :]]
