"""The rows of the Naver sentiment movie corpus."""

import csv

import numpy as np

from training.data.download import fetch, provenance
from training.data.errors import DataError
from training.data.records import Labelled, PublicDataset
from training.data.text_files import read_text

NSMC = PublicDataset(hub_id="e9t/nsmc", language="ko")
NSMC_LICENCE = "CC0 1.0"


def nsmc_source() -> str:
    """Where the reviews come from, for a trained model's card."""
    origin = provenance("nsmc/ratings_train.txt", fetch("nsmc/ratings_train.txt"))
    return f"Naver film reviews (github.com/e9t/nsmc; {origin})"


def nsmc_rows(name: str) -> tuple[Labelled, int]:
    """The reviews of nsmc's file 'train' or 'test', in its order, and how many without text were left out."""
    path = fetch(f"nsmc/ratings_{name}.txt")
    lines = read_text(path).split("\n")
    if lines[0].split("\t") != ["id", "document", "label"]:
        raise DataError(f"{path}: expected the columns id, document, label; got {lines[0]!r}.")
    texts, labels, empty = [], [], 0
    for number, row in enumerate(csv.reader(lines[1:], delimiter="\t", quoting=csv.QUOTE_NONE), start=2):
        if not row:
            continue
        if len(row) != 3 or row[2] not in {"0", "1"}:
            raise DataError(f"{path}, line {number}: expected id, document, 0 or 1; got {row!r}.")
        if document := row[1].strip():
            texts.append(document)
            labels.append(int(row[2]))
        else:
            empty += 1
    return Labelled(texts, np.array(labels, dtype="int32")), empty
