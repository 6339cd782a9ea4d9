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
    from training.video.data import folder_clips, load_clips

    if options.frames:
        return folder_clips(options.frames, options.labels, options.size)
    return load_clips(options.dataset, options.inputs == "pixels")


def evaluate(options: Evaluate) -> None:
    """Print the scores of a bundle."""
    from training.core.bundles import load_as, note_other_data
    from training.video.data import folder_clips, load_clips
    from training.video.evaluate import scores_of, summary

    with user_errors():
        if (options.frames is None) != (options.labels is None):
            raise ValueError("--frames: expected --frames FOLDER and --labels FILE together.")
        model = load_as(options.bundle, rnn_models.VideoLabeler)
        if options.frames:
            data = folder_clips(options.frames, options.labels, model.frame_shape[0])
        else:
            data = load_clips(options.dataset or model.scores.get("dataset", ""), model.inputs_kind == "pixels")
        given, own = (data.label_names, data.clip_label_names), (model.classes, model.clip_classes)
        if data.inputs != model.inputs_kind or given != own:
            raise ValueError(
                f"{options.bundle} reads {model.inputs_kind} and knows the classes {model.classes} of frames and "
                f"{model.clip_classes} of clips; the data set has {data.inputs}, {data.label_names} and "
                f"{data.clip_label_names}."
            )
        note_other_data(model, data, options.split)
        names = [options.split, *(data.more if options.split == "test" else ())]
        print("\n".join(summary(name, scores_of(model, data, data.part(name))) for name in names))


def rooms(options: Rooms) -> None:
    """Print how well a small network labels camera clips of a person that it was not trained on."""
    from training.video.rooms import leave_one_out, table

    with user_errors():
        print(table(leave_one_out(options.epochs, options.seeds)))
