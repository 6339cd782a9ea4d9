"""A small convolutional network that learns with the model around it: for pictures that no ready encoder knows."""

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from rnn_models.checks import check_count
from rnn_models.layers.recurrent_cell import PACKAGE


@keras.saving.register_keras_serializable(package=PACKAGE)
class ConvolutionalGrid(keras.layers.Layer):
    """A picture becomes a grid: convolutions of 3 × 3, each with batch normalisation and relu.

    Each of `channels` halves height and width; one more convolution of the last width leaves them as they are.

    Args:
        side: S, height and width of a picture; 2 to the number of `channels` divides it.
        channels: the width of each convolution.

    Shapes: pictures (B, S, S, 3), from 0 to 255, give (B, L, C): L = (S / 2^n)² places row by row, C the last width.

    Raises:
        ValueError: no channels, or a side that is not so often divisible by 2.
    """

    def __init__(self, side: int, channels: Sequence[int], **kwargs: Any):
        super().__init__(**kwargs)
        self.side, self.channels = check_count("side", side), [check_count("channels", n) for n in channels]
        if not self.channels or self.side % 2 ** len(self.channels):
            raise ValueError(
                f"side is {side} and channels are {self.channels}; expected one width or more, each of which halves "
                f"the side, such as a side of 64 with (32, 48, 64)."
            )
        widths = [(width, 2) for width in self.channels] + [(self.channels[-1], 1)]
        options = {"padding": "same", "use_bias": False, "dtype": self.dtype_policy}
        self.convolutions = [
            keras.layers.Conv2D(width, 3, strides=stride, name=f"convolution_{n}", **options)
            for n, (width, stride) in enumerate(widths)
        ]
        self.norms = [
            keras.layers.BatchNormalization(name=f"norm_{n}", dtype=self.dtype_policy) for n in range(len(widths))
        ]

    @property
    def places(self) -> tuple[int, int]:
        """Rows and columns of the grid."""
        cells = self.side // 2 ** len(self.channels)
        return cells, cells

    def build(self, pictures_shape: Any = None) -> None:
        depth = 3
        for convolution, norm in zip(self.convolutions, self.norms, strict=True):
            convolution.build((None, None, None, depth))
            depth = convolution.filters
            norm.build((None, None, None, depth))
        self.built = True

    def call(self, pictures: Any, training: bool = False) -> Any:
        x = ops.cast(pictures, self.compute_dtype) / 127.5 - 1
        for convolution, norm in zip(self.convolutions, self.norms, strict=True):
            x = ops.relu(norm(convolution(x), training=training))
        rows, columns = self.places
        return ops.reshape(x, (-1, rows * columns, self.channels[-1]))

    def compute_output_spec(self, pictures: Any, training: bool = False) -> Any:
        rows, columns = self.places
        return keras.KerasTensor((pictures.shape[0], rows * columns, self.channels[-1]), dtype=self.compute_dtype)

    def get_config(self) -> dict:
        return {**super().get_config(), "side": self.side, "channels": self.channels}
