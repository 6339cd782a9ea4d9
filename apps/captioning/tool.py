"""The captioner as a tool for assistants."""

import json

from apps.captioning import inference
from apps.shared.pictures import PicturePath


def caption_image(picture: PicturePath, model: str = "", beam: int = 5, length_penalty: float = 1.0) -> str:
    """Say in one English sentence what a picture shows, with a small recurrent network with attention. Returns a JSON
    object: text, score (log-probability, with the length penalty), alternatives, strange (true: the picture is
    unlike all that the model was trained on, do not trust the caption; null: it cannot tell), and the model.

    Args:
        picture: A picture: JPEG, PNG, WebP, GIF, BMP or TIFF, at most 20 MB and 64 million pixels.
        model: One of the models named above; "" takes the default.
        beam: How many beginnings the search keeps, 1 (greedy) to 10.
        length_penalty: 0 to 2; the higher, the longer the captions that are preferred.
    """
    found = inference.caption_image(picture, model, beam, length_penalty)
    return json.dumps(
        {name: found[name] for name in ("text", "score", "alternatives", "strange", "model")}, ensure_ascii=False
    )
