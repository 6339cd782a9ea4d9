"""A folder of your own pictures: each found by the name that a table gives it, copies kept together, fixed splits."""

import functools
import unicodedata
from collections import Counter
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from rnn_models.files import sha256
from rnn_models.vision.pictures import SUFFIXES
from training.data.errors import DataError
from training.data.splits import split_by_hash


class PictureFolder:
    """Pictures in one folder and folders in it.

    Args:
        folder: where they lie.
        table: the file that names them, for messages.

    Raises:
        DataError: there is no such folder.
    """

    def __init__(self, folder: Path, table: Path):
        if not folder.is_dir():
            raise DataError(f"There is no folder {str(folder)!r}; expected one with pictures.")
        self.folder, self.table = folder, table

    def find(self, name: str, place: str) -> Path:
        """The picture of this name, in any Unicode form.

        Args:
            name: as it lies below the folder.
            place: where in the table it stands, such as "line 3".

        Raises:
            DataError: no such picture, or a name that leaves the folder.
        """
        parts = PurePosixPath(name).parts
        if PurePosixPath(name).is_absolute() or ".." in parts or not parts:
            raise DataError(
                f"{self.table}, {place}: {name!r} lies outside of the folder of pictures; expected a file name as it "
                f"lies in {self.folder}."
            )
        picture = self.folder.joinpath(*parts)
        if not picture.is_file():
            picture = self._composed_names.get(_composed(PurePosixPath(name).as_posix()), picture)
        if not picture.is_file():
            raise DataError(
                f"{self.table}, {place}: there is no picture {name!r} in {self.folder}. Put it there, or delete the "
                "entry."
            )
        return picture

    @functools.cached_property
    def _composed_names(self) -> dict[str, Path]:
        """The files by their names in NFC: a Mac may have written 가 as two jamo."""
        return {_composed(file.relative_to(self.folder).as_posix()): file for file in self.folder.rglob("*")}

    def split(self, pictures: Sequence[Path], validation: float, test: float, seed: int) -> list[list[Path]]:
        """The pictures of train, validation and test, by a hash of name and seed; copies are in one split.

        Raises:
            DataError: fewer than three different pictures.
        """
        groups = same_content(pictures)
        if (count := len(groups)) < 3:
            raise DataError(
                f"{self.table}: too few pictures, {count} different one(s); expected at least one for each of train, "
                "validation and test, and thousands for a model. Add pictures."
            )
        keyed = {f"{seed} {_composed(group[0].relative_to(self.folder).as_posix())}": group for group in groups}
        return split_by_hash(keyed, validation, test)

    def notes(self, pictures: Sequence[Path], what: str) -> list[str]:
        """How many pictures of the folder the table does not name, and how many lie there more than once.

        Args:
            what: what these have none of, such as "caption".
        """
        notes = []
        there = {file for file in self.folder.rglob("*") if file.suffix.lower() in SUFFIXES and file.is_file()}
        if bare := len(there - set(pictures)):
            notes.append(f"{bare:,} picture(s) of the folder have no {what} and are left out.")
        if same := sum(len(group) > 1 for group in same_content(pictures)):
            notes.append(f"{same:,} picture(s) lie there more than once; all copies of a picture are in one split.")
        return notes


def same_content(pictures: Sequence[Path]) -> list[list[Path]]:
    """The pictures, those of the same content together."""
    sizes = Counter(picture.stat().st_size for picture in pictures)
    groups: dict[str | Path, list[Path]] = {}
    for picture in sorted(pictures):
        alone = sizes[picture.stat().st_size] == 1
        groups.setdefault(picture if alone else sha256(picture), []).append(picture)
    return list(groups.values())


def _composed(name: str) -> str:
    return unicodedata.normalize("NFC", name)
