"""The variants' steps once more, in plain NumPy and double precision, one row and one gate at a time.

`step_of(cell, values)` gives `(x, states, drop) -> states`; nothing is shared with the library but the layout of the
weights. Where a cell holds numbers that are scaled by exp(−m) (`slstm`, `mlstm`), so does its oracle.
"""

import numpy as np

from tests.support.oracles import sigmoid


def cut(weights, names, size):
    """The blocks of the last axis by the names of their gates."""
    return {name: weights[..., n * size : (n + 1) * size] for n, name in enumerate(names)}


def blocks(v, units, inputs, states, biases=None):
    """W, U and b by gate; each argument names the gates in their order."""
    biases = states if biases is None else biases
    return cut(v["kernel"], inputs, units), cut(v["recurrent_kernel"], states, units), cut(v["bias"], biases, units)


def mut1(v, units, width):
    W, U, b = blocks(v, units, "zr" if width == units else "zrh", "rh", "zrh")

    def step(x, states, drop=1.0):
        (h,) = states
        bare = x if width == units else x @ W["h"]
        z = sigmoid(x @ W["z"] + b["z"])
        r = sigmoid(x @ W["r"] + (h * drop) @ U["r"] + b["r"])
        return [z * np.tanh((r * h * drop) @ U["h"] + np.tanh(bare) + b["h"]) + (1 - z) * h]

    return step


def mut2(v, units, width):
    W, U, b = blocks(v, units, "zh" if width == units else "zrh", "zrh")

    def step(x, states, drop=1.0):
        (h,) = states
        bare = x if width == units else x @ W["r"]
        z = sigmoid(x @ W["z"] + (h * drop) @ U["z"] + b["z"])
        r = sigmoid(bare + (h * drop) @ U["r"] + b["r"])
        return [z * np.tanh((r * h * drop) @ U["h"] + x @ W["h"] + b["h"]) + (1 - z) * h]

    return step


def mut3(v, units, width):
    W, U, b = blocks(v, units, "zrh", "zrh")

    def step(x, states, drop=1.0):
        (h,) = states
        z = sigmoid(x @ W["z"] + (np.tanh(h) * drop) @ U["z"] + b["z"])
        r = sigmoid(x @ W["r"] + (h * drop) @ U["r"] + b["r"])
        return [z * np.tanh((r * h * drop) @ U["h"] + x @ W["h"] + b["h"]) + (1 - z) * h]

    return step


def mgu(v, units, width):
    W, U, b = blocks(v, units, "fh", "fh")

    def step(x, states, drop=1.0):
        (h,) = states
        f = sigmoid(x @ W["f"] + (h * drop) @ U["f"] + b["f"])
        return [(1 - f) * h + f * np.tanh(x @ W["h"] + (f * h * drop) @ U["h"] + b["h"])]

    return step


def greff(name):
    """V without, or with more than, what `name` says."""
    gates = {"NIG": "fog", "NFG": "iog", "NOG": "ifg", "CIFG": "iog"}.get(name, "ifog")

    def make(v, units, width):
        W, U, b = blocks(v, units, gates, gates)

        def step(x, states, drop=1.0):
            h, c, *last = states
            z = {k: x @ W[k] + (h * drop) @ U[k] + b[k] for k in gates}
            if name == "FGR":
                for n, target in enumerate("ifo"):
                    for k, source in enumerate(last):
                        z[target] = z[target] + source @ v["recurrent_gates"][k * units :, n * units :][:units, :units]
            if name != "NP":
                for k in set("if") & set(gates):
                    z[k] = z[k] + v[f"peephole_{k}"] * c
            i = 1.0 if name == "NIG" else sigmoid(z["i"])
            f = {"NFG": lambda: 1.0, "CIFG": lambda: 1 - i}.get(name, lambda: sigmoid(z["f"]))()
            c = f * c + i * (z["g"] if name == "NIAF" else np.tanh(z["g"]))
            o = 1.0
            if name != "NOG":
                o = sigmoid(z["o"] + (0 if name == "NP" else v["peephole_o"] * c))
            new = [o * (c if name == "NOAF" else np.tanh(c)), c]
            return new + [i, f, o] if name == "FGR" else new

        return step

    return make


def mogrifier(v, units, width):
    W, U, b = blocks(v, units, "ifog", "ifog")

    def step(x, states, drop=1.0):
        h, c = states
        for k in (1, 2, 3, 4, 5):
            if k in (1, 3, 5):
                x = 2 * sigmoid(h @ v[f"mogrifier_{k}"]) * x
            else:
                h = 2 * sigmoid(x @ v[f"mogrifier_{k}"]) * h
        i, f, o, g = (x @ W[k] + (h * drop) @ U[k] + b[k] for k in "ifog")
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        return [sigmoid(o) * np.tanh(c), c]

    return step


def irnn(v, units, width):
    def step(x, states, drop=1.0):
        return [np.maximum(0, x @ v["kernel"] + (states[0] * drop) @ v["recurrent_kernel"] + v["bias"])]

    return step


def indrnn(v, units, width):
    return lambda x, states, drop=1.0: [np.maximum(0, x @ v["kernel"] + v["recurrent_weights"] * states[0] + v["bias"])]


def sru(v, units, width):
    W, b = cut(v["kernel"], "cfrx", units), cut(v["bias"], "cfr", units)

    def step(x, states, drop=1.0):
        f, r = sigmoid(x @ W["f"] + b["f"]), sigmoid(x @ W["r"] + b["r"])
        c = f * states[1] + (1 - f) * (x @ W["c"] + b["c"])
        return [r * np.tanh(c) + (1 - r) * (x if width == units else x @ W["x"]), c]

    return step


def min_gru(v, units, width):
    W, b = cut(v["kernel"], "zh", units), cut(v["bias"], "zh", units)

    def step(x, states, drop=1.0):
        z = sigmoid(x @ W["z"] + b["z"])
        return [(1 - z) * states[0] + z * (x @ W["h"] + b["h"])]

    return step


def min_lstm(v, units, width):
    W, b = cut(v["kernel"], "fih", units), cut(v["bias"], "fih", units)

    def step(x, states, drop=1.0):
        f, i = sigmoid(x @ W["f"] + b["f"]), sigmoid(x @ W["i"] + b["i"])
        return [f / (f + i) * states[0] + i / (f + i) * (x @ W["h"] + b["h"])]

    return step


def rg_lru(v, units, width):
    W, b = cut(v["kernel"], "rix", units), cut(v["bias"], "rix", units)

    def step(x, states, drop=1.0):
        r, i = sigmoid(x @ W["r"] + b["r"]), sigmoid(x @ W["i"] + b["i"])
        a = sigmoid(v["decay"]) ** (8 * r)
        return [a * states[0] + np.sqrt(1 - a * a) * i * (x @ W["x"] + b["x"])]

    return step


def slstm(v, units, width):
    W, U, b = blocks(v, units, "ifoz", "ifoz")

    def step(x, states, drop=1.0):
        h, c, n, m = states
        c, n = c * np.exp(m), n * np.exp(m)  # the numbers of the equations
        i, f, o, z = (x @ W[k] + (h * drop) @ U[k] + b[k] for k in "ifoz")
        m = np.where(n > 0, np.maximum(np.log(sigmoid(f)) + m, i), i)
        c, n = sigmoid(f) * c + np.exp(i) * np.tanh(z), sigmoid(f) * n + np.exp(i)
        return [sigmoid(o) * c / n, c * np.exp(-m), n * np.exp(-m), m]

    return step


def mlstm(v, units, width):
    W, b = cut(v["kernel"], "qkvo", units), cut(v["bias"], "qkvo", units)

    def step(x, states, drop=1.0):
        _, memory, n, m = states
        memory, n = memory * np.exp(m), n * np.exp(m)
        q, k, value, o = (x @ W[name] + b[name] for name in "qkvo")
        k = k / np.sqrt(units)
        log_i, f = x @ v["kernel"][:, -2:-1] + v["bias"][-2], sigmoid(x @ v["kernel"][:, -1:] + v["bias"][-1])
        m = np.maximum(np.log(f) + m, log_i)
        memory, n = f * memory + np.exp(log_i) * np.outer(k, value), f * n + np.exp(log_i) * k
        h = sigmoid(o) * (q @ memory) / max(abs(q @ n), 1.0)
        return [h, memory * np.exp(-m), n * np.exp(-m), m]

    return step


ORACLES = {
    "mut1": mut1,
    "mut2": mut2,
    "mut3": mut3,
    "mgu": mgu,
    "peephole_lstm": greff("V"),
    **{f"{name.lower()}_lstm": greff(name) for name in ("NIG", "NFG", "NOG", "NIAF", "NOAF", "CIFG", "NP", "FGR")},
    "mogrifier_lstm": mogrifier,
    "irnn": irnn,
    "indrnn": indrnn,
    "sru": sru,
    "min_lstm": min_lstm,
    "min_gru": min_gru,
    "rg_lru": rg_lru,
    "slstm": slstm,
    "mlstm": mlstm,
}


def step_of(cell, values, width):
    """`(x, states, drop) -> states` for one row."""
    return ORACLES[cell.short_name](values, cell.units, width)
