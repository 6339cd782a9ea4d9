"""The answers of one network to one question, with everything shown and with something hidden."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rnn_models.tasks.vqa import Answer


@dataclass(frozen=True)
class Asked:
    """The answers of one network to one question, with everything shown and with something hidden.

    Attributes:
        full: with picture and question.
        no_picture, no_question: with one of them hidden.
        neither: with both hidden.
        right: the right answer; None where it is not known.
    """

    full: "Answer"
    no_picture: "Answer"
    no_question: "Answer"
    neither: "Answer"
    right: str | None

    def chosen(self, hide_picture: bool, hide_question: bool) -> "Answer":
        """The answer with these hidden."""
        kinds = {(0, 0): self.full, (1, 0): self.no_picture, (0, 1): self.no_question, (1, 1): self.neither}
        return kinds[bool(hide_picture), bool(hide_question)]
