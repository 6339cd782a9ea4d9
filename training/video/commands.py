"""The commands of `python -m training.video`: train and evaluate a labeler of frames."""

import rnn_models
from training.core.errors import user_errors
from training.data.records import ClipData
from training.video.config import SCRIPT, Evaluate, Rooms, Train


def main(arguments: list[str] | None = None) -> None:
    """The command line."""
    SCRIPT.main(arguments, train, evaluate, rooms)


def train(options: Train) -> None:
    """Train a labeler (one for each seed); leaves the run's folder, and a bundle with --export."""
    from training.core.train import train_seeds
    from training.video.finish import Finish
    from training.video.inputs import ClipInputs
    from training.video.train import Fitting

    train_seeds(SCRIPT, options, lambda: ClipInputs(options, load(options)), Fitting, Finish)


def load(options: Train) -> ClipData:
    """The data set of these options."""
    from training.video.data import load_clips

    return load_clips(options.dataset, options.inputs == "pixels")


def evaluate(options: Evaluate) -> None:
    """Print the scores of a bundle."""
    from training.core.bundles import load_as, note_other_data
    from training.video.data import load_clips
    from training.video.evaluate import scores_of, summary

    with user_errors():
        model = load_as(options.bundle, rnn_models.VideoLabeler)
        data = load_clips(options.dataset or model.scores.get("dataset", ""), model.inputs_kind == "pixels")
        note_other_data(model, data, options.split)
        print(summary(options.split, scores_of(model, data, data.part(options.split))))


def rooms(options: Rooms) -> None:
    """Print the scores of rooms."""
