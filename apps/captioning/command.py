"""`python -m apps caption`: pictures described in the terminal. What is slow to import is imported on use."""

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from pathlib import Path

from apps.shared import terminal
from apps.shared.files import Output, ProblemError, UsageError, pictures_in

SUMMARY = "Say in a sentence what each picture shows."
EPILOG = (
    "JPEG, PNG, WebP, GIF, BMP and TIFF; of a folder, all pictures in it and in its folders. A line of the output is "
    "the path, a tab, and the caption; with --json an object with words, attention and more."
)
BATCH_SIZE = 32


def add_arguments(parser: ArgumentParser) -> None:
    """The command's own options."""
    add = parser.add_argument
    add("pictures", nargs="+", metavar="PICTURE", help="a picture file, or a folder of pictures")
    terminal.add_model(parser)
    terminal.add_beam(parser)
    add(
        "--samples", type=int, default=0, metavar="N", help="so many more captions drawn at random, 0 to 8; with --json"
    )
    add("--temperature", type=float, metavar="T", help="of the samples, 0.2 to 2; without it, 0.5")
    add("--skip-broken", action="store_true", help="leave out what cannot be opened, instead of describing nothing")


def run(chosen: Namespace) -> None:
    """Describe each picture."""
    model = terminal.model_named(chosen.model, chosen.page)
    if chosen.samples and not chosen.json:
        raise UsageError("--samples are shown with --json only: add it.")
    if chosen.temperature is not None and not chosen.samples:
        raise UsageError("--temperature is that of the --samples: say how many.")
    paths = pictures_in(chosen.pictures)
    from apps.captioning import inference
    from apps.shared import beam_search

    temperature = inference.TEMPERATURE if chosen.temperature is None else chosen.temperature
    with terminal.refused_as(UsageError):
        beam_search.search_options(chosen.beam, chosen.length_penalty)
        inference.sampling_options(chosen.samples, temperature)
    options = (model, chosen.beam, chosen.length_penalty, chosen.samples, temperature)
    with Output(chosen.output) as out:
        paths = _readable(paths, chosen.skip_broken, out)
        with terminal.progress(len(paths), "pictures", out) as bar:
            terminal.import_keras()
            for start in range(0, len(paths), BATCH_SIZE):
                batch = paths[start : start + BATCH_SIZE]
                with terminal.refused_as(ProblemError):
                    found = inference.caption_all(list(map(str, batch)), *options)
                for path, one in zip(batch, found, strict=True):
                    if chosen.json:
                        terminal.write_json(out, {"picture": str(path), **one})
                    else:
                        out.write(f"{path}\t{terminal.one_line(one['text'])}\n")
                bar.update(len(batch))


def _readable(paths: Sequence[Path], skip_broken: bool, out: Output) -> list[Path]:
    """The pictures that can be opened. What cannot is named, and an error unless it is to be left out."""
    from apps.shared import pictures

    readable, complaints = [], []
    with terminal.progress(len(paths), "pictures looked at", out) as bar:
        for path in paths:
            try:
                with terminal.refused_as(ProblemError, f"{path}: "):
                    pictures.open_photograph(str(path))
                readable.append(path)
            except ProblemError as error:
                complaints.append(str(error))
            bar.update(1)
    if complaints and not skip_broken:
        advice = "Nothing was described: mend these, or leave them out with --skip-broken."
        raise ProblemError("\n".join([*complaints, advice]))
    for complaint in complaints:
        print(f"left out: {complaint}", file=sys.stderr)
    return readable
