"""Captioned pictures: a public data set by name, or your own pictures; each with fixed splits."""

import os
from collections import Counter, defaultdict
from pathlib import Path

from training.captioning.caption_files import Row, read_captions, read_tokens
from training.data.download import cache_dir, fetch_folder
from training.data.errors import DataError
from training.data.picture_folders import PictureFolder
from training.data.records import SPLITS, CaptionData, Captioned, PublicDataset
from training.data.splits import check_shares
from training.data.text_files import read_text
from training.metrics.caption_tokenizer import has_words

NAMES = ("flickr8k",)
PUBLIC = {
    "flickr8k": PublicDataset("jxie/flickr8k", "en", "flickr8k-research-only"),
    "scenes": PublicDataset(language="en"),
}


def load_captioned(name: str) -> CaptionData:
    """A public data set by name: 'flickr8k', with the official lists of 6,000, 1,000 and 1,000 pictures.

    Read from the folder flickr8k/ that lies in the one that RNN_DATA_DIR names; without it downloaded (1.1 GB) and
    unpacked into the cache. Captions without words are left out; the notes count them.

    Raises:
        ValueError: an unknown name.
        DataError: the data cannot be had, or is not whole (no network, a broken archive, a missing picture, ...).
    """
    if name not in NAMES:
        raise ValueError(
            f"Unknown set of captioned pictures {name!r}; known: {', '.join(NAMES)}. Your own: --images FOLDER "
            "--captions FILE."
        )
    return _flickr8k()


# --- flickr8k

_IMAGES, _TEXT = "Flicker8k_Dataset", "Flickr8k_text"  # the misspelling is theirs
_TOKENS = "Flickr8k.token.txt"
_LISTS = {"train": "trainImages", "validation": "devImages", "test": "testImages"}
_ARCHIVES = {_IMAGES: "flickr8k/Flickr8k_Dataset.zip", _TEXT: "flickr8k/Flickr8k_text.zip"}


def _flickr8k() -> CaptionData:
    images, text = (fetch_folder(archive, name) for name, archive in _ARCHIVES.items())
    path = text / _TOKENS
    rows = read_tokens(path, read_text(_present(path)))
    lists = {split: _names(text / f"Flickr_8k.{name}.txt") for split, name in _LISTS.items()}
    counts = Counter(name for names in lists.values() for name in names)
    if repeated := [name for name, count in counts.items() if count > 1]:
        raise DataError(f"{text}: {repeated[0]} stands in two lists, or twice in one. {_mend()}")
    there = set(os.listdir(images))
    parts = _parts(images, path, rows, lists, there)
    origin = (
        "read from RNN_DATA_DIR: it may be an equivalent of the public set"
        if os.environ.get("RNN_DATA_DIR")
        else "the public archives, MD5 checked"
    )
    source = f"Flickr8k (Hodosh et al. 2013; {origin}), official lists of pictures"
    licence = "the photographs' rights are with their Flickr owners: research and education, not commercial"
    return CaptionData("flickr8k", **parts, source=source, licence=licence, notes=_notes(rows, parts, counts, there))


def _parts(
    images: Path, path: Path, rows: list[Row], lists: dict[str, list[str]], there: set[str]
) -> dict[str, Captioned]:
    captions: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        if has_words(row.caption):
            captions[row.picture].append(row.caption)
    parts = {}
    for split, names in lists.items():
        if missing := [name for name in names if name not in there]:
            raise DataError(f"{images}: no file of {_some(missing)} of {split}. {_mend()}")
        if split != "test" and (bare := [name for name in names if not captions.get(name)]):
            raise DataError(f"{path}: no captions of {_some(bare)} of {split}. {_mend()}")
        parts[split] = Captioned([images / name for name in names], [captions.get(name, []) for name in names])
    return parts


def _some(names: list[str]) -> str:
    return names[0] + f" and {len(names) - 1:,} more pictures" * (len(names) > 1)


def _notes(rows: list[Row], parts: dict[str, Captioned], listed: Counter[str], there: set[str]) -> list[str]:
    notes = []
    others = Counter(row.picture for row in rows if row.picture not in listed)
    if others:
        notes.append(
            f"{len(others):,} captioned pictures ({others.total():,} captions) stand in none of the official lists and "
            "are left out."
        )
    if strange := sorted(name for name in others if name not in there):
        notes.append(f"The captions of {', '.join(strange[:3])} belong to no picture.")
    if empty := sum(not has_words(row.caption) for row in rows if row.picture in listed):
        notes.append(f"{empty:,} caption(s) without words were left out.")
    train = [text for texts in parts["train"].captions for text in texts]
    if short := sum(sum(map(has_words, text.split())) < 3 for text in train):
        notes.append(f"{short:,} of the {len(train):,} captions of train have one or two words; they are kept.")
    test = parts["test"].captions
    if missing := sum(not texts for texts in test):
        notes.append(f"{missing:,} of the {len(test):,} pictures of test have no captions in the file.")
    return notes


def _names(path: Path) -> list[str]:
    names = [line.strip() for line in read_text(_present(path)).split("\n") if line.strip()]
    if not names:
        raise DataError(f"{path} is empty; expected the name of a picture in each line. {_mend()}")
    if wrong := [name for name in names if Path(name).name != name]:
        raise DataError(f"{path}: {wrong[0]!r} is no plain file name. {_mend()}")
    return names


def _present(path: Path) -> Path:
    if not path.is_file():
        raise DataError(f"There is no file {str(path)!r}. {_mend()}")
    return path


def _mend() -> str:
    if os.environ.get("RNN_DATA_DIR"):
        return (
            f"RNN_DATA_DIR is expected to hold flickr8k/{_IMAGES}/*.jpg and, in flickr8k/{_TEXT}/, {_TOKENS} and the "
            "three lists Flickr_8k.trainImages.txt, ...devImages.txt and ...testImages.txt."
        )
    return f"Delete the folder {cache_dir() / 'flickr8k'} and start again; it will be downloaded anew."


# --- your own pictures


def folder_captions(
    images: str | Path, captions: str | Path, validation: float = 0.05, test: float = 0.1, seed: int = 0
) -> CaptionData:
    """Your own pictures, in one folder and folders in it, with a file of captions.

    The file is in Flickr8k's format ("dog.jpg#0", a tab, the caption), a table with a column of pictures and one of
    captions (`IMAGE_COLUMNS`, `CAPTION_COLUMNS`), or COCO's JSON; see `caption_files.read_captions`. Pictures are
    named as they lie below `images`, in any Unicode form; those that have no caption are left out.

    The splits are drawn picture by picture, by a hash of name and seed: they do not depend on the order of the rows,
    and a picture that is added moves few others. Files of the same content go to the same split. The shares are
    shares of the different pictures.

    Raises:
        ValueError: shares that leave nothing to train on.
        DataError: a file cannot be used, a picture is missing, a caption is empty; says where.
    """
    check_shares(validation=validation, test=test)
    images, path = Path(images), Path(captions)
    folder = PictureFolder(images, path)
    found: dict[Path, list[str]] = {}
    for row in read_captions(path):
        found.setdefault(folder.find(row.picture, row.place), []).append(row.caption)
    splits = folder.split(list(found), validation, test, seed)
    parts = {
        name: Captioned(pictures, [found[picture] for picture in pictures])
        for name, pictures in zip(SPLITS, splits, strict=True)
    }
    about = f"the pictures of the folder {images.name}, captions of {path.name}, seed {seed}"
    notes = folder.notes(list(found), "caption")
    return CaptionData(path.stem, **parts, source=about, licence="the pictures' and the texts' own", notes=notes)
