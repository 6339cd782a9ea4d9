"""`python -m apps classify`: lines labelled in the terminal. What is slow to import is imported on use."""

from argparse import ArgumentParser, Namespace
from collections.abc import Sequence

from apps.sentiment.language import AUTO
from apps.shared import models, terminal

SUMMARY = "Say of each line whether it is positive or negative."
EPILOG = (
    f"{terminal.LINES} A line of the output is the label, a tab, and its probability; with --json an object with the "
    "probabilities of all labels, the model, and hints why it may only be guessing (null for an empty line)."
)
BATCH_SIZE = 256


def add_arguments(parser: ArgumentParser) -> None:
    """The command's own options."""
    terminal.add_text(parser, "TEXT", "one text, at most 5,000 characters")
    terminal.add_model(parser, AUTO, "a name of --list-models; auto, the default: by each line's language")


def run(chosen: Namespace) -> None:
    """Label each line."""
    automatic = chosen.model == AUTO and models.available(chosen.page.task)
    model = AUTO if automatic else terminal.model_named(chosen.model, chosen.page)
    terminal.check_source(chosen)
    from apps.sentiment import inference

    def answers(texts: Sequence[str]) -> list[dict]:
        return inference.classify_all(texts, model)

    def plain(found: dict) -> str:
        return f"{found['label']}\t{found['probability']:.4f}"

    terminal.answer_lines(chosen, inference.checked, answers, plain, BATCH_SIZE)
