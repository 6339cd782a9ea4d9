"""The lecture's three recurrences: the vanilla RNN, the LSTM and the GRU, each with its derivative.

`advance` is a cell's equations; `backward` is one step of back-propagation through time, written by hand. Both are pure
functions of arrays. What a cell is, and the letters: `rnn_models.layers.recurrent_cell`.
"""

from typing import Any, NamedTuple

import keras
from keras import ops

from rnn_models.layers.recurrent_cell import PACKAGE, RecurrentCell, Weights, flat

Array = Any


class StepBack(NamedTuple):
    """What one step back gives, all for that step.

    Attributes:
        projected: ∂L/∂ of what `project` gave, (B, blocks·H).
        products: ∂L/∂ of products with U that are not in `projected`, a list.
        states: ∂L/∂ of the states before, but for what went through the product with U.
        read: ∂L/∂ of h_{t-1} as the product with U read it (after recurrent dropout).
    """

    projected: Array
    products: list
    states: list
    read: Array


class Step(NamedTuple):
    """What is known of a step on the way back.

    Attributes:
        before, after: the states before and after it.
        read: h_{t-1} as the product with U read it (after recurrent dropout).
        saved: what `advance` saved.
    """

    before: list
    after: list
    read: Array
    saved: list


@keras.saving.register_keras_serializable(package=PACKAGE)
class VanillaRNNCell(RecurrentCell):
    """The vanilla recurrence (Elman 1990; CS231n lecture 10).

        h_t = φ(x_t W + h_{t-1} U + b),    φ = tanh, or the rectifier

    Shapes: x_t (B, D), h (B, H); W (D, H), U (H, H), b (H,). The layout is that of
    `keras.layers.SimpleRNN`.

    Args:
        activation: "tanh" or "relu". With "relu" and `recurrent_initializer="identity"` this is the IRNN
            (Le et al. 2015, arXiv:1504.00941).
        Others as in `RecurrentCell`.
    """

    short_name = "vanilla"
    keras_layer = "SimpleRNN"

    def __init__(self, units: int, activation: str = "tanh", **kwargs: Any):
        super().__init__(units, **kwargs)
        if activation not in ("tanh", "relu"):
            raise ValueError(
                f"VanillaRNNCell: activation is {activation!r}; expected 'tanh' or 'relu'. "
                "For another, subclass the cell and override `advance`."
            )
        self.activation = activation

    @property
    def variant(self) -> str:
        return self.activation

    @property
    def torch_kernel(self) -> str | None:
        return f"rnn_{self.activation}"

    @staticmethod
    def advance(projected: Any, states: list, w: Weights, variant: str) -> tuple[list, list]:
        z = projected + w.product(states[0])
        return [ops.tanh(z) if variant == "tanh" else ops.relu(z)], []

    @staticmethod
    def backward(d: list, step: Step, w: Weights, variant: str) -> StepBack:
        """dz = dh ⊙ (1 − h²), or dh where the rectifier is open."""
        (h,) = step.after
        dz = d[0] * (1 - h * h) if variant == "tanh" else ops.where(h > 0, d[0], ops.zeros_like(h))
        return StepBack(dz, [], [ops.zeros_like(h)], ops.matmul(dz, ops.transpose(w.parts[0, None])))

    def get_config(self) -> dict:
        return {**super().get_config(), "activation": self.activation}


@keras.saving.register_keras_serializable(package=PACKAGE)
class LSTMCell(RecurrentCell):
    """Long short-term memory (Hochreiter and Schmidhuber 1997, with the forget gate of Gers et al. 2000).

        i_t = σ(x_t W_i + h_{t-1} U_i + b_i)        how much to write
        f_t = σ(x_t W_f + h_{t-1} U_f + b_f)        how much to keep
        o_t = σ(x_t W_o + h_{t-1} U_o + b_o)        how much to show
        g_t = tanh(x_t W_g + h_{t-1} U_g + b_g)     what to write
        c_t = f_t ⊙ c_{t-1} + i_t ⊙ g_t
        h_t = o_t ⊙ tanh(c_t)

    Shapes: x_t (B, D), h and c (B, H); W (D, 4H), U (H, 4H), b (4H,) hold the gates in the lecture's order
    i, f, o, g. (`keras.layers.LSTM` holds them as i, f, g, o: see `rnn_models.layers.transfer`.)
    States: [h, c].

    Args:
        unit_forget_bias: add 1 to the forget gate's bias at the start (Jozefowicz et al. 2015).
        Others as in `RecurrentCell`.
    """

    short_name = "lstm"
    keras_layer = "LSTM"
    keras_order = torch_order = (0, 1, 3, 2)
    blocks = 4
    state_count = 2
    keep_gate = 1

    def __init__(self, units: int, unit_forget_bias: bool = True, **kwargs: Any):
        self.unit_forget_bias = bool(unit_forget_bias)
        super().__init__(units, **kwargs)

    @property
    def torch_kernel(self) -> str | None:
        return "lstm"

    def first_bias(self, shape: tuple, dtype: Any = None) -> Any:
        bias = self.bias_initializer(shape, dtype=dtype)
        if self.unit_forget_bias:
            bias = bias + ops.cast(ops.arange(shape[0]) // self.units == 1, bias.dtype)
        return bias

    @staticmethod
    def advance(projected: Any, states: list, w: Weights, variant: str) -> tuple[list, list]:
        z_i, z_f, z_o, z_g = ops.split(projected + w.product(states[0]), 4, axis=-1)
        i, f, o, g = ops.sigmoid(z_i), ops.sigmoid(z_f), ops.sigmoid(z_o), ops.tanh(z_g)
        c = f * states[1] + i * g
        tanh_c = ops.tanh(c)
        return [o * tanh_c, c], [i, f, o, g, tanh_c]

    @staticmethod
    def backward(d: list, step: Step, w: Weights, variant: str) -> StepBack:
        """dc += dh ⊙ o ⊙ (1 − tanh² c), and from it the gradient of each gate's sum."""
        dh, dc = d
        i, f, o, g, tanh_c = step.saved
        dc = dc + dh * o * (1 - tanh_c * tanh_c)
        gates = [
            dc * g * i * (1 - i),
            dc * step.before[1] * f * (1 - f),
            dh * tanh_c * o * (1 - o),
            dc * i * (1 - g * g),
        ]
        dz = ops.concatenate(gates, axis=-1)
        return StepBack(dz, [], [ops.zeros_like(dh), dc * f], ops.matmul(dz, ops.transpose(w.parts[0, None])))

    def get_config(self) -> dict:
        return {**super().get_config(), "unit_forget_bias": self.unit_forget_bias}


@keras.saving.register_keras_serializable(package=PACKAGE)
class GRUCell(RecurrentCell):
    """Gated recurrent unit (Cho et al. 2014, arXiv:1406.1078, eqs. 5-8).

        z_t = σ(x_t W_z + h_{t-1} U_z + b_z)                    how much to keep
        r_t = σ(x_t W_r + h_{t-1} U_r + b_r)                    how much of the past to read
        h̃_t = tanh(x_t W_h + r_t ⊙ (h_{t-1} U_h + b'_h) + b_h)  with reset_after=True (cuDNN's and Keras's form)
        h̃_t = tanh(x_t W_h + (r_t ⊙ h_{t-1}) U_h + b_h)         with reset_after=False (the paper's and the lecture's)
        h_t = z_t ⊙ h_{t-1} + (1 - z_t) ⊙ h̃_t

    Shapes: x_t (B, D), h (B, H); W (D, 3H) and U (H, 3H) hold the gates in the order z, r, h. The bias is
    (2, 3H) with reset_after=True, b for the input's product and b' for the state's (b' is added in all
    three blocks), else (3H,). The layout is that of `keras.layers.GRU`.

    Args:
        reset_after: where the reset gate is applied, as above.
        Others as in `RecurrentCell`.
    """

    short_name = "gru"
    keras_layer = "GRU"
    keras_order, torch_order = (0, 1, 2), (1, 0, 2)
    blocks = 3
    keep_gate = 0

    def __init__(self, units: int, reset_after: bool = True, **kwargs: Any):
        super().__init__(units, **kwargs)
        self.reset_after = bool(reset_after)

    @property
    def bias_shape(self) -> tuple[int, ...]:
        return (2, 3 * self.units) if self.reset_after else (3 * self.units,)

    @property
    def input_bias(self) -> Any:
        return self.bias[0] if self.reset_after and self.use_bias else self.bias

    @property
    def recurrent_bias(self) -> Any:
        return self.bias[1] if self.reset_after and self.use_bias else None

    @property
    def variant(self) -> str:
        return "reset_after" if self.reset_after else "reset_before"

    @property
    def torch_kernel(self) -> str | None:
        return "gru" if self.reset_after else None

    @staticmethod
    def columns(variant: str) -> tuple:
        return ((0, None),) if variant == "reset_after" else ((0, 2), (2, 3))

    @staticmethod
    def advance(projected: Any, states: list, w: Weights, variant: str) -> tuple[list, list]:
        (h,) = states
        x_z, x_r, x_h = ops.split(projected, 3, axis=-1)
        if variant == "reset_after":
            h_z, h_r, h_h = ops.split(w.product(h), 3, axis=-1)
            z, r = ops.sigmoid(x_z + h_z), ops.sigmoid(x_r + h_r)
            candidate = ops.tanh(x_h + r * h_h)
        else:
            h_z, h_r = ops.split(w.product(h, 0, 2), 2, axis=-1)
            z, r = ops.sigmoid(x_z + h_z), ops.sigmoid(x_r + h_r)
            h_h = r * h
            candidate = ops.tanh(x_h + w.product(h_h, 2, 3))
        return [z * h + (1 - z) * candidate], [z, r, candidate, h_h]

    @staticmethod
    def backward(d: list, step: Step, w: Weights, variant: str) -> StepBack:
        """The candidate's product with U has a gradient of its own ("reset_after"), or an input of its own."""
        (dh,), (h,) = d, step.before
        z, r, candidate, h_h = step.saved
        dz_h = dh * (1 - z) * (1 - candidate * candidate)
        dz_z = dh * (h - candidate) * z * (1 - z)
        if variant == "reset_after":
            dz_r = dz_h * h_h * r * (1 - r)
            of_candidate = dz_h * r
            d_products = ops.concatenate([dz_z, dz_r, of_candidate], axis=-1)
            d_read = ops.matmul(d_products, ops.transpose(w.parts[0, None]))
            return StepBack(ops.concatenate([dz_z, dz_r, dz_h], axis=-1), [of_candidate], [dh * z], d_read)
        d_reset = ops.matmul(dz_h, ops.transpose(w.parts[2, 3]))
        dz_r = d_reset * step.read * r * (1 - r)
        gates = ops.concatenate([dz_z, dz_r], axis=-1)
        d_read = ops.matmul(gates, ops.transpose(w.parts[0, 2])) + d_reset * r
        return StepBack(ops.concatenate([gates, dz_h], axis=-1), [], [dh * z], d_read)

    @staticmethod
    def recurrent_gradients(
        d_projected: Array, d_products: list, read: Array, saved: list, mask: Array | None, variant: str
    ) -> tuple[Array, Array | None]:
        edge = 2 * read.shape[-1]
        gates, candidate, transposed = d_projected[:, :edge], d_projected[:, edge:], ops.transpose(flat(read))
        if variant == "reset_after":
            parts = [ops.matmul(transposed, gates), ops.matmul(transposed, d_products[0])]
            sums = [ops.sum(gates, axis=0), ops.sum(d_products[0], axis=0)]
            return ops.concatenate(parts, axis=1), ops.concatenate(sums, axis=0)
        reset = saved[-1] if mask is None else saved[-1] * mask
        parts = [ops.matmul(transposed, gates), ops.matmul(ops.transpose(flat(reset)), candidate)]
        return ops.concatenate(parts, axis=1), None

    def get_config(self) -> dict:
        return {**super().get_config(), "reset_after": self.reset_after}
