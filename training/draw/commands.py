"""The commands of `python -m training.draw`: train and evaluate DRAW."""

import rnn_models
from training.core.errors import user_errors
from training.draw.config import SCRIPT, Evaluate, Train


def main(arguments: list[str] | None = None) -> None:
    """The command line."""
    SCRIPT.main(arguments, train, evaluate)


def train(options: Train) -> None:
    """Train DRAW (once for each seed); leaves the run's folder, and a bundle with --export."""
    from training.core.train import train_seeds
    from training.draw.data import load_pictures
    from training.draw.finish import Finish
    from training.draw.inputs import Pictures
    from training.draw.train import Fitting

    train_seeds(SCRIPT, options, lambda: Pictures(options, load_pictures(options)), Fitting, Finish)


def evaluate(options: Evaluate) -> None:
    """Print the scores of a bundle."""
    from training.core.bundles import load_as, note_other_data
    from training.draw.data import load_pictures
    from training.draw.finish import scores_of, summary

    with user_errors():
        data = load_pictures(options)
        model = load_as(options.bundle, rnn_models.DRAW)
        if model.labels and list(model.labels) != list(data.label_names):
            raise ValueError(f"{options.bundle} knows the classes {model.labels}; the data set has {data.label_names}.")
        note_other_data(model, data, options.split)
        print(summary(options.split, scores_of(model, getattr(data, options.split), options.binarise)))
