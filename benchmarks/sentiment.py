"""Texts per second of a sentiment classifier at work, cutting the texts into tokens included.

    probabilities       `SentimentClassifier.probabilities`: texts of like length run together
    classify            `SentimentClassifier.classify`: the same with the evidence of every token
    keras.layers        the same network of Embedding, Bidirectional, a layer for the pooling and Dense, by
                        `keras.Model.predict` on all texts padded to the longest, as tutorials show it

With the shipped Korean model and reviews of its test file, where these are here; else with random weights and
generated reviews.
"""

import os
import random
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
from keras import layers, ops

import rnn_models
from benchmarks.measuring import side_by_side, spread
from rnn_models import Recurrent, SentimentClassifier, SubwordTokenizer, to_keras

TEXTS = 1024
WORDS = "정말 영화 재미있다 지루하다 배우 연기 이야기 좋다 나쁘다 최고 별로 시간 아깝다 감동 음악 결말"
BATCHES = (32, 256)
"""Batch sizes of `keras.Model.predict`: its default, and a larger one."""


def run() -> list[dict]:
    """Measure all: rows of {what, value, unit, note}."""
    model, texts, what = _model_and_texts()
    twin = keras_twin(model)
    rivals: dict[str, Callable[[], np.ndarray]] = {
        "probabilities": lambda: model.probabilities(texts),
        "classify, with evidence": lambda: np.stack([verdict.probabilities for verdict in model.classify(texts)]),
    }
    for size in BATCHES:
        rivals[f"keras.layers, batches of {size}"] = lambda size=size: keras_probabilities(model, twin, texts, size)
    _check_same_numbers(rivals)  # compiles all of them, too
    seconds = side_by_side(rivals)
    lengths = [len(ids) for ids in model.encode(texts)[0]]
    where = f"{what}; {len(texts):,} texts of {min(lengths)} to {max(lengths)} tokens, median {np.median(lengths):.0f}"
    return [_row(name, len(texts) / measured, seconds, where) for name, measured in seconds.items()]


# ------------------------------------------------------------------------------------------- the tutorial's way


class AttentionPooling(layers.Layer):
    """The states' average under learned weights, e_t = vᵀ tanh(q + h_t U): what a tutorial would write."""

    def __init__(self, kernel: np.ndarray, query: np.ndarray, score: np.ndarray):
        super().__init__()
        self.supports_masking = True
        self.values = kernel, query, score

    def call(self, h: keras.KerasTensor, mask: keras.KerasTensor | None = None) -> keras.KerasTensor:
        """The context (B, H) of states (B, T, H)."""
        kernel, query, score = self.values
        scores = ops.sum(ops.tanh(ops.matmul(h, kernel) + query) * score, axis=-1)
        scores = ops.where(mask, scores, -1e9)
        return ops.sum(ops.softmax(scores, axis=-1)[..., None] * h, axis=1)

    def compute_mask(self, *arguments: object) -> None:
        """None: the context has no time."""


class MaxPooling(layers.Layer):
    """The largest value of each feature."""

    def __init__(self):
        super().__init__()
        self.supports_masking = True

    def call(self, h: keras.KerasTensor, mask: keras.KerasTensor | None = None) -> keras.KerasTensor:
        """The largest values (B, H) of states (B, T, H)."""
        return ops.max(ops.where(mask[..., None], h, -1e9), axis=1)

    def compute_mask(self, *arguments: object) -> None:
        """None: what is left has no time."""


def keras_twin(model: SentimentClassifier) -> keras.Model:
    """The network of `model` in `keras.layers` with its weights; it reads token ids from 1, 0 is padding."""
    table = ops.convert_to_numpy(model.embed.embeddings)
    embedding = layers.Embedding(len(table) + 1, table.shape[1], mask_zero=True)
    tokens = keras.Input((None,), dtype="int32")
    h = embedding(tokens)
    embedding.set_weights([np.concatenate([np.zeros_like(table[:1]), table])])
    last = len(model.recurrence.layers) - 1
    for number, layer in enumerate(model.recurrence.layers):
        h = _keras_layer(layer, h, number < last or model.settings["pooling"] != "last")
    if model.settings["pooling"] == "max":
        h = MaxPooling()(h)
    elif model.settings["pooling"] == "attention":
        attention = model.attention
        query = ops.matmul(model.query[None], attention.query_projection.kernel)[0]
        weights = [attention.key_projection.kernel, query, attention.score_vector]
        h = AttentionPooling(*map(ops.convert_to_numpy, weights))(h)
    head = layers.Dense(len(model.labels), activation="softmax")
    twin = keras.Model(tokens, head(h))
    head.set_weights(model.head.get_weights())
    return twin


def _keras_layer(layer: keras.layers.Layer, h: keras.KerasTensor, sequences: bool) -> keras.KerasTensor:
    ways = [layer] if isinstance(layer, Recurrent) else [layer.forward_layer, layer.backward_layer]
    filled = [to_keras(way) for way in ways]
    config = {**filled[0].get_config(), "return_sequences": sequences}
    new = type(filled[0]).from_config({key: value for key, value in config.items() if key != "name"})
    new = layers.Bidirectional(new) if len(ways) == 2 else new
    output = new(h)
    new.set_weights([weight for way in filled for weight in way.get_weights()])
    return output


def keras_probabilities(model: SentimentClassifier, twin: keras.Model, texts: list[str], size: int) -> np.ndarray:
    """Cut into tokens, pad all to the longest, predict."""
    ids = [np.asarray(i) + 1 for i in model.encode(texts)[0]]
    padded = keras.utils.pad_sequences(ids, padding="post")
    return twin.predict(padded, batch_size=size, verbose=0)


# ------------------------------------------------------------------------------------------------ measuring


def _model_and_texts() -> tuple[SentimentClassifier, list[str], str]:
    texts, source = reviews()
    if "sentiment/nsmc" in rnn_models.available("sentiment"):
        return rnn_models.load("sentiment/nsmc"), texts, f"sentiment/nsmc on {source}"
    keras.utils.set_random_seed(0)
    model = SentimentClassifier(SubwordTokenizer.build(texts, 8000))  # the training script's default network
    model.build((None, None))
    return model, texts, f"random weights on {source}"


def reviews(count: int = TEXTS) -> tuple[list[str], str]:
    """Film reviews, and where they are from."""
    generator = random.Random(0)
    if Path(os.environ.get("RNN_DATA_DIR", "."), "nsmc", "ratings_test.txt").is_file():
        from training.data.nsmc import nsmc_rows

        return generator.sample(nsmc_rows("test")[0].texts, count), "Naver film reviews"
    # As long as those: half of them up to seven words, the longest about 35.
    lengths = [min(35, max(1, round(generator.lognormvariate(1.95, 0.75)))) for _ in range(count)]
    return [" ".join(generator.choices(WORDS.split(), k=length)) for length in lengths], "generated reviews"


def _check_same_numbers(rivals: dict[str, Callable[[], np.ndarray]]) -> None:
    """All must compute the same."""
    expected = None
    for name, rival in rivals.items():
        found = rival()
        expected = found if expected is None else expected
        if np.abs(found - expected).max() > 1e-4:
            raise RuntimeError(f"{name} is off by {np.abs(found - expected).max():.2g}: it computes another network.")


def _row(name: str, speeds: np.ndarray, seconds: dict[str, np.ndarray], where: str) -> dict:
    note = spread(speeds)
    for other in seconds:
        if other.startswith("keras.layers") and not name.startswith("keras.layers"):
            note += f"; {np.median(seconds[other] / seconds[name]):.1f} × {other}"
    if name == "probabilities":
        note += f"; {where}"
    return {"what": f"sentiment, {name}", "value": float(np.median(speeds)), "unit": "texts/s", "note": note}
