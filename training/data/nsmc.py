"""The rows of the Naver sentiment movie corpus."""

import numpy as np

from rnn_models import tables
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
    header, *rows = tables.rows(read_text(path), "\t", quotes=False)
    if header.cells != ["id", "document", "label"]:
        raise DataError(f"{path}: expected the columns id, document, label; got {header.cells!r}.")
    texts, labels, empty = [], [], 0
    for row in rows:
        if not row.cells:
            continue
        if len(row.cells) != 3 or row.cells[2] not in {"0", "1"}:
            raise DataError(f"{path}, line {row.line}: expected id, document, 0 or 1; got {row.cells!r}.")
        if document := row.cells[1].strip():
            texts.append(document)
            labels.append(int(row.cells[2]))
        else:
            empty += 1
    return Labelled(texts, np.array(labels, dtype="int32")), empty
