"""The commands of `python -m training.vqa`: train and evaluate a network that answers questions about pictures."""

from typing import TYPE_CHECKING

import rnn_models
from training.core.errors import user_errors
from training.vqa.config import SCRIPT, Evaluate, Train

if TYPE_CHECKING:
    from training.data.records import QuestionData


def main(arguments: list[str] | None = None) -> None:
    """The command line."""
    SCRIPT.main(arguments, train, evaluate)


def train(options: Train) -> None:
    """Train a network (one for each seed); leaves the run's folder, and a bundle with --export."""
    from training.core.train import train_seeds
    from training.vqa.finish import Finish
    from training.vqa.inputs import QuestionInputs
    from training.vqa.train import Fitting

    train_seeds(SCRIPT, options, lambda: QuestionInputs(options, load(options)), Fitting, Finish)


def load(options: Train) -> "QuestionData":
    """The data set of these options."""
    from training.data.scenes.question_set import COUNTS, scene_questions
    from training.vqa.data import load_questions, own_questions

    if options.questions:
        return own_questions(options.questions, options.images)
    if options.dataset == "scenes":
        counts = COUNTS | {"train": options.scenes}
        return scene_questions(options.languages, options.side, counts, held_out=options.held_out)
    return load_questions(options.dataset)


def evaluate(options: Evaluate) -> None:
    """Print the scores of a bundle."""
    from training.core.bundles import load_as, note_other_data
    from training.vqa.evaluate import scores_of, summary
    from training.vqa.inputs import pictures_of

    with user_errors():
        model = load_as(options.bundle, rnn_models.VisualQuestionAnswerer)
        settings = model.settings
        asked = Train(dataset=options.dataset, questions=options.questions, images=options.images)
        if options.dataset == "scenes" and not options.questions:
            for name in ("language", "held_out", "scenes"):
                setattr(asked, name, model.scores.get(name, getattr(asked, name)))
        asked.side, asked.fit, asked.features_dir = settings["side"], settings["fit"], options.features_dir
        asked.check()
        data = load(asked)
        part = getattr(data, options.split)
        if part is None:
            raise ValueError(
                f"--split {options.split}: {data.name} has none; expected a bundle trained with --held-out."
            )
        note_other_data(model, data, options.split)
        encoder = None if model.convolutional is not None else model.encoder()
        pictures = pictures_of(part.pictures, encoder, asked)
        print(summary(options.split, scores_of(model, data, options.split, pictures)))
