"""Relatives of the GRU: the three that an evolutionary search found, and the one with a single gate.

Here z lets the new in, h_t = z ⊙ h̃ + (1 − z) ⊙ h, as these papers write it: the reverse of our `GRUCell`.
"""

from typing import Any, ClassVar

import keras
from keras import ops

from rnn_models.layers.recurrent_cell import PACKAGE, RecurrentCell, Weights


class _MutatedCell(RecurrentCell):
    """What the three have in common: h_t = z ⊙ h̃ + (1 − z) ⊙ h, and an x that enters one block as it is.

    The bare x is as wide as the state only where D = H. Elsewhere a projection of it, one more block of W, stands
    for it.
    """

    keep_gate = 0
    bare: ClassVar[int | None] = None
    """Which of the blocks z, r, h reads x itself."""

    @property
    def bias_shape(self) -> tuple[int, ...]:
        return (3 * self.units,)

    def weight_shapes(self, input_width: int) -> dict[str, tuple[int, ...]]:
        blocks = 2 if self.bare is not None and input_width == self.units else 3
        shapes = super().weight_shapes(input_width)
        return shapes | {
            "kernel": (input_width, blocks * self.units),
            "recurrent_kernel": (self.units, self.blocks * self.units),
        }

    def project(self, x: Any) -> Any:
        product = self.input_product(x)
        if product.shape[-1] == 2 * self.units:
            first, second = ops.split(product, 2, axis=-1)
            parts = [first, second]
            parts.insert(self.bare, ops.cast(x, product.dtype))
            product = ops.concatenate(parts, axis=-1)
        return self.with_bias(self.bare_activation(product))

    def bare_activation(self, product: Any) -> Any:
        """What is applied to the input's part before the bias."""
        return product


@keras.saving.register_keras_serializable(package=PACKAGE)
class MUT1Cell(_MutatedCell):
    """MUT1 (Jozefowicz et al. 2015, "An empirical exploration of recurrent network architectures").

        z = σ(x W_z + b_z)
        r = σ(x W_r + h U_r + b_r)
        h̃ = tanh((r ⊙ h) U_h + tanh(x) + b_h)
        h_t = z ⊙ h̃ + (1 − z) ⊙ h

    Shapes: x (B, D), h (B, H); W (D, 2H) holds z, r where D = H, else (D, 3H) z, r and the projection x W_h that
    stands for x; U (H, 2H) holds r, h; b (3H,) holds z, r, h.
    """

    short_name = "mut1"
    blocks = 2
    bare = 2

    def bare_activation(self, product: Any) -> Any:
        gates, x = product[..., : 2 * self.units], product[..., 2 * self.units :]
        return ops.concatenate([gates, ops.tanh(x)], axis=-1)

    @staticmethod
    def columns(variant: str) -> tuple:
        return ((0, 1), (1, 2))

    @staticmethod
    def advance(projected: Any, states: list, w: Weights, variant: str) -> tuple[list, list]:
        (h,) = states
        x_z, x_r, x_h = ops.split(projected, 3, axis=-1)
        z, r = ops.sigmoid(x_z), ops.sigmoid(x_r + w.product(h, 0, 1))
        return [z * ops.tanh(w.product(r * h, 1, 2) + x_h) + (1 - z) * h], [1 - z]


@keras.saving.register_keras_serializable(package=PACKAGE)
class MUT2Cell(_MutatedCell):
    """MUT2 (Jozefowicz et al. 2015).

        z = σ(x W_z + h U_z + b_z)
        r = σ(x + h U_r + b_r)
        h̃ = tanh((r ⊙ h) U_h + x W_h + b_h)
        h_t = z ⊙ h̃ + (1 − z) ⊙ h

    Shapes: x (B, D), h (B, H); W (D, 2H) holds z, h where D = H, else (D, 3H) z, the projection x W_r that stands for
    x, h; U (H, 3H) and b (3H,) hold z, r, h.
    """

    short_name = "mut2"
    blocks = 3
    bare = 1

    @staticmethod
    def columns(variant: str) -> tuple:
        return ((0, 2), (2, 3))

    @staticmethod
    def advance(projected: Any, states: list, w: Weights, variant: str) -> tuple[list, list]:
        (h,) = states
        x_z, x_r, x_h = ops.split(projected, 3, axis=-1)
        h_z, h_r = ops.split(w.product(h, 0, 2), 2, axis=-1)
        z, r = ops.sigmoid(x_z + h_z), ops.sigmoid(x_r + h_r)
        return [z * ops.tanh(w.product(r * h, 2, 3) + x_h) + (1 - z) * h], [1 - z]


@keras.saving.register_keras_serializable(package=PACKAGE)
class MUT3Cell(_MutatedCell):
    """MUT3 (Jozefowicz et al. 2015).

        z = σ(x W_z + tanh(h) U_z + b_z)
        r = σ(x W_r + h U_r + b_r)
        h̃ = tanh((r ⊙ h) U_h + x W_h + b_h)
        h_t = z ⊙ h̃ + (1 − z) ⊙ h

    Shapes: x (B, D), h (B, H); W (D, 3H), U (H, 3H), b (3H,) hold z, r, h.
    """

    short_name = "mut3"
    blocks = 3

    @staticmethod
    def columns(variant: str) -> tuple:
        return ((0, 1), (1, 2), (2, 3))

    @staticmethod
    def advance(projected: Any, states: list, w: Weights, variant: str) -> tuple[list, list]:
        (h,) = states
        x_z, x_r, x_h = ops.split(projected, 3, axis=-1)
        z, r = ops.sigmoid(x_z + w.product(ops.tanh(h), 0, 1)), ops.sigmoid(x_r + w.product(h, 1, 2))
        return [z * ops.tanh(w.product(r * h, 2, 3) + x_h) + (1 - z) * h], [1 - z]


@keras.saving.register_keras_serializable(package=PACKAGE)
class MGUCell(RecurrentCell):
    """Minimal gated unit (Zhou et al. 2016, arXiv:1603.09420): one gate is the reset gate and the update gate.

        f = σ(x W_f + h U_f + b_f)
        h_t = (1 − f) ⊙ h + f ⊙ tanh(x W_h + (f ⊙ h) U_h + b_h)

    Shapes: x (B, D), h (B, H); W (D, 2H), U (H, 2H), b (2H,) hold f, h.
    """

    short_name = "mgu"
    blocks = 2
    keep_gate = 0

    @staticmethod
    def columns(variant: str) -> tuple:
        return ((0, 1), (1, 2))

    @staticmethod
    def advance(projected: Any, states: list, w: Weights, variant: str) -> tuple[list, list]:
        (h,) = states
        x_f, x_h = ops.split(projected, 2, axis=-1)
        f = ops.sigmoid(x_f + w.product(h, 0, 1))
        return [(1 - f) * h + f * ops.tanh(x_h + w.product(f * h, 1, 2))], [1 - f]
