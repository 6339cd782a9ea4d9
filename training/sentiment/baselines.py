"""What a classifier is measured against: always the same answer, and counts of words without their order."""

import time
from typing import Any, Literal

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from training.data.errors import DataError
from training.data.records import Labelled, LabelledData
from training.metrics.classification import classification_scores

REGULARISATIONS = (1.0, 3.0, 10.0, 30.0)

# Words of one character count too: Korean has many that matter.
_FEATURES: dict[str, dict[str, Any]] = {
    "word": {"analyzer": "word", "ngram_range": (1, 2), "token_pattern": r"\w+"},
    "char": {"analyzer": "char_wb", "ngram_range": (1, 4), "max_features": 300_000},
}


def majority(data: LabelledData) -> dict[str, Any]:
    """Always train's most frequent class, with the classes' shares in train for probabilities."""
    start = time.perf_counter()
    shares = np.bincount(data.train.labels, minlength=len(data.label_names)) / len(data.train.labels)
    probabilities = np.tile(shares, (len(data.test.labels), 1))
    return _result("majority class", probabilities, data.test, None, 0, start)


def bag_of_words(data: LabelledData, analyzer: Literal["word", "char"] = "word") -> dict[str, Any]:
    """Logistic regression on tf-idf of the words (1 and 2 in a row) or of the characters (1 to 4, in words).

    Fitted on train; C, the inverse strength of the penalty, is the one of `REGULARISATIONS` with the best
    accuracy on validation (the smallest of equals); scored on test. One thread.

    Returns:
        name, accuracy, macro_f1, calibration_error (see `classification_scores`), C, features (how many),
        seconds (all of it).

    Raises:
        DataError: no feature stands in two texts.
    """
    if analyzer not in _FEATURES:
        raise ValueError(f"analyzer={analyzer!r}; expected 'word' or 'char'.")
    start = time.perf_counter()
    vectorizer = TfidfVectorizer(sublinear_tf=True, min_df=2, dtype=np.float32, **_FEATURES[analyzer])
    try:
        train = vectorizer.fit_transform(data.train.texts)
    except ValueError as error:
        raise DataError(
            f"{data.name}: no {analyzer} feature stands in two training texts, so there is nothing to count "
            f"({error}). This baseline needs more texts."
        ) from error
    with threadpool_limits(1):
        model = _best(train, data.train.labels, vectorizer.transform(data.validation.texts), data.validation.labels)
    probabilities = np.zeros((len(data.test.labels), len(data.label_names)))
    probabilities[:, model.classes_] = model.predict_proba(vectorizer.transform(data.test.texts))
    name = f"bag of {analyzer}s, logistic regression"
    return _result(name, probabilities, data.test, model.C, train.shape[1], start)


def _best(train: Any, labels: np.ndarray, validation: Any, wanted: np.ndarray) -> LogisticRegression:
    # liblinear is the quicker one, and for two classes only
    solver = "liblinear" if len(np.unique(labels)) == 2 else "lbfgs"
    best, best_score = None, -1.0
    for strength in REGULARISATIONS:
        model = LogisticRegression(C=strength, solver=solver, max_iter=1000, random_state=0).fit(train, labels)
        if (score := model.score(validation, wanted)) > best_score:
            best, best_score = model, score
    return best


def _result(
    name: str, probabilities: np.ndarray, test: Labelled, strength: float | None, features: int, start: float
) -> dict[str, Any]:
    scores = classification_scores(probabilities, test.labels)
    kept = {key: scores[key] for key in ("accuracy", "macro_f1", "calibration_error")}
    seconds = round(time.perf_counter() - start, 1)
    return {"name": name, **kept, "C": strength, "features": features, "seconds": seconds}
