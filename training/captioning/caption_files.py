"""Files with captions of pictures: Flickr8k's token format, CSV and TSV, COCO's JSON."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rnn_models import tables
from training.data.errors import DataError
from training.data.tables import delimiter_of, in_file
from training.data.text_files import read_text
from training.metrics.caption_tokenizer import has_words

_TOKEN = re.compile(r"(.+)#(\d+)")
_FORMATS = (
    "expected 'name.jpg#0', a tab and the caption in each line; or a CSV or TSV table whose first row is "
    'image,caption; or COCO\'s JSON, {"images": [...], "annotations": [...]}'
)


@dataclass(frozen=True)
class Row:
    """One caption: `place` says where it stands ("line 3"), `picture` is a file name."""

    place: str
    picture: str
    caption: str


def read_captions(path: Path) -> list[Row]:
    """All captions of a UTF-8 file in one of the three formats, white space at their ends taken off.

    Files .json are COCO's. Of the others those whose first line is "name.jpg#0", a tab and a caption are in Flickr8k's
    format; the rest are tables.

    Raises:
        DataError: the file cannot be used, or a caption has no words; says why, and where.
    """
    if not path.is_file():
        raise DataError(f"There is no file {str(path)!r}.")
    text = read_text(path)
    try:
        tables.check_no_nul(text)
    except tables.NulError as error:
        raise DataError(f"{path}, {error}; this is not a text file. Save it as UTF-8.") from error
    if not text.strip():
        raise DataError(f"{path} is empty; {_FORMATS}.")
    if path.suffix.lower() == ".json":
        rows = list(_coco(path, text))
    elif _TOKEN.fullmatch(text.lstrip("\n").split("\n", 1)[0].partition("\t")[0].strip()):
        rows = read_tokens(path, text)
    else:
        rows = list(_table(path, text))
    if not rows:
        raise DataError(f"{path} holds no captions; {_FORMATS}.")
    for row in rows:
        if not has_words(row.caption):
            raise DataError(
                f"{path}, {row.place}: the caption of {row.picture} has no words ({row.caption!r}). Write one, or "
                "delete the entry."
            )
    return rows


def read_tokens(path: Path, text: str) -> list[Row]:
    """The captions of a text in Flickr8k's format, also those without words.

    Raises:
        DataError: a line that is no name, "#", number, tab and caption; or the same name and number twice.
    """
    rows: list[Row] = []
    lines: dict[str, int] = {}
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        key, tab, caption = line.partition("\t")
        match = _TOKEN.fullmatch(key.strip())
        if not tab or not match:
            raise DataError(
                f"{path}, line {number}: expected a picture's name, '#', a number, a tab and the caption, such as "
                f"'dog.jpg#0<tab>A dog runs .'; got {line[:80]!r}."
            )
        first = lines.setdefault(match[0], number)
        if first != number:
            raise DataError(
                f"{path}, line {number}: {match[0]} stands in line {first}, too. Number a picture's captions anew."
            )
        rows.append(Row(f"line {number}", match[1], caption.strip()))
    return rows


# --- tables


IMAGE_COLUMNS = ("image", "image_name", "file_name", "filename")
CAPTION_COLUMNS = ("caption", "text", "comment")
"""What the columns may be called: Flickr30k's results.csv has image_name and comment, Hugging Face's folders of
pictures have file_name and text."""


def _table(path: Path, text: str) -> Iterator[Row]:
    delimiter = delimiter_of(path, text, [("", IMAGE_COLUMNS), ("", CAPTION_COLUMNS)])
    with in_file(path):
        rows = tables.even_rows(text, delimiter)
        header = next(rows).cells
        names = [field.strip().casefold() for field in header]
        at = [tables.find_column(header, "", known) for known in (IMAGE_COLUMNS, CAPTION_COLUMNS)]
        if any(place is None or names.count(names[place]) != 1 for place in at):
            first = text.lstrip("\n").split("\n", 1)[0]
            raise DataError(f"{path}: cannot tell its format; {_FORMATS}. Its first line is {first[:80]!r}.")
        image, caption = at
        for row in rows:
            picture = row.cells[image].strip()
            if not picture:
                raise DataError(
                    f"{path}, line {row.line}: no picture is named. Write its file name, or delete the row."
                )
            yield Row(f"line {row.line}", picture, row.cells[caption].strip())


# --- COCO


def _coco(path: Path, text: str) -> Iterator[Row]:
    try:
        content = json.loads(text)
    except json.JSONDecodeError as error:
        raise DataError(f"{path}, line {error.lineno}: this is no JSON ({error.msg}, column {error.colno}).") from error
    except RecursionError as error:
        raise DataError(f"{path}: too many brackets inside each other; {_FORMATS}.") from error
    if not isinstance(content, dict) or not all(isinstance(content.get(k), list) for k in ("images", "annotations")):
        raise DataError(f"{path}: {_FORMATS}.")
    names: dict[Any, str] = {}
    for n, image in enumerate(content["images"]):
        number, name = _fields(path, f"images[{n}]", image, "id", "file_name")
        if number in names:
            raise DataError(f"{path}, images[{n}]: the id {number!r} stands there before. Give each picture its own.")
        names[number] = name
    repeated = [name for name, count in Counter(names.values()).items() if count > 1]
    if repeated:
        raise DataError(f"{path}: several images have the file_name {repeated[0]!r}. Give each picture one entry.")
    for n, annotation in enumerate(content["annotations"]):
        number, caption = _fields(path, f"annotations[{n}]", annotation, "image_id", "caption")
        if number not in names:
            raise DataError(f"{path}, annotations[{n}]: no image has the id {number!r}.")
        yield Row(f"annotations[{n}]", names[number], caption.strip())


def _fields(path: Path, place: str, entry: Any, key: str, text: str) -> tuple[int | str, str]:
    if not isinstance(entry, dict) or not isinstance(entry.get(key), int | str) or not isinstance(entry.get(text), str):
        raise DataError(
            f"{path}, {place}: expected {key!r} (a number or a string) and {text!r} (a string); got {str(entry)[:80]}."
        )
    return entry[key], entry[text]
