"""The commands of `python -m training.char_lm`: train and evaluate a character model."""

from pathlib import Path
from typing import TYPE_CHECKING

from training.char_lm.config import FREE, SCRIPT, Evaluate, Train
from training.core import distribution
from training.core.errors import in_plain_words
from training.core.options import begin, config_dict
from training.core.seeds import name_folder

if TYPE_CHECKING:
    from rnn_models.text.characters import CharVocabulary
    from training.char_lm.data import Corpus


def main(arguments: list[str] | None = None) -> None:
    """The command line."""
    SCRIPT.main(arguments, train, evaluate)


def train(options: Train) -> None:
    """Train a model; leaves the run's folder, and a bundle with --export."""
    from training.char_lm.train import Fitting
    from training.core.run import Run

    name_folder(options, "char_lm", options.name)
    with in_plain_words(options):
        devices = distribution.set_up(options)
        corpus = _corpus(options.dataset, options.file)
        vocabulary = _vocabulary(options, corpus)
        begin(options)
        run = Run(options.run_dir, config_dict(options), options.resume, FREE, devices.writer)
        fitting = Fitting(options, corpus, vocabulary, run, devices)
        fitting.fit()
    if devices.writer:
        fitting.finish(corpus)


def _corpus(dataset: str, file: Path | None) -> "Corpus":
    from training.char_lm.data import file_corpus, load_corpus

    return file_corpus(file) if file else load_corpus(dataset)


def _vocabulary(options: Train, corpus: "Corpus") -> "CharVocabulary":
    from rnn_models.text.characters import CharVocabulary

    return CharVocabulary.build(corpus.train, normalization=options.normalization, min_count=options.min_count)


def evaluate(options: Evaluate) -> None:
    """Print the scores of a bundle."""
    import rnn_models
    from training.char_lm.evaluate import splits, summary

    with in_plain_words(options):
        corpus = _corpus(options.dataset, options.file)
        model = rnn_models.load(options.bundle)
        for name, text in splits(corpus, options.split).items():
            print(summary(name, model.evaluate_text(text, batch_size=options.batch_size)), flush=True)
