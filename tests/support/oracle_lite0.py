"""EfficientNet-Lite0 in plain NumPy: the published network step by step, for comparison."""

import math

import numpy as np

# Of the paper's table 1: kernel, expansion, channels, repeats, stride; B0 without squeeze-and-excite.
STAGES = [(3, 1, 16, 1, 1), (3, 6, 24, 2, 2), (5, 6, 40, 2, 2), (3, 6, 80, 3, 2), (5, 6, 112, 3, 1), (5, 6, 192, 4, 2)]
STAGES += [(3, 6, 320, 1, 1)]


def maps(picture: np.ndarray, arrays: dict[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """The maps (14, 14, 112) and (7, 7, 1280) of a picture (224, 224, 3); `arrays` by the names in PyTorch's file."""
    x = (picture.astype("float32") - 127) / 128
    x = relu6(normalised(full(x, arrays["_conv_stem.weight"], 2), arrays, "_bn0"))
    number = 0
    for _, expansion, channels, repeats, stride in STAGES:
        for step in [stride] + [1] * (repeats - 1):
            name, y = f"_blocks.{number}", x
            if expansion > 1:
                y = relu6(normalised(full(y, arrays[f"{name}._expand_conv.weight"], 1), arrays, f"{name}._bn0"))
            y = relu6(normalised(depthwise(y, arrays[f"{name}._depthwise_conv.weight"], step), arrays, f"{name}._bn1"))
            y = normalised(full(y, arrays[f"{name}._project_conv.weight"], 1), arrays, f"{name}._bn2")
            x = x + y if x.shape == y.shape else y
            number += 1
        if channels == 112:
            middle = x
    return middle, relu6(normalised(full(x, arrays["_conv_head.weight"], 1), arrays, "_bn1"))


def relu6(x):
    return np.clip(x, 0, 6)


def normalised(x, arrays, name):
    gamma, beta, mean, variance = (arrays[f"{name}.{p}"] for p in ("weight", "bias", "running_mean", "running_var"))
    return (x - mean) / np.sqrt(variance + 1e-3) * gamma + beta


def taps(x, k, stride):
    """The k × k neighbours of each place, one by one, with as many zeros around as give ⌈H / stride⌉ places."""
    out = math.ceil(len(x) / stride)
    zeros = max(0, (out - 1) * stride + k - len(x))
    before = zeros // 2
    x = np.pad(x, ((before, zeros - before), (before, zeros - before), (0, 0)))
    end = (out - 1) * stride + 1
    return ((i, j, x[i : i + end : stride, j : j + end : stride]) for i in range(k) for j in range(k))


def full(x, kernel, stride):
    """Convolution with a kernel (out, in, k, k)."""
    return sum(part @ kernel[:, :, i, j].T for i, j, part in taps(x, kernel.shape[-1], stride))


def depthwise(x, kernel, stride):
    """Each channel for itself, kernel (C, 1, k, k)."""
    return sum(part * kernel[:, 0, i, j] for i, j, part in taps(x, kernel.shape[-1], stride))
