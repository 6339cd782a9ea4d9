"""The commands of `python -m training.char_lm`: train and evaluate a character model."""

from typing import TYPE_CHECKING

import rnn_models
from training.char_lm.config import SAMPLING, SCRIPT, Evaluate, Train
from training.core.errors import user_errors

if TYPE_CHECKING:
    from training.char_lm.data import Corpus


def main(arguments: list[str] | None = None) -> None:
    """The command line."""
    SCRIPT.main(arguments, train, evaluate)


def train(options: Train) -> None:
    """Train a model (one for each seed); leaves the run's folder, and a bundle with --export."""
    from training.char_lm.finish import Finish
    from training.char_lm.inputs import Symbols
    from training.char_lm.train import Fitting
    from training.core.train import train_seeds

    train_seeds(SCRIPT, options, lambda: Symbols(options, load(options)), Fitting, Finish, SAMPLING)


def load(options: Train | Evaluate) -> "Corpus":
    """The corpus of these options."""
    from training.char_lm.data import file_corpus, load_corpus

    return file_corpus(options.file) if options.file else load_corpus(options.dataset)


def evaluate(options: Evaluate) -> None:
    """Print the scores of a bundle."""
    from training.char_lm.evaluate import splits, summary
    from training.core.bundles import load_as, note_other_data

    with user_errors():
        corpus = load(options)
        model = load_as(options.bundle, rnn_models.CharLM)
        note_other_data(model, corpus, "these splits")
        adapt = None
        if options.adapt:
            adapt = rnn_models.Adaptation(options.adapt_rate, options.adapt_segment, options.adapt_clip_norm)
        for name, text in splits(corpus, options.split).items():
            scores = model.evaluate_text(text, options.batch_size, adapt)
            print(summary(name, scores) + " (dynamic evaluation)" * options.adapt, flush=True)
