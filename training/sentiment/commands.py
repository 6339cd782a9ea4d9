"""The commands of `python -m training.sentiment`: train and evaluate a sentiment model."""

from typing import TYPE_CHECKING

from training.core import distribution
from training.core.errors import in_plain_words
from training.core.options import begin
from training.core.seeds import name_folder, open_run, seeds
from training.sentiment.config import SCRIPT, Evaluate, Train

if TYPE_CHECKING:
    from training.data.records import LabelledData


def main(arguments: list[str] | None = None) -> None:
    """The command line."""
    SCRIPT.main(arguments, train, evaluate)


def train(options: Train) -> None:
    """Train a classifier (one for each seed); leaves the run's folder, and a bundle with --export."""
    from training.sentiment.evaluate import finish
    from training.sentiment.inputs import Texts
    from training.sentiment.train import Fitting

    name_folder(options, "sentiment", options.name)
    with in_plain_words(options):
        devices = distribution.set_up(options)
        texts = Texts(options, load(options))
        begin(options)
        fittings = []
        for one in seeds(options, pretrained=options.pretrained or options.run_dir / "pretraining"):
            fitting = Fitting(one, texts, open_run(one, devices.writer, {"pretrained"}), devices)
            fitting.fit()
            fittings.append(fitting)
    if devices.writer:
        finish(options, texts, fittings)


def load(options: Train | Evaluate) -> "LabelledData":
    """The data set of these options."""
    from training.sentiment.data import file_labelled, load_labelled

    if options.file:
        return file_labelled(options.file, options.text_column, options.label_column)
    return load_labelled(options.dataset)


def evaluate(options: Evaluate) -> None:
    """Print the scores of a bundle."""
    import rnn_models
    from training.metrics.classification import classification_scores
    from training.sentiment.evaluate import summary

    with in_plain_words(options):
        data = load(options)
        model = rnn_models.load(options.bundle)
        if not isinstance(model, rnn_models.SentimentClassifier):
            raise ValueError(f"{options.bundle} is no sentiment classifier, but a {type(model).__name__}.")
        if list(model.labels) != list(data.label_names):
            raise ValueError(f"{options.bundle} knows the labels {model.labels}; the data set has {data.label_names}.")
        part = getattr(data, options.split)
        print(summary(options.split, classification_scores(model.probabilities(part.texts), part.labels)))
