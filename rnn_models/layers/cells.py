"""One step of each recurrence: the vanilla RNN, the LSTM and the GRU.

A cell is split where time splits it. `project(x)` is what does not depend on the state and can be done for
all steps at once; `step(projected, states)` is what does. `call(x_t, states) = step(project(x_t), states)`,
so every cell also works inside `keras.layers.RNN`.

Letters: B batch, T time, D input width, H units; ⊙ is the elementwise product, σ the logistic function.
"""

from collections.abc import Callable
from typing import Any, ClassVar

import keras
from keras import initializers, ops

# Keras asks a cell for one dropout mask per sequence only if the cell carries this (unexported) mixin.
from keras.src.layers.rnn.dropout_rnn_cell import DropoutRNNCell

from rnn_models.backend import by_rows
from rnn_models.checks import check_rate, check_units
from rnn_models.layers.checks import check_width

PACKAGE = "rnn_models"


class RecurrentCell(DropoutRNNCell, keras.layers.Layer):
    """What the three cells share: weights, dropout masks, layer normalisation.

    A cell gives its number of `blocks` (rows of gates in the weights), `state_count`, and `advance`, its
    equations. Weights: `kernel` W (D, blocks·H), `recurrent_kernel` U (H, blocks·H), `bias` b.

    Args:
        units: H, the width of the hidden state.
        dropout: rate of input dropout, drawn once for a sequence and constant over its time.
        recurrent_dropout: rate of dropout on h_{t-1} where it enters the matrix product, likewise drawn
            once for a sequence (variational dropout, Gal and Ghahramani 2016, arXiv:1512.05287).
        layer_norm: normalise each gate's two products over the units, with a gain (Ba et al. 2016,
            arXiv:1607.06450); the bias stands after the sum.
        kernel_initializer, recurrent_initializer, bias_initializer: as in Keras.
        seed: of the dropout masks.

    Raises:
        ValueError: units that are no positive integer, a rate outside [0, 1), an input of another width.
    """

    blocks: ClassVar[int] = 1
    state_count: ClassVar[int] = 1

    def __init__(
        self,
        units: int,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        layer_norm: bool = False,
        kernel_initializer: Any = "glorot_uniform",
        recurrent_initializer: Any = "orthogonal",
        bias_initializer: Any = "zeros",
        seed: int | None = None,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        self.units = check_units(units)
        self.dropout = check_rate("dropout", dropout)
        self.recurrent_dropout = check_rate("recurrent_dropout", recurrent_dropout)
        self.layer_norm = bool(layer_norm)
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.recurrent_initializer = initializers.get(recurrent_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)

    @property
    def state_size(self) -> int | list[int]:
        """The width of each state, in the form that `keras.layers.RNN` reads."""
        return self.units if self.state_count == 1 else [self.units] * self.state_count

    @property
    def output_size(self) -> int:
        """The width of the output, H."""
        return self.units

    @property
    def bias_shape(self) -> tuple[int, ...]:
        """The shape of the bias, (blocks·H,)."""
        return (self.blocks * self.units,)

    def build(self, input_shape: tuple, states_shape: Any = None) -> None:
        width = self.blocks * self.units
        self.kernel = self.add_weight(
            name="kernel", shape=(input_shape[-1], width), initializer=self.kernel_initializer
        )
        self.recurrent_kernel = self.add_weight(
            name="recurrent_kernel", shape=(self.units, width), initializer=self.recurrent_initializer
        )
        self.bias = self.add_weight(name="bias", shape=self.bias_shape, initializer=self.first_bias)
        if self.layer_norm:
            self.input_gain = self.add_weight(name="input_gain", shape=(width,), initializer="ones")
            self.recurrent_gain = self.add_weight(name="recurrent_gain", shape=(width,), initializer="ones")
        self.built = True

    def first_bias(self, shape: tuple, dtype: Any = None) -> Any:
        """The bias before training."""
        return self.bias_initializer(shape, dtype=dtype)

    def get_initial_state(self, batch_size: Any = None) -> list:
        """States of zeros, each (B, H)."""
        return [ops.zeros((batch_size, self.units), dtype=self.compute_dtype) for _ in range(self.state_count)]

    def project(self, x: Any) -> Any:
        """x W + b, the part of the gates that needs no state. x (..., D) gives (..., blocks·H)."""
        check_width(self, x, self.kernel.shape[0])
        kernel = ops.cast(self.kernel, self.compute_dtype)
        projected = by_rows(lambda rows: ops.matmul(rows, kernel), x)
        if self.layer_norm:
            projected = self._normalise(projected, self.input_gain)
        return projected + ops.cast(self.input_bias, self.compute_dtype)

    def step(self, projected: Any, states: list, recurrent_mask: Any = None) -> tuple[Any, list]:
        """One step in time from what `project` gave.

        Args:
            projected: (B, blocks·H).
            states: the states before, each (B, H).
            recurrent_mask: (B, H), multiplies h_{t-1} on its way into the matrix product.

        Returns:
            The output h_t (B, H), and the new states.
        """

        def product(h: Any, first: int = 0, last: int | None = None) -> Any:
            columns = slice(first * self.units, None if last is None else last * self.units)
            h = h if recurrent_mask is None else h * recurrent_mask
            result = ops.matmul(h, ops.cast(self.recurrent_kernel, h.dtype)[:, columns])
            if self.layer_norm:
                result = self._normalise(result, self.recurrent_gain[columns])
            bias = self.recurrent_bias
            return result if bias is None else result + ops.cast(bias, h.dtype)[columns]

        new_states, _ = self.advance(projected, product, states, self.variant)
        return new_states[0], new_states

    def call(self, inputs: Any, states: Any, training: bool = False) -> tuple[Any, list]:
        """One step: inputs (B, D) and states, each (B, H), give the output (B, H) and the new states."""
        states = list(states) if isinstance(states, (list, tuple)) else [states]
        if training and self.dropout:
            inputs = inputs * self.get_dropout_mask(inputs)
        mask = self.get_recurrent_dropout_mask(states[0]) if training and self.recurrent_dropout else None
        return self.step(self.project(inputs), states, mask)

    @property
    def input_bias(self) -> Any:
        """The bias that is added to the input's product."""
        return self.bias

    @property
    def recurrent_bias(self) -> Any:
        """The bias that is added to the state's product, or None."""
        return None

    @property
    def variant(self) -> str:
        """Which form of the equations `advance` follows, where there is more than one."""
        return ""

    @staticmethod
    def advance(projected: Any, product: Callable, states: list, variant: str) -> tuple[list, list]:
        """The cell's equations: `(new states, what the backward pass needs)`; `product(h)` is h U."""
        raise NotImplementedError("a recurrent cell gives its equations in `advance`")

    def _normalise(self, products: Any, gain: Any) -> Any:
        """Zero mean and unit variance over the units of every gate, then the gain."""
        shape = ops.shape(products)
        blocks = products.shape[-1] // self.units
        z = ops.reshape(products, (*shape[:-1], blocks, self.units))
        z = ops.cast(z, "float32") if self.compute_dtype == "float16" else z
        mean, variance = ops.moments(z, axes=-1, keepdims=True)
        z = ops.reshape((z - mean) * ops.rsqrt(variance + 1e-5), shape)
        return ops.cast(z, self.compute_dtype) * ops.cast(gain, self.compute_dtype)

    def get_config(self) -> dict:
        return {
            **super().get_config(),
            "units": self.units,
            "dropout": self.dropout,
            "recurrent_dropout": self.recurrent_dropout,
            "layer_norm": self.layer_norm,
            "kernel_initializer": initializers.serialize(self.kernel_initializer),
            "recurrent_initializer": initializers.serialize(self.recurrent_initializer),
            "bias_initializer": initializers.serialize(self.bias_initializer),
            "seed": self.seed,
        }


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

    @staticmethod
    def advance(projected: Any, product: Callable, states: list, variant: str) -> tuple[list, list]:
        z = projected + product(states[0])
        return [ops.tanh(z) if variant == "tanh" else ops.relu(z)], []

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

    blocks = 4
    state_count = 2

    def __init__(self, units: int, unit_forget_bias: bool = True, **kwargs: Any):
        self.unit_forget_bias = bool(unit_forget_bias)
        super().__init__(units, **kwargs)

    def first_bias(self, shape: tuple, dtype: Any = None) -> Any:
        bias = self.bias_initializer(shape, dtype=dtype)
        if self.unit_forget_bias:
            bias = bias + ops.cast(ops.arange(shape[0]) // self.units == 1, bias.dtype)
        return bias

    @staticmethod
    def advance(projected: Any, product: Callable, states: list, variant: str) -> tuple[list, list]:
        z_i, z_f, z_o, z_g = ops.split(projected + product(states[0]), 4, axis=-1)
        i, f, o, g = ops.sigmoid(z_i), ops.sigmoid(z_f), ops.sigmoid(z_o), ops.tanh(z_g)
        c = f * states[1] + i * g
        tanh_c = ops.tanh(c)
        return [o * tanh_c, c], [i, f, o, g, tanh_c]

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

    blocks = 3

    def __init__(self, units: int, reset_after: bool = True, **kwargs: Any):
        super().__init__(units, **kwargs)
        self.reset_after = bool(reset_after)

    @property
    def bias_shape(self) -> tuple[int, ...]:
        return (2, 3 * self.units) if self.reset_after else (3 * self.units,)

    @property
    def input_bias(self) -> Any:
        return self.bias[0] if self.reset_after else self.bias

    @property
    def recurrent_bias(self) -> Any:
        return self.bias[1] if self.reset_after else None

    @property
    def variant(self) -> str:
        return "reset_after" if self.reset_after else "reset_before"

    @staticmethod
    def advance(projected: Any, product: Callable, states: list, variant: str) -> tuple[list, list]:
        (h,) = states
        x_z, x_r, x_h = ops.split(projected, 3, axis=-1)
        if variant == "reset_after":
            h_z, h_r, h_h = ops.split(product(h), 3, axis=-1)
            z, r = ops.sigmoid(x_z + h_z), ops.sigmoid(x_r + h_r)
            candidate = ops.tanh(x_h + r * h_h)
        else:
            h_z, h_r = ops.split(product(h, 0, 2), 2, axis=-1)
            z, r = ops.sigmoid(x_z + h_z), ops.sigmoid(x_r + h_r)
            h_h = r * h
            candidate = ops.tanh(x_h + product(h_h, 2, 3))
        return [z * h + (1 - z) * candidate], [z, r, candidate, h_h]

    def get_config(self) -> dict:
        return {**super().get_config(), "reset_after": self.reset_after}


CELLS = {"lstm": LSTMCell, "gru": GRUCell, "vanilla": VanillaRNNCell}
"""The cells by the names that models and command lines give them."""
