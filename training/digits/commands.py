"""The commands of `python -m training.digits`: train and evaluate a reader of digits."""

from typing import TYPE_CHECKING, Any

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
    from training.digits.finish import errors_by_policy, errors_line, scores_of, summary

    with user_errors():
        data = load(options)
        model = load_as(options.bundle, rnn_models.DigitReader, rnn_models.GlimpseReader)
        if list(model.labels) != list(data.label_names):
            raise ValueError(f"{options.bundle} knows the classes {model.labels}; the data set has {data.label_names}.")
        data = on_the_same_canvas(options, model, data)
        note_other_data(model, data, options.split)
        part = getattr(data, options.split)
        scores = scores_of(model, part)
        if isinstance(model, rnn_models.GlimpseReader):
            scores["errors"] = errors_by_policy(model, part)
        print(summary(options.split, scores) + errors_line(scores))


def on_the_same_canvas(options: Evaluate, model: Any, data: "ImageData") -> "ImageData":
    """The data set on canvases as the model was trained on, or with the clutter of these options."""
    from training.digits.canvas import with_canvas

    side = model.settings.get("canvas", 28)
    if side == 28:
        if options.clutter is not None:
            raise ValueError(f"--clutter: got {options.clutter}, expected a bundle of glimpses on a canvas of 60.")
        return data
    trained = model.scores.get("clutter", 0)
    clutter = trained if options.clutter is None else options.clutter
    if clutter < 0:
        raise ValueError(f"--clutter: got {clutter}, expected at least 0.")
    return with_canvas(data, side, clutter)
