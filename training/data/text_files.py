"""Text files in UTF-8, with errors that name the line."""

from pathlib import Path

from training.data.errors import DataError


def read_text(path: Path) -> str:
    """A UTF-8 text file with line ends made "\\n" and a leading byte order mark removed.

    Raises:
        DataError: a byte that is not UTF-8; says where.
    """
    content = Path(path).read_bytes()
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        before = content[: error.start]
        line = before.count(b"\n") + 1
        column = error.start - (before.rfind(b"\n") + 1) + 1
        raise DataError(
            f"{path} is not UTF-8: byte 0x{content[error.start]:02x} at line {line}, byte {column} of the "
            f"line (offset {error.start}). Save it as UTF-8, for example: iconv -f ENCODING -t UTF-8 "
            f"{Path(path).name} > utf8.txt (Korean files are often CP949)."
        ) from error
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
