"""Which sentiment model reads a text: by its language."""

from apps.sentiment import PAGE
from apps.shared import models
from apps.shared.text_language import ENGLISH, KOREAN, language

TASK = PAGE.task
AUTO = "auto"
# The language that a shipped model was trained on; of any other model it is not known.
TRAINED_ON = {"sentiment/nsmc": KOREAN, "sentiment/imdb": ENGLISH}


def model_for(model: str, text: str) -> str:
    """`model`, or for "auto" (or "") the trained model of the text's language, if there is one."""
    return model_of(language(text)) if model in ("", AUTO) else model


def model_of(spoken: str | None) -> str:
    """The trained model of a language; where there is none, the one that the page opens with."""
    names = models.available(TASK)
    return next((name for name in names if spoken and TRAINED_ON.get(name) == spoken), None) or models.first(PAGE)
