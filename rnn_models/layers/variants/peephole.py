"""The LSTM with peepholes, V of "LSTM: a search space odyssey", and its eight ablations: one part less, or one more.

Greff et al. 2017 (arXiv:1503.04069) compare them; the peepholes are those of Gers and Schmidhuber (2000).
"""

from typing import Any, ClassVar

import keras
from keras import ops

from rnn_models.layers.recurrent_cell import PACKAGE, RecurrentCell, Weights


@keras.saving.register_keras_serializable(package=PACKAGE)
class PeepholeLSTMCell(RecurrentCell):
    """LSTM whose gates see the cell state: V (Greff et al. 2017, after Gers and Schmidhuber 2000).

        i_t = σ(x_t W_i + h_{t-1} U_i + p_i ⊙ c_{t-1} + b_i)
        f_t = σ(x_t W_f + h_{t-1} U_f + p_f ⊙ c_{t-1} + b_f)
        g_t = tanh(x_t W_g + h_{t-1} U_g + b_g)
        c_t = f_t ⊙ c_{t-1} + i_t ⊙ g_t
        o_t = σ(x_t W_o + h_{t-1} U_o + p_o ⊙ c_t + b_o)
        h_t = o_t ⊙ tanh(c_t)

    Shapes: x (B, D), h and c (B, H); W (D, 4H), U (H, 4H), b (4H,) hold i, f, o, g; p_i, p_f, p_o (H,), zero at first.
    The ablations leave a part out, and with it its weights. States: [h, c].

    Args:
        unit_forget_bias: add 1 to the forget gate's bias at the start, where there is such a gate.
        Others as in `RecurrentCell`.
    """

    short_name = "peephole_lstm"
    state_count = 2
    keep_gate = 0
    ablation: ClassVar[str] = "V"
    sums: ClassVar[str] = "ifog"
    """The gates, and g, that have weights, in the order of their blocks."""

    def __init__(self, units: int, unit_forget_bias: bool = True, **kwargs: Any):
        self.unit_forget_bias = bool(unit_forget_bias)
        super().__init__(units, **kwargs)

    @property
    def variant(self) -> str:
        return f"{self.ablation} {self.sums}"

    @property
    def bias_shape(self) -> tuple[int, ...]:
        return (len(self.sums) * self.units,)

    def weight_shapes(self, input_width: int) -> dict[str, tuple[int, ...]]:
        width = len(self.sums) * self.units
        shapes = super().weight_shapes(input_width)
        shapes |= {"kernel": (input_width, width), "recurrent_kernel": (self.units, width)}
        gates = [] if self.ablation == "NP" else [gate for gate in self.sums if gate != "g"]
        return shapes | {f"peephole_{gate}": (self.units,) for gate in gates}

    def first_bias(self, shape: tuple, dtype: Any = None) -> Any:
        bias = self.bias_initializer(shape, dtype=dtype)
        if self.unit_forget_bias and "f" in self.sums:
            bias = bias + ops.cast(ops.arange(shape[0]) // self.units == self.sums.index("f"), bias.dtype)
        return bias

    @staticmethod
    def advance(projected: Any, states: list, w: Weights, variant: str) -> tuple[list, list]:
        ablation, sums = variant.split()
        h, c = states[:2]
        sum_of = dict(zip(sums, ops.split(projected + w.product(h), len(sums), axis=-1), strict=True))
        if ablation == "FGR":
            from_gates = w.product(ops.concatenate(states[2:], axis=-1), of="recurrent_gates")
            for gate, part in zip("ifo", ops.split(from_gates, 3, axis=-1), strict=True):
                sum_of[gate] = sum_of[gate] + part

        def gate(name: str, seen: Any) -> Any:
            if name not in sum_of:
                return ops.ones_like(c)
            return ops.sigmoid(sum_of[name] + (0 if ablation == "NP" else getattr(w, f"peephole_{name}") * seen))

        i = gate("i", c)
        f = 1 - i if ablation == "CIFG" else gate("f", c)
        c = f * c + i * (sum_of["g"] if ablation == "NIAF" else ops.tanh(sum_of["g"]))
        o = gate("o", c)
        new = [o * (c if ablation == "NOAF" else ops.tanh(c)), c]
        return [*new, i, f, o] if ablation == "FGR" else new, [f]

    def get_config(self) -> dict:
        return {**super().get_config(), "unit_forget_bias": self.unit_forget_bias}


@keras.saving.register_keras_serializable(package=PACKAGE)
class NIGLSTMCell(PeepholeLSTMCell):
    """V without input gate: i_t = 1. Blocks: f, o, g."""

    short_name, ablation, sums = "nig_lstm", "NIG", "fog"


@keras.saving.register_keras_serializable(package=PACKAGE)
class NFGLSTMCell(PeepholeLSTMCell):
    """V without forget gate: f_t = 1, the LSTM of 1997. Blocks: i, o, g."""

    short_name, ablation, sums = "nfg_lstm", "NFG", "iog"


@keras.saving.register_keras_serializable(package=PACKAGE)
class NOGLSTMCell(PeepholeLSTMCell):
    """V without output gate: h_t = tanh(c_t). Blocks: i, f, g."""

    short_name, ablation, sums = "nog_lstm", "NOG", "ifg"


@keras.saving.register_keras_serializable(package=PACKAGE)
class NIAFLSTMCell(PeepholeLSTMCell):
    """V without input activation function: g_t is the sum itself, no tanh of it."""

    short_name, ablation = "niaf_lstm", "NIAF"


@keras.saving.register_keras_serializable(package=PACKAGE)
class NOAFLSTMCell(PeepholeLSTMCell):
    """V without output activation function: h_t = o_t ⊙ c_t."""

    short_name, ablation = "noaf_lstm", "NOAF"


@keras.saving.register_keras_serializable(package=PACKAGE)
class CIFGLSTMCell(PeepholeLSTMCell):
    """V with coupled input and forget gate: f_t = 1 − i_t. Blocks: i, o, g."""

    short_name, ablation, sums = "cifg_lstm", "CIFG", "iog"


@keras.saving.register_keras_serializable(package=PACKAGE)
class NPLSTMCell(PeepholeLSTMCell):
    """V without peepholes: the equations of `LSTMCell`."""

    short_name, ablation = "np_lstm", "NP"


@keras.saving.register_keras_serializable(package=PACKAGE)
class FGRLSTMCell(PeepholeLSTMCell):
    """V with full gate recurrence: each gate's sum also has [i; f; o]_{t-1} R, nine H × H matrices.

    R (3H, 3H): rows i, f, o of the last step, columns i, f, o of this one. States: [h, c, i, f, o].
    """

    short_name, ablation = "fgr_lstm", "FGR"
    state_count = 5

    def weight_shapes(self, input_width: int) -> dict[str, tuple[int, ...]]:
        return super().weight_shapes(input_width) | {"recurrent_gates": (3 * self.units, 3 * self.units)}
