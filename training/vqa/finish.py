"""The end of a training: scores by kind, beside what is guessed without seeing."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from training.core import finish
from training.core.seeds import spread
from training.vqa.card import card
from training.vqa.evaluate import scores_of, summary

if TYPE_CHECKING:
    from rnn_models.tasks.vqa import VisualQuestionAnswerer
    from training.vqa.train import Fitting


class Finish(finish.Finish):
    """The end of the training of a network that answers questions."""

    @property
    def splits(self) -> Sequence[str]:
        """With held-out pairs there is a further test."""
        return ("validation", "test") if self.data.new is None else ("validation", "test", "new")

    def score(self, model: "VisualQuestionAnswerer", split: str) -> dict[str, Any]:
        return scores_of(model, self.data, split, self.inputs.pictures(split))

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
        made = {"answers": len(self.inputs.answers)}
        if self.options.questions is None and self.options.dataset == "scenes":
            made |= {name: getattr(self.options, name) for name in ("language", "held_out", "scenes")}
            made["question_languages"] = list(self.options.languages)
        return super().about() | made

    def card(self, fitting: "Fitting", scores: dict[str, Any]) -> str:
        return card(self.options, scores)
