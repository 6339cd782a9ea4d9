"""The end of a sentiment classifier's training: its scores, and those of simpler models."""

from typing import TYPE_CHECKING, Any

import numpy as np

from training.core import finish
from training.core.run import stored_state
from training.core.seeds import spread
from training.data.errors import DataError
from training.metrics.classification import classification_scores
from training.sentiment.baselines import bag_of_words, majority
from training.sentiment.card import card
from training.sentiment.evaluate import format_spread, summary

if TYPE_CHECKING:
    from rnn_models.tasks.sentiment import SentimentClassifier
    from training.data.records import LabelledData
    from training.sentiment.train import Fitting


class Finish(finish.Finish):
    """The end of a sentiment classifier's training."""

    def score(self, model: "SentimentClassifier", split: str) -> dict[str, Any]:
        part = getattr(self.data, split)
        probabilities = model.probabilities(part.texts)
        scores: dict[str, Any] = classification_scores(probabilities, part.labels)
        if split == "test" and self.data.repeated:
            rest = np.setdiff1d(np.arange(len(part.labels)), self.data.repeated)
            new = classification_scores(probabilities[rest], part.labels[rest])
            scores["without_repeated"] = {"texts": len(rest), **new}
        return scores

    def value(self, validation: dict[str, Any]) -> float:
        return validation["accuracy"]

    def summary(self, split: str, scores: dict[str, Any]) -> str:
        return summary(split, scores)

    def over_seeds(self, seeds: list[dict[str, Any]]) -> dict[str, Any]:
        return {"seeds": seeds, "test_accuracy": spread([seed["test"]["accuracy"] for seed in seeds])}

    def seeds_summary(self, scores: dict[str, Any]) -> str:
        return f"test        {format_spread(scores['test_accuracy'])}"

    def about(self) -> dict[str, Any]:
        data = self.data
        return super().about() | {
            "texts": {split: len(getattr(data, split).texts) for split in ("train", *self.splits)},
            "labels": data.label_names,
            "tokens": self.options.tokens,
            "pretraining": self._pretraining(),
        }

    def _pretraining(self) -> dict[str, Any] | None:
        options = self.options
        if not options.pretrain_epochs:
            return None
        state = stored_state(options.pretrained or options.run_dir / "pretraining")
        return {"epochs": options.pretrain_epochs, "validation_nats": state.best_score, "seconds": round(state.seconds)}

    def add_baselines(self, model: "SentimentClassifier", scores: dict[str, Any]) -> None:
        if self.options.baseline:
            scores["baselines"] = baselines_of(self.data)

    def card(self, fitting: "Fitting", scores: dict[str, Any]) -> str:
        return card(self.options, scores)


def baselines_of(data: "LabelledData") -> list[dict[str, Any]]:
    """Majority and bags of words and characters; none where they cannot be had: a long training is not lost."""
    try:
        found = [majority(data), bag_of_words(data, "word"), bag_of_words(data, "char")]
    except DataError as error:
        print(f"No baselines: {error}", flush=True)
        return []
    for baseline in found:
        print(f"{baseline['name']:<36} accuracy {100 * baseline['accuracy']:.2f} %", flush=True)
    return found
