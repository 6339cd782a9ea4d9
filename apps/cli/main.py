"""The trained models in the terminal, from files to files, without a browser.

    python -m apps generate "ROMEO:" --length 300
    python -m apps classify --input reviews.txt --output labels.tsv
    python -m apps translate "Ein Hund rennt durch den Schnee."
    python -m apps caption photos/ --json --output captions.jsonl

A page that has a command names it in its `PAGE`; `apps/NAME/command.py` holds SUMMARY, EPILOG, `add_arguments(parser)`
and `run(chosen)`.

Results go to standard output and messages to standard error. The exit code is 0 if all is well; 1 if something is wrong
with the data or the model, which the message names; 2 for wrong usage; 130 after Ctrl-C.

Nothing slow is imported here: help and most complaints come at once.
"""

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from typing import Any

from apps import catalogue
from apps.shared import models, terminal
from apps.shared.files import ProblemError, UsageError
from apps.shared.page import Page
from rnn_models.console import take_any_text

DATA, USAGE, INTERRUPTED = 1, 2, 130


def commands() -> dict[str, Page]:
    """The pages that have a command, by its name."""
    return {page.command: page for page in catalogue.pages() if page.command}


def epilog() -> str:
    """What the help of the app says of the commands."""
    return f"In the terminal, without a browser: python -m apps {{{','.join(commands())}}}; each has its own --help."


def answer(arguments: Sequence[str]) -> None:
    """Carry out a command and end the program; come back if the arguments name none."""
    if arguments and arguments[0] in commands():
        sys.exit(main(arguments))


def main(arguments: Sequence[str]) -> int:
    """Carry out a command; gives the exit code."""
    take_any_text()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # messages of TensorFlow's own are no concern of scripts
    try:
        code = _carried_out(arguments)
        sys.stdout.flush()
    except BrokenPipeError:  # whoever read the results has enough, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # Python flushes once more at its end
        code = 0
    return code


def _carried_out(arguments: Sequence[str]) -> int:
    try:
        chosen = _parser().parse_args(arguments)
        chosen.run(chosen)
    except SystemExit as end:  # argparse has said why
        return end.code
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        raise
    except UsageError as error:
        return _complain(error, USAGE)
    except ProblemError as error:
        return _complain(error, DATA)
    except OSError as error:
        return _complain(f"{error.strerror or error}{f': {error.filename!r}' if error.filename else ''}", DATA)
    except ModuleNotFoundError as error:
        return _complain(f"{error}. Install what the demos need: pip install -r requirements.txt", DATA)
    return 0


def _complain(what: Any, code: int) -> int:
    print(f"python -m apps: {what}", file=sys.stderr)
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m apps")
    added = parser.add_subparsers(dest="command", required=True)
    for name, page in commands().items():
        command = importlib.import_module(f"apps.{page.name}.command")
        one = added.add_parser(
            name, help=command.SUMMARY, description=command.SUMMARY, epilog=command.EPILOG, allow_abbrev=False
        )
        one.set_defaults(page=page, run=command.run)
        command.add_arguments(one)
        one.add_argument("--output", metavar="FILE", help="write here, whole or not at all; - for standard output")
        one.add_argument("--json", action="store_true", help="JSON Lines: one JSON value a line, with all details")
        if page.task:
            one.add_argument(
                "--list-models", action=_ListModels, page=page, help="name the models that are here, and end"
            )
    return parser


class _ListModels(argparse.Action):
    """Like --help: what else stands on the line does not matter."""

    def __init__(self, option_strings: list[str], dest: str, page: Page, help: str):  # noqa: A002
        super().__init__(option_strings, dest, nargs=0, default=argparse.SUPPRESS, help=help)
        self._page = page

    def __call__(self, *parsed: Any) -> None:
        names = models.available(self._page.task)
        if not names:
            raise ProblemError(terminal.no_model(self._page))
        print("\n".join(names))
        raise SystemExit(0)
