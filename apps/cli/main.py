"""The trained models in the terminal, from files to files, without a browser.

    python -m apps generate "ROMEO:" --length 300
    python -m apps classify --input reviews.txt --output labels.tsv
    python -m apps translate "Ein Hund rennt durch den Schnee."
    python -m apps caption photos/ --json --output captions.jsonl

Results go to standard output and messages to standard error. The exit code is 0 if all is well; 1 if something is wrong
with the data or the model, which the message names; 2 for wrong usage; 130 after Ctrl-C.

Nothing slow is imported here: help and most complaints come at once.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from typing import Any

from apps.cli import commands as cli_commands
from apps.cli.files import ProblemError, UsageError
from apps.shared import models

DATA, USAGE, INTERRUPTED = 1, 2, 130

COMMANDS = {
    "generate": ("char_lm", "Continue a prompt, character by character."),
    "classify": ("sentiment", "Say of each line whether it is positive or negative."),
    "translate": ("translation", "Translate each line."),
    "caption": ("captioning", "Say in a sentence what each picture shows."),
}
"""Each command's task, and what it does."""

EPILOG = f"In the terminal, without a browser: python -m apps {{{','.join(COMMANDS)}}}; each has its own --help."

_LINES = (
    "Without TEXT, every line of the input is one text, and every line of the output its answer; empty lines stay "
    "empty. Files are UTF-8."
)
_EPILOGS = {
    "generate": "The output is the continuation, without the prompt. Files are UTF-8; one line end at the end of the "
    "input is no part of the prompt. The same seed gives the same text.",
    "classify": f"{_LINES} A line of the output is the label, a tab, and its probability; with --json an object with "
    "the probabilities of all labels, the model, and hints why it may only be guessing (null for an empty line).",
    "translate": f"{_LINES} With --json a line is an object with the sentences, their tokens and attention (null for "
    "an empty line).",
    "caption": "JPEG, PNG, WebP, GIF, BMP and TIFF; of a folder, all pictures in it and in its folders. A line of the "
    "output is the path, a tab, and the caption; with --json an object with words, attention and more.",
}


def answer(arguments: Sequence[str]) -> None:
    """Carry out a command and end the program; come back if the arguments name none."""
    if arguments and arguments[0] in COMMANDS:
        sys.exit(main(arguments))


def main(arguments: Sequence[str]) -> int:
    """Carry out a command; gives the exit code."""
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
        getattr(cli_commands, chosen.command)(chosen)
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


# Options ---------------------------------------------------------------------------------------------


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m apps")
    commands = parser.add_subparsers(dest="command", required=True)
    for name, (task, summary) in COMMANDS.items():
        made = commands.add_parser(
            name,
            help=summary,
            description=summary,
            epilog=_EPILOGS[name],
            allow_abbrev=False,
        )
        made.set_defaults(task=task)
        {"generate": _generate, "classify": _classify, "translate": _translate, "caption": _caption}[name](made)
        _add_common(made, task)
    return parser


def _add_common(parser: argparse.ArgumentParser, task: str) -> None:
    parser.add_argument("--output", metavar="FILE", help="write here, whole or not at all; - for standard output")
    parser.add_argument("--json", action="store_true", help="JSON Lines: one JSON value a line, with all details")
    parser.add_argument("--list-models", action=_ListModels, task=task, help="name the models that are here, and end")


class _ListModels(argparse.Action):
    """Like --help: what else stands on the line does not matter."""

    def __init__(self, option_strings: list[str], dest: str, task: str, help: str):  # noqa: A002
        super().__init__(option_strings, dest, nargs=0, default=argparse.SUPPRESS, help=help)
        self._task = task

    def __call__(self, *parsed: Any) -> None:
        names = models.available(self._task)
        if not names:
            raise ProblemError(cli_commands.no_model(self._task))
        print("\n".join(names))
        raise SystemExit(0)


def _add_text(parser: argparse.ArgumentParser, name: str, what: str) -> None:
    parser.add_argument("text", nargs="?", metavar=name, help=what)
    parser.add_argument("--input", metavar="FILE", help=f"read it from a file instead; - or no {name}: standard input")


def _generate(parser: argparse.ArgumentParser) -> None:
    _add_text(parser, "PROMPT", 'what the text begins with, at most 1,000 characters; "" for nothing')
    parser.add_argument("--model", default="", metavar="NAME", help="a name of --list-models; without it, the page's")
    parser.add_argument(
        "--length", type=int, default=200, metavar="N", help="how many characters, 1 to 2,000; default %(default)s"
    )
    parser.add_argument(
        "--temperature",
        type=float,
        default=0.8,
        metavar="T",
        help="0 to 100: lower is safer, higher is wilder; default %(default)s",
    )
    parser.add_argument(
        "--top-k", type=int, default=0, metavar="K", help="draw among the K likeliest only; 0, the default: all"
    )
    parser.add_argument(
        "--top-p",
        type=float,
        default=1.0,
        metavar="P",
        help="draw among the likeliest that sum to P; 1, the default: all",
    )
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="0 to 4,294,967,295; default %(default)s")


def _classify(parser: argparse.ArgumentParser) -> None:
    _add_text(parser, "TEXT", "one text, at most 5,000 characters")
    parser.add_argument(
        "--model",
        default="auto",
        metavar="NAME",
        help="a name of --list-models; auto, the default: by each line's language",
    )


def _translate(parser: argparse.ArgumentParser) -> None:
    _add_text(parser, "TEXT", "one text, at most 2,000 characters and 40 sentences")
    parser.add_argument("--model", default="", metavar="NAME", help="a name of --list-models; without it, the page's")
    _add_beam(parser)


def _caption(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("pictures", nargs="+", metavar="PICTURE", help="a picture file, or a folder of pictures")
    parser.add_argument("--model", default="", metavar="NAME", help="a name of --list-models; without it, the page's")
    _add_beam(parser)
    parser.add_argument(
        "--samples", type=int, default=0, metavar="N", help="so many more captions drawn at random, 0 to 8; with --json"
    )
    parser.add_argument("--temperature", type=float, metavar="T", help="of the samples, 0.2 to 2; without it, 0.5")
    parser.add_argument(
        "--skip-broken", action="store_true", help="leave out what cannot be opened, instead of describing nothing"
    )


def _add_beam(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--beam", type=int, default=5, metavar="N", help="how many hypotheses are kept, 1 to 10; default %(default)s"
    )
    parser.add_argument(
        "--length-penalty",
        type=float,
        default=1.0,
        metavar="A",
        help="0 to 2: the higher, the longer the sentences; default %(default)s",
    )
