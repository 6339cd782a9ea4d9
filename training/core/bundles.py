"""A trained bundle as a model of the class that is asked for."""

import re
from typing import TypeVar

import rnn_models

Model = TypeVar("Model")


def load_as(bundle: str, kind: type[Model]) -> Model:
    """The model of a bundle, for example `load_as("captioning/flickr8k-soft", rnn_models.Captioner)`.

    Raises:
        ValueError: there is no such bundle, or it holds a model of another class.
    """
    model = rnn_models.load(bundle)
    if not isinstance(model, kind):
        expected = re.sub("(?<=[a-z])(?=[A-Z][a-z])", " ", kind.__name__)
        expected = expected if expected.isupper() or expected.endswith("LM") else expected.lower()
        raise ValueError(f"{bundle} is no {expected}, but a {type(model).__name__}.")
    return model
