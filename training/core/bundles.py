"""A trained bundle as a model of the class that is asked for."""

import re
from typing import Any, TypeVar

import rnn_models
from training.data.sums import data_sums

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


def note_other_data(model: Any, data: Any, split: str) -> None:
    """Say so where a data set has the name of the one that a model was trained on, and is another."""
    kept = model.scores.get("data_sums")
    if kept and model.scores.get("dataset") == data.name and kept != data_sums(data):
        print(
            f"{data.name} is not what this model was trained on: it may have been trained on a part of {split}.",
            flush=True,
        )
