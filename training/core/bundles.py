"""A trained bundle as a model of the class that is asked for, and what it says of its model written anew."""

import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypeVar

import rnn_models
from rnn_models import checksums
from rnn_models.bundles import root
from rnn_models.files import write_atomic, write_json
from training.data.sums import data_sums

Model = TypeVar("Model")


def load_as(bundle: str, kind: type[Model], *others: type) -> Model:
    """The model of a bundle, for example `load_as("captioning/flickr8k-soft", rnn_models.Captioner)`.

    With `others` it may be of one of these, too.

    Raises:
        ValueError: there is no such bundle, or it holds a model of another class.
    """
    model = rnn_models.load(bundle)
    if not isinstance(model, (kind, *others)):
        expected = re.sub("(?<=[a-z])(?=[A-Z][a-z])", " ", kind.__name__)
        expected = expected if expected.isupper() or expected.endswith("LM") else expected.lower()
        raise ValueError(f"{bundle} is no {expected}, but a {type(model).__name__}.")
    return model


def rewrite(
    bundle: str | os.PathLike,
    scores: dict[str, Any] | None = None,
    card: str | None = None,
    words: Iterable[str] = (),
) -> None:
    """Replace what a bundle says of its model: scores, card, words. Its weights stay, and its sums are made anew.

    Raises:
        ValueError: one of its files is not the one that was saved.
    """
    folder = folder_of(bundle)
    checksums.check(folder)
    if scores is not None:
        write_json(folder / "scores.json", scores, indent=1, default=None)
    if card is not None:
        write_atomic(folder / "README.md", card)
    if words := sorted(set(words)):
        write_atomic(folder / "words.txt", "\n".join([*words, ""]))
    checksums.write(folder)


def folder_of(bundle: str | os.PathLike) -> Path:
    """The folder of a bundle that is given by its name or by its folder."""
    return Path(bundle) if Path(bundle).is_dir() else root() / bundle


def note_other_data(model: Any, data: Any, split: str) -> None:
    """Say so where a data set has the name of the one that a model was trained on, and is another."""
    kept = model.scores.get("data_sums")
    if kept and model.scores.get("dataset") == data.name and kept != data_sums(data):
        print(
            f"{data.name} is not what this model was trained on: it may have been trained on a part of {split}.",
            flush=True,
        )
