"""Questions about pictures: a public data set by name, or your own table and folder; each with fixed splits."""

import importlib.util
import json
import os
import re
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from rnn_models import tables
from training.data.download import fetch_folder
from training.data.errors import DataError
from training.data.picture_folders import PictureFolder
from training.data.records import SPLITS, PublicDataset, QuestionData, Questions
from training.data.splits import check_shares, split_by_hash
from training.data.tables import delimiter_of, in_file
from training.data.text_files import read_text

NAMES = ("daquar", "easy-vqa")
PUBLIC = {
    "scenes": PublicDataset(language="en"),
    "daquar": PublicDataset("", "en", "nyu-depth-v2-research-only"),
    "easy-vqa": PublicDataset("", "en", "mit", "https://github.com/vzhou842/easy-VQA"),
}

IMAGE_COLUMNS = ("image", "image_id", "image_name", "file_name", "filename", "picture", "그림")
QUESTION_COLUMNS = ("question", "질문")
ANSWER_COLUMNS = ("answer", "label", "답")

Row = tuple[Path, str, str]
"""A picture, a question and its answer."""


def load_questions(name: str) -> QuestionData:
    """A public data set by name: "daquar" or "easy-vqa".

    Raises:
        ValueError: another name.
        DataError: the data cannot be had, or are not what they should be.
    """
    if name not in NAMES:
        raise ValueError(f"Unknown set of questions {name!r}; known: {', '.join(NAMES)}. Your own: own_questions.")
    return _daquar() if name == "daquar" else _easy_vqa()


def kind_of(question: str) -> str:
    """The kind of a question of a public set, by its first words: "how many", "colour", "yes or no" or "object"."""
    words = question.lower().split()
    if words[:2] == ["how", "many"]:
        return "how many"
    if re.match(r"what (is the )?colou?r", question.lower()):
        return "colour"
    return "yes or no" if words[:1] and words[0] in ("is", "are", "does", "do", "can") else "object"


def _questions(rows: Sequence[Row]) -> Questions:
    """The questions in their order, each picture once."""
    places: dict[Path, int] = {}
    numbers = [places.setdefault(picture, len(places)) for picture, _, _ in rows]
    texts = [question for _, question, _ in rows]
    answers = [answer for _, _, answer in rows]
    kinds = [kind_of(text) for text in texts]
    return Questions(list(places), np.array(numbers, "int32"), texts, answers, kinds, [""] * len(rows))


def _counts(parts: dict[str, Questions]) -> list[str]:
    return [
        f"{name}: {len(part.questions):,} questions about {len(part.pictures):,} pictures."
        for name, part in parts.items()
    ]


def _split_train(rows: Sequence[Row]) -> tuple[list[Row], list[Row]]:
    """Train and validation out of the rows of a public training set: a tenth of the pictures is for validation."""
    numbers = defaultdict(list)
    for n, (picture, _, _) in enumerate(rows):
        numbers[picture.name].append(n)
    train, *others = split_by_hash(numbers, 0.05, 0.05)
    return [rows[n] for n in train], [rows[n] for n in sorted(sum(others, []))]


# --- DAQUAR

_ARCHIVE = "daquar/daquar.zip"
_REPOSITORY = "VQA-With-Multimodal-Transformers-c228012b27dc3004145e516314b8d6dd677d6ac5"
_QUESTION = re.compile(r"(.*?)\s*(?:in|on|of)?\s*(?:the|this)?\s*(image\d+)\s*\?\s*")


def _daquar() -> QuestionData:
    """DAQUAR (Malinowski and Fritz 2014): the official 6,795 and 5,673 questions about 795 and 654 photographs."""
    if folder := os.environ.get("RNN_DATA_DIR"):
        home = Path(folder) / "daquar"
        images = home / "images"
        splits = [read_questions(home / f"qa_{name}.tsv") for name in ("train", "test")]
        origin = "read from RNN_DATA_DIR: it may be an equivalent of the public set"
    else:
        home = fetch_folder(_ARCHIVE, _REPOSITORY) / "dataset"
        images = home / "images"
        splits = _official(home)
        origin = "as published on GitHub by tezansahu"
    there = {path.stem: path for path in images.glob("image*.*")}
    parts = []
    for split in splits:
        if missing := [name for name, _, _ in split if name not in there]:
            raise DataError(f"{images}: there is no picture {missing[0]!r}. Delete {home.parent}, and start again.")
        parts.append([(there[name], question, answer) for name, question, answer in split])
    train, validation = _split_train(parts[0])
    made = {name: _questions(rows) for name, rows in zip(SPLITS, (train, validation, parts[1]), strict=True)}
    several = sum("," in answer for answer in made["test"].answers)
    notes = [
        *_counts(made),
        f"{several:,} answers of test are lists; they count as right only as a whole, in their order.",
    ]
    source = f"DAQUAR (Malinowski and Fritz 2014; {origin}), official split of the pictures"
    licence = "that of NYU Depth V2, whose photographs these are: research only"
    return QuestionData("daquar", **made, source=source, licence=licence, notes=notes)


def _official(home: Path) -> list[list[tuple[str, str, str]]]:
    """The questions of the public files, split by the official lists of pictures."""
    lines = [line.strip() for line in read_text(home / "all_qa_pairs.txt").splitlines() if line.strip()]
    rows = []
    for question, answer in zip(lines[::2], lines[1::2], strict=False):
        if not (match := _QUESTION.fullmatch(question)):
            raise DataError(f"{home}: cannot read the question {question[:80]!r}; it names no picture at its end.")
        rows.append((match[2], match[1], answer))
    lists = [set(read_text(home / f"{name}_images_list.txt").split()) for name in ("train", "test")]
    return [[row for row in rows if row[0] in names] for names in lists]


# --- easy-VQA


def _easy_vqa() -> QuestionData:
    """easy-VQA (Zhou 2019), which the package `easy-vqa` of PyPI carries whole."""
    spec = importlib.util.find_spec("easy_vqa")
    if spec is None or not spec.submodule_search_locations:
        raise DataError("easy-VQA is not installed; it is a package of PyPI: pip install easy-vqa==1.0.")
    home = Path(spec.submodule_search_locations[0]) / "data"
    rows: dict[str, list[Row]] = {}
    for split in ("train", "test"):
        folder = home / split
        content = json.loads(read_text(folder / "questions.json"))
        rows[split] = [(folder / "images" / f"{n}.png", question, answer) for question, answer, n in content]
    train, validation = _split_train(rows["train"])
    made = {name: _questions(part) for name, part in zip(SPLITS, (train, validation, rows["test"]), strict=True)}
    new = len(set(made["test"].questions) - set(made["train"].questions))
    notes = [
        *_counts(made),
        f"It has {len({text for part in made.values() for text in part.questions})} different questions; {new} of test "
        "stand not in train, and no two have the same words in another order: it is a smoke test.",
    ]
    return QuestionData(
        "easy-vqa", **made, source="easy-VQA (Zhou 2019), the package of PyPI", licence="MIT", notes=notes
    )


# --- your own


def own_questions(
    table: Path, images: Path, validation: float = 0.05, test: float = 0.1, seed: int = 0
) -> QuestionData:
    """Your own questions: a CSV or TSV with columns image, question, answer, and the folder of the pictures.

    The splits are drawn picture by picture: all questions about one are in one split, and so are copies of it.

    Raises:
        ValueError: shares that leave nothing to train on.
        DataError: a file cannot be used, a picture is missing, a cell is empty; says where.
    """
    check_shares(validation=validation, test=test)
    folder = PictureFolder(Path(images), table)
    rows: dict[Path, list[Row]] = {}
    for line, (name, question, answer) in _numbered(table):
        picture = folder.find(name, f"line {line}")
        rows.setdefault(picture, []).append((picture, question, answer))
    splits = folder.split(list(rows), validation, test, seed)
    made = {
        name: _questions([row for picture in pictures for row in rows[picture]])
        for name, pictures in zip(SPLITS, splits, strict=True)
    }
    notes = [*_counts(made), *folder.notes(list(rows), "question")]
    source = f"the questions of {table.name}, pictures of the folder {images.name}, seed {seed}"
    return QuestionData(table.stem, **made, source=source, licence="the pictures' and the texts' own", notes=notes)


def read_questions(path: Path) -> list[tuple[str, str, str]]:
    """The pictures' names, questions and answers of a CSV or TSV with a header row.

    Raises:
        DataError: the file cannot be used; says why, and in which line.
    """
    return [row for _, row in _numbered(path)]


def _numbered(path: Path) -> list[tuple[int, tuple[str, str, str]]]:
    if not path.is_file():
        raise DataError(f"There is no file {str(path)!r}; expected a table with columns image, question, answer.")
    text = read_text(path)
    if not text.strip():
        raise DataError(f"{path} is empty; expected a header row image,question,answer, then a row for each question.")
    known = (IMAGE_COLUMNS, QUESTION_COLUMNS, ANSWER_COLUMNS)
    found = []
    with in_file(path):
        tables.check_no_nul(text)
        rows = tables.even_rows(text, delimiter_of(path, text, [("", names) for names in known]))
        header = next(rows).cells
        places = [tables.find_column(header, "", names) for names in known]
        if None in places:
            raise DataError(
                f"{path}: expected the columns image, question and answer in the first row; got "
                f"{', '.join(map(repr, header))[:200]}."
            )
        for row in rows:
            cells = tuple(row.cells[place].strip() for place in places)
            if not all(cells):
                empty = ("picture", "question", "answer")[cells.index("")]
                raise DataError(f"{path}, line {row.line}: the {empty} is empty. Fill it in, or delete the row.")
            found.append((row.line, cells))
    if not found:
        raise DataError(f"{path} has a header row and no rows; expected a row for each question.")
    return found
