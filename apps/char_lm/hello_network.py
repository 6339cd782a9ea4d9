"""The lecture's four-letter network: V = {h, e, l, o}, H = 3, trained to spell "hello".

    h_t = tanh(x_t W_xh + h_{t-1} W_hh),    y_t = h_t W_hy + b_y,    p_t = softmax(y_t)

The numbers of a visitor's network are a `Weights` of NumPy arrays that the caller keeps. One Keras model
does the arithmetic for everybody, one call at a time: it is given the weights, works, and hands them back.
"""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

LETTERS = "helo"
INPUTS = "hell"
TARGETS = "ello"

# As printed in the lecture, one row a step of h, e, l, l. Where .96 stands 1.0 is printed: no tanh gives 1.
PRINTED_HIDDEN = np.array([[0.3, -0.1, 0.9], [0.96, 0.3, 0.1], [0.1, -0.5, -0.3], [-0.3, 0.9, 0.7]])
PRINTED_LOGITS = np.array([[1.0, 2.2, -3.0, 4.1], [0.5, 0.3, -1.0, 1.2], [0.1, 0.5, 1.9, -1.1], [0.2, -1.5, -0.1, 2.2]])


class Weights(NamedTuple):
    """W_xh (4, 3), W_hh (3, 3), W_hy (3, 4), b_y (4,)."""

    input: np.ndarray
    recurrent: np.ndarray
    output: np.ndarray
    output_bias: np.ndarray


@dataclass(frozen=True)
class Pass:
    """One reading of h, e, l, l.

    inputs (4, 4) one-hot, from_input and from_state (4, 3) the two sums inside tanh, hidden (4, 3),
    logits (4, 4), probabilities (4, 4), losses (4,) in nats: -ln of the probability of the right letter.
    """

    inputs: np.ndarray
    from_input: np.ndarray
    from_state: np.ndarray
    hidden: np.ndarray
    logits: np.ndarray
    probabilities: np.ndarray
    losses: np.ndarray

    @property
    def targets(self) -> np.ndarray:
        """The probability of the right letter at each step, (4,)."""
        return self.probabilities[np.arange(len(TARGETS)), ids(TARGETS)]


def ids(text: str) -> np.ndarray:
    """The place of each letter in `LETTERS`."""
    return np.array([LETTERS.index(letter) for letter in text], dtype=np.int32)


def lecture_weights() -> Weights:
    """Weights that give the lecture's printed hidden states and logits.

    The lecture prints states, not weights. Inside tanh stand the sums a_t = arctanh(h_t), and
    a_t = W_xh[letter t] + h_{t-1} W_hh. Step 1 (no state before it) gives W_xh[h]. Steps 3 and 4 read the
    same letter, so (h_3 - h_2) W_hh = a_4 - a_3: three equations for nine numbers, of which we take the
    smallest solution (least squares of least norm). Then steps 2 and 3 give W_xh[e] and W_xh[l]. "o" is
    never read, so W_xh[o] = 0. The four printed logits of each letter fix its three weights and its bias.
    """
    hidden = PRINTED_HIDDEN
    sums = np.arctanh(hidden)
    recurrent = np.linalg.lstsq(hidden[2:3] - hidden[1:2], sums[3:4] - sums[2:3], rcond=None)[0]
    carried = hidden[:-1] @ recurrent
    rows = [sums[0], sums[1] - carried[0], sums[2] - carried[1], np.zeros(3)]
    output = np.linalg.solve(np.column_stack([hidden, np.ones(4)]), PRINTED_LOGITS)
    weights = np.stack(rows), recurrent, output[:3], output[3]
    return Weights(*(array.astype(np.float32) for array in weights))


class HelloNetwork:
    """The network as a Keras model on the library's `VanillaRNNCell`, built on first use."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._model: Any = None

    def read(self, weights: Weights) -> Pass:
        """Run the network over h, e, l, l."""
        from keras import ops

        with self._lock:
            self._set(weights)
            outputs = self._model(self._one_hot, training=False)
            hidden, logits = (ops.convert_to_numpy(outputs[name])[0] for name in ("hidden", "logits"))
            probabilities = ops.convert_to_numpy(ops.softmax(ops.convert_to_tensor(logits), axis=-1))
        before = np.vstack([np.zeros((1, 3), np.float32), hidden[:-1]])
        right = probabilities[np.arange(len(TARGETS)), ids(TARGETS)]
        return Pass(
            inputs=self._one_hot[0],
            from_input=self._one_hot[0] @ weights.input,
            from_state=before @ weights.recurrent,
            hidden=hidden,
            logits=logits,
            probabilities=probabilities,
            losses=-np.log(np.maximum(right, np.finfo(np.float32).tiny)),
        )

    def train(self, weights: Weights, steps: int, learning_rate: float) -> Weights:
        """`steps` steps of gradient descent on the mean loss of the four predictions.

        The gradient is Keras's own, by back-propagation through the four time steps.
        """
        with self._lock:
            self._set(weights)
            self._model.optimizer.learning_rate = learning_rate
            for _ in range(steps):
                self._model.train_on_batch(self._one_hot, {"logits": ids(TARGETS)[None]})
            return Weights(*(np.array(array, dtype=np.float32) for array in self._get()))

    def _set(self, weights: Weights) -> None:
        if self._model is None:
            self._build()
        for variable, value in zip(self._variables, weights, strict=True):
            variable.assign(value)

    def _get(self) -> Iterator[np.ndarray]:
        from keras import ops

        return (ops.convert_to_numpy(variable) for variable in self._variables)

    def _build(self) -> None:
        import keras

        from rnn_models.layers import Recurrent, VanillaRNNCell

        recurrent = Recurrent(VanillaRNNCell(3), return_sequences=True, name="hidden")
        output = keras.layers.Dense(len(LETTERS), name="logits")
        inputs = keras.Input((len(INPUTS), len(LETTERS)), batch_size=1)
        hidden = recurrent(inputs)
        model = keras.Model(inputs, {"hidden": hidden, "logits": output(hidden)})
        recurrent.cell.bias.assign(np.zeros(3))
        recurrent.cell.bias.trainable = False  # the lecture's recurrence has none
        model.compile(
            optimizer=keras.optimizers.SGD(0.5),
            loss={"logits": keras.losses.SparseCategoricalCrossentropy(from_logits=True)},
        )
        self._variables = [recurrent.cell.kernel, recurrent.cell.recurrent_kernel, output.kernel, output.bias]
        self._one_hot = np.eye(len(LETTERS), dtype=np.float32)[ids(INPUTS)][None]
        self._model = model
