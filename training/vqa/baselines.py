"""What stands beside every score: what can be answered without the picture."""

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

if TYPE_CHECKING:
    from training.data.records import Questions

MOST = 20_000
"""So many training questions are counted, the first of an order by seed 0: more make it slow, and hardly better."""

_STRENGTH = 3.0


def guesses(train: "Questions", part: "Questions") -> dict[str, list[str]]:
    """The answers of three that never see a picture, each fitted on the training questions.

    "most_frequent": always the most frequent answer. "bag_of_words": logistic regression on which words a question
    has; their order plays no part. "word_pairs": the same on words and pairs of words beside each other.
    """
    chosen = np.random.RandomState(0).permutation(len(train.questions))[:MOST]
    texts, answers = [train.questions[n] for n in chosen], [train.answers[n] for n in chosen]
    top = Counter(train.answers).most_common(1)[0][0]
    found = {"most_frequent": [top] * len(part.questions)}
    for name, longest in (("bag_of_words", 1), ("word_pairs", 2)):
        found[name] = _logistic(texts, answers, part.questions, longest)
    return found


def _logistic(texts: Sequence[str], answers: Sequence[str], questions: Sequence[str], longest: int) -> list[str]:
    if len(set(answers)) < 2:
        return [answers[0]] * len(questions)
    counter = CountVectorizer(token_pattern=r"\w+", ngram_range=(1, longest), binary=True, dtype=np.float32)
    with threadpool_limits(1):
        model = LogisticRegression(C=_STRENGTH, max_iter=100, tol=1e-3).fit(counter.fit_transform(texts), answers)
        return model.predict(counter.transform(questions)).tolist()
