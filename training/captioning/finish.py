"""The end of a captioner's training: scores, the reference set, and what the weights began with."""

from typing import TYPE_CHECKING, Any

from training.captioning.card import card
from training.captioning.evaluate import main_score, scores_of, summary
from training.captioning.reference_set import with_reference_set
from training.core import finish

if TYPE_CHECKING:
    from rnn_models.tasks.captioning import Captioner
    from training.captioning.train import Fitting


class Finish(finish.Finish):
    """The end of a captioner's training; test is scored where its captions are."""

    digits = 5  # with 7, flickr8k-soft had a CIDEr-D of 0.568 instead of 0.566

    @property
    def key(self) -> str:
        """The score that decides."""
        return main_score(self.data)

    def score(self, model: "Captioner", split: str) -> dict[str, Any] | None:
        part, options = getattr(self.data, split), self.options
        if not all(part.captions):
            print(f"{split} has no captions here: not scored", flush=True)
            return None
        features = self.inputs.features(split)
        return scores_of(model, part, features, self.data, options.beam, options.length_penalty, split)

    def value(self, validation: dict[str, Any]) -> float:
        return validation[self.key]

    def summary(self, split: str, scores: dict[str, Any]) -> str:
        return summary(split, scores)

    def over_seeds(self, seeds: list[dict[str, Any]]) -> dict[str, Any]:
        keys = list(dict.fromkeys([self.key, "bleu_4", "cider_d"]))
        scored = [split for split in self.splits if split in seeds[0]]
        return super().over_seeds(seeds) | {"spread": {split: finish.spreads(seeds, split, keys) for split in scored}}

    def about(self) -> dict[str, Any]:
        splits = ("train", *self.splits)
        return super().about() | {"pictures": {split: len(getattr(self.data, split).pictures) for split in splits}}

    def more(self) -> dict[str, Any]:
        return {"begun_by": begun_by(self.inputs.start)}

    def bundled(self, model: "Captioner") -> "Captioner":
        if not self.options.album:
            return model
        return with_reference_set(model, self.inputs, self.options.album_pictures, self.digits)

    def card(self, fitting: "Fitting", scores: dict[str, Any]) -> str:
        return card(self.options, scores)


def begun_by(start: "Captioner | None") -> list[str]:
    """The commands that made the weights that training began with, the first of all first."""
    if start is None or "command" not in start.scores:
        return []
    return [*start.scores.get("begun_by", []), start.scores["command"]]
