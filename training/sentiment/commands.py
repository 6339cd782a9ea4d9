"""The commands of `python -m training.sentiment`: train and evaluate a sentiment model."""

from typing import TYPE_CHECKING

import rnn_models
from training.core.errors import user_errors
from training.sentiment.config import SCRIPT, Evaluate, Train

if TYPE_CHECKING:
    from training.data.records import LabelledData


def main(arguments: list[str] | None = None) -> None:
    """The command line."""
    SCRIPT.main(arguments, train, evaluate)


def train(options: Train) -> None:
    """Train a classifier (one for each seed); leaves the run's folder, and a bundle with --export."""
    from training.core.train import train_seeds
    from training.sentiment.finish import Finish
    from training.sentiment.inputs import Texts
    from training.sentiment.train import Fitting

    train_seeds(SCRIPT, options, lambda: Texts(options, load(options)), Fitting, Finish, {"pretrained"})


def load(options: Train | Evaluate) -> "LabelledData":
    """The data set of these options."""
    from training.sentiment.data import file_labelled, load_labelled

    if options.file:
        return file_labelled(options.file, options.text_column, options.label_column)
    return load_labelled(options.dataset)


def evaluate(options: Evaluate) -> None:
    """Print the scores of a bundle."""
    from training.core.bundles import load_as, note_other_data
    from training.metrics.classification import classification_scores
    from training.sentiment.evaluate import summary

    with user_errors():
        data = load(options)
        model = load_as(options.bundle, rnn_models.SentimentClassifier)
        if list(model.labels) != list(data.label_names):
            raise ValueError(f"{options.bundle} knows the labels {model.labels}; the data set has {data.label_names}.")
        note_other_data(model, data, options.split)
        part = getattr(data, options.split)
        print(summary(options.split, classification_scores(model.probabilities(part.texts), part.labels)))
