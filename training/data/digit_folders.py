"""Labelled pictures of digits in folders of one's own."""

from pathlib import Path

import numpy as np

from rnn_models.vision.digit_pictures import digit_picture
from rnn_models.vision.pictures import SUFFIXES
from training.data.errors import DataError
from training.data.records import ImageData, Images
from training.data.splits import split_stratified


def folder_digits(folder: str | Path, validation: float = 0.1, test: float = 0.1, seed: int = 0) -> ImageData:
    """Your own pictures: a folder with a sub-folder for each class, which has its name.

    Each picture is brought into MNIST's form (`rnn_models.vision.digit_pictures`). The splits are drawn by `seed`,
    class by class.

    Raises:
        DataError: no folder, fewer than two classes, a picture that cannot be read or is empty.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise DataError(f"There is no folder {str(folder)!r}; expected one with a sub-folder of pictures a class.")
    names = sorted(path.name for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))
    paths = [(n, path) for n, name in enumerate(names) for path in _pictures(folder / name)]
    if (count := len({n for n, _ in paths})) < 2:
        raise DataError(
            f"{folder}: there are pictures of {count} class(es); expected two or more sub-folders, each with "
            f"pictures ({', '.join(sorted(SUFFIXES))}) of the class that it is named after."
        )
    labels = np.array([n for n, _ in paths], dtype="int32")
    images = np.stack([_read(path) for _, path in paths])
    groups = [[n] for n in range(len(paths))]
    splits = split_stratified(folder, groups, labels, names, validation, test, seed)
    parts = [Images(images[np.asarray(rows, dtype=int)], labels[np.asarray(rows, dtype=int)]) for rows in splits]
    return ImageData(folder.name, *parts, names, f"the folder {folder.name}", "the pictures' own", [])


def _pictures(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES and path.is_file())


def _read(path: Path) -> np.ndarray:
    try:
        return np.uint8(np.round(255 * digit_picture(path)))
    except ValueError as error:
        raise DataError(f"{path}: {error}") from error
