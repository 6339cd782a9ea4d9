"""Cells whose recurrence is linear in the state: what is kept and written depends on x_t alone.

So all steps can be computed at once (`all_steps`, by `rnn_models.layers.linear_recurrence`), and one after the other
(`advance`) where the next input is not known yet. They have no product h U: no recurrent dropout, no layer
normalisation.
"""

from typing import Any, ClassVar

import keras
from keras import ops

from rnn_models.layers.linear_recurrence import held, linear_recurrence
from rnn_models.layers.recurrent_cell import PACKAGE, RecurrentCell, Weights


class LinearCell(RecurrentCell):
    """A cell of the form h_t = a_t ⊙ h_{t-1} + b_t, with a_t and b_t of x_t.

    `terms` gives log a_t and b_t. States: [h].
    """

    recurrent_product: ClassVar[bool] = False
    keep_gate = 0

    def weight_shapes(self, input_width: int) -> dict[str, tuple[int, ...]]:
        shapes = super().weight_shapes(input_width)
        del shapes["recurrent_kernel"]
        return shapes

    @staticmethod
    def terms(projected: Any, w: Weights) -> tuple[Any, Any]:
        """log a and b of one step or of all, (..., H) each, from `projected` (..., blocks·H)."""
        raise NotImplementedError("a linear cell gives its equations in `terms`")

    @classmethod
    def advance(cls, projected: Any, states: list, w: Weights, variant: str) -> tuple[list, list]:
        log_a, b = cls.terms(projected, w)
        a = ops.exp(log_a)
        return [a * states[0] + b], [a]

    @classmethod
    def all_steps(cls, projected: Any, mask: Any, states: list, w: Weights, variant: str) -> tuple[Any, list]:
        return linear_recurrence(*cls.terms(projected, w), states[0], mask)[0], []


def log_sigmoid(z: Any) -> Any:
    """log σ(z)."""
    return -ops.softplus(-z)


@keras.saving.register_keras_serializable(package=PACKAGE)
class MinGRUCell(LinearCell):
    """minGRU (Feng et al. 2024, arXiv:2410.01201): a GRU whose gate and candidate do not see the state.

        z_t = σ(x_t W_z + b_z)
        h_t = (1 − z_t) ⊙ h_{t-1} + z_t ⊙ (x_t W_h + b_h)

    Shapes: x (B, D), h (B, H); W (D, 2H), b (2H,) hold z, h.
    """

    short_name = "min_gru"
    blocks = 2

    @staticmethod
    def terms(projected: Any, w: Weights) -> tuple[Any, Any]:
        z, candidate = ops.split(projected, 2, axis=-1)
        return log_sigmoid(-z), ops.sigmoid(z) * candidate


@keras.saving.register_keras_serializable(package=PACKAGE)
class MinLSTMCell(LinearCell):
    """minLSTM (Feng et al. 2024, arXiv:2410.01201): an LSTM whose gates do not see the state and add up to 1.

        f_t = σ(x_t W_f + b_f),  i_t = σ(x_t W_i + b_i)
        h_t = f_t/(f_t + i_t) ⊙ h_{t-1} + i_t/(f_t + i_t) ⊙ (x_t W_h + b_h)

    Shapes: x (B, D), h (B, H); W (D, 3H), b (3H,) hold f, i, h.
    """

    short_name = "min_lstm"
    blocks = 3

    @staticmethod
    def terms(projected: Any, w: Weights) -> tuple[Any, Any]:
        f, i, candidate = ops.split(projected, 3, axis=-1)
        more_kept = log_sigmoid(f) - log_sigmoid(i)  # f/(f + i) = σ(log f − log i)
        return log_sigmoid(more_kept), ops.sigmoid(-more_kept) * candidate


@keras.saving.register_keras_serializable(package=PACKAGE)
class RGLRUCell(LinearCell):
    """RG-LRU, the recurrence of Griffin (De et al. 2024, arXiv:2402.19427), with c = 8.

        r_t = σ(x_t W_r + b_r),  i_t = σ(x_t W_i + b_i)
        a_t = σ(Λ)^(c r_t)
        h_t = a_t ⊙ h_{t-1} + √(1 − a_t²) ⊙ (i_t ⊙ (x_t W_x + b_x))

    Griffin's x is as wide as the state and enters as it is; here the projection x W_x makes it so.

    Shapes: x (B, D), h (B, H); W (D, 3H), b (3H,) hold r, i, x; Λ (H,) begins so that σ(Λ)^c lies in [0.9, 0.999].
    """

    short_name = "rg_lru"
    blocks = 3

    def weight_shapes(self, input_width: int) -> dict[str, tuple[int, ...]]:
        return super().weight_shapes(input_width) | {"decay": (self.units,)}

    def initializer_of(self, name: str) -> Any:
        return self._first_decay if name == "decay" else super().initializer_of(name)

    def _first_decay(self, shape: tuple, dtype: Any = None) -> Any:
        kept = keras.random.uniform(shape, 0.9, 0.999, dtype=dtype, seed=self.seed) ** (1 / 8)
        return ops.log(kept / (1 - kept))

    @staticmethod
    def terms(projected: Any, w: Weights) -> tuple[Any, Any]:
        r, i, x = ops.split(projected, 3, axis=-1)
        log_a = 8 * ops.sigmoid(r) * log_sigmoid(w.decay)
        return log_a, ops.sqrt(-ops.expm1(2 * log_a)) * ops.sigmoid(i) * x


@keras.saving.register_keras_serializable(package=PACKAGE)
class SRUCell(RecurrentCell):
    """Simple recurrent unit (Lei et al. 2017, arXiv:1709.02755, first version: its gates do not see the state).

        x̃_t = x_t W_c + b_c,  f_t = σ(x_t W_f + b_f),  r_t = σ(x_t W_r + b_r)
        c_t = f_t ⊙ c_{t-1} + (1 − f_t) ⊙ x̃_t
        h_t = r_t ⊙ tanh(c_t) + (1 − r_t) ⊙ x_t

    Shapes: x (B, D), h and c (B, H); W (D, 3H), b (3H,) hold c, f, r; where D ≠ H, W has a fourth block, and the
    projection x_t W_x stands for x_t. States: [h, c].
    """

    short_name = "sru"
    state_count = 2
    recurrent_product = False
    keep_gate = 0

    @property
    def bias_shape(self) -> tuple[int, ...]:
        return (3 * self.units,)

    def weight_shapes(self, input_width: int) -> dict[str, tuple[int, ...]]:
        blocks = 3 if input_width == self.units else 4
        shapes = super().weight_shapes(input_width) | {"kernel": (input_width, blocks * self.units)}
        del shapes["recurrent_kernel"]
        return shapes

    def project(self, x: Any) -> Any:
        """x̃, the sums of both gates, and x as wide as the state."""
        product, edge = self.input_product(x), 3 * self.units
        through = product[..., edge:] if product.shape[-1] > edge else ops.cast(x, product.dtype)
        return ops.concatenate([self.with_bias(product[..., :edge]), through], axis=-1)

    @staticmethod
    def terms(projected: Any) -> tuple[Any, Any, Any, Any]:
        """log f, (1 − f) ⊙ x̃, r, and what goes past the cell."""
        candidate, f, r, through = ops.split(projected, 4, axis=-1)
        return log_sigmoid(f), ops.sigmoid(-f) * candidate, ops.sigmoid(r), through

    @staticmethod
    def advance(projected: Any, states: list, w: Weights, variant: str) -> tuple[list, list]:
        log_f, written, r, through = SRUCell.terms(projected)
        f = ops.exp(log_f)
        c = f * states[1] + written
        return [r * ops.tanh(c) + (1 - r) * through, c], [f]

    @staticmethod
    def all_steps(projected: Any, mask: Any, states: list, w: Weights, variant: str) -> tuple[Any, list]:
        log_f, written, r, through = SRUCell.terms(projected)
        c, last = linear_recurrence(log_f, written, states[1], mask)
        return held(r * ops.tanh(c) + (1 - r) * through, mask, states[0]), [last]
