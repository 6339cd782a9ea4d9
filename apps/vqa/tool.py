"""The networks that answer questions about pictures, as a tool for assistants."""

import json

from apps.shared.pictures import PicturePath
from apps.vqa import inference


def ask_picture(picture: PicturePath, question: str, model: str = "") -> str:
    """Ask a picture a short question and get one of a few fixed answers, from a small recurrent network with attention
    that knows drawn scenes of coloured shapes (or what the model's name says). Returns a JSON object: answer,
    probability, probabilities (the likeliest five), without_picture (what it would have guessed: where this is the
    same answer, do not call it seen), unknown (words that it does not know), strange (true: the picture is unlike all
    that the model was trained on, do not trust the answer; null: it cannot tell), and the model.

    Args:
        picture: A picture: JPEG, PNG, WebP, GIF, BMP or TIFF, at most 20 MB and 64 million pixels.
        question: A short question, such as "what colour is the star"; at most 40 words.
        model: One of the models named above; "" takes the default.
    """
    found = inference.ask(picture, question, model)
    found["probabilities"] = dict(list(found["probabilities"].items())[:5])
    names = ("answer", "probability", "probabilities", "without_picture", "unknown", "strange", "model")
    return json.dumps({name: found[name] for name in names}, ensure_ascii=False)
