"""The end of a labeler's training: its scores."""

from typing import TYPE_CHECKING, Any

from training.core import finish
from training.core.seeds import spread
from training.video.card import card
from training.video.evaluate import best_of, scores_of, summary

if TYPE_CHECKING:
    from rnn_models.tasks.video import VideoLabeler
    from training.video.train import Fitting


class Finish(finish.Finish):
    """The end of a labeler's training."""

    @property
    def splits(self) -> tuple[str, ...]:
        return ("validation", "test", *self.data.more)

    def score(self, model: "VideoLabeler", split: str) -> dict[str, Any]:
        return scores_of(model, self.data, self.data.part(split))

    def value(self, validation: dict[str, Any]) -> float:
        return best_of(validation)

    def summary(self, split: str, scores: dict[str, Any]) -> str:
        return summary(split, scores)

    def over_seeds(self, seeds: list[dict[str, Any]]) -> dict[str, Any]:
        found = super().over_seeds(seeds)
        for split in self.splits[1:]:
            if "accuracy" in seeds[0][split]:
                found[f"{split}_frames"] = spread([seed[split]["accuracy"] for seed in seeds])
            if "clips" in seeds[0][split]:
                found[f"{split}_clips"] = spread([seed[split]["clips"]["accuracy"] for seed in seeds])
        return found

    def seeds_summary(self, scores: dict[str, Any]) -> str:
        lines = []
        for split in self.splits[1:]:
            for kind in ("frames", "clips"):
                if found := scores.get(f"{split}_{kind}"):
                    each = f"{100 * found['mean']:.2f} ± {100 * found['deviation']:.2f} %"
                    lines.append(f"{split:<11} {kind} {each} over {found['count']} seeds")
        return "\n".join(lines)

    def about(self) -> dict[str, Any]:
        data = self.data
        parts = {split: data.part(split) for split in ("train", *self.splits)}
        return super().about() | {
            "clips": {split: len(part.frames) for split, part in parts.items()},
            "frames": {split: sum(map(len, part.frames)) for split, part in parts.items()},
            "inputs": data.inputs,
            "labels": data.label_names,
            "clip_labels": data.clip_label_names,
        }

    def card(self, fitting: "Fitting", scores: dict[str, Any]) -> str:
        return card(self.options, scores)
