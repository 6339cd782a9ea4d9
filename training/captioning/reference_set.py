"""A captioner's reference set: its training pictures in few numbers, by which it tells pictures of another kind.

The class is `rnn_models.tasks.reference_set.ReferenceSet`; here it is made of the data set, and calibrated.
"""

from typing import TYPE_CHECKING

import numpy as np

from rnn_models.bundles import named_weights
from rnn_models.tasks.captioning import Captioner
from rnn_models.tasks.reference_set import ReferenceSet
from training.core.export import round_weights

if TYPE_CHECKING:
    from training.captioning.inputs import Pictures


def with_reference_set(model: Captioner, pictures: "Pictures", most: int, digits: int) -> Captioner:
    """The same captioner with a reference set of training pictures, calibrated on those of validation.

    Each picture stands there with the caption that has most in common with its others. Of more than `most` pictures
    as many are sampled. The numbers are rounded to `digits` binary digits, as the bundle's weights are.
    """
    train, validation = pictures.features("train"), pictures.features("validation")
    captions = pictures.data.train.captions
    rows = subsample(len(captions), most)
    reference = ReferenceSet.of(np.asarray(train.pooled[rows], np.float32), [typical(captions[row]) for row in rows])
    round_weights(reference, digits)
    distances, _ = reference.distances(np.asarray(validation.pooled, np.float32))
    found = model.describe(validation.grid, beam=1)
    reference.calibrate(distances, np.array([caption.mean_nll for caption in found]))
    config = {key: value for key, value in model.get_config().items() if key != "dtype"}
    again = Captioner(**config | {"album": reference.get_config()})
    again.build()
    given = named_weights(model) | {variable.path: variable for variable in reference.weights}
    for name, variable in named_weights(again).items():
        variable.assign(given[name])
    return again


def subsample(count: int, most: int) -> np.ndarray:
    """All of `count` rows where they are at most `most`, else so many of them; in order, and always the same."""
    if count <= most:
        return np.arange(count)
    return np.sort(np.random.default_rng(0).choice(count, most, replace=False))


def typical(captions: list[str]) -> str:
    """The caption whose words most of the others have, too; the shorter of equals."""
    words = [set(caption.lower().split()) for caption in captions]

    def shared(n: int) -> float:
        others = [len(words[n] & other) / max(1, len(words[n] | other)) for k, other in enumerate(words) if k != n]
        return sum(others) / max(1, len(others))

    best = max(range(len(captions)), key=lambda n: (shared(n), -len(captions[n])))
    return captions[best].strip().rstrip(" .").strip()
