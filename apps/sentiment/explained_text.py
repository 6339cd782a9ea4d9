"""A text with a model's account of it: what the views show. It asks no model."""

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from apps.shared.hints import Hint

if TYPE_CHECKING:
    from rnn_models.tasks.sentiment import Explanation, Word

POLES = {"negative", "positive"}


@dataclass(frozen=True)
class ExplainedText:
    """A text as a model read it.

    Attributes:
        model: the model's name.
        loaded: the model.
        explanation: the library's account of it.
        focus: number of the label that words speak for or against: "positive", or with other labels the
            likeliest.
        hints: why the model may only be guessing.
    """

    model: str
    loaded: Any
    explanation: "Explanation"
    focus: int
    hints: list[Hint]

    @property
    def labels(self) -> list[str]:
        """The names of the classes."""
        return self.loaded.labels

    @property
    def words(self) -> list["Word"]:
        """The words in the order of the text."""
        return self.explanation.words

    def evidence(self, word: "Word") -> float:
        """What a word adds to the score of `focus`, less what it adds to the other labels' on average."""
        return contrast(word.evidence, self.focus)


def usual_focus(labels: list[str], probabilities: np.ndarray) -> int:
    """The number of the label "positive"; where labels are not negative and positive, of the likeliest."""
    return labels.index("positive") if set(labels) == POLES else int(probabilities.argmax())


def contrast(scores: np.ndarray, focus: int) -> float:
    """How much scores (C,) speak for one label, against the average of the others."""
    return float(scores[focus] - np.delete(scores, focus).mean())


def changed_words(a: ExplainedText, b: ExplainedText) -> tuple[set[int], set[int]]:
    """The numbers of the words of each text that the other one does not have there."""
    matcher = difflib.SequenceMatcher(None, [w.text for w in a.words], [w.text for w in b.words], autojunk=False)
    changed = [op for op in matcher.get_opcodes() if op[0] != "equal"]
    return {n for _, i, j, _, _ in changed for n in range(i, j)}, {n for _, _, _, i, j in changed for n in range(i, j)}
