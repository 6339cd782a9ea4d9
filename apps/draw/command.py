"""`python -m apps draw`: digits painted into a picture file. What is slow to import is imported on use."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from apps.shared import terminal
from apps.shared.files import Output, ProblemError, UsageError

SUMMARY = "Paint handwritten digits."
EPILOG = (
    "A .png is a sheet of the finished pictures, a .gif shows how they come to be. With --json the answer is an object "
    "with the canvases of all steps and the windows, as from the endpoint /draw_digits."
)
KINDS = (".png", ".gif")


def add_arguments(parser: ArgumentParser) -> None:
    """The command's own options."""
    parser.add_argument("picture", nargs="?", metavar="FILE", help="the picture file, .png or .gif; with --json none")
    terminal.add_model(parser)
    parser.add_argument(
        "--count", type=int, default=1, metavar="N", help="so many digits, 1 to 16; default %(default)s"
    )
    parser.add_argument("--digit", default="", metavar="D", help="0 to 9; without it, one by chance for each picture")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of what is random; default %(default)s")
    parser.add_argument(
        "--temperature", type=float, default=1.0, metavar="T", help="width of the z's, 0 to 2; default %(default)s"
    )


def run(chosen: Namespace) -> None:
    """Paint, and write the file."""
    model = terminal.model_named(chosen.model, chosen.page)
    if chosen.json == (chosen.picture is not None):
        raise UsageError("Give a picture file (.png, .gif), or --json; one of the two.")
    if not chosen.json and (chosen.output is not None or Path(chosen.picture).suffix.lower() not in KINDS):
        raise UsageError("The picture is written to FILE, which ends in .png or .gif; --output is for --json.")
    from apps.draw import inference

    given = (chosen.count, chosen.seed, chosen.temperature, chosen.digit, model)
    if not chosen.json:
        _check_folder(Path(chosen.picture))
    terminal.import_keras()
    if chosen.json:
        with Output(chosen.output) as out, terminal.refused_as(UsageError):
            terminal.write_json(out, inference.draw_digits(*given))
        return
    from apps.draw import pictures
    from rnn_models.files import write_atomic

    with terminal.refused_as(UsageError):
        _, loaded, drawing = inference.paint(*given)
    path, size = Path(chosen.picture), loaded.settings["write_size"]
    write_atomic(path, pictures.film(drawing, size) if path.suffix.lower() == ".gif" else pictures.sheet(drawing))


def _check_folder(path: Path) -> None:
    if path.is_dir() or not path.resolve().parent.is_dir():
        raise ProblemError(f"{str(path)!r} cannot be written: give the path of a file in a folder that is there.")
