"""What the shipped weights said when they were put in: no change of the code may change it.

After new weights: `PYTHONPATH=. python tests/library/keras/test_goldens.py`. Look at the difference before you
commit it.
"""

import json
from collections.abc import Callable
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import rnn_models
from apps.captioning.examples import PICTURES
from apps.digits.examples import PICTURES as DIGITS
from apps.video import examples as clips
from rnn_models import Greedy
from tests.support.helpers import BACKEND, close

FOLDER = Path(__file__).parents[2] / "golden"
KINDS = ("soft", "hard", "h0", "first", "per_step", "merge")
TEXTS = {
    "char_lm/shakespeare": ["First Citizen:\nBefore we", "KING RICHARD III:\n", "☃"],
    "char_lm/korean-reviews": ["정말 재미있", "지루하"],
    "char_lm/python": ["def __init__(self", "import "],
    "sentiment/nsmc": [
        "정말 재미있었다. 또 보고 싶다!",
        "너무 지루하고 돈이 아까웠다.",
        "배우는 좋은데 이야기가 별로다",
        "ㅋㅋㅋ 굿",
        "",
    ],
    "sentiment/imdb": [
        "A wonderful film. I loved every minute of it.",
        "I expected a lot, and it was a complete waste of two hours.",
        "The plot is thin, but the actors are a joy to watch.",
        "Not bad.",
        "",
    ],
    "translation/de-en": [
        "Ein Mann in einem blauen Hemd steht auf einer Leiter.",
        "Zwei Hunde spielen im Schnee.",
        "Der Axolotl 🙂 lässt seine Gliedmaßen nachwachsen.",
        "",
    ],
    "translation/en-ko": [
        "I lived with my uncle.",
        "Two dogs are playing in the snow.",
        "Turn off the light in the kitchen. What time is it now?",
        "",
    ],
    "translation/reverse": ["31415926", "7"],
    **{f"captioning/flickr8k-{kind}": ["camera.jpg", "cat.jpg", "astronaut.jpg"] for kind in KINDS},
    "captioning/scenes": ["scene-star.png", "scene-circle-star.png", "scene-heart.png"],
    **{f"digits/{kind}": ["mnist-0.png", "mnist-659.png"] for kind in ("whole", "rows", "pixels", "glimpses")},
    "vqa/scenes": ["what colour is the star", "is the circle left of the star", "별은 무슨 색인가요"],
    **{f"video/{kind}": ["causal", "bidirectional"] for kind in ("finger", "motion", "scenes")},
    **{f"draw/{kind}": ["3", "8"] for kind in ("mnist", "mnist-whole")},
}

HERE = list(TEXTS)
if BACKEND != "tensorflow":  # the weights are the same ones, and each bundle compiles its own programs
    HERE = ["char_lm/shakespeare", "sentiment/nsmc", "translation/en-ko", "captioning/flickr8k-soft"]
    TEXTS = {name: TEXTS[name][:1] for name in HERE}


def of_characters(model: Any, text: str) -> dict:
    """The nats of every character of a text, and the likeliest continuation."""
    return {"numbers": model.score(text).tolist(), "text": model.generate(text, length=30, strategy=Greedy())}


def of_sentiment(model: Any, text: str) -> dict:
    """The probability of each class."""
    return {"numbers": model.probabilities([text])[0].tolist()}


def of_translation(model: Any, text: str) -> dict:
    """The translation by a beam of 5, and its score."""
    found = model.translate(text, beam=5)
    return {"numbers": [found.search_score], "text": found.text}


def of_captioning(model: Any, file: str) -> dict:
    """The caption of one of the pages' pictures by a beam of 5, and its score."""
    found = model.caption(PICTURES / file, beam=5)
    return {"numbers": [found.search_score], "text": found.text}


def of_digits(model: Any, file: str) -> dict:
    """The probability of each class after the last piece, and the class."""
    found = model.read(DIGITS / file)
    return {"numbers": found.probabilities[-1].tolist(), "text": found.label}


def of_draw(model: Any, digit: str) -> dict:
    """The ink of each row of a digit that is painted."""
    return {"numbers": model.draw(1, seed=0, label=digit).canvases[0, -1].sum(axis=1).tolist()}


def of_vqa(model: Any, question: str) -> dict:
    """The answer about a drawn scene, and its probability."""
    (found,) = model.answer(PICTURES / "scene-circle-star.png", question)
    return {"numbers": [found.probability], "text": found.answer}


def of_video(model: Any, network: str) -> dict:
    """The probabilities of the last frame of the page's first clip that the model reads, and all labels in runs."""
    name = next(one.name for one in clips.EXAMPLES if one.inputs == model.inputs_kind)
    found = model.label(clips.clip(name).frames, network)
    return {"numbers": found.probabilities[-1].tolist(), "text": " ".join(label for label, _ in groupby(found.labels))}


SAID: dict[str, Callable[[Any, str], dict]] = {
    "char_lm": of_characters,
    "sentiment": of_sentiment,
    "translation": of_translation,
    "captioning": of_captioning,
    "digits": of_digits,
    "draw": of_draw,
    "video": of_video,
    "vqa": of_vqa,
}


def said(model: Any, name: str) -> list[dict]:
    """What a shipped model says to each of its texts."""
    found = [{"of": text} | SAID[name.split("/")[0]](model, text) for text in TEXTS[name]]
    for row in found:
        row["numbers"] = [round(float(number), 5) for number in row["numbers"]]
    return found


def write() -> None:
    """Write tests/golden/TASK-NAME.json for every bundle that is here."""
    FOLDER.mkdir(exist_ok=True)
    for name in TEXTS:
        if name in rnn_models.available():
            rows = ",\n".join(json.dumps(row, ensure_ascii=False) for row in said(rnn_models.load(name), name))
            path_of(name).write_text(f"[\n{rows}\n]\n", encoding="utf-8")


def path_of(name: str) -> Path:
    return FOLDER / f"{name.replace('/', '-')}.json"


@pytest.fixture(scope="module")
def bundle(request):
    """A name, its model, loaded once, and what it said."""
    name = request.param
    if name not in rnn_models.available() or not path_of(name).is_file():
        pytest.skip(f"no bundle {name}, or nothing golden of it")
    golden = json.loads(path_of(name).read_text(encoding="utf-8"))
    return name, rnn_models.load(name), golden[: len(TEXTS[name])]


@pytest.mark.parametrize("bundle", HERE, indirect=True, scope="module")
def test_the_shipped_weights_say_what_they_said(bundle):
    """2 to 5 s a bundle: a reader and a beam search are compiled for each."""
    name, model, golden = bundle
    for expected, row in zip(golden, said(model, name), strict=True):
        assert (row["of"], row.get("text")) == (expected["of"], expected.get("text"))
        close(np.array(row["numbers"]), np.array(expected["numbers"]), 2e-3)


@pytest.mark.parametrize(
    "bundle", [name for name in HERE if name.startswith("captioning/")], indirect=True, scope="module"
)
def test_a_caption_is_less_likely_of_a_black_picture(bundle):
    _, model, golden = bundle
    files = [row["of"] for row in golden]
    black, *grids = model.encoder().encode([np.zeros((224, 224, 3), "uint8"), *(PICTURES / f for f in files)]).grid
    for grid, row in zip(grids, golden, strict=True):
        assert model.align(grid, row["text"]).log_prob > model.align(black, row["text"]).log_prob + 1, row["text"]


if __name__ == "__main__":
    write()
