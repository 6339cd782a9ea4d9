"""Characters per second of a character model at work: two LSTM layers of 512, 65 characters, float32.

The same network generates by sampling in four ways:

    predict       `model.predict` for every character, the loop that many tutorials show
    tf.function   the same Keras model, one compiled step for every character (TensorFlow only)
    Decoder       the library's loop, compiled whole
    NumPy         a stepper written by hand, two products a layer: a yardstick, not a rival with a model
"""

import random
import time
from collections.abc import Callable

import keras
import numpy as np
from keras import layers, ops

from rnn_models.decoding.decoder import Decoder, Greedy, Sample
from rnn_models.tasks.char_lm import CharLM
from rnn_models.text.characters import CharVocabulary

UNITS, SYMBOLS, ROUNDS = 512, 65, 9
CHARACTERS = {"predict": 8, "tf.function": 64, "Decoder": 512, "Decoder, pieces of 16": 512, "NumPy": 256}


def run() -> list[dict]:
    """Measure all that this backend has: rows of {what, value, unit, note}."""
    model = _model()
    decoder = Decoder(model.step, layers=[model])
    return [*_at_batch_one(model, decoder), *_by_batch(model, decoder)]


def _at_batch_one(model: CharLM, decoder: Decoder) -> list[dict]:
    stepper = numpy_stepper(model)
    _check_same_text(model, decoder, stepper)
    rivals: dict[str, Callable[[int], None]] = {
        "predict": predict_loop(),
        "Decoder": lambda n: decoder.generate([1], model.get_initial_state(1), Sample(seed=1), n),
        "Decoder, pieces of 16": lambda n: list(
            decoder.stream([1], model.get_initial_state(1), Sample(seed=1), n, piece=16)
        ),
        "NumPy": lambda n: numpy_loop(stepper, n),
    }
    if keras.backend.backend() == "tensorflow":
        rivals["tf.function"] = tf_function_loop()
    speeds = _side_by_side(rivals)
    weights = sum(array.size * array.itemsize for array in model.get_weights())
    bandwidth = weights * np.median(speeds["Decoder"]) / 1e9
    rows = []
    for name, measured in speeds.items():
        note = _spread(measured)
        for other in ("predict", "tf.function", "NumPy"):
            if name.startswith("Decoder") and other in speeds:
                note += f"; {_number(np.median(measured / speeds[other]))} × {other}"
        if name == "Decoder":
            note += f"; {weights / 1e6:.1f} MB of weights a character, {bandwidth:.0f} GB/s"
        rows.append(_row(f"generation, batch 1, {name}", measured, note))
    return rows


def _by_batch(model: CharLM, decoder: Decoder, batches: tuple = (1, 2, 4, 8, 16, 32, 64)) -> list[dict]:
    """All rows of a batch together, 64 steps."""
    steps = 64
    rivals = {
        batch: lambda n, batch=batch: decoder.generate(
            np.ones(batch, dtype=int), model.get_initial_state(batch), Sample(seed=1), n
        )
        for batch in batches
    }
    speeds = _side_by_side(rivals, dict.fromkeys(batches, steps))
    rows = []
    for batch, measured in speeds.items():
        measured = measured * batch
        gain = np.median(measured / speeds[batches[0]])
        rows.append(_row(f"generation, batch {batch}, Decoder", measured, f"{_spread(measured)}; {gain:.1f} × batch 1"))
    return rows


# ---------------------------------------------------------------------------------------------- the four ways


def predict_loop() -> Callable[[int], None]:
    """One call of `model.predict` for every character; the states go in and out."""
    model = keras_step_model()

    def step(inputs: list) -> list:
        return model.predict(inputs, verbose=0)

    return lambda n: _host_loop(step, n)


def tf_function_loop() -> Callable[[int], None]:
    """One call of a `tf.function` for every character."""
    import tensorflow as tf

    model = keras_step_model()
    compiled = tf.function(lambda inputs: model(inputs, training=False))

    def step(inputs: list) -> list:
        return compiled([tf.convert_to_tensor(array) for array in inputs])

    return lambda n: _host_loop(step, n)


def keras_step_model() -> keras.Model:
    """What a tutorial would build: token and states in, logits and states out."""
    token = keras.Input((1,), dtype="int32")
    states = [keras.Input((UNITS,)) for _ in range(4)]
    x, after = ops.one_hot(token, SYMBOLS), []
    for number in range(2):
        lstm = layers.LSTM(UNITS, return_sequences=True, return_state=True)
        x, *state = lstm(x, initial_state=states[2 * number : 2 * number + 2])
        after += state
    return keras.Model([token, *states], [layers.Dense(SYMBOLS)(x[:, 0]), *after])


def _host_loop(step: Callable[[list], list], count: int) -> None:
    """Draw the next character on the host from what `step` gives, and feed it back."""
    rng = np.random.default_rng(1)
    token, states = 1, [np.zeros((1, UNITS), dtype="float32")] * 4
    for _ in range(count):
        logits, *states = step([np.full((1, 1), token, dtype="int32"), *states])
        token = _draw(np.asarray(logits)[0], rng)


Stepper = Callable[[int, list], tuple[np.ndarray, list]]


def numpy_stepper(model: CharLM) -> Stepper:
    """One step of the two LSTM layers in NumPy: gates in the order i, f, o, g (see `LSTMCell`)."""
    cells = [layer.cell for layer in model.recurrence.layers]
    first, second = (
        [ops.convert_to_numpy(array) for array in (cell.kernel, cell.recurrent_kernel, cell.bias)] for cell in cells
    )
    head, head_bias = (ops.convert_to_numpy(array) for array in (model.head.kernel, model.head.bias))

    def gates(z: np.ndarray, c: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        i, f, o = np.split(1 / (1 + np.exp(-z[: 3 * UNITS])), 3)
        c = f * c + i * np.tanh(z[3 * UNITS :])
        return o * np.tanh(c), c

    def step(token: int, states: list) -> tuple[np.ndarray, list]:
        h1, c1, h2, c2 = states
        h1, c1 = gates(first[0][token] + h1 @ first[1] + first[2], c1)
        h2, c2 = gates(h1 @ second[0] + h2 @ second[1] + second[2], c2)
        return h2 @ head + head_bias, [h1, c1, h2, c2]

    return step


def numpy_loop(step: Stepper, count: int) -> None:
    """Sample `count` characters from a NumPy stepper."""
    rng = np.random.default_rng(1)
    token, states = 1, [np.zeros(UNITS, dtype="float32")] * 4
    for _ in range(count):
        logits, states = step(token, states)
        token = _draw(logits, rng)


# ------------------------------------------------------------------------------------------------ measuring


def _model() -> CharLM:
    keras.utils.set_random_seed(0)
    vocabulary = CharVocabulary([chr(ord("!") + number) for number in range(SYMBOLS - 1)])
    model = CharLM(vocabulary, cell="lstm", units=UNITS, layers=2)
    model.build((None, None))
    return model


def _check_same_text(model: CharLM, decoder: Decoder, step: Stepper, count: int = 20) -> None:
    """The yardstick must compute what it is compared with."""
    token, states, tokens = 1, [np.zeros(UNITS, dtype="float32")] * 4, []
    for _ in range(count):
        logits, states = step(token, states)
        token = int(logits.argmax())
        tokens.append(token)
    ours = decoder.generate([1], model.get_initial_state(1), Greedy(), count).tokens[0].tolist()
    if ours != tokens:
        raise RuntimeError(f"NumPy writes {tokens}, the Decoder {ours}: one of them computes another network.")


def _side_by_side(rivals: dict, characters: dict = CHARACTERS) -> dict[str, np.ndarray]:
    """Steps per second of each rival in each round; every round runs all of them, in a new order."""
    speeds = {name: [] for name in rivals}
    for name, loop in rivals.items():
        loop(characters[name])  # compiles
    for _ in range(ROUNDS):
        for name in random.sample(list(rivals), len(rivals)):
            start = time.perf_counter()
            rivals[name](characters[name])
            speeds[name].append(characters[name] / (time.perf_counter() - start))
    return {name: np.asarray(measured) for name, measured in speeds.items()}


def _draw(logits: np.ndarray, rng: np.random.Generator) -> int:
    below = np.cumsum(np.exp(logits - logits.max()))
    return int(np.searchsorted(below, rng.random() * below[-1], side="right"))


def _row(what: str, measured: np.ndarray, note: str) -> dict:
    return {"what": what, "value": float(np.median(measured)), "unit": "characters/s", "note": note}


def _spread(measured: np.ndarray) -> str:
    low, high = np.percentile(measured, [25, 75])
    return f"median of {len(measured)}, quartiles {low:,.0f}–{high:,.0f}"


def _number(ratio: float) -> str:
    return f"{ratio:,.0f}" if ratio >= 10 else f"{ratio:.2f}"
