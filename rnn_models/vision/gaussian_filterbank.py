"""The window of DRAW: a grid of N × N Gaussian filters over a picture (Gregor et al. 2015, arXiv:1502.04623).

A picture has B rows of A pixels. Five numbers say where the window is; pixels and filters are counted from 1:

    g_X = (A + 1)/2 · (g̃_X + 1)             g_Y = (B + 1)/2 · (g̃_Y + 1)             the centre, in pixels
    δ = (max(A, B) − 1)/(N − 1) · δ̃                                                 the stride, in pixels
    μ_X[i] = g_X + (i − N/2 − 1/2) δ        μ_Y[j] = g_Y + (j − N/2 − 1/2) δ        the filters' places
    F_X[i, a] ∝ exp(−(a − μ_X[i])² / 2σ²)   F_Y[j, b] ∝ exp(−(b − μ_Y[j])² / 2σ²)   each row sums to 1

    read(x) = γ F_Y x F_Xᵀ                  write(w) = F_Yᵀ w F_X / γ
"""

from typing import Any, NamedTuple

from keras import ops

from rnn_models.checks import check_count

NUMBERS = 5
"""So many numbers place a window: g̃_X, g̃_Y, ln σ², ln δ̃, ln γ."""


class Window(NamedTuple):
    """Where a window is; each (...).

    Attributes:
        g_x, g_y: its centre, in pixels from 1: x counts to the right, y down.
        delta: δ, the distance between neighbouring filters, in pixels.
        sigma: σ, the width of a filter, in pixels.
        gamma: γ, by which what is read is multiplied, and what is written divided.
    """

    g_x: Any
    g_y: Any
    delta: Any
    sigma: Any
    gamma: Any


class Filterbank(NamedTuple):
    """The filters of a window: `x` F_X (..., N, A), `y` F_Y (..., N, B), and `gamma` (..., 1, 1)."""

    x: Any
    y: Any
    gamma: Any

    def read(self, picture: Any) -> Any:
        """γ F_Y x F_Xᵀ: a picture (..., B, A) gives what the window sees, (..., N, N)."""
        return self.gamma * ops.matmul(ops.matmul(self.y, picture), ops.swapaxes(self.x, -1, -2))

    def write(self, patch: Any) -> Any:
        """F_Yᵀ w F_X / γ: a patch (..., N, N) as it stands in the picture, (..., B, A)."""
        return ops.matmul(ops.swapaxes(self.y, -1, -2), ops.matmul(patch, self.x)) / self.gamma


def window(numbers: Any, height: int, width: int, size: int) -> Window:
    """The window of g̃_X, g̃_Y, ln σ², ln δ̃, ln γ: numbers (..., 5), for a picture of B = height, A = width.

    Raises:
        ValueError: N = size is below 2: one filter has no stride.
    """
    check_count("the size of a window, N,", size, 2, "One filter alone has no stride.")
    stride = (max(height, width) - 1) / (size - 1)
    return Window(
        (width + 1) / 2 * (numbers[..., 0] + 1),
        (height + 1) / 2 * (numbers[..., 1] + 1),
        stride * ops.exp(numbers[..., 3]),
        ops.exp(numbers[..., 2] / 2),
        ops.exp(numbers[..., 4]),
    )


def places(centre: Any, delta: Any, size: int) -> Any:
    """μ_1 ... μ_N, (..., N), in pixels from 1."""
    steps = ops.arange(1, size + 1, dtype="float32") - (size / 2 + 0.5)
    return centre[..., None] + ops.cast(steps, centre.dtype) * delta[..., None]


def filters(centre: Any, delta: Any, sigma: Any, size: int, pixels: int) -> Any:
    """F (..., N, A) of one axis with so many pixels.

    The rows are a softmax: what it computes is the same quotient, and a narrow filter far outside the picture is no
    0 / 0 but the pixel nearest to it.
    """
    at = ops.cast(ops.arange(1, pixels + 1, dtype="float32"), centre.dtype)
    away = (at - places(centre, delta, size)[..., None]) / sigma[..., None, None]
    return ops.softmax(-0.5 * away * away, axis=-1)


def filterbank(where: Window, height: int, width: int, size: int) -> Filterbank:
    """The filters of a window of N = size over a picture of B = height, A = width."""
    return Filterbank(
        filters(where.g_x, where.delta, where.sigma, size, width),
        filters(where.g_y, where.delta, where.sigma, size, height),
        where.gamma[..., None, None],
    )
