"""The end of a character model's training: its scores, and those of an n-gram model."""

from typing import TYPE_CHECKING, Any

from training.char_lm.card import card
from training.char_lm.evaluate import ngram_scores, splits, summary, text_sum
from training.core import finish

if TYPE_CHECKING:
    from rnn_models.tasks.char_lm import CharLM
    from training.char_lm.train import Fitting


ONE_STREAM = 300_000
"""Held-out texts of up to so many characters are read as one stream, longer ones as many side by side."""


class Finish(finish.Finish):
    """The end of a character model's training."""

    def score(self, model: "CharLM", split: str) -> dict[str, Any] | None:
        text = splits(self.data).get(split)
        if not text:
            return None
        streams = 1 if len(text) <= ONE_STREAM else self.options.batch_size
        scores = {key: float(value) for key, value in model.evaluate_text(text, streams).items()}
        return scores | {"streams": streams}

    def value(self, validation: dict[str, Any]) -> float:
        return -validation["nats"]

    def summary(self, split: str, scores: dict[str, Any]) -> str:
        return summary(split, scores)

    def over_seeds(self, seeds: list[dict[str, Any]]) -> dict[str, Any]:
        found = [split for split in self.splits if split in seeds[0]]
        spreads = {split: finish.spreads(seeds, split, ["nats"]) for split in found}
        return super().over_seeds(seeds) | {"spread": spreads}

    def seeds_summary(self, scores: dict[str, Any]) -> str:
        nats = scores["spread"]["validation"]["nats"]
        return f"validation  {nats['mean']:.4f} ± {nats['deviation']:.4f} nats over {nats['count']} seeds"

    def about(self) -> dict[str, Any]:
        return {"text_sha256": text_sum(self.data)}

    def add_baselines(self, model: "CharLM", scores: dict[str, Any]) -> None:
        if not self.options.baseline:
            return
        for split, (order, nats) in ngram_scores(self.data, model.vocabulary).items():
            scores[split] |= {"ngram_nats": nats, "ngram_order": order}
            print(f"{split:<11} {nats:.4f} nats with an interpolated {order}-gram model", flush=True)

    def card(self, fitting: "Fitting", scores: dict[str, Any]) -> str:
        return card(self.options, scores, fitting.run)
