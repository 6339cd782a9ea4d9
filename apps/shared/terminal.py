"""What the commands of the terminal share: options, models by name, lines in and out, errors in plain English.

Nothing slow is imported here: help and most complaints come at once.
"""

import json
import os
import re
import sys
import tempfile
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from apps.shared import models
from apps.shared.files import Output, ProblemError, UsageError, check_input, read_lines
from apps.shared.page import Page

if TYPE_CHECKING:
    from tqdm import tqdm

LINES = (
    "Without TEXT, every line of the input is one text, and every line of the output its answer; empty lines stay "
    "empty. Files are UTF-8."
)
_LINE_END = re.compile("[\x85\u2028\u2029]")
_NOTICE = re.compile(r"[IW]\d{4} |WARNING: All log messages before absl")


# Options ---------------------------------------------------------------------------------------------


def add_text(parser: ArgumentParser, name: str, what: str) -> None:
    """A text on the command line, or `--input`."""
    parser.add_argument("text", nargs="?", metavar=name, help=what)
    parser.add_argument("--input", metavar="FILE", help=f"read it from a file instead; - or no {name}: standard input")


def add_model(
    parser: ArgumentParser, default: str = "", what: str = "a name of --list-models; without it, the page's"
) -> None:
    """`--model`."""
    parser.add_argument("--model", default=default, metavar="NAME", help=what)


def add_beam(parser: ArgumentParser) -> None:
    """`--beam` and `--length-penalty`."""
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


def check_source(chosen: Namespace) -> None:
    """Complain of a text and a file at once, or of a file that is not there, before anything slow begins."""
    if chosen.text is not None and chosen.input is not None:
        raise UsageError("give a text or --input, not both.")
    check_input(chosen.input)


# Models ----------------------------------------------------------------------------------------------


def model_named(name: str, page: Page) -> str:
    """The full name of a model, of which the task may be left out; for "" that of the one that the page opens with.

    Raises:
        ProblemError: there is no such model.
    """
    names = models.available(page.task)
    if not names:
        raise ProblemError(no_model(page))
    if not name:
        return models.first(page)
    for known in (name, f"{page.task}/{name}"):
        if known in names:
            return known
    raise ProblemError(f"There is no model {name!r}; expected one of: {', '.join(names)}.")


def no_model(page: Page) -> str:
    """What is said where no model of a page is."""
    from rnn_models import bundles

    return (
        f"There is no trained model for {page.task} in {str(bundles.root())!r}. Make one with `python -m "
        f"training.{page.task} train`, or let RNN_MODELS_DIR name the folder that has one."
    )


def import_keras() -> None:
    """Import Keras and its backend without TensorFlow's notices, which no setting silences."""
    if "keras" in sys.modules:
        return
    with tempfile.TemporaryFile() as notices:
        screen = os.dup(2)  # they come from its C++ part, past `sys.stderr`
        os.dup2(notices.fileno(), 2)
        try:
            import keras  # noqa: F401
        finally:
            os.dup2(screen, 2)
            os.close(screen)
            notices.seek(0)
            for line in notices.read().decode(errors="replace").splitlines():
                if not _NOTICE.match(line):
                    print(line, file=sys.stderr)


# Results ---------------------------------------------------------------------------------------------


def answer_lines(
    chosen: Namespace,
    check: Callable[[str], str],
    answers: Callable[[Sequence[str]], list[dict]],
    plain: Callable[[dict], str],
    batch_size: int,
) -> None:
    """An answer for each line; a line without a text has none. All lines are checked before the first is answered.

    Args:
        chosen: the command line.
        check: refuses a text that is no good.
        answers: gives an object for each of at most `batch_size` texts.
        plain: gives the line of an object where no JSON is asked for.
        batch_size: so many lines are given to the model at once.
    """
    with Output(chosen.output) as out:
        lines = read_lines(chosen.input) if chosen.text is None else [chosen.text]
        for n, line in enumerate(lines, 1):
            if line.strip() or chosen.text is not None:
                with refused_as(ProblemError, "" if chosen.text is not None else f"line {n:,}: "):
                    check(line)
        with progress(len(lines), "lines", out) as bar:
            for start in range(0, len(lines), batch_size):
                batch = lines[start : start + batch_size]
                texts = [line for line in batch if line.strip()]
                if texts:
                    import_keras()
                with refused_as(ProblemError):
                    found = iter(answers(texts) if texts else [])
                for line in batch:
                    answer = next(found) if line.strip() else None
                    if chosen.json:
                        write_json(out, answer)
                    else:
                        out.write("\n" if answer is None else f"{plain(answer)}\n", "replace")
                bar.update(len(batch))


def one_line(text: str) -> str:
    """The text with a space for every line end, so that lines match up."""
    return " ".join(text.splitlines())


def write_json(out: Output, value: Any) -> None:
    """One line of JSON."""
    # Half a surrogate pair, as in a file name that is no UTF-8, is written as JSON writes it: \udc80. So are characters
    # that some readers take for the end of a line.
    text = _LINE_END.sub(lambda end: f"\\u{ord(end[0]):04x}", json.dumps(value, ensure_ascii=False))
    out.write(text + "\n", "backslashreplace")


def progress(total: int, unit: str, out: Output) -> "tqdm":
    """A progress bar, if standard error is a terminal and no results come on the same screen."""
    from tqdm import tqdm

    hidden = sys.stderr is None or not sys.stderr.isatty() or out.on_screen
    return tqdm(total=total, unit=f" {unit}", disable=hidden or not total, leave=False, dynamic_ncols=True)


@contextmanager
def refused_as(kind: type[Exception], before: str = "") -> Iterator[None]:
    """What the pages refuse, in plain English."""
    import gradio as gr

    from apps.shared import validation

    try:
        yield
    except gr.Error as error:
        raise kind(before + validation.plain(error)) from error
