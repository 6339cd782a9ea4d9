"""Labelled texts for a classifier: public data sets by name, or a table of your own; each with fixed splits."""

import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from training.data.errors import DataError
from training.data.imdb import imdb_provenance, imdb_reviews
from training.data.nsmc import NSMC, NSMC_LICENCE, nsmc_rows, nsmc_source
from training.data.records import Labelled, LabelledData, PublicDataset
from training.data.splits import check_shares, group_by_text, split_stratified, text_key
from training.data.tables import read_table

NAMES = ("nsmc", "imdb")
PUBLIC = {
    "nsmc": NSMC,
    "imdb": PublicDataset(
        "stanfordnlp/imdb", "en", "imdb-reviews-research", "https://ai.stanford.edu/~amaas/data/sentiment/"
    ),
}
SENTIMENT = ("negative", "positive")


def load_labelled(name: str, validation: float = 0.05) -> LabelledData:
    """A public data set by name: 'nsmc' (Korean film reviews) or 'imdb' (English ones).

    Class 0 is negative, class 1 positive. `test` is the official test split. The last part of the official
    training split, the share `validation` of it, is the validation split; imdb's training reviews are put
    in an order of their own first (by the SHA-256 of the member's name), because the archive holds one class
    after the other. Documents without text are left out. A training or validation text that also stands in
    `test` is taken out, so that no test text was trained on; `test` keeps it. The notes count both.

    Raises:
        ValueError: an unknown name, or a share that is none.
        DataError: the data cannot be had (no network, a broken archive, ...).
    """
    if name not in NAMES:
        raise ValueError(f"Unknown labelled data set {name!r}; known: {', '.join(NAMES)}. Your own: file_labelled.")
    check_shares(validation=validation)
    return _nsmc(validation) if name == "nsmc" else _imdb(validation)


def _official(
    name: str, train: Labelled, test: Labelled, share: float, source: str, licence: str, notes: list[str]
) -> LabelledData:
    """The last part of `train` for validation; neither side keeps a text of `test`."""
    cut = len(train.texts) - int(len(train.texts) * share)
    parts = {
        "train": Labelled(train.texts[:cut], train.labels[:cut]),
        "validation": Labelled(train.texts[cut:], train.labels[cut:]),
    }
    tested = {text_key(text) for text in test.texts}
    for side, part in parts.items():
        parts[side] = _without(part, tested)
        if taken := len(part.texts) - len(parts[side].texts):
            notes.append(f"{_reviews(taken)} of {side} also stood in test and {_was(taken)} taken out of {side}.")
    trained = {text_key(text) for text in parts["train"].texts}
    if shared := sum(text_key(text) in trained for text in parts["validation"].texts):
        notes.append(f"{_reviews(shared)} of validation also {'stands' if shared == 1 else 'stand'} in train.")
    published = {text_key(text) for text in train.texts}
    repeated = [number for number, text in enumerate(test.texts) if text_key(text) in published]
    splits = (parts["train"], parts["validation"], test)
    return LabelledData(name, *splits, list(SENTIMENT), source, licence, notes, repeated)


def _without(part: Labelled, unwanted: set[str]) -> Labelled:
    keep = [index for index, text in enumerate(part.texts) if text_key(text) not in unwanted]
    return _take(part, keep)


def _take(part: Labelled, indices: Sequence[int]) -> Labelled:
    return Labelled([part.texts[index] for index in indices], part.labels[np.asarray(indices, dtype=int)])


def _left_out(counts: dict[str, int]) -> list[str]:
    return [
        f"{_reviews(count)} without text {_was(count)} left out of {side}." for side, count in counts.items() if count
    ]


def _reviews(count: int) -> str:
    return f"{count:,} review" + "s" * (count != 1)


def _was(count: int) -> str:
    return "was" if count == 1 else "were"


def few_labels(data: LabelledData, count: int, seed: int) -> tuple[LabelledData, list[str]]:
    """The data set with the labels of `count` training texts alone, and the texts of the others.

    They are drawn at random, at least one of each class.

    Raises:
        DataError: there are not so many, or fewer than classes are asked for.
    """
    labels, classes = data.train.labels, len(data.label_names)
    if not classes <= count <= len(labels):
        raise DataError(
            f"--label-count: got {count:,}, expected {classes} (one a class) to {len(labels):,} (the training texts)."
        )
    order = np.random.default_rng(seed).permutation(len(labels))
    firsts = np.array([next(n for n in order if labels[n] == label) for label in range(classes)])
    taken = np.concatenate([firsts, order[~np.isin(order, firsts)]])[:count]
    rest = np.setdiff1d(order, taken)
    note = f"Of the {len(labels):,} training texts the labels of {count:,} were used."
    train = _take(data.train, np.sort(taken))
    return replace(data, train=train, notes=[*data.notes, note]), [data.train.texts[n] for n in rest]


# --- nsmc


def _nsmc(validation: float) -> LabelledData:
    train, no_train = nsmc_rows("train")
    test, no_test = nsmc_rows("test")
    source = f"{nsmc_source()}: official test file"
    notes = _left_out({"the training file": no_train, "test": no_test})
    return _official("nsmc", train, test, validation, source, NSMC_LICENCE, notes)


# --- imdb


def _imdb(validation: float) -> LabelledData:
    parts, empty = {}, {}
    found = imdb_reviews()
    for side in ("train", "test"):
        texts, labels, missing = [], [], 0
        for label, text in found[side]:
            if text:
                texts.append(text)
                labels.append(label)
            else:
                missing += 1
        parts[side], empty[side] = Labelled(texts, np.array(labels, dtype="int32")), missing
    source = f"Large Movie Review Dataset (Maas et al. 2011; {imdb_provenance()}): official test split"
    licence = "none stated: for research, the reviews' rights are with their writers"
    notes = _left_out({"the training split": empty["train"], "test": empty["test"]})
    return _official("imdb", parts["train"], parts["test"], validation, source, licence, notes)


# --- a table of your own


def file_labelled(
    path: str | Path,
    text_column: str | None = None,
    label_column: str | None = None,
    validation: float = 0.05,
    test: float = 0.1,
    seed: int = 0,
) -> LabelledData:
    """Your own labelled texts: a CSV or TSV file (UTF-8) with a header row, a column of texts and one of labels.

    Files .tsv and .tab are separated by tabs; others by the one of comma, semicolon and tab that the header
    row is written with. Columns that are not named are looked for among `tables.TEXT_COLUMNS` and
    `tables.LABEL_COLUMNS`. White space at the ends of texts and labels is taken off; rows without a text are left
    out, and the notes count them. The classes are the different labels in order. Where all labels are numbers they are
    taken as numbers: 1 and 1.0 are one class.

    The splits are drawn by `seed`, class by class, so that each class is in each split. Equal texts go to the
    same split (with their labels, where these differ): the shares are shares of the different texts.

    Raises:
        ValueError: shares that leave nothing to train on.
        DataError: the file cannot be used; says why, and in which line.
    """
    check_shares(validation=validation, test=test)
    path = Path(path)
    texts, labels, empty = read_table(path, text_column, label_column)
    labels, alike = _merged_labels(labels)
    names = _sorted_labels(labels)
    if len(names) < 2:
        raise DataError(f"{path}: every label is {names[0]!r}; expected two or more classes.")
    numbers = {name: number for number, name in enumerate(names)}
    rows = Labelled(texts, np.array([numbers[label] for label in labels], dtype="int32"))
    groups = list(group_by_text(texts).values())
    splits = split_stratified(path, groups, rows.labels, names, validation, test, seed)
    train, held, tested = (_take(rows, part) for part in splits)
    notes = [f"{empty:,} row(s) without a text were left out."] if empty else []
    notes += alike
    notes += _group_notes(groups, rows)
    return LabelledData(path.stem, train, held, tested, names, f"the file {path.name}", "the texts' own", notes)


def _merged_labels(labels: Sequence[str]) -> tuple[list[str], list[str]]:
    """The labels, and a note: where all are numbers, those of one value are one class, by its shortest spelling."""
    spelt: dict[float, list[str]] = {}
    for name in sorted(set(labels), key=lambda name: (len(name), name)):
        if not (name.isascii() and (value := _number(name)) is not None):
            return list(labels), []
        spelt.setdefault(value, []).append(name)
    several = [" and ".join(names) for names in spelt.values() if len(names) > 1]
    first = {name: names[0] for names in spelt.values() for name in names}
    notes = [f"The labels {', '.join(several)} are the same numbers, and one class each."] if several else []
    return [first[label] for label in labels], notes


def _number(name: str) -> float | None:
    try:
        value = float(name)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _sorted_labels(labels: Sequence[str]) -> list[str]:
    names = sorted(set(labels))
    values = {name: _number(name) for name in names}
    return names if None in values.values() else sorted(names, key=values.__getitem__)


def _group_notes(groups: list[list[int]], rows: Labelled) -> list[str]:
    notes = []
    if repeated := sum(len(group) > 1 for group in groups):
        notes.append(f"{repeated:,} text(s) occur more than once; all copies of a text are in one split.")
    if unsure := sum(len(set(rows.labels[group].tolist())) > 1 for group in groups):
        notes.append(f"{unsure:,} text(s) occur with different labels.")
    return notes
