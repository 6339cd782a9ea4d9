"""The end of a digit reader's training: its scores."""

from typing import TYPE_CHECKING, Any

from rnn_models.tasks.glimpses import POLICIES
from training.core import finish
from training.core.seeds import spread
from training.digits.card import card
from training.digits.convolutional import fit_convolutional
from training.metrics.classification import classification_scores

if TYPE_CHECKING:
    from rnn_models.tasks.digits import DigitReader
    from rnn_models.tasks.glimpses import GlimpseReader
    from training.data.records import Images
    from training.digits.train import Fitting


class Finish(finish.Finish):
    """The end of a digit reader's training."""

    def score(self, model: "DigitReader", split: str) -> dict[str, Any]:
        return scores_of(model, getattr(self.data, split))

    def value(self, validation: dict[str, Any]) -> float:
        return validation["accuracy"]

    def summary(self, split: str, scores: dict[str, Any]) -> str:
        return summary(split, scores)

    def over_seeds(self, seeds: list[dict[str, Any]]) -> dict[str, Any]:
        return super().over_seeds(seeds) | {"test_accuracy": spread([seed["test"]["accuracy"] for seed in seeds])}

    def seeds_summary(self, scores: dict[str, Any]) -> str:
        found = scores["test_accuracy"]
        return f"test        {100 * found['mean']:.2f} ± {100 * found['deviation']:.2f} % over {found['count']} seeds"

    def about(self) -> dict[str, Any]:
        pictures = {split: len(getattr(self.data, split).labels) for split in ("train", *self.splits)}
        return super().about() | {"pictures": pictures, "labels": self.data.label_names}

    def card(self, fitting: "Fitting", scores: dict[str, Any]) -> str:
        return card(self.options, scores)


class GlimpseFinish(Finish):
    """The end of a glimpse network's training: also with places that it did not choose, and what a picture costs."""

    def score(self, model: "GlimpseReader", split: str) -> dict[str, Any]:
        part = getattr(self.data, split)
        scores = scores_of(model, part)
        return scores | {"errors": errors_by_policy(model, part)} if split == "test" else scores

    def more(self) -> dict[str, Any]:
        options = self.options
        return {"multiplications": self.fittings[0].model.multiplications, "clutter": options.clutter}

    def add_baselines(self, model: "GlimpseReader", scores: dict[str, Any]) -> None:
        if not self.options.baseline:
            return
        found = fit_convolutional(self.options, self.data, model.multiplications)
        scores["baselines"] = [found]
        print(
            f"{found['name']}: test accuracy {100 * found['accuracy']:.2f} %, {found['multiplications']:,} "
            f"multiplications a picture; the glimpses {model.multiplications:,}",
            flush=True,
        )

    def summary(self, split: str, scores: dict[str, Any]) -> str:
        return summary(split, scores) + errors_line(scores)


def errors_by_policy(model: "GlimpseReader", part: "Images", seed: int = 0) -> dict[str, float]:
    """The share of wrong answers of a split for each way of choosing the places: see `POLICIES`."""
    pictures = part.images.astype("float32") / 255
    found = {name: model.probabilities(pictures, name, seed).argmax(axis=1) for name in POLICIES}
    return {name: float((answers != part.labels).mean()) for name, answers in found.items()}


def errors_line(scores: dict[str, Any]) -> str:
    """The errors by policy, for the end of a line; nothing where there are none."""
    errors = scores.get("errors", {})
    return "; ".join(["", *(f"places {name}: error {100 * error:.2f} %" for name, error in errors.items())])


def scores_of(model: "DigitReader", part: "Images") -> dict[str, float]:
    """The scores of a split."""
    return classification_scores(model.probabilities(part.images.astype("float32") / 255), part.labels)


def summary(name: str, scores: dict[str, float]) -> str:
    """One line: the scores of one split."""
    return (
        f"{name:<11} accuracy {100 * scores['accuracy']:.2f} %, macro F1 {100 * scores['macro_f1']:.2f} %, "
        f"calibration error {100 * scores['calibration_error']:.2f} %, {scores['nats']:.4f} nats a picture"
    )
