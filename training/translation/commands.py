"""The commands of `python -m training.translation`: train and evaluate a translator."""

from typing import TYPE_CHECKING

import rnn_models
from training.core.errors import user_errors
from training.translation.config import SCRIPT, Evaluate, Train

if TYPE_CHECKING:
    from training.data.records import PairData


def main(arguments: list[str] | None = None) -> None:
    """The command line."""
    SCRIPT.main(arguments, train, evaluate)


def train(options: Train) -> None:
    """Train a translator (one for each seed); leaves the run's folder, and a bundle with --export."""
    from training.core.train import train_seeds
    from training.translation.finish import Finish
    from training.translation.inputs import Texts
    from training.translation.train import Fitting

    train_seeds(SCRIPT, options, lambda: Texts(options, load(options)), Fitting, Finish, {"beam", "length_penalty"})


def load(options: Train | Evaluate) -> "PairData":
    """The sentence pairs of these options."""
    from training.translation.data import digit_pairs, file_pairs, load_pairs

    if options.pairs:
        return file_pairs(options.pairs, options.source, options.target)
    if options.dataset in ("copy", "reverse"):
        return digit_pairs(options.dataset)
    return load_pairs(options.dataset, options.source, options.target)


def evaluate(options: Evaluate) -> None:
    """Print the scores of a bundle."""
    from training.core.bundles import load_as, note_other_data
    from training.translation.evaluate import scores_of, summary

    with user_errors():
        model = load_as(options.bundle, rnn_models.Translator)
        options.source = options.source or model.settings["source_language"] or None
        options.target = options.target or model.settings["target_language"] or None
        data = load(options)
        note_other_data(model, data, options.split)
        scores = scores_of(model, getattr(data, options.split), data, options.beam, options.length_penalty)
        print(summary(options.split, scores))
