"""Questions per second of a network that answers them, from the array of pixels and the text to the answer.

    answer         a picture for each question
    answer_seen    questions about pictures that were looked at before

With the shipped model where it is here, else with random weights.
"""

import keras
import numpy as np

import rnn_models
from benchmarks.measuring import side_by_side, spread
from rnn_models import VisualQuestionAnswerer, WordTokenizer

NAME = "vqa/scenes"
QUESTION = "is the red circle left of the blue star"


def run() -> list[dict]:
    """Measure all: rows of {what, value, unit, note}."""
    model = _model()
    return [row for batch in (1, 64) for row in _speeds(model, batch)]


def _model() -> VisualQuestionAnswerer:
    if NAME in rnn_models.available("vqa"):
        return rnn_models.load(NAME)
    keras.utils.set_random_seed(0)
    words = WordTokenizer([*dict.fromkeys(QUESTION.split()), *(f"word{n}" for n in range(150))])
    model = VisualQuestionAnswerer(words, [f"answer {n}" for n in range(38)], bidirectional=True)
    model.build()
    return model


def _speeds(model: VisualQuestionAnswerer, batch: int) -> list[dict]:
    side = model.settings["side"]
    pictures = list(np.random.default_rng(0).integers(0, 256, (batch, side, side, 3), dtype=np.uint8))
    seen, numbers, questions = model.seen(pictures), np.arange(batch), [QUESTION] * batch
    rivals = {
        "answer": lambda: model.answer(pictures, questions),
        "answer_seen": lambda: model.answer_seen(seen, numbers, questions),
    }
    for rival in rivals.values():
        rival()  # compiles
    rows = []
    for name, seconds in side_by_side(rivals).items():
        speeds = batch / seconds
        what = f"vqa, batch {batch}, {name}"
        rows.append({"what": what, "value": float(np.median(speeds)), "unit": "questions/s", "note": spread(speeds)})
    return rows
