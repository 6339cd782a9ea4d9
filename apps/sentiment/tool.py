"""The sentiment model as a tool for assistants."""

import json

from apps.sentiment import inference


def classify_sentiment(text: str, model: str = "auto") -> str:
    """Say whether a review is positive or negative, in Korean or English. Returns a JSON object: label, probability,
    the probabilities of all labels, the model, and hints, reasons why the model may only be guessing.

    Args:
        text: The review, at most 5,000 characters.
        model: One of the models named above; "auto" takes the one of the text's language.
    """
    return json.dumps(inference.classify(text, model), ensure_ascii=False)
