"""Pictures per second of a captioner at work, from the array of pixels to the text.

    encoder                   what the picture shows, as a grid: EfficientNet-Lite0, 224 × 224
    caption, greedy, beam 5   encoder and decoder together, `Captioner.caption`

With the shipped model where it is here, else with random weights. And its decoding alone: the compiled loop against one
compiled step for every word (TensorFlow only).
"""

import keras
import numpy as np
from keras import ops

import rnn_models
from benchmarks.measuring import side_by_side, spread
from benchmarks.step_loops import decoding_rows
from rnn_models import Captioner, WordTokenizer

NAME = "captioning/flickr8k-soft"
STEPS, WIDTH = 16, 5


def run() -> list[dict]:
    """Measure all: rows of {what, value, unit, note}."""
    model = _model()
    rows = [row for batch in (1, 32) for row in _whole(model, batch)]
    for batch in (1, 64):
        grid = np.random.default_rng(0).random((batch, 49, 1280), dtype="float32")
        states = model.read(ops.convert_to_tensor(grid))
        first = np.full(batch, model.start, dtype="int32")
        rows += decoding_rows("captioning", model, first, states, STEPS, WIDTH)
    return rows


def _model() -> Captioner:
    if NAME in rnn_models.available("captioning"):
        return rnn_models.load(NAME)
    keras.utils.set_random_seed(0)
    model = Captioner(WordTokenizer([f"word{n}" for n in range(2500)], ("<s>", "</s>")), units=320)
    model.build()
    return model


def _whole(model: Captioner, batch: int) -> list[dict]:
    pictures = list(np.random.default_rng(0).integers(0, 256, (batch, 224, 224, 3), dtype=np.uint8))
    encoder = model.encoder()
    rivals = {
        "encoder": lambda: encoder.encode(pictures),
        "caption, greedy": lambda: model.caption(pictures, beam=1),
        f"caption, beam {WIDTH}": lambda: model.caption(pictures, beam=WIDTH),
    }
    for rival in rivals.values():
        rival()  # compiles
    rows = []
    for name, seconds in side_by_side(rivals).items():
        speeds = batch / seconds
        what = f"captioning, batch {batch}, {name}"
        rows.append({"what": what, "value": float(np.median(speeds)), "unit": "pictures/s", "note": spread(speeds)})
    return rows
