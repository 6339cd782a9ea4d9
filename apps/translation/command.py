"""`python -m apps translate`: lines translated in the terminal. What is slow to import is imported on use."""

from argparse import ArgumentParser, Namespace
from collections.abc import Sequence

from apps.shared import terminal
from apps.shared.files import UsageError

SUMMARY = "Translate each line."
EPILOG = (
    f"{terminal.LINES} With --json a line is an object with the sentences, their tokens and attention (null for an "
    "empty line)."
)
BATCH_SIZE = 64


def add_arguments(parser: ArgumentParser) -> None:
    """The command's own options."""
    terminal.add_text(parser, "TEXT", "one text, at most 2,000 characters and 40 sentences")
    terminal.add_model(parser)
    terminal.add_beam(parser)


def run(chosen: Namespace) -> None:
    """Translate each line."""
    model = terminal.model_named(chosen.model, chosen.page)
    terminal.check_source(chosen)
    from apps.shared import beam_search
    from apps.translation import inference

    with terminal.refused_as(UsageError):
        beam_search.search_options(chosen.beam, chosen.length_penalty)

    def answers(texts: Sequence[str]) -> list[dict]:
        return inference.translate_all(texts, model, chosen.beam, chosen.length_penalty)

    def plain(found: dict) -> str:
        return terminal.one_line(found["text"])

    terminal.answer_lines(chosen, inference.checked, answers, plain, BATCH_SIZE)
