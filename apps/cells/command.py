"""`python -m apps cells`: which units of a model know something of a text file. What is slow is imported on use."""

from argparse import ArgumentParser, Namespace

from apps.cells import names
from apps.shared import terminal
from apps.shared.files import Output, ProblemError, UsageError, read_text

SUMMARY = "Search the units of a model for those that follow something in a text."
EPILOG = (
    "The first half of the text chooses the units, the scores are of the second. A line each: hypothesis, measure, "
    "best "
    "unit, held-out score, 95 % bounds, the nulls (shifted labels, untrained network), and a linear probe on the whole "
    "state. For a hypothesis whose label never changes the line ends after its name. Texts of any length are read "
    "whole: "
    "100,000 characters take a minute or two."
)
HEADS = ("hypothesis", "measure", "unit", "score", "low", "high", "shifted", "untrained", "probe")


def add_arguments(parser: ArgumentParser) -> None:
    """The command's own options."""
    terminal.add_text(parser, "TEXT", "the text; best a --input FILE of 10,000 characters or more")
    terminal.add_model(parser)
    known = ", ".join(name for name in names.HYPOTHESES if name != names.PATTERN)
    parser.add_argument("--hypotheses", nargs="+", metavar="NAME", help=f"some of: {known}; default: all")
    parser.add_argument("--pattern", action="append", default=[], help="a regular expression; may be given repeatedly")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of nulls and bounds; default %(default)s")


def run(chosen: Namespace) -> None:
    """Search, and write a table."""
    model = _model_named(chosen.model, chosen)
    terminal.check_source(chosen)
    known = [name for name in names.HYPOTHESES if name != names.PATTERN]
    asked = chosen.hypotheses or (known if not chosen.pattern else [])
    if unknown := sorted(set(asked) - set(known)):
        raise UsageError(f"There is no hypothesis {', '.join(unknown)}; expected some of: {', '.join(known)}.")
    text = chosen.text if chosen.text is not None else read_text(chosen.input)
    with Output(chosen.output) as out:
        terminal.import_keras()
        import rnn_models
        from rnn_models.probes.cells import PatternError, matching, search

        try:
            wanted = [*asked, *(matching(pattern) for pattern in chosen.pattern)]
        except PatternError as error:
            raise UsageError(str(error)) from error
        try:
            found = search(rnn_models.load(model), text, wanted, seed=chosen.seed)
        except ValueError as error:
            raise ProblemError(str(error)) from error
        if not chosen.json:
            out.write("\t".join(HEADS) + "\n")
        for one in found:
            row = dict(zip(HEADS, _values(one), strict=True))
            if chosen.json:
                terminal.write_json(out, row)
            else:
                cells = (f"{cell:.4f}" if isinstance(cell, float) else str(cell) for cell in row.values())
                out.write("\t".join("" if cell == "None" else cell for cell in cells).rstrip("\t") + "\n")


def _values(found: object) -> list:
    name = found.hypothesis.name
    if found.best is None:
        return [name, found.measure, *[None] * 7]
    numbers = (found.best.score, *found.bounds, found.shifted, found.untrained, found.probe)
    return [name, found.measure, str(found.best.unit), *(float(n) if n == n else None for n in numbers)]


def _model_named(name: str, chosen: Namespace) -> str:
    """The full name of any model that reads a text, of whichever task; "" is the page's first."""
    found = names.available()
    if name in found:
        return name
    return terminal.model_named(name, chosen.page)
