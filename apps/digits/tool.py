"""The readers of digits as a tool for assistants."""

import json

from apps.digits import inference
from apps.shared.pictures import PicturePath


def read_digit(picture: PicturePath, model: str = "") -> str:
    """Say which handwritten digit, 0 to 9, a picture shows, with a small recurrent network that reads it piece by
    piece (rows, pixels). One digit a picture; everything is called a digit, also what is none. Returns a JSON object:
    label, probability, probabilities (of each class), and the model.

    Args:
        picture: A picture of one digit: JPEG, PNG, WebP, GIF, BMP or TIFF, at most 20 MB and 64 million pixels.
        model: One of the models named above; "" takes the default.
    """
    found = inference.read_digit(picture, model)
    classes = dict(zip(found["labels"], found["probabilities"][-1], strict=True))
    return json.dumps(
        {
            "label": found["label"],
            "probability": found["probability"],
            "probabilities": classes,
            "model": found["model"],
        }
    )
