"""Tokens per second of a translator at work, and its training step. Random weights, V = 8,000, float32.

Decoding of sources of 20 tokens, 32 steps, H = 512:

    Decoder         the library's compiled loop, greedy and beam 5
    tf.function     one call of a compiled step for every token, the next one chosen on the host (TensorFlow only)

A training step of 64 pairs of 20 tokens, H = 256, Adam:

    Translator      bidirectional GRU, `AttentiveDecoder` with Bahdanau's attention, `SmoothedCrossEntropy`
    keras.layers    the same network of `keras.layers`: `RNN` around a cell that attends, as tutorials show it
"""

from typing import Any

import keras
import numpy as np
from keras import layers, ops

from benchmarks.measuring import side_by_side, spread
from benchmarks.step_loops import decoding_rows
from rnn_models import SubwordTokenizer, Translator
from rnn_models.losses import SmoothedCrossEntropy
from rnn_models.tasks.translation import END, START

VOCABULARY, SOURCE, STEPS, WIDTH = 8000, 20, 32, 5
PAIRS, LENGTH = 64, 20


def run() -> list[dict]:
    """Measure all that this backend has: rows of {what, value, unit, note}."""
    rows = []
    for batch in (1, 64):
        rows += _decoding(_model(512), batch)
        keras.backend.clear_session()
    return rows + _training()


def _model(units: int) -> Translator:
    keras.utils.set_random_seed(0)
    words = [f"{n:04d}"[::-1] for n in range(4000)]
    tokenizer = SubwordTokenizer.build([" ".join(words)], 600, specials=(START, END), byte_fallback=True)
    model = Translator(_Sized(tokenizer), cell="gru", units=units, embedding=256, attention_units=units)
    model.build()
    return model


class _Sized:
    """A tokenizer of `VOCABULARY` tokens, most of which stand for no text."""

    def __init__(self, tokenizer: SubwordTokenizer):
        self._tokenizer = tokenizer

    def __getattr__(self, name: str) -> Any:
        return getattr(self._tokenizer, name)

    def __len__(self) -> int:
        return VOCABULARY


def _decoding(model: Translator, batch: int) -> list[dict]:
    source = np.random.default_rng(0).integers(3, VOCABULARY, (batch, SOURCE)).astype("int32")
    states = model.read(ops.convert_to_tensor(source))
    first = np.full(batch, model.start, dtype="int32")
    return decoding_rows("translation", model, first, states, STEPS, WIDTH)


# ------------------------------------------------------------------------------------------------- training


@keras.saving.register_keras_serializable(package="benchmarks")
class AttentiveGRUCell(layers.Layer):
    """A GRU cell that first attends, for `keras.layers.RNN`.

    Keras 3 hands a cell nothing but its input and its states, so keys and values are states that never change.
    """

    def __init__(self, units: int, attention_units: int):
        super().__init__()
        self.state_size = [units, (LENGTH, attention_units), (LENGTH, 2 * units)]
        self.output_size = 3 * units
        self.cell = layers.GRUCell(units, reset_after=True)
        self.query = layers.Dense(attention_units, use_bias=False)
        self.score = layers.Dense(1, use_bias=False)

    def build(self, shape: tuple) -> None:
        """Weights for inputs (B, D)."""
        units, (_, attention_units), (_, width) = self.state_size
        self.cell.build((None, shape[-1] + width))
        self.query.build((None, units))
        self.score.build((None, None, attention_units))
        self.built = True

    def call(self, x: Any, states: Any, training: bool = False) -> tuple:
        """One step: [h_t; c_t] and the states."""
        h, keys, values = states
        scores = self.score(ops.tanh(self.query(h)[:, None] + keys))
        context = ops.sum(ops.softmax(scores, axis=1) * values, axis=1)
        h, _ = self.cell(ops.concatenate([x, context], axis=-1), [h], training=training)
        return ops.concatenate([h, context], axis=-1), [h, keys, values]


def keras_network(units: int) -> keras.Model:
    """Encoder, decoder with attention and tied embedding of `keras.layers`."""
    source, target = (keras.Input((None,), dtype="int32", name=name) for name in ("source", "target"))
    embedding = layers.Embedding(VOCABULARY, 256)
    gru = layers.GRU(units, reset_after=True, return_sequences=True, return_state=True)
    encoded, forward, backward = layers.Bidirectional(gru)(embedding(source))
    first = layers.Dense(units, activation="tanh")(layers.Concatenate()([forward, backward]))
    keys = layers.Dense(units, use_bias=False)(encoded)
    x = embedding(target)
    decoder = layers.RNN(AttentiveGRUCell(units, units), return_sequences=True)
    given = decoder(x, initial_state=[first, keys, encoded])
    outputs = layers.Dense(256, activation="tanh")(layers.Concatenate()([given, x]))
    return keras.Model([source, target], _TiedHead(embedding)(outputs))


class _TiedHead(layers.Layer):
    def __init__(self, embedding: layers.Embedding):
        super().__init__()
        self.embedding = embedding
        self.bias = self.add_weight(shape=(VOCABULARY,), initializer="zeros")

    def call(self, outputs: Any) -> Any:
        return ops.matmul(outputs, ops.transpose(self.embedding.embeddings)) + self.bias


def our_network(units: int) -> keras.Model:
    """The same by `Translator`."""
    model = _model(units)
    source, target = (keras.Input((None,), dtype="int32", name=name) for name in ("source", "target"))
    return keras.Model([source, target], model(source, target))


def _training() -> list[dict]:
    generator = np.random.default_rng(0)
    source, target, labels = (generator.integers(3, VOCABULARY, (PAIRS, LENGTH)).astype("int32") for _ in range(3))
    networks = {"Translator": our_network(256), "keras.layers": keras_network(256)}
    counts = {name: model.count_params() for name, model in networks.items()}
    if len(set(counts.values())) > 1:
        raise RuntimeError(f"The networks have {counts} parameters: they are not the same.")
    rivals = {}
    for name, model in networks.items():
        plain = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        model.compile(keras.optimizers.Adam(1e-3), SmoothedCrossEntropy() if name == "Translator" else plain)
        rivals[name] = lambda model=model: model.train_on_batch([source, target], labels)
        for _ in range(2):
            rivals[name]()
    seconds = side_by_side(rivals, 4)
    rows = []
    for name, measured in seconds.items():
        speeds = PAIRS * LENGTH / measured
        note = f"{spread(speeds)}; {1000 * np.median(measured):.0f} ms a step"
        if name == "Translator":
            note += f"; {np.median(seconds['keras.layers'] / measured):.2f} × keras.layers"
        what = f"translation, training, {name}"
        rows.append({"what": what, "value": float(np.median(speeds)), "unit": "target tokens/s", "note": note})
    return rows
