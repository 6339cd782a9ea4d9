"""sLSTM and mLSTM, the two cells of xLSTM (Beck et al. 2024, arXiv:2405.04517), each with one head.

Their input gate is an exponential and may grow beyond all bounds. So m_t, the largest logarithm so far, is taken out of
c, n and C; h_t is the same for every m.
"""

from typing import Any

import keras
from keras import ops

from rnn_models.layers.linear_recurrence import held, wide
from rnn_models.layers.recurrent_cell import PACKAGE, RecurrentCell, Weights
from rnn_models.layers.variants.linear import log_sigmoid

NEVER = -1e9  # the logarithm of a weight that does not count


@keras.saving.register_keras_serializable(package=PACKAGE)
class SLSTMCell(RecurrentCell):
    """sLSTM: exponential input gate, and a normaliser n.

        i_t = exp(ĩ_t),  f_t = σ(f̃_t),  o_t = σ(õ_t),  z_t = tanh(z̃_t),    ũ_t = x_t W_u + h_{t-1} U_u + b_u
        c_t = f_t ⊙ c_{t-1} + i_t ⊙ z_t
        n_t = f_t ⊙ n_{t-1} + i_t
        h_t = o_t ⊙ c_t / n_t

    It holds c_t exp(−m_t) and n_t exp(−m_t), with m_t = max(log f_t + m_{t-1}, ĩ_t), and m_1 = ĩ_1.

    Shapes: x (B, D), h, c, n, m (B, H); W (D, 4H), U (H, 4H), b (4H,) hold i, f, o, z. States: [h, c, n, m]; n is zero
    before the first step, and positive after it.

    Args:
        unit_forget_bias: add 1 to the forget gate's bias at the start.
        Others as in `RecurrentCell`.
    """

    short_name = "slstm"
    blocks = 4
    state_count = 4
    keep_gate = 0
    free_states = False

    def __init__(self, units: int, unit_forget_bias: bool = True, **kwargs: Any):
        self.unit_forget_bias = bool(unit_forget_bias)
        super().__init__(units, **kwargs)

    def first_bias(self, shape: tuple, dtype: Any = None) -> Any:
        bias = self.bias_initializer(shape, dtype=dtype)
        return bias + ops.cast(ops.arange(shape[0]) // self.units == 1, bias.dtype) * self.unit_forget_bias

    @staticmethod
    def advance(projected: Any, states: list, w: Weights, variant: str) -> tuple[list, list]:
        h, c, n, m = states
        log_i, z_f, z_o, z = ops.split(projected + w.product(h), 4, axis=-1)
        log_f = log_sigmoid(z_f) + m
        m = ops.where(n > 0, ops.maximum(log_f, log_i), log_i)
        f, i = ops.exp(log_f - m), ops.exp(log_i - m)
        f = ops.where(n > 0, f, ops.zeros_like(f))
        c, n = f * c + i * ops.tanh(z), f * n + i
        return [ops.sigmoid(z_o) * c / n, c, n, m], [ops.sigmoid(z_f)]

    def get_config(self) -> dict:
        return {**super().get_config(), "unit_forget_bias": self.unit_forget_bias}


@keras.saving.register_keras_serializable(package=PACKAGE)
class MLSTMCell(RecurrentCell):
    """mLSTM: a matrix as memory, in which a value v is stored under a key k and found again by a query q.

        q_t = x_t W_q + b_q,  k_t = (x_t W_k + b_k)/√H,  v_t = x_t W_v + b_v,  o_t = σ(x_t W_o + b_o)
        i_t = exp(x_t w_i + b_i),  f_t = σ(x_t w_f + b_f)                      one number each
        C_t = f_t C_{t-1} + i_t k_tᵀ v_t
        n_t = f_t n_{t-1} + i_t k_t
        h_t = o_t ⊙ (q_t C_t) / max(|q_t · n_t|, 1)

    It holds C_t exp(−m_t) and n_t exp(−m_t), with m_t = max(log f_t + m_{t-1}, log i_t).

    All steps at once, as attention: with F_t = Σ_{s≤t} log f_s, the value of step s counts in step t ≥ s by the factor
    exp(F_t − F_s + log i_s), so that q_t C_t = Σ_s factor (q_t · k_s) v_s. That holds (B, T, T) numbers, and no
    matrix but the last.

    Shapes: x (B, D), h and n (B, H), C (B, H, H) with a row for each entry of k, m (B, 1); W (D, 4H + 2), b (4H + 2,)
    hold q, k, v, o, i, f. States: [h, C, n, m].
    """

    short_name = "mlstm"
    recurrent_product = False
    keep_gate = 0
    free_states = False

    @property
    def state_sizes(self) -> list:
        return [self.units, (self.units, self.units), self.units, 1]

    @property
    def bias_shape(self) -> tuple[int, ...]:
        return (4 * self.units + 2,)

    def weight_shapes(self, input_width: int) -> dict[str, tuple[int, ...]]:
        shapes = super().weight_shapes(input_width) | {"kernel": (input_width, 4 * self.units + 2)}
        del shapes["recurrent_kernel"]
        return shapes

    @staticmethod
    def parts(projected: Any) -> tuple:
        """q, k, v, o (..., H), log i and log f (..., 1)."""
        units = (projected.shape[-1] - 2) // 4
        q, k, v, o = ops.split(projected[..., : 4 * units], 4, axis=-1)
        log_i, z_f = projected[..., 4 * units : 4 * units + 1], projected[..., 4 * units + 1 :]
        return q, k / units**0.5, v, ops.sigmoid(o), log_i, log_sigmoid(z_f)

    @staticmethod
    def advance(projected: Any, states: list, w: Weights, variant: str) -> tuple[list, list]:
        _, memory, n, m = states
        q, k, v, o, log_i, log_f = MLSTMCell.parts(projected)
        before, m = log_f + m, ops.maximum(log_f + m, log_i)
        f, i = ops.exp(before - m), ops.exp(log_i - m)
        memory = f[..., None] * memory + (i * k)[:, :, None] * v[:, None, :]
        n = f * n + i * k
        found = ops.squeeze(ops.matmul(q[:, None], memory), 1)
        size = ops.maximum(ops.abs(ops.sum(q * n, axis=-1, keepdims=True)), ops.exp(-m))
        return [o * found / size, memory, n, m], [ops.exp(log_f)]

    @staticmethod
    def all_steps(projected: Any, mask: Any, states: list, w: Weights, variant: str) -> tuple[Any, list]:
        dtype, first_h = projected.dtype, states[0]
        memory, n, m = (wide(state) for state in states[1:])
        q, k, v, o, log_i, log_f = MLSTMCell.parts(wide(projected))
        if mask is not None:
            log_i = ops.where(mask[..., None], log_i, ops.full_like(log_i, NEVER))
            log_f = ops.where(mask[..., None], log_f, ops.zeros_like(log_f))
        total = ops.cumsum(log_f, axis=1)  # F_t
        steps = ops.arange(ops.shape(q)[1])
        causal = (steps[:, None] >= steps[None, :])[None]
        weights = total + ops.transpose(log_i - total, (0, 2, 1))  # log of the factor, (B, t, s)
        weights = ops.where(causal, weights, ops.full_like(weights, NEVER))
        from_first = total + m[:, None]  # log of the factor with which the first state counts
        m_t = ops.maximum(ops.max(weights, axis=-1, keepdims=True), from_first)
        weights, from_first = ops.exp(weights - m_t), ops.exp(from_first - m_t)
        scores = weights * ops.matmul(q, ops.transpose(k, (0, 2, 1)))
        found = ops.matmul(scores, v) + from_first * ops.matmul(q, memory)
        sums = ops.sum(scores, axis=-1, keepdims=True) + from_first * ops.matmul(q, n[..., None])
        h = o * found / ops.maximum(ops.abs(sums), ops.exp(-m_t))
        last, first = weights[:, -1][..., None] * k, from_first[:, -1]
        memory = first[..., None] * memory + ops.matmul(ops.transpose(last, (0, 2, 1)), v)
        others = [memory, first * n + ops.sum(last, axis=1), m_t[:, -1]]
        return held(ops.cast(h, dtype), mask, first_h), [ops.cast(state, dtype) for state in others]
