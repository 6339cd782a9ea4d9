"""The commands of `python -m training.translation`: train and evaluate a translator."""

import sys
from typing import TYPE_CHECKING, Any

from training.core import distribution
from training.core.errors import in_plain_words
from training.core.options import begin
from training.core.seeds import name_folder, open_run, seeds
from training.translation.config import SCRIPT, Evaluate, Train, Translate

if TYPE_CHECKING:
    from training.data.records import PairData


def main(arguments: list[str] | None = None) -> None:
    """The command line."""
    SCRIPT.main(arguments, train, evaluate, translate)


def train(options: Train) -> None:
    """Train a translator (one for each seed); leaves the run's folder, and a bundle with --export."""
    from training.translation.evaluate import finish
    from training.translation.inputs import Texts
    from training.translation.train import Fitting

    name_folder(options, "translation", options.name)
    with in_plain_words(options):
        devices = distribution.set_up(options)
        texts = Texts(options, load(options))
        begin(options)
        fittings = []
        for one in seeds(options):
            fitting = Fitting(one, texts, open_run(one, devices.writer, {"beam", "length_penalty"}), devices)
            fitting.fit()
            fittings.append(fitting)
    if devices.writer:
        finish(options, texts, fittings)


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
    from training.translation.evaluate import scores_of, summary

    with in_plain_words(options):
        model = _loaded(options.bundle)
        options.source = options.source or model.settings["source_language"] or None
        options.target = options.target or model.settings["target_language"] or None
        data = load(options)
        scores = scores_of(model, getattr(data, options.split), data, options.beam, options.length_penalty)
        print(summary(options.split, scores))


def translate(options: Translate) -> None:
    """Translate a file line by line, with a progress bar."""
    from rnn_models.files import write_atomic
    from training.data.text_files import read_text
    from training.translation.evaluate import translated

    with in_plain_words(options):
        if options.input is not None and not options.input.is_file():
            raise ValueError(f"There is no file {str(options.input)!r} to translate.")
        text = read_text(options.input) if options.input else sys.stdin.read()
        model = _loaded(options.bundle)
        lines = translated(model, text.split("\n"), options.beam, options.length_penalty, progress=True)
        if options.output:
            options.output.parent.mkdir(parents=True, exist_ok=True)
            write_atomic(options.output, "\n".join(lines).encode())
        else:
            sys.stdout.write("\n".join(lines))


def _loaded(bundle: str) -> Any:
    import rnn_models

    model = rnn_models.load(bundle)
    if not isinstance(model, rnn_models.Translator):
        raise ValueError(f"{bundle} is no translator, but a {type(model).__name__}.")
    return model
