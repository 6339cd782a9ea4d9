"""The commands of `python -m training.digits`: train and evaluate a reader of digits."""

from typing import TYPE_CHECKING

import rnn_models
from training.core.errors import user_errors
from training.digits.config import SCRIPT, Evaluate, Train

if TYPE_CHECKING:
    from training.data.records import ImageData


def main(arguments: list[str] | None = None) -> None:
    """The command line."""
    SCRIPT.main(arguments, train, evaluate)


def train(options: Train) -> None:
    """Train a reader (one for each seed); leaves the run's folder, and a bundle with --export."""
    from training.core.train import train_seeds
    from training.digits.finish import Finish, GlimpseFinish
    from training.digits.inputs import Pictures
    from training.digits.train import Fitting, GlimpseFitting

    kinds = (GlimpseFitting, GlimpseFinish) if options.order == "glimpses" else (Fitting, Finish)
    train_seeds(SCRIPT, options, lambda: Pictures(options, on_canvas(options, load(options))), *kinds)


def on_canvas(options: Train, data: "ImageData") -> "ImageData":
    """The data set on canvases of these options."""
    from training.digits.canvas import with_canvas

    return with_canvas(data, options.canvas, options.clutter)


def load(options: Train | Evaluate) -> "ImageData":
    """The data set of these options."""
    from training.digits.data import folder_digits, load_digits

    return folder_digits(options.images) if options.images else load_digits(options.dataset)


def evaluate(options: Evaluate) -> None:
    """Print the scores of a bundle."""
    from training.core.bundles import load_as, note_other_data
    from training.digits.finish import scores_of, summary

    with user_errors():
        data = load(options)
        model = load_as(options.bundle, rnn_models.DigitReader)
        if list(model.labels) != list(data.label_names):
            raise ValueError(f"{options.bundle} knows the classes {model.labels}; the data set has {data.label_names}.")
        note_other_data(model, data, options.split)
        print(summary(options.split, scores_of(model, getattr(data, options.split))))
