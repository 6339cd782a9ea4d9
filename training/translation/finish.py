"""The end of a translator's training: BLEU and chrF of every seed."""

from typing import TYPE_CHECKING, Any

from training.core import finish
from training.translation.card import card
from training.translation.evaluate import format_spread, scores_of, summary
from training.translation.out_of_domain import known_words, limits
from training.translation.train import main_score

if TYPE_CHECKING:
    from rnn_models.tasks.translation import Translator
    from training.translation.train import Fitting


class Finish(finish.Finish):
    """The end of a translator's training."""

    @property
    def key(self) -> str:
        """The score that decides."""
        return main_score(self.data.target_language)

    def score(self, model: "Translator", split: str) -> dict[str, Any]:
        options = self.options
        return scores_of(model, getattr(self.data, split), self.data, options.beam, options.length_penalty)

    def value(self, validation: dict[str, Any]) -> float:
        return validation[self.key]

    def summary(self, split: str, scores: dict[str, Any]) -> str:
        return summary(split, scores)

    def over_seeds(self, seeds: list[dict[str, Any]]) -> dict[str, Any]:
        return {
            "seeds": [{"seed": seed["seed"], "test": finish.brief(seed["test"])} for seed in seeds],
            "test_spread": finish.spreads(seeds, "test", [self.key, "chrf"]),
        }

    def seeds_summary(self, scores: dict[str, Any]) -> str:
        return f"test        {format_spread(self.key, scores['test_spread'][self.key])}"

    def about(self) -> dict[str, Any]:
        data = self.data
        return super().about() | {
            "source_language": data.source_language,
            "target_language": data.target_language,
            "pairs": {split: len(getattr(data, split).sources) for split in ("train", *self.splits)},
            "trained_on": len(self.inputs.kept),
        }

    def add_baselines(self, model: "Translator", scores: dict[str, Any]) -> None:
        options, data = self.options, self.data
        scores["limits"] = limits(model, data.train, data.validation, options.beam, options.length_penalty)

    def words(self) -> set[str]:
        return known_words(self.data.train.sources, self.data.source_language)

    def card(self, fitting: "Fitting", scores: dict[str, Any]) -> str:
        return card(self.options, scores)
