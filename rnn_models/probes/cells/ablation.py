"""What a unit is good for: the loss with it and without it, where a hypothesis holds and elsewhere."""

from collections.abc import Sequence
from dataclasses import dataclass

import keras
import numpy as np

from rnn_models.probes.cells.hypotheses import Hypothesis
from rnn_models.probes.cells.reading import Reading, read
from rnn_models.probes.cells.units import Unit


@dataclass(frozen=True)
class Ablation:
    """Mean losses in nats, a pair each: of the whole network, and with the unit at zero.

    Attributes:
        inside: where the flag is true, or the count above its median.
        outside: elsewhere.
        steps: how many there are inside and outside.
        per_step: (T,) the loss without the unit less that with it, for a character model; else None.
    """

    inside: tuple[float, float]
    outside: tuple[float, float]
    steps: tuple[int, int]
    per_step: np.ndarray | None = None

    @property
    def costs(self) -> tuple[float, float]:
        """What the unit is worth inside and outside: how much the loss rises without it, in nats."""
        return self.inside[1] - self.inside[0], self.outside[1] - self.outside[0]


def ablate(
    model: keras.Model,
    text: str | Sequence[str],
    unit: Unit,
    hypothesis: Hypothesis,
    labels: Sequence[int] | None = None,
    whole: Reading | None = None,
) -> Ablation:
    """Set a unit to zero after every step, in all states of its layer, and compare the losses.

    Of a character model the loss is −log p of the character after each step, and the label is that of the step. Of a
    classifier it is −log p of a text's label: inside are the texts in which the flag is true somewhere.

    Args:
        labels: of a classifier, the number of each text's true label.
        whole: what `read` gave of the same text, if it was read already.

    Raises:
        ValueError: a translator, whose encoder alone has no loss; a classifier without labels.
    """
    whole = whole if whole is not None and (whole.nats is not None or whole.verdicts is not None) else None
    whole = whole or read(model, text, states=False)
    other = read(model, text, [unit], states=False)
    label = whole.labels(hypothesis)
    inside = label > 0 if hypothesis.kind == "flag" else label > np.median(label)
    if whole.nats is not None:
        counted = np.isfinite(whole.nats)
        before, after, inside = whole.nats[counted], other.nats[counted], inside[counted]
        return _parts(before, after, inside, other.nats - whole.nats)
    if whole.verdicts is None or labels is None or len(labels) != len(whole.texts):
        raise ValueError(
            "ablate needs a loss: a character model, or a classifier with `labels`, one for each text. The encoder of "
            "a translator has none."
        )
    texts = np.zeros(len(whole.texts), dtype=bool)
    np.logical_or.at(texts, whole.rows, inside)
    rows = np.arange(len(labels))
    before, after = (-np.log(np.maximum(one.verdicts[rows, np.asarray(labels)], 1e-12)) for one in (whole, other))
    return _parts(before, after, texts, None)


def _parts(before: np.ndarray, after: np.ndarray, inside: np.ndarray, per_step: np.ndarray | None) -> Ablation:
    def mean(values: np.ndarray, where: np.ndarray) -> float:
        return float(values[where].mean(dtype=np.float64)) if where.any() else float("nan")

    pairs = [(mean(before, where), mean(after, where)) for where in (inside, ~inside)]
    return Ablation(*pairs, (int(inside.sum()), int((~inside).sum())), per_step)
