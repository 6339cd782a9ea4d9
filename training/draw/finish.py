"""The end of DRAW's training: its scores."""

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from training.core import finish
from training.core.seeds import spread
from training.draw.card import card
from training.draw.data import floors
from training.draw.inputs import PictureBatches

if TYPE_CHECKING:
    from rnn_models.tasks.draw import DRAW
    from training.data.records import Images
    from training.draw.config import Binarisation
    from training.draw.train import Fitting

_BATCH = 100


class Finish(finish.Finish):
    """The end of DRAW's training."""

    def score(self, model: "DRAW", split: str) -> dict[str, Any]:
        return scores_of(model, getattr(self.data, split), self.options.binarise)

    def value(self, validation: dict[str, Any]) -> float:
        return -validation["nats"]

    def summary(self, split: str, scores: dict[str, Any]) -> str:
        return summary(split, scores)

    def over_seeds(self, seeds: list[dict[str, Any]]) -> dict[str, Any]:
        return super().over_seeds(seeds) | {"test_nats": spread([seed["test"]["nats"] for seed in seeds])}

    def seeds_summary(self, scores: dict[str, Any]) -> str:
        found = scores["test_nats"]
        return f"test        {found['mean']:.2f} ± {found['deviation']:.2f} nats over {found['count']} seeds"

    def about(self) -> dict[str, Any]:
        pictures = {split: len(getattr(self.data, split).labels) for split in ("train", *self.splits)}
        return super().about() | {"pictures": pictures, "binarise": self.options.binarise}

    def add_baselines(self, model: "DRAW", scores: dict[str, Any]) -> None:
        scores["floors"] = floors(self.data.train, self.data.test, self.options.binarise)
        simple = ", ".join(f"{name} {nats:.1f}" for name, nats in scores["floors"].items())
        print(f"floors      {simple} nats a picture of the test", flush=True)

    def card(self, fitting: "Fitting", scores: dict[str, Any]) -> str:
        return card(self.options, scores)


def scores_of(model: "DRAW", part: "Images", binarise: "Binarisation") -> dict[str, Any]:
    """The scores of a split, means over its pictures, in nats; one sample of the z's for each picture.

    "nats" is the bound of −ln p(x). A model that is told the class gives that of −ln p(x | class); the class itself,
    one of C, costs ln C more, "label".
    """
    shape = (model.steps, model.settings["latent"])
    batches = PictureBatches(part, shape, len(model.labels), binarise, _BATCH)
    found = [model.bounds(*batches[n][0])[batches[n][2] > 0] for n in range(len(batches))]
    each = np.concatenate(found).astype("float64")
    label = math.log(len(model.labels)) if model.labels else 0.0
    return {
        "nats": float(each.sum(axis=1).mean()) + label,
        "reconstruction": float(each[:, 0].mean()),
        "divergence": float(each[:, 1:].sum(axis=1).mean()),
        "label": label,
        "standard_error": float(each.sum(axis=1).std() / math.sqrt(len(each))),
        "divergence_by_step": [round(float(value), 4) for value in each[:, 1:].mean(axis=0)],
    }


def summary(name: str, scores: dict[str, Any]) -> str:
    """One line: the scores of one split."""
    return (
        f"{name:<11} at most {scores['nats']:.2f} nats a picture: {scores['reconstruction']:.2f} for its pixels, "
        f"{scores['divergence']:.2f} for z, {scores['label']:.2f} for the class"
    )
