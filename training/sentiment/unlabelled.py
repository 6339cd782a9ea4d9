"""Texts without labels: the rest of the Naver reviews, IMDB's without labels, or a text file of your own."""

from pathlib import Path
from typing import TYPE_CHECKING

from training.data.errors import DataError
from training.data.imdb import imdb_unlabelled
from training.data.nsmc_unlabelled import unlabelled_reviews
from training.data.splits import text_key
from training.data.text_files import read_text

if TYPE_CHECKING:
    from training.data.records import LabelledData

PUBLIC = {"nsmc": unlabelled_reviews, "imdb": imdb_unlabelled}
"""The public sets; everything else is the path of a file."""


def unlabelled_texts(source: str, data: "LabelledData") -> tuple[list[str], list[str]]:
    """The texts of a source, without those that stand in the data set's validation or test split.

    Args:
        source: "nsmc" (492,875 further Naver film reviews), "imdb" (50,000 further reviews), or the path of a UTF-8
            text file, one text a line.
        data: the labelled texts beside which they are read.

    Returns:
        The texts, and a sentence for the card of how many were read and left out.

    Raises:
        DataError: the file cannot be had or read, or nothing is left of it.
    """
    texts = PUBLIC[source]() if source in PUBLIC else _lines(Path(source))
    held = {text_key(text) for part in (data.validation, data.test) for text in part.texts}
    kept = [text for text in texts if text_key(text) not in held]
    if not kept:
        raise DataError(f"{source}: no text is left that is not in validation or test; expected one text a line.")
    note = f"The language model also read {len(kept):,} texts without labels ({source})."
    if left := len(texts) - len(kept):
        note += f" {left:,} that also stand in validation or test were left out."
    return kept, [note]


def _lines(path: Path) -> list[str]:
    return [line for line in map(str.strip, read_text(path).split("\n")) if line]
