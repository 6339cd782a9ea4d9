"""`python -m apps generate`: a prompt continued in the terminal. What is slow to import is imported on use."""

import re
from argparse import ArgumentParser, Namespace

from apps.shared import terminal
from apps.shared.files import Output, ProblemError, UsageError, read_text

SUMMARY = "Continue a prompt, character by character."
EPILOG = (
    "The output is the continuation, without the prompt. Files are UTF-8; one line end at the end of the input is no "
    "part of the prompt. The same seed gives the same text."
)


def add_arguments(parser: ArgumentParser) -> None:
    """The command's own options."""
    terminal.add_text(parser, "PROMPT", 'what the text begins with, at most 1,000 characters; "" for nothing')
    terminal.add_model(parser)
    add = parser.add_argument
    add("--length", type=int, default=200, metavar="N", help="how many characters, 1 to 2,000; default %(default)s")
    add(
        "--temperature",
        type=float,
        default=0.8,
        metavar="T",
        help="0 to 100: lower is safer, higher is wilder; default %(default)s",
    )
    add("--top-k", type=int, default=0, metavar="K", help="draw among the K likeliest only; 0, the default: all")
    nucleus = "draw among the likeliest that sum to P; 1, the default: all"
    add("--top-p", type=float, default=1.0, metavar="P", help=nucleus)
    add("--seed", type=int, default=1, metavar="N", help="0 to 4,294,967,295; default %(default)s")


def run(chosen: Namespace) -> None:
    """Continue the prompt."""
    model = terminal.model_named(chosen.model, chosen.page)
    terminal.check_source(chosen)
    from apps.char_lm import inference

    options = {name: getattr(chosen, name) for name in ("temperature", "top_k", "top_p", "seed")}
    with terminal.refused_as(UsageError):
        inference.checked("", chosen.length)
        inference.sampling_from(**options)
    with Output(chosen.output) as out:
        prompt = chosen.text
        if prompt is None:
            prompt = re.sub(r"\r?\n\Z", "", read_text(chosen.input))
        terminal.import_keras()
        with terminal.refused_as(ProblemError):
            text = inference.generate(prompt, model, chosen.length, **options)
        if chosen.json:
            found = {"prompt": prompt, "text": text, "model": model, "length": chosen.length, **options}
            terminal.write_json(out, found)
        else:
            out.write(f"{text}\n", "replace")
