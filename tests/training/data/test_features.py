"""The cache of features: what is in it, what is computed again and what not, kills, damage."""

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from training.data import features
from training.data.errors import DataError
from training.data.features import BATCH_SIZE, Features, Views, features_of

ROOT = Path(__file__).parents[3]
COUNT = 2 * BATCH_SIZE + 5


class Encoder:
    """The four corners of a picture (L = 4, Dv = 3) and its mean; counts what it has encoded."""

    def __init__(self, identity: str = "corners/2x2", stop: int | None = None, scale: float = 1.0):
        self.identity, self.stop, self.scale = identity, stop, scale
        self.sizes: list[int] = []

    def encode(self, pictures: list[np.ndarray]) -> SimpleNamespace:
        if self.stop is not None and sum(self.sizes) + len(pictures) > self.stop:
            raise KeyboardInterrupt
        self.sizes.append(len(pictures))
        grid = np.stack([picture[[0, -1]][:, [0, -1]].reshape(4, 3) for picture in pictures]) * np.float32(self.scale)
        return SimpleNamespace(grid=grid, pooled=np.stack([picture.mean((0, 1)) for picture in pictures]))


def drawn(n: int) -> np.ndarray:
    return np.random.default_rng(n).integers(0, 256, (7, 9, 3)).astype("uint8")


@pytest.fixture
def pictures(tmp_path) -> list[Path]:
    paths = [tmp_path / "pictures" / f"{n:03d}.npy" for n in range(COUNT)]
    paths[0].parent.mkdir()
    for n, path in enumerate(paths):
        np.save(path, drawn(n))
    return paths


@pytest.fixture
def cache(tmp_path) -> Path:
    return tmp_path / "cache"


def made(pictures: list[Path], cache: Path, encoder: Encoder | None = None, **options) -> Features:
    return features_of(pictures, encoder or Encoder(), cache, read=np.load, **options)


def assert_right(found: Features, count: int = COUNT) -> None:
    assert found.grid.shape == (count, 4, 3) and found.pooled.shape == (count, 3)
    for n in range(count):
        np.testing.assert_array_equal(found.grid[n], drawn(n)[::6, ::8].reshape(4, 3))
        np.testing.assert_allclose(found.pooled[n], drawn(n).mean((0, 1)), rtol=1e-3)


def files(cache: Path) -> list[Path]:
    return sorted(path for path in cache.iterdir() if path.suffix != ".lock")


def test_they_are_computed_once(pictures, cache, capsys):
    encoder = Encoder()
    found = made(pictures, cache, encoder)
    assert_right(found)
    assert found.grid.dtype == found.pooled.dtype == np.float16 and found.views == ()
    assert isinstance(found.grid, np.memmap) and not found.grid.flags.writeable
    assert encoder.sizes == [BATCH_SIZE, BATCH_SIZE, 5]
    said = capsys.readouterr()
    assert f"Features of {COUNT} pictures with corners/2x2: {cache}" in said.out
    assert said.err == ""  # a bar is for people only
    assert_right(made([str(path) for path in pictures], cache, encoder))
    assert len(encoder.sizes) == 3 and capsys.readouterr().out == ""
    (path,) = files(cache)
    assert path.name.startswith(f"corners-2x2-{COUNT}-plain-") and path.suffix == ".npy"


def test_mirror_images(pictures, cache):
    encoder = Encoder()
    made(pictures, cache, encoder)
    found = made(pictures, cache, encoder, views=Views(flips=True))
    assert_right(found)
    assert sum(encoder.sizes) == 2 * COUNT and len(files(cache)) == 2
    (mirrored,) = found.views
    for n in range(COUNT):
        np.testing.assert_array_equal(mirrored[n], drawn(n)[:, ::-1][::6, ::8].reshape(4, 3))
    made(pictures, cache, encoder, views=Views(flips=True))
    assert sum(encoder.sizes) == 2 * COUNT


def scenery(height: int = 90, width: int = 120) -> np.ndarray:
    """Each pixel says where it is."""
    rows, columns = np.mgrid[:height, :width].astype("uint8")
    return np.stack([rows, columns, 0 * rows], axis=-1)


@pytest.mark.parametrize("flips", [False, True])
def test_a_crop_is_a_part_of_the_picture_and_always_the_same(flips):
    picture, views = scenery(), Views(flips, crops=3)
    first = 2 if flips else 1
    assert len(views.names()) == len(set(views.names())) == first + 3
    areas, mirrored, seen = [], [], set()
    for number in range(60):
        for view in range(first, first + 3):
            crop = views.of(picture, view, number)
            np.testing.assert_array_equal(crop, views.of(picture, view, number))
            top, left, right = int(crop[0, 0, 0]), int(crop[0, 0, 1]), int(crop[0, -1, 1])
            mirrored.append(left > right)
            low, high = sorted((left, right))
            part = picture[top : top + len(crop), low : high + 1]
            np.testing.assert_array_equal(crop, part[:, ::-1] if left > right else part)
            areas.append(crop.shape[0] * crop.shape[1] / (90 * 120))
            assert 0.74 < (crop.shape[0] / 90) / (crop.shape[1] / 120) < 1.35
            seen.add((top, low, crop.shape))
    assert 0.44 < min(areas) < 0.56 and 0.9 < max(areas) <= 1.0 and len(seen) > 170
    assert 60 < sum(mirrored) < 120 if flips else not any(mirrored)


@pytest.mark.parametrize("shape", [(1, 1, 3), (1, 40, 3), (2, 2, 3)])
def test_the_smallest_pictures_have_crops(shape):
    for number in range(20):
        crop = Views(crops=1).of(np.zeros(shape, "uint8"), 1, number)
        assert all(1 <= own <= whole for own, whole in zip(crop.shape[:2], shape[:2], strict=True))


def test_crops_are_kept_beside_the_pictures(pictures, cache):
    encoder = Encoder()
    found = made(pictures, cache, encoder, views=Views(crops=2))
    assert_right(found)
    assert len(found.views) == 2 and len(files(cache)) == 3 and sum(encoder.sizes) == 3 * COUNT
    assert (found.views[0] != found.views[1]).any() and (found.views[0] != found.grid).any()
    again = made(pictures, cache, encoder, views=Views(crops=1))
    np.testing.assert_array_equal(again.views[0], found.views[0])
    assert sum(encoder.sizes) == 3 * COUNT


def test_other_pictures_or_another_encoder_are_another_cache(pictures, cache):
    made(pictures, cache)
    for others, identity in (
        (pictures[:-1], "corners/2x2"),
        (pictures[::-1], "corners/2x2"),
        (pictures, "corners/3x3"),
    ):
        encoder = Encoder(identity)
        made(others, cache, encoder)
        assert sum(encoder.sizes) == len(others)


def test_what_the_files_contain_counts_and_not_where_and_when(pictures, cache, tmp_path):
    made(pictures, cache)
    os.utime(pictures[4], ns=(1, 1))
    moved = [path.rename(tmp_path / f"moved{n}.npy") for n, path in enumerate(pictures)]
    made(moved, cache, Encoder(stop=0))
    size = moved[3].stat().st_size
    np.save(moved[3], drawn(99))
    assert moved[3].stat().st_size == size
    encoder = Encoder()
    changed = made(moved, cache, encoder)
    assert sum(encoder.sizes) == COUNT
    np.testing.assert_array_equal(changed.grid[3], drawn(99)[::6, ::8].reshape(4, 3))


@pytest.mark.parametrize("stop", [0, 2 * BATCH_SIZE])
def test_a_stopped_computation_leaves_nothing_but_the_views_before(pictures, cache, stop):
    with pytest.raises(KeyboardInterrupt):
        made(pictures, cache, Encoder(stop=COUNT + stop), views=Views(flips=True))
    assert [path.suffix for path in files(cache)] == [".npy"]
    encoder = Encoder()
    assert_right(made(pictures, cache, encoder, views=Views(flips=True)))
    assert sum(encoder.sizes) == COUNT


CHILD = """
import sys, time
from pathlib import Path
import numpy as np
sys.path.insert(0, "")
from tests.training.data import test_features
class Slow(test_features.Encoder):
    def encode(self, pictures):
        if self.sizes:
            print("writing", flush=True)
            time.sleep(60)
        return super().encode(pictures)
folder = Path(sys.argv[1])
test_features.made(sorted((folder / "pictures").iterdir()), folder / "cache", Slow())
"""


def child(folder: Path, seconds: float) -> subprocess.Popen:
    code = CHILD.replace("sleep(60)", f"sleep({seconds})")
    return subprocess.Popen([sys.executable, "-c", code, str(folder)], cwd=ROOT, stdout=subprocess.PIPE)


def test_one_process_waits_for_another(pictures, cache, tmp_path):
    process = child(tmp_path, 0.2)
    assert b"Features of" in process.stdout.readline()
    assert_right(made(pictures, cache, Encoder(stop=0)))
    process.communicate(timeout=60)
    assert process.returncode == 0


def test_a_killed_process_leaves_no_half_file_under_its_name(pictures, cache, tmp_path):
    process = child(tmp_path, 60)
    while process.stdout.readline().strip() != b"writing":
        assert process.poll() is None
    process.kill()
    process.communicate()
    encoder = Encoder()
    assert_right(made(pictures, cache, encoder))  # and the lock is open
    assert sum(encoder.sizes) == COUNT and len(files(cache)) == 1


DAMAGES = {
    "cut": lambda path: os.truncate(path, 900),
    "cut in the header": lambda path: os.truncate(path, 90),
    "longer": lambda path: os.truncate(path, 10_000),
    "empty": lambda path: path.write_bytes(b""),
    "no array": lambda path: path.write_bytes(b"x" * 1000),
    "pickled": lambda path: np.save(path, np.array([None])),
    "others": lambda path: np.save(path, np.zeros(3)),
}


@pytest.mark.parametrize("kind", DAMAGES)
def test_what_is_damaged_is_made_anew(pictures, cache, capsys, kind):
    made(pictures, cache)
    DAMAGES[kind](files(cache)[0])
    encoder = Encoder()
    assert_right(made(pictures, cache, encoder))
    assert sum(encoder.sizes) == COUNT
    assert "is damaged (" in capsys.readouterr().out
    made(pictures, cache, encoder)
    assert sum(encoder.sizes) == COUNT


def test_pictures_that_cannot_be_read(pictures, cache):
    pictures[20].write_bytes(b"no picture")
    with pytest.raises(DataError, match=r"The picture '.*020.npy' cannot be read: "):
        made(pictures, cache)
    assert files(cache) == []
    pictures[20].unlink()
    with pytest.raises(DataError, match=r"There is no picture '.*020.npy'"):
        made(pictures, cache)
    with pytest.raises(ValueError, match="There are no pictures to encode"):
        made([], cache)


class Odd(Encoder):
    """Gives what it is told to."""

    def __init__(self, *answers: tuple):
        super().__init__("odd")
        self.answers = list(answers)

    def encode(self, pictures: list[np.ndarray]) -> SimpleNamespace:
        grid, pooled = self.answers.pop(0)
        return SimpleNamespace(grid=np.ones(grid), pooled=np.ones(pooled))


@pytest.mark.parametrize(
    ("answers", "message"),
    [
        ([((BATCH_SIZE, 4), (BATCH_SIZE, 3))], "expected .16, L, Dv. and .16, Dp."),
        ([((BATCH_SIZE, 4, 3), (BATCH_SIZE - 1, 3))], "gave grid .16, 4, 3. and pooled .15, 3. of 16 pictures"),
        ([((BATCH_SIZE, 4, 3), (BATCH_SIZE, 3)), ((BATCH_SIZE, 9, 3), (BATCH_SIZE, 3))], r"odd gave .*9.* after .*4"),
    ],
)
def test_an_encoder_that_gives_something_else(pictures, cache, answers, message):
    with pytest.raises(ValueError, match=message):
        made(pictures, cache, Odd(*answers))


@pytest.mark.parametrize("scale", [1e6, np.nan])
def test_numbers_beyond_float16(pictures, cache, scale):
    with pytest.raises(ValueError, match="beyond float16's 65,504"):
        made(pictures, cache, Encoder(scale=scale))
    assert_right(made(pictures, cache))


def test_a_full_disk_is_said_before(pictures, cache, monkeypatch):
    monkeypatch.setattr(features.shutil, "disk_usage", lambda path: SimpleNamespace(free=100))
    with pytest.raises(DataError, match="0.0 GB are free. Make room, or name another folder"):
        made(pictures, cache)
    monkeypatch.undo()
    assert_right(made(pictures, cache))


@pytest.mark.parametrize("identity", ["../../evil", "a/b\\c:d é 한", "." * 300, "é"])
def test_any_identity_is_a_file_inside(pictures, cache, identity):
    made(pictures[:1], cache, Encoder(identity))
    (path,) = files(cache)
    assert path.is_file()


def test_the_usual_folder_is_in_the_cache(pictures, tmp_path, monkeypatch):
    monkeypatch.setattr(features, "cache_dir", lambda: tmp_path / "usual")
    features_of(pictures[:1], Encoder(), read=np.load)
    assert len(files(tmp_path / "usual" / "features")) == 1


def test_pictures_are_opened_as_everywhere(cache, tmp_path):
    image = pytest.importorskip("PIL.Image")
    path = tmp_path / "grey.png"
    image.fromarray(drawn(0)[:, :, 0]).save(path)
    found = features_of([path], Encoder(), cache)
    np.testing.assert_array_equal(found.grid[0], np.repeat(drawn(0)[::6, ::8, :1].reshape(4, 1), 3, axis=1))
    path.write_bytes(b"no picture")
    with pytest.raises(DataError, match="The picture '.*grey.png' cannot be read"):
        features_of([path], Encoder(), cache)
