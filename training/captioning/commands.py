"""The commands of `python -m training.captioning`: train, evaluate, and a report on pictures of other kinds."""

from typing import TYPE_CHECKING

import rnn_models
from training.captioning.config import FREE, SCRIPT, Evaluate, Ood, Train, check_own
from training.core.errors import user_errors
from training.core.options import require

if TYPE_CHECKING:
    from rnn_models import Captioner
    from training.captioning.ensemble import Ensemble
    from training.data.records import CaptionData


def main(arguments: list[str] | None = None) -> None:
    """The command line."""
    SCRIPT.main(arguments, train, evaluate, ood)


def train(options: Train) -> None:
    """Train a captioner (one for each seed); leaves the run's folder, and a bundle with --export."""
    from training.captioning.finish import Finish
    from training.captioning.inputs import Pictures
    from training.captioning.train import Fitting
    from training.core.train import train_seeds

    train_seeds(SCRIPT, options, lambda: Pictures(options, load(options)), Fitting, Finish, FREE)


def load(options: Train | Evaluate) -> "CaptionData":
    """The captioned pictures of these options."""
    from training.captioning.data import folder_captions, load_captioned
    from training.data.scenes.dataset import scene_pictures

    if options.images:
        return folder_captions(options.images, options.captions, seed=options.seed)
    return scene_pictures() if options.dataset == "scenes" else load_captioned(options.dataset)


def evaluate(options: Evaluate) -> None:
    """Print the scores of a bundle, or of several that write together."""
    from training.captioning.evaluate import scores_of, summary
    from training.core.bundles import note_other_data
    from training.data.features import features_of

    with user_errors():
        check_own(options)
        model = _captioner(options.bundles)
        data = load(options)
        part = data.scored(options.split)
        if isinstance(model, rnn_models.Captioner):
            note_other_data(model, data, options.split)
        features = features_of(part.pictures, model.encoder(), options.features_dir)
        scores = scores_of(model, part, features, data, options.beam, options.length_penalty, options.split)
        print(summary(options.split, scores))


def ood(options: Ood) -> None:
    """Print the report on pictures of other kinds."""
    from training.captioning.ood_report import format_report, report
    from training.core.bundles import load_as

    with user_errors():
        model = load_as(options.bundle, rnn_models.Captioner)
        data = load(Evaluate((options.bundle,), options.dataset))
        print(format_report(report(model, data.validation.pictures, options.count, options.seed)))


def _captioner(bundles: tuple[str, ...]) -> "Captioner | Ensemble":
    from training.captioning.ensemble import Ensemble
    from training.core.bundles import load_as

    require(len(bundles) > 0, "BUNDLE", "none", "a bundle's folder or name")
    models = [load_as(bundle, rnn_models.Captioner) for bundle in bundles]
    return models[0] if len(models) == 1 else Ensemble(models)
