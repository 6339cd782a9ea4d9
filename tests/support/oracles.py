"""The recurrences once more, in plain NumPy and double precision: slow, naive, gate by gate, row by row.

Nothing here is shared with the library but the layout of the weights.
"""

import numpy as np

LAYER_NORM_EPSILON = 1e-5


def sigmoid(z: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-z))


def softmax(z: np.ndarray) -> np.ndarray:
    p = np.exp(z - z.max())
    return p / p.sum()


class Weights:
    """The weights of a cell, one gate at a time: `w.W["f"]`, `w.U["f"]`, `w.b["f"]`, `w.b2["f"]`."""

    def __init__(self, gates: str, units: int, kernel, recurrent_kernel, bias, gains=None):
        def cut(array: np.ndarray) -> dict[str, np.ndarray]:
            return {g: array[..., n * units : (n + 1) * units] for n, g in enumerate(gates)}

        self.W, self.U = cut(kernel), cut(recurrent_kernel)
        bias = bias if bias.ndim == 2 else np.stack([bias, np.zeros_like(bias)])
        self.b, self.b2 = cut(bias[0]), cut(bias[1])
        self.gains = None if gains is None else [cut(gains[0]), cut(gains[1])]

    def from_input(self, gate: str, x: np.ndarray) -> np.ndarray:
        z = x @ self.W[gate]
        return (z if self.gains is None else normalised(z) * self.gains[0][gate]) + self.b[gate]

    def from_state(self, gate: str, h: np.ndarray) -> np.ndarray:
        z = h @ self.U[gate]
        return (z if self.gains is None else normalised(z) * self.gains[1][gate]) + self.b2[gate]


def normalised(z: np.ndarray) -> np.ndarray:
    return (z - z.mean()) / np.sqrt(z.var() + LAYER_NORM_EPSILON)


def vanilla_step(w: Weights, x, states, activation="tanh", drop=1.0):
    (h,) = states
    z = w.from_input("h", x) + w.from_state("h", h * drop)
    return [np.tanh(z) if activation == "tanh" else np.maximum(z, 0)]


def lstm_step(w: Weights, x, states, drop=1.0):
    h, c = states
    read = h * drop
    i = sigmoid(w.from_input("i", x) + w.from_state("i", read))
    f = sigmoid(w.from_input("f", x) + w.from_state("f", read))
    o = sigmoid(w.from_input("o", x) + w.from_state("o", read))
    g = np.tanh(w.from_input("g", x) + w.from_state("g", read))
    c = f * c + i * g
    return [o * np.tanh(c), c]


def gru_step(w: Weights, x, states, reset_after=True, drop=1.0):
    (h,) = states
    z = sigmoid(w.from_input("z", x) + w.from_state("z", h * drop))
    r = sigmoid(w.from_input("r", x) + w.from_state("r", h * drop))
    if reset_after:
        candidate = np.tanh(w.from_input("h", x) + r * w.from_state("h", h * drop))
    else:
        candidate = np.tanh(w.from_input("h", x) + w.from_state("h", r * h * drop))
    return [z * h + (1 - z) * candidate]


def step_of(cell, values: dict[str, np.ndarray]):
    """`(x, states, drop) -> states` for one row, of the kind and with the options of `cell`."""
    kind = next(k for k in type(cell).__mro__ if k.__name__ in _GATES).__name__
    gains = [values["input_gain"], values["recurrent_gain"]] if cell.layer_norm else None
    w = Weights(_GATES[kind], cell.units, values["kernel"], values["recurrent_kernel"], values["bias"], gains)
    if kind == "LSTMCell":
        return lambda x, states, drop=1.0: lstm_step(w, x, states, drop)
    if kind == "GRUCell":
        return lambda x, states, drop=1.0: gru_step(w, x, states, cell.reset_after, drop)
    return lambda x, states, drop=1.0: vanilla_step(w, x, states, cell.activation, drop)


_GATES = {"VanillaRNNCell": "h", "LSTMCell": "ifog", "GRUCell": "zrh"}


def run(step, x, states, mask=None, reverse=False, drop=None):
    """Outputs (B, T, H) and final states of `step` over `x` (B, T, D); a masked step changes nothing.

    `drop` (B, H) multiplies h where it enters the product.
    """
    batch, length = x.shape[:2]
    outputs = np.zeros((batch, length, states[0].shape[1]))
    final = [np.array(s, dtype="float64") for s in states]
    for row in range(batch):
        now = [s[row] for s in final]
        for t in reversed(range(length)) if reverse else range(length):
            if mask is None or mask[row, t]:
                now = step(x[row, t], now, 1.0 if drop is None else drop[row])
            outputs[row, t] = now[0]
        for s, value in zip(final, now, strict=True):
            s[row] = value
    return outputs, final


def attention(query, keys, values, score_vector, query_kernel, mask=None):
    """Context (B, Dv) and weights (B, S); query (B, Dq), keys (B, S, A) already projected."""
    weights = np.zeros(keys.shape[:2])
    for row in range(len(query)):
        q = query[row] @ query_kernel
        places = [s for s in range(keys.shape[1]) if mask is None or mask[row, s]]
        if places:
            scores = np.array([score_vector @ np.tanh(q + keys[row, s]) for s in places])
            weights[row, places] = softmax(scores)
    return np.einsum("bs,bsd->bd", weights, values), weights
