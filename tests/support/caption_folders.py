"""What the tests of captioned pictures have in common: files, and what holds of any set."""

from pathlib import Path

from training.data.records import SPLITS, CaptionData


def write(folder: Path, name: str, content: str | bytes = b"") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def assert_whole(data: CaptionData) -> None:
    """What holds of any set: as many lists of captions as pictures, each picture on one side, each a file."""
    parts = [getattr(data, split) for split in SPLITS]
    for part in parts:
        assert len(part.pictures) == len(part.captions) > 0 and all(path.is_file() for path in part.pictures)
        assert all(text == text.strip() != "" for texts in part.captions for text in texts)
    pictures = [path for part in parts for path in part.pictures]
    assert len(set(pictures)) == len(pictures)
    assert all(data.train.captions) and all(data.validation.captions)
