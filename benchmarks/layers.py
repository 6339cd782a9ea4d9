"""Training step and forward pass of each cell: this library, `keras.layers`, `torch.nn`.

All stand in the same Keras model and take a mask and initial states: x is scaled by a trainable vector (so
that the input's gradient is made too, as in a hidden layer), goes through the recurrent layer, is averaged
over time and read by one output unit. The training step is `train_on_batch`, the step of `model.fit`, with
plain gradient descent. `torch.nn` does the same without the mask, which it does not take.
"""

import contextlib
import statistics
import time
from collections.abc import Callable

import keras
import numpy as np

from rnn_models import GRUCell, LSTMCell, Recurrent, VanillaRNNCell
from rnn_models.memory import keep_freed_memory

SHAPES = {
    "S1": (64, 128, 256, 512),
    "S2": (64, 32, 128, 256),
    "S4": (64, 512, 64, 128),
    "one": (1, 1, 256, 512),
}
BLOCKS = {"lstm": 4, "gru": 3, "vanilla": 1}


def run(cells: list[str], shapes: list[str], repeats: int, seconds: float) -> list[dict]:
    """Measure every cell at every shape.

    Args:
        cells: among "lstm", "gru", "vanilla".
        shapes: among `SHAPES`.
        repeats: rounds; in each all rivals run once, one after the other.
        seconds: how long one rival runs in a round, at least (short steps are repeated).

    Returns:
        A row for each cell, shape and pass: milliseconds of each rival (median), ratio to Keras and to
        PyTorch (median of the rounds' ratios, and their quartiles), share of the machine's matrix products.
    """
    rows = []
    for shape in shapes:
        for cell in cells:
            for kind in ("train", "forward"):
                rivals = _rivals(cell, SHAPES[shape], kind)
                times = _interleaved(rivals, repeats, seconds)
                rows.append(_row(cell, shape, kind, times))
                keras.backend.clear_session()
    return rows


def matmul_rate(size: int = 2048, repeats: int = 10) -> float:
    """Floating-point operations a second of a large float32 matrix product, the best of some on this backend."""
    a = keras.random.normal((size, size))
    best = min(_once(lambda: keras.ops.matmul(a, a), lambda r: float(r[0, 0])) for _ in range(repeats))
    return 2 * size**3 / best


def operations(cell: str, shape: str, kind: str) -> float:
    """Floating-point operations of the matrix products; the backward pass has twice those of the forward pass."""
    batch, length, width, units = SHAPES[shape]
    return 2 * batch * length * (width + units) * BLOCKS[cell] * units * (3 if kind == "train" else 1)


def _row(cell: str, shape: str, kind: str, times: dict[str, list[float]]) -> dict:
    row = {"cell": cell, "shape": shape, "pass": kind}
    row |= {f"{name} ms": 1000 * statistics.median(t) for name, t in times.items()}
    for rival in ("keras", "torch"):
        if rival in times:
            ratios = [r / o for r, o in zip(times[rival], times["ours"], strict=True)]
            low, middle, high = np.percentile(ratios, [25, 50, 75])
            row |= {f"x {rival}": middle, f"x {rival} low": low, f"x {rival} high": high}
    row["share"] = operations(cell, shape, kind) / matmul_rate() / statistics.median(times["ours"])
    return row


def _interleaved(rivals: dict[str, Callable], repeats: int, seconds: float) -> dict[str, list[float]]:
    """Seconds of one call of each rival, round by round; the first two calls (compiling) do not count."""
    counts = {}
    for name, rival in rivals.items():
        rival()
        rival()
        keep_freed_memory()
        counts[name] = max(1, int(seconds / _once(rival)))
    times: dict[str, list[float]] = {name: [] for name in rivals}
    for _ in range(repeats):
        for name, rival in rivals.items():
            start = time.perf_counter()
            for _ in range(counts[name]):
                rival()
            times[name].append((time.perf_counter() - start) / counts[name])
    return times


def _once(function: Callable, finish: Callable = lambda r: r) -> float:
    start = time.perf_counter()
    finish(function())
    return time.perf_counter() - start


def _rivals(cell: str, shape: tuple, kind: str) -> dict[str, Callable]:
    batch, length, width, units = shape
    rng = np.random.default_rng(0)
    x = rng.normal(size=(batch, length, width)).astype("float32")
    lengths = rng.integers(max(1, length * 3 // 4), length + 1, size=batch)
    mask = np.arange(length) < lengths[:, None]
    states = [rng.normal(size=(batch, units)).astype("float32") for _ in range(2 if cell == "lstm" else 1)]
    ours = {"lstm": LSTMCell, "gru": GRUCell, "vanilla": VanillaRNNCell}[cell]
    theirs = {"lstm": keras.layers.LSTM, "gru": keras.layers.GRU, "vanilla": keras.layers.SimpleRNN}[cell]
    rivals = {
        "ours": _keras_model(Recurrent(ours(units), return_sequences=True), x, mask, states, kind),
        "keras": _keras_model(theirs(units, return_sequences=True), x, mask, states, kind),
    }
    with contextlib.suppress(ImportError):
        rivals["torch"] = _torch_model(cell, x, states, kind)
    return rivals


class _Scale(keras.layers.Layer):
    """x ⊙ a trainable vector."""

    def build(self, shape: tuple) -> None:
        self.scale = self.add_weight(shape=(shape[-1],), initializer="ones")

    def call(self, x: keras.KerasTensor) -> keras.KerasTensor:
        return x * self.scale


def _keras_model(layer: keras.layers.Layer, x: np.ndarray, mask: np.ndarray, states: list, kind: str) -> Callable:
    inputs = [keras.Input(x.shape[1:]), keras.Input(mask.shape[1:], dtype="bool")]
    first = [keras.Input(s.shape[1:]) for s in states]
    h = layer(_Scale()(inputs[0]), initial_state=first, mask=inputs[1])
    y = keras.layers.Dense(1)(keras.ops.mean(h, axis=1))
    model = keras.Model([*inputs, *first], y)
    model.compile(keras.optimizers.SGD(1e-3), "mse")
    data = [keras.ops.convert_to_tensor(a) for a in (x, mask, *states)]
    target = keras.ops.zeros((x.shape[0], 1))
    if kind == "train":
        return lambda: model.train_on_batch(data, target)
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        forward = tf.function(lambda *arrays: model(list(arrays), training=False), autograph=False)
        return lambda: forward(*data).numpy()
    return lambda: model.predict_on_batch(data)


def _torch_model(cell: str, x: np.ndarray, states: list, kind: str) -> Callable:
    import torch

    batch, _, width = x.shape
    kinds = {"lstm": torch.nn.LSTM, "gru": torch.nn.GRU, "vanilla": torch.nn.RNN}
    device = "cuda" if torch.cuda.is_available() and keras.backend.backend() != "tensorflow" else "cpu"
    layer = kinds[cell](width, states[0].shape[1], batch_first=True).to(device)
    head = torch.nn.Linear(states[0].shape[1], 1).to(device)
    scale = torch.nn.Parameter(torch.ones(width, device=device))
    optimizer = torch.optim.SGD([*layer.parameters(), *head.parameters(), scale], lr=1e-3)
    data = torch.from_numpy(x).to(device)
    first = [torch.from_numpy(s)[None].to(device) for s in states]
    first = tuple(first) if cell == "lstm" else first[0]

    def forward() -> torch.Tensor:
        return head(layer(data * scale, first)[0].mean(dim=1))

    def train() -> float:
        optimizer.zero_grad(set_to_none=True)
        loss = forward().square().mean()
        loss.backward()
        optimizer.step()
        return loss.item()

    def predict() -> np.ndarray:
        with torch.inference_mode():
            return forward().cpu().numpy()

    return train if kind == "train" else predict
