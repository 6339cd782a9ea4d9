"""A trained classifier's temperature (Guo et al. 2017): its probabilities are made as sure as they deserve.

    p(label | text) = softmax(logits / T)

T is the one with which the validation texts' labels are likeliest. The output layer is divided by it, so the likeliest
label stays what it is, and the logits are still a sum of what the tokens add.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from rnn_models.tasks.sentiment import SentimentClassifier

LEAST, MOST = 0.1, 10.0
"""Between these T is looked for: with few validation texts, all of them right, the best one would be 0."""


def temperature(probabilities: np.ndarray, labels: np.ndarray) -> float:
    """The T with which the labels (N,) are likeliest, given the probabilities (N, C) at T = 1.

    The nats a text are a convex function of 1 / T: the range around its minimum is cut by thirds.
    """
    log_p = np.log(np.maximum(probabilities.astype("float64"), 1e-30))

    def nats(inverse: float) -> float:
        scaled = inverse * log_p
        top = scaled.max(axis=1)
        total = top + np.log(np.exp(scaled - top[:, None]).sum(axis=1))
        return float((total - scaled[np.arange(len(labels)), labels]).mean())

    low, high = 1 / MOST, 1 / LEAST
    while high - low > 1e-5:
        third = (high - low) / 3
        if nats(low + third) < nats(high - third):
            high -= third
        else:
            low += third
    return 2 / (low + high)


def calibrate(model: "SentimentClassifier", texts: Sequence[str], labels: np.ndarray) -> float:
    """Divide the output layer by the texts' temperature, and give that."""
    found = temperature(model.probabilities(texts), labels)
    model.head.set_weights([weight / found for weight in model.head.get_weights()])
    return found
