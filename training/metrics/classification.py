"""Scores of a classifier's probabilities."""

import numpy as np
from sklearn.metrics import accuracy_score, f1_score

CALIBRATION_BINS = 15
_SMALLEST = 1e-12  # a probability of 0 for the true class counts as this: 27.6 nats


def classification_scores(probabilities: np.ndarray, labels: np.ndarray) -> dict[str, float]:
    """How well probabilities fit the true classes. The predicted class is the likeliest (the first of equals).

    Args:
        probabilities: (N, C), a row for each example; each row sums to 1.
        labels: (N,), the numbers of the true classes, 0 to C - 1.

    Returns:
        accuracy: the share of examples whose predicted class is the true one.
        macro_f1: the mean over classes of F1; a class that is neither true nor predicted anywhere is not counted.
        f1: the F1 of class 1; only where there are two classes.
        calibration_error: the expected calibration error: the confidence (the likeliest class's probability) is
            cut into 15 bins of equal width; |accuracy - mean confidence| of each, weighted by its examples.
        nats: the mean of -log(probability of the true class).

    Raises:
        ValueError: shapes, classes or rows that are none.
    """
    probabilities, labels = np.asarray(probabilities, dtype="float64"), np.asarray(labels)
    _check(probabilities, labels)
    labels = labels.astype("int64")
    predicted = probabilities.argmax(axis=1)
    scores = {"accuracy": accuracy_score(labels, predicted), "macro_f1": f1_score(labels, predicted, average="macro")}
    if probabilities.shape[1] == 2:
        scores["f1"] = f1_score(labels, predicted, zero_division=0.0)
    scores["calibration_error"] = _calibration_error(probabilities.max(axis=1), predicted == labels)
    of_truth = probabilities[np.arange(len(labels)), labels]
    scores["nats"] = -np.log(np.maximum(of_truth, _SMALLEST)).mean()
    return {name: float(score) for name, score in scores.items()}


def _check(probabilities: np.ndarray, labels: np.ndarray) -> None:
    if probabilities.ndim != 2 or len(probabilities) == 0 or probabilities.shape[1] < 2:
        raise ValueError(f"probabilities has the shape {probabilities.shape}; expected (N, C) with N ≥ 1 and C ≥ 2.")
    if labels.shape != probabilities.shape[:1] or labels.dtype.kind not in "iu":
        raise ValueError(
            f"labels has the shape {labels.shape} and type {labels.dtype}; expected {len(probabilities)} class numbers."
        )
    if labels.min() < 0 or labels.max() >= probabilities.shape[1]:
        raise ValueError(
            f"labels go from {labels.min()} to {labels.max()}; expected 0 to {probabilities.shape[1] - 1}, "
            "the columns of probabilities."
        )
    sums = probabilities.sum(axis=1)
    if not (probabilities >= 0).all() or not np.allclose(sums, 1, atol=1e-3):  # NaN fails both
        row = int(np.argmax(~((probabilities >= 0).all(axis=1) & np.isclose(sums, 1, atol=1e-3))))
        raise ValueError(
            f"probabilities[{row}] is {probabilities[row]}; expected numbers from 0 to 1 that sum to 1 (a softmax; "
            "not logits)."
        )


def _calibration_error(confidence: np.ndarray, right: np.ndarray) -> float:
    """Bin k holds the confidences from k/15, itself not included, up to (k + 1)/15."""
    bins = np.clip(np.ceil(confidence * CALIBRATION_BINS).astype(int) - 1, 0, CALIBRATION_BINS - 1)
    gaps = np.bincount(bins, weights=right - confidence)
    return np.abs(gaps).sum() / len(confidence)
