"""`python -m apps read`: pictures of digits read in the terminal. What is slow to import is imported on use."""

from argparse import ArgumentParser, Namespace

from apps.shared import terminal
from apps.shared.files import Output, ProblemError, pictures_in

SUMMARY = "Say which digit each picture shows."
EPILOG = (
    "JPEG, PNG, WebP, GIF, BMP and TIFF, one digit a picture; of a folder, all pictures in it and in its folders. A "
    "line of the output is the path, a tab, the digit, a tab, and its probability; with --json an object with what "
    "the network believed after each piece."
)


def add_arguments(parser: ArgumentParser) -> None:
    """The command's own options."""
    parser.add_argument("pictures", nargs="+", metavar="PICTURE", help="a picture file, or a folder of pictures")
    terminal.add_model(parser)


def run(chosen: Namespace) -> None:
    """Read each picture."""
    model = terminal.model_named(chosen.model, chosen.page)
    paths = pictures_in(chosen.pictures)
    from apps.digits import inference

    with Output(chosen.output) as out, terminal.progress(len(paths), "pictures", out) as bar:
        terminal.import_keras()
        for path in paths:
            with terminal.refused_as(ProblemError, f"{path}: "):
                found = inference.read_digit(str(path), model)
            if chosen.json:
                terminal.write_json(out, {"picture": str(path), **found})
            else:
                out.write(f"{path}\t{found['label']}\t{found['probability']:.4f}\n")
            bar.update(1)
