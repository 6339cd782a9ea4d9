"""The commands of `python -m training.captioning`: train and evaluate a captioner."""

from typing import TYPE_CHECKING, Any

from training.captioning.config import FREE, SCORING, SCRIPT, Describe, Evaluate, Strangers, Train, check_own
from training.core import distribution
from training.core.bundles import loaded
from training.core.errors import in_plain_words
from training.core.options import begin, require
from training.core.seeds import name_folder, open_run, seeds

if TYPE_CHECKING:
    from training.data.records import CaptionData


def main(arguments: list[str] | None = None) -> None:
    """The command line."""
    SCRIPT.main(arguments, train, evaluate, describe, strangers)


def train(options: Train) -> None:
    """Train a captioner (one for each seed); leaves the run's folder, and a bundle with --export."""
    from training.captioning.finish import finish
    from training.captioning.inputs import Pictures
    from training.captioning.train import Fitting

    name_folder(options, "captioning", options.name)
    with in_plain_words(options):
        devices = distribution.set_up(options)
        pictures = Pictures(options, load(options))
        begin(options)
        fittings = []
        for one in seeds(options):
            fitting = Fitting(one, pictures, open_run(one, devices.writer, FREE), devices)
            fitting.fit()
            fitting.refine(SCORING)
            fittings.append(fitting)
        if devices.writer:
            finish(options, pictures, fittings)


def load(options: Train | Evaluate) -> "CaptionData":
    """The captioned pictures of these options."""
    from training.captioning.data import folder_captions, load_captioned
    from training.data.scenes.dataset import scene_pictures

    if options.images:
        return folder_captions(options.images, options.captions, seed=options.seed)
    return scene_pictures() if options.dataset == "scenes" else load_captioned(options.dataset)


def evaluate(options: Evaluate) -> None:
    """Print the scores of a bundle."""
    from training.captioning.evaluate import scores_of, summary
    from training.captioning.features import features_of

    with in_plain_words(options):
        check_own(options)
        model = _together(options.bundles)
        data = load(options)
        part = data.scored(options.split)
        seen = features_of(part.pictures, model.encoder(), options.features_dir)
        scores = scores_of(model, part, seen, data, options.beam, options.length_penalty, options.split)
        print(summary(options.split, scores))


def describe(options: Describe) -> None:
    """Describe the pictures of a folder, with a progress bar."""
    from training.captioning.picture_folders import describe_folder

    with in_plain_words(options):
        describe_folder(loaded(options.bundle), options.images, options.output, options.beam, options.length_penalty)


def strangers(options: Strangers) -> None:
    """Print the report on pictures of other kinds."""
    from training.captioning.ood_report import in_words, report

    with in_plain_words(options):
        model = loaded(options.bundle)
        data = load(Evaluate((options.bundle,), options.dataset))
        print(in_words(report(model, data.validation.pictures, options.count, options.seed)))


def _together(bundles: tuple[str, ...]) -> Any:
    from training.captioning.ensemble import Ensemble

    require(len(bundles) > 0, "BUNDLE", "none", "a bundle's folder or name")
    models = [loaded(bundle) for bundle in bundles]
    return models[0] if len(models) == 1 else Ensemble(models)
