"""The commands of `python -m training.translation`: train, evaluate, and a report on the sentences that are doubted."""

from typing import TYPE_CHECKING

import rnn_models
from training.core.errors import user_errors
from training.translation.config import SCRIPT, Evaluate, Ood, Train

if TYPE_CHECKING:
    from training.data.records import PairData


def main(arguments: list[str] | None = None) -> None:
    """The command line."""
    SCRIPT.main(arguments, train, evaluate, ood)


def train(options: Train) -> None:
    """Train a translator (one for each seed); leaves the run's folder, and a bundle with --export."""
    from training.core.train import train_seeds
    from training.translation.finish import Finish
    from training.translation.inputs import Texts
    from training.translation.train import Fitting

    train_seeds(SCRIPT, options, lambda: Texts(options, load(options)), Fitting, Finish, {"beam", "length_penalty"})


def load(options: Train | Evaluate | Ood) -> "PairData":
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
        data = _data_of(model, options)
        note_other_data(model, data, options.split)
        scores = scores_of(model, getattr(data, options.split), data, options.beam, options.length_penalty)
        print(summary(options.split, scores))


def ood(options: Ood) -> None:
    """Print which sentences are doubted; with --write, keep the limits in the bundle."""
    from training.core.bundles import load_as, rewrite
    from training.data.text_files import read_text
    from training.translation import out_of_domain

    with user_errors():
        model = load_as(options.bundle, rnn_models.Translator)
        data, search = _data_of(model, options), (options.beam, options.length_penalty)
        known = out_of_domain.known_words(data.train.sources, model.settings["source_language"])
        limits = out_of_domain.limits(model, data.train, data.validation, *search)
        print("limits:", ", ".join(f"{name} {value}" for name, value in limits.items()), flush=True)
        print(out_of_domain.report(model, data.test, known, limits, *search), flush=True)
        if options.others:
            texts = [line for line in read_text(options.others).splitlines() if line.strip()]
            print(out_of_domain.report_of_others(model, texts, known, limits, *search), flush=True)
        if options.write:
            rewrite(options.bundle, model.scores | {"limits": limits}, words=known)
            print(f"written: {options.bundle}", flush=True)


def _data_of(model: "rnn_models.Translator", options: Evaluate | Ood) -> "PairData":
    """The sentence pairs, from and to the languages of the model unless others are named."""
    options.source = options.source or model.settings["source_language"] or None
    options.target = options.target or model.settings["target_language"] or None
    return load(options)
