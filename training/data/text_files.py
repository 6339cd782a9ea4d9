"""Text files in UTF-8, with errors that name the line."""

from pathlib import Path

from rnn_models import tables
from training.data.errors import DataError


def read_text(path: Path) -> str:
    """A UTF-8 text file with line ends made "\\n" and a leading byte order mark removed.

    Raises:
        DataError: a byte that is not UTF-8; says where.
    """
    try:
        text = tables.decode_utf8(Path(path).read_bytes())
    except tables.EncodingError as error:
        raise DataError(
            f"{path} is {error}. Save it as UTF-8, for example: iconv -f ENCODING -t UTF-8 {Path(path).name} > "
            "utf8.txt (Korean files are often CP949)."
        ) from error
    return text.replace("\r\n", "\n").replace("\r", "\n")
