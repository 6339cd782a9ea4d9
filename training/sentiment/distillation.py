"""Teachers and a student (Hinton, Vinyals and Dean 2015): a classifier learns from what trained ones say of texts.

    q(c | text) = mean over the teachers of p(c | text)
    target of a text without label = q
    target of a labelled text      = (1 - w) · its label, as 0 and 1 + w · q

Texts without labels are where it pays: the student sees many more of them than there are labels.
"""

from collections.abc import Sequence

import numpy as np

from rnn_models.tasks.sentiment import SentimentClassifier
from training.core.bundles import load_as


def soft_labels(teachers: Sequence[str], labels: Sequence[str], texts: Sequence[str]) -> np.ndarray:
    """The mean of the teachers' probabilities, (N, C) float32.

    Args:
        teachers: names or folders of bundles.
        labels: the C classes that they must know, in this order.
        texts: N texts.

    Raises:
        ValueError: there is no such bundle, or it knows other classes.
    """
    total = np.zeros((len(texts), len(labels)), dtype="float32")
    for bundle in teachers:
        total += load_teacher(bundle, labels).probabilities(texts)
        print(f"{bundle} has labelled {len(texts):,} texts.", flush=True)
    return total / len(teachers)


def load_teacher(bundle: str, labels: Sequence[str]) -> SentimentClassifier:
    """A trained classifier of these classes.

    Raises:
        ValueError: there is no such bundle, or it knows other classes.
    """
    model = load_as(bundle, SentimentClassifier)
    if list(model.labels) != list(labels):
        raise ValueError(f"--teachers: {bundle} knows the labels {model.labels}; the data set has {list(labels)}.")
    return model


def targets(one_hot: np.ndarray, soft: np.ndarray, weight: float) -> np.ndarray:
    """The targets (N + M, C) of N labelled texts, then of M without labels.

    Args:
        one_hot: (N, C), the labels.
        soft: (N + M, C), the teachers' probabilities.
        weight: w, 0 ≤ w ≤ 1.
    """
    labelled = (1 - weight) * one_hot + weight * soft[: len(one_hot)]
    return np.concatenate([labelled, soft[len(one_hot) :]]).astype("float32")
