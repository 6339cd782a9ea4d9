"""Decoding as it is done without a compiled loop: one compiled step, and the choice of tokens on the host."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras import ops

from rnn_models.tasks.conditional_lm import ConditionalLM


def tf_function_step(model: ConditionalLM) -> Callable:
    """log p (B, V) of the next token and the states, one compiled step (TensorFlow only)."""
    import tensorflow as tf

    forbidden = np.isin(np.arange(len(model.tokenizer)), (*model.forbidden, model.end))

    @tf.function
    def step(tokens: Any, states: list) -> tuple:
        logits, after, *_ = model.step(tokens, states)
        return ops.log_softmax(ops.where(forbidden, -1e30, logits), axis=-1), after

    return step


def greedy_loop(step: Callable, first: np.ndarray, states: list, steps: int) -> np.ndarray:
    """The likeliest token at every step, chosen on the host: (B, steps)."""
    tokens, written = first, []
    for _ in range(steps):
        log_probs, states = step(ops.convert_to_tensor(tokens), states)
        tokens = np.argmax(log_probs, axis=-1).astype("int32")
        written.append(tokens)
    return np.stack(written, axis=1)


def beam_loop(step: Callable, first: np.ndarray, states: list, steps: int, width: int) -> np.ndarray:
    """Beam search with its bookkeeping on the host: (B, steps)."""
    batch = len(first)
    rows = np.repeat(np.arange(batch), width)
    own, *source = keras.tree.map_structure(lambda array: ops.take(array, rows, axis=0), states)
    totals = np.full((batch, width), -1e30)
    totals[:, 0] = 0.0
    tokens, written = np.repeat(first, width), np.zeros((batch, width, 0), dtype="int32")
    for _ in range(steps):
        log_probs, (own, *_) = step(ops.convert_to_tensor(tokens), [own, *source])
        vocabulary = log_probs.shape[-1]
        scores = (totals[..., None] + np.reshape(log_probs, (batch, width, -1))).reshape(batch, -1)
        best = np.argpartition(-scores, width, axis=1)[:, :width]
        best = np.take_along_axis(best, np.argsort(-np.take_along_axis(scores, best, 1), axis=1, kind="stable"), 1)
        totals = np.take_along_axis(scores, best, axis=1)
        parents, tokens = best // vocabulary, (best % vocabulary).astype("int32")
        written = np.take_along_axis(written, parents[..., None], axis=1)
        written = np.concatenate([written, tokens[..., None]], axis=-1)
        moved = (parents + width * np.arange(batch)[:, None]).reshape(-1)
        own = [ops.take(array, moved, axis=0) for array in own]  # the rest is that of the source
        tokens = tokens.reshape(-1)
    return written[:, 0]


def decoding_rows(
    what: str, model: ConditionalLM, first: np.ndarray, states: list, steps: int, width: int
) -> list[dict]:
    """Tokens per second of the compiled loop, greedy and beam, and of the loops above (on TensorFlow)."""
    from benchmarks.measuring import side_by_side, spread
    from rnn_models.decoding.decoder import Beam, Decoder, Greedy

    batch = len(first)
    decoder = Decoder(model.step, [model], forbidden=(*model.forbidden, model.end))
    beam = f"beam {width}"
    rivals: dict[str, Callable[[], np.ndarray]] = {
        "greedy, Decoder": lambda: decoder.generate(first, states, Greedy(), steps).tokens,
        f"{beam}, Decoder": lambda: decoder.generate(first, states, Beam(width), steps).tokens,
    }
    if keras.backend.backend() == "tensorflow":
        step = tf_function_step(model)
        rivals["greedy, tf.function"] = lambda: greedy_loop(step, first, states, steps)
        rivals[f"{beam}, tf.function"] = lambda: beam_loop(step, first, states, steps, width)
    found = {name: rival() for name, rival in rivals.items()}  # compiles, too
    for name, tokens in found.items():
        agree = np.mean(tokens == found[f"{name.split(',')[0]}, Decoder"])
        if agree < 0.9:  # ties in the last digit may part two ways
            raise RuntimeError(f"{name} writes other tokens ({agree:.0%} alike): it computes another network.")
    seconds = side_by_side(rivals)
    rows = []
    for name, measured in seconds.items():
        speeds = batch * steps / measured
        other = seconds.get(name.replace("Decoder", "tf.function"))
        note = spread(speeds)
        if name.endswith("Decoder") and other is not None:
            note += f"; {np.median(other / measured):.2f} × tf.function"
        value = float(np.median(speeds))
        rows.append({"what": f"{what}, batch {batch}, {name}", "value": value, "unit": "tokens/s", "note": note})
    return rows
