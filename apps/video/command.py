"""`python -m apps label`: clips labelled in the terminal. What is slow to import is imported on use."""

import csv
import io
from argparse import ArgumentParser, Namespace
from pathlib import Path

from apps.shared import terminal
from apps.shared.files import Output, ProblemError

SUMMARY = "Say of every frame of a clip what it shows."
EPILOG = (
    "A clip is a GIF, WebP or animated PNG, a folder or zip of numbered pictures, a CSV of points (columns x and y, "
    "and perhaps second), or a video file where imageio[ffmpeg] is installed. The output is CSV, a row for each frame: "
    "clip, frame, second, label, and the probability of each class; with --json an object for each clip."
)
NETWORKS = ("causal", "bidirectional", "single_frame", "shuffled")


def add_arguments(parser: ArgumentParser) -> None:
    """The command's own options."""
    parser.add_argument("clips", nargs="+", metavar="CLIP", help="a file, or a folder of numbered pictures")
    terminal.add_model(parser, what="a name of --list-models; without it, the first that reads such frames")
    parser.add_argument(
        "--network",
        choices=NETWORKS,
        default="causal",
        help="causal has read the frames so far, bidirectional the later ones, too, single_frame has no memory, "
        "shuffled learnt from frames in random order; default %(default)s",
    )


def run(chosen: Namespace) -> None:
    """Label each clip."""
    model = terminal.model_named(chosen.model, chosen.page) if chosen.model else ""
    if not model:
        terminal.model_named("", chosen.page)  # complain where there is none
    for path in chosen.clips:
        if not Path(path).exists():
            raise ProblemError(f"There is no clip {path!r}. Give the path of a file or of a folder of pictures.")
    from apps.video import inference

    with Output(chosen.output) as out, terminal.progress(len(chosen.clips), "clips", out) as bar:
        terminal.import_keras()
        header: list[str] = []
        for path in chosen.clips:
            with terminal.refused_as(ProblemError, f"{path}: "):
                name, loaded, frames = inference.file_for(path, model, videos=True)
                found = inference.answer(name, loaded, frames, chosen.network)
            if chosen.json:
                terminal.write_json(out, {"clip_file": str(path), **found})
            else:
                header = _write_rows(out, str(path), found, header)
            bar.update(1)


def _write_rows(out: Output, path: str, found: dict, header: list[str]) -> list[str]:
    """The rows of a clip; before them the header, where it is another one than before."""
    stream = io.StringIO()
    rows = csv.writer(stream, lineterminator="\n")
    now = ["clip", "frame", "second", "label", *found["classes"]]
    if now != header:
        rows.writerow(now)
    for n, (label, shares) in enumerate(zip(found["labels"], found["probabilities"], strict=True)):
        rows.writerow([path, n, f"{n / found['rate']:.3f}", label, *(f"{share:.4f}" for share in shares)])
    out.write(stream.getvalue())
    return now
