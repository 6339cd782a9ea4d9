"""Sentence pairs for a translator: public data sets by name, a file of your own, or strings of digits."""

import gzip
import os
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from rnn_models import tables
from training.data.download import fetch, provenance
from training.data.errors import DataError
from training.data.records import PairData, Pairs, PublicDataset
from training.data.splits import check_shares, group_by_text, split_by_hash, text_key
from training.data.text_files import read_text

NAMES = ("en-ko", "multi30k")
PUBLIC = {
    "multi30k": PublicDataset(
        "bentrevett/multi30k", "", "flickr30k-research-only", "https://github.com/multi30k/dataset/issues/8"
    )
}
DIGIT_TASKS = ("copy", "reverse")

_DAMAGED = "Delete the file and start again; a public one will be downloaded anew."


def load_pairs(name: str, source: str | None = None, target: str | None = None) -> PairData:
    """A public data set by name: 'en-ko' (English to Korean) or 'multi30k' (German to English).

    Either goes the other way round, too: `load_pairs("en-ko", source="ko")`. The splits are the data set's own.
    Pairs with an empty side are left out of train and validation, and those whose source also stands in `test` are
    taken out of them; the notes count both. `test` is what was published.

    Raises:
        ValueError: an unknown name, or a language that the data set does not have.
        DataError: the data cannot be had (no network, a damaged file, ...).
    """
    if name not in NAMES:
        raise ValueError(f"Unknown set of pairs {name!r}; known: {', '.join(NAMES)}. Your own: --pairs my.tsv.")
    languages = ("en", "ko") if name == "en-ko" else ("de", "en")
    source, target = _direction(name, languages, source, target)
    return (_english_korean if name == "en-ko" else _multi30k)(source, target)


def _direction(name: str, languages: tuple[str, str], source: str | None, target: str | None) -> tuple[str, str]:
    """The usual direction of a data set, or the other one."""
    for chosen in (languages, languages[::-1]):
        if source in (None, chosen[0]) and target in (None, chosen[1]):
            return chosen
    one, other = languages
    raise ValueError(
        f"{name} has no pairs from {source!r} to {target!r}; expected source={one!r}, target={other!r} or the other "
        "way round."
    )


def _official(name: str, splits: Sequence[Pairs], languages: tuple[str, str], source: str, licence: str) -> PairData:
    """The published splits without what train and validation may not have."""
    parts, notes = dict(zip(("train", "validation", "test"), splits, strict=True)), []
    tested = {text_key(text) for text in parts["test"].sources}
    for side in ("train", "validation"):
        part = parts[side]
        full = _where(part, lambda n, part=part: part.sources[n] and part.targets[n])
        parts[side] = _where(full, lambda n, full=full: text_key(full.sources[n]) not in tested)
        if empty := len(part.sources) - len(full.sources):
            notes.append(f"{_pairs(empty)} with an empty side {_was(empty)} left out of {side}.")
        if taken := len(full.sources) - len(parts[side].sources):
            notes.append(
                f"{_pairs(taken)} of {side} whose source also stood in test {_was(taken)} taken out of {side}."
            )
    if missing := [side for side, part in parts.items() if not part.sources]:
        raise DataError(f"{name}: no pairs for {' and '.join(missing)}; expected some in each file. {_DAMAGED}")
    trained = {text_key(text) for text in parts["train"].sources}
    if shared := sum(text_key(text) in trained for text in parts["validation"].sources):
        notes.append(f"The sources of {_pairs(shared)} of validation also stand in train.")
    return PairData(name, parts["train"], parts["validation"], parts["test"], *languages, source, licence, notes)


def _where(pairs: Pairs, keep: Callable[[int], object]) -> Pairs:
    return _take(pairs, [n for n in range(len(pairs.sources)) if keep(n)])


def _take(pairs: Pairs, indices: Sequence[int]) -> Pairs:
    return Pairs(*([column[n] for n in indices] for column in (pairs.sources, pairs.targets, pairs.origins)))


def _pairs(count: int) -> str:
    return f"{count:,} pair" + "s" * (count != 1)


def _was(count: int) -> str:
    return "was" if count == 1 else "were"


# --- en-ko

_CORPORA = (
    "tatoeba (CC BY 2.0 FR), KSS with kosp2e (CC BY-NC-SA 4.0), StyleKQC with kosp2e (CC BY-SA 4.0), KorSTS with STS-B "
    "(CC BY-SA 4.0), JHE and news (CC BY-SA 3.0), TALPCo (CC BY 4.0), NTREX (CC BY-SA 4.0)"
)


def _english_korean(source: str, target: str) -> PairData:
    splits = []
    for split in ("train", "dev", "test"):
        path = _compiled(f"enko/{split}.tsv")
        rows = _rows(path)
        if rows[0][1] != ["source", "en", "ko"]:
            raise DataError(f"{path}: expected the columns source, en, ko, separated by tabs; got {rows[0][1]!r}.")
        splits.append(_columns(path, rows, source, target, "source"))
    about = f"English-Korean sentences compiled from public corpora, splits as they come with the files: {_CORPORA}"
    return _official("en-ko", splits, (source, target), about, f"those of the corpora: {_CORPORA}")


def _compiled(name: str) -> Path:
    """A file that has no public address."""
    folder = os.environ.get("RNN_DATA_DIR", "")
    path = Path(folder) / name
    if not folder or not path.is_file():
        missing = f"there is no file {name!r} in it" if folder else "which is not set"
        raise DataError(
            f"en-ko is read from the folder that RNN_DATA_DIR names ({folder!r}): {missing}. It needs enko/train.tsv, "
            "enko/dev.tsv and enko/test.tsv there, with the columns source, en, ko. They were compiled from public "
            f"corpora and cannot be downloaded in this form: {_CORPORA}. Any other file of sentence pairs trains a "
            "translator as well: --pairs my.tsv; and --dataset multi30k is downloaded."
        )
    return path


# --- multi30k

_MAX_TEXT = 100_000_000
_FLICKR = (
    "that of Flickr30k (github.com/multi30k/dataset, issue 8): research and education, not commercial; the captions' "
    "rights are with their writers"
)


def _multi30k(source: str, target: str) -> PairData:
    splits = []
    for split in ("train", "val", "test_2016_flickr"):
        one, other = (_lines(f"multi30k/raw/{split}.{language}.gz") for language in (source, target))
        if len(one) != len(other):
            raise DataError(
                f"multi30k/raw/{split}: {len(one):,} lines in {source!r}, {len(other):,} in {target!r}; expected as "
                f"many of both. {_DAMAGED}"
            )
        splits.append(Pairs(one, other, ["multi30k"] * len(one)))
    origin = provenance("multi30k/raw/train.de.gz", fetch("multi30k/raw/train.de.gz"))
    about = f"Multi30k, task 1 (Elliott et al. 2016; github.com/multi30k/dataset; {origin}): test is 2016 flickr"
    return _official("multi30k", splits, (source, target), about, _FLICKR)


def _lines(name: str) -> list[str]:
    """The lines of a packed text, in the sense of the other side's: a caption may hold other line separators."""
    path = fetch(name)
    try:
        with gzip.open(path) as file:
            content = file.read(_MAX_TEXT + 1)
    except (EOFError, OSError, zlib.error) as error:
        raise DataError(f"{path} is not a whole .gz file ({type(error).__name__}: {error}). {_DAMAGED}") from error
    if len(content) > _MAX_TEXT:
        raise DataError(f"{path} holds more than {_MAX_TEXT:,} bytes; expected at most 10,000,000. {_DAMAGED}")
    try:
        text = tables.decode_utf8(content)
    except tables.EncodingError as error:
        raise DataError(f"{path} is {error}. {_DAMAGED}") from error
    lines = text.split("\n")
    return [line.strip() for line in (lines if lines[-1] else lines[:-1])]


# --- a file of your own


def file_pairs(
    path: str | Path,
    source: str | None = None,
    target: str | None = None,
    validation: float = 0.05,
    test: float = 0.05,
) -> PairData:
    """Your own pairs: a UTF-8 file with a pair in each row, columns separated by tabs.

    If `source` and `target` are given and stand in the first row, that row is a header and names the columns; a
    column "origin" or "source" beside them says where each pair comes from. Otherwise the file has two columns, source
    and target, and no header. A quote is a character like others, and rows without any text are passed over.

    The splits are made by a hash of the source side: they do not depend on the order of the rows, and all pairs of
    one source sentence are in the same split. The shares are shares of the different source sentences.

    Raises:
        ValueError: shares that leave nothing to train on, or only one of `source` and `target`.
        DataError: the file cannot be used; says why, and in which row.
    """
    check_shares(validation=validation, test=test)
    if (source is None) != (target is None) or (source is not None and source == target):
        raise ValueError(f"source={source!r} and target={target!r}; expected the names of two columns, or none.")
    path = Path(path)
    if not path.is_file():
        raise DataError(f"There is no file {str(path)!r}.")
    rows = _rows(path)
    if source is not None and {source, target} & set(rows[0][1]):
        origin = next(
            (name for name in ("origin", "source") if name in rows[0][1] and name not in (source, target)), ""
        )
        pairs = _columns(path, rows, source, target, origin)
    else:
        pairs = _two_columns(path, rows, source, target)
    splits = _split(path, pairs, validation, test)
    names = (source or "source", target or "target")
    return PairData(path.stem, *splits, *names, f"the file {path.name}", "the texts' own", _repetitions(pairs))


def _rows(path: Path) -> list[tuple[int, list[str]]]:
    """(row number, fields) of each row that has text."""
    text = read_text(path)
    try:
        tables.check_no_nul(text)
    except tables.NulError as error:
        raise DataError(
            f"{path}, row {error.line}: a NUL byte; this is not a text file. Save it as UTF-8 text with tabs."
        ) from error
    rows = [(row.line, [field.strip() for field in row.cells]) for row in tables.rows(text, "\t", quotes=False)]
    rows = [(number, fields) for number, fields in rows if fields not in ([], [""])]
    if not any(any(fields) for _, fields in rows):
        raise DataError(f"{path} is empty; expected a sentence, a tab and its translation in each row.")
    return rows


def _columns(path: Path, rows: list[tuple[int, list[str]]], source: str, target: str, origin: str) -> Pairs:
    """The pairs of a file with a header."""
    header = rows[0][1]
    for name in (source, target):
        if header.count(name) != 1:
            raise DataError(
                f"{path}, row {rows[0][0]}: {'no' if name not in header else 'more than one'} column {name!r}; the "
                f"columns, separated by tabs, are {', '.join(map(repr, header))}."
            )
    for row, fields in rows[1:]:
        if len(fields) != len(header):
            raise DataError(f"{path}, row {row}: {_fields(fields)}; expected {len(header)} as in the header. {_MEND}")
    at = [header.index(name) for name in (source, target)]
    sides = [_checked(path, row, [fields[n] for n in at], (source, target)) for row, fields in rows[1:]]
    origins = [fields[header.index(origin)] if origin else "" for _, fields in rows[1:]]
    return Pairs([one for one, _ in sides], [other for _, other in sides], origins)


def _two_columns(path: Path, rows: list[tuple[int, list[str]]], source: str | None, target: str | None) -> Pairs:
    """The pairs of a file without a header."""
    for row, fields in rows:
        if len(fields) != 2:
            header = f", or a header row with {source!r} and {target!r}" if source else ""
            raise DataError(
                f"{path}, row {row}: {_fields(fields)}; expected two, a sentence and its translation{header}. {_MEND}"
            )
    sides = [_checked(path, row, fields, ("source", "target")) for row, fields in rows]
    return Pairs([one for one, _ in sides], [other for _, other in sides], [""] * len(sides))


_MEND = (
    "Columns are separated by one tab, and no text holds a tab. Of a file with more columns take two: cut -f1,2; or "
    "give it a header row and name two with --source and --target."
)


def _fields(fields: list[str]) -> str:
    return f"{len(fields)} column" + "s" * (len(fields) != 1)


def _checked(path: Path, row: int, sides: list[str], names: tuple[str, str]) -> list[str]:
    for name, text in zip(names, sides, strict=True):
        if not text:
            raise DataError(f"{path}, row {row}: the {name} side is empty. Fill it or delete the row.")
    return sides


def _split(path: Path, pairs: Pairs, validation: float, test: float) -> list[Pairs]:
    """Train, validation and test."""
    groups = group_by_text(pairs.sources)
    if (count := len(groups)) < 3:
        raise DataError(
            f"{path}: too few pairs, {count} different source sentence(s) in {_pairs(len(pairs.sources))}; expected "
            "at least one for each of train, validation and test, and thousands for a translator. Add pairs."
        )
    return [_take(pairs, part) for part in split_by_hash(groups, validation, test)]


def _repetitions(pairs: Pairs) -> list[str]:
    count, different = len(pairs.sources), len(set(map(text_key, pairs.sources)))
    same = count - len(set(zip(map(text_key, pairs.sources), map(text_key, pairs.targets), strict=True)))
    notes = []
    if same:
        notes.append(f"{_pairs(same)} {'repeats' if same == 1 else 'repeat'} another pair.")
    if count > different:
        notes.append(f"{count:,} pairs have {different:,} different sources; all pairs of a source are in one split.")
    return notes


# --- digits


def digit_pairs(task: str, count: int = 20_000, seed: int = 0) -> PairData:
    """A toy task: strings of 1 to 12 digits, to be copied ('copy') or turned round ('reverse').

    `count` different strings are drawn, of each length about as many as there can be; 5 % are validation, 5 % test.

    Raises:
        ValueError: an unknown task, or a count that is too small or too large.
    """
    if task not in DIGIT_TASKS:
        raise ValueError(f"Unknown digit task {task!r}; known: {', '.join(DIGIT_TASKS)}.")
    if not 20 <= count <= 10_000_000:
        raise ValueError(f"count={count}; expected from 20 to 10,000,000 strings of digits.")
    rng = np.random.default_rng(seed)
    found: dict[str, None] = {}
    while len(found) < count:
        for length, number in zip(rng.integers(1, 13, count), rng.integers(0, 10**12, count), strict=True):
            if len(found) < count:
                found.setdefault(f"{number:012d}"[:length])
    texts = list(found)
    texts = [texts[n] for n in rng.permutation(count)]  # the short ones are drawn first: there are few
    cut = max(1, count // 20)
    parts = [texts[2 * cut :], texts[cut : 2 * cut], texts[:cut]]
    splits = [Pairs(part, part if task == "copy" else [t[::-1] for t in part], [task] * len(part)) for part in parts]
    about = f"{count:,} different strings of 1 to 12 digits, seed {seed}, 90/5/5"
    return PairData(task, *splits, "digits", "digits", about, "none needed", [])
