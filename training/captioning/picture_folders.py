"""A folder of pictures in, a table of captions out."""

import csv
import io
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from rnn_models.files import write_atomic
from rnn_models.vision.pictures import SUFFIXES
from training.data.errors import DataError

if TYPE_CHECKING:
    from rnn_models.tasks.captioning import Captioner

TOGETHER = 32


def describe_folder(
    model: "Captioner", images: Path, output: Path | None, beam: int = 5, length_penalty: float = 1.0
) -> int:
    """Write "image,caption,log_p,strange" for each picture of a folder and of the folders in it; gives how many.

    Files that cannot be read as pictures are told on standard error and left out.

    Raises:
        DataError: no folder, or none of its files is a picture.
    """
    import keras

    from rnn_models.vision.pictures import open_picture

    if not images.is_dir():
        raise DataError(f"There is no folder {str(images)!r}; expected one with pictures.")
    paths = sorted(path for path in images.rglob("*") if path.suffix.lower() in SUFFIXES and path.is_file())
    if not paths:
        raise DataError(f"{images} holds no pictures; expected files that end in {', '.join(sorted(SUFFIXES))}.")
    bar = keras.utils.Progbar(len(paths), unit_name="picture", verbose=1 if sys.stderr.isatty() else 0)
    table = io.StringIO()
    rows = csv.writer(table, lineterminator="\n")
    rows.writerow(["image", "caption", "log_p", "strange"])
    count = 0
    for start in range(0, len(paths), TOGETHER):
        opened = []
        for path in paths[start : start + TOGETHER]:
            try:
                opened.append((path, open_picture(path)))
            except ValueError as error:
                print(f"left out: {error}", file=sys.stderr, flush=True)
        found = model.caption([array for _, array in opened], beam, length_penalty) if opened else []
        for (path, _), caption in zip(opened, found, strict=True):
            strange = "" if caption.strangeness is None else "yes" if caption.strange else "no"
            name = _safe(path.relative_to(images).as_posix())
            rows.writerow([name, caption.text, f"{caption.search_score:.3f}", strange])
        count += len(found)
        bar.update(min(start + TOGETHER, len(paths)))
    if not count:
        raise DataError(f"None of the {len(paths)} files of {images} could be read as a picture; see above.")
    if output:
        output.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(output, table.getvalue().encode())
    else:
        sys.stdout.write(table.getvalue())
    return count


def _safe(name: str) -> str:
    """A file name that a spreadsheet does not take for a formula."""
    return f"'{name}" if name[:1] in "=+-@\t\r" else name
