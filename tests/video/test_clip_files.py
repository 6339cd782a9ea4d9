"""Files of clips: what fits, and what is refused before it costs anything."""

import io
import re
import zipfile

import numpy as np
import pytest
from PIL import Image

from apps.shared import validation
from apps.video import clip_files
from apps.video.clip_files import open_clip, points_of

FRAMES = np.random.default_rng(0).integers(0, 256, (4, 12, 16, 3), dtype="uint8")


def png(frame):
    file = io.BytesIO()
    Image.fromarray(frame).save(file, "PNG")
    return file.getvalue()


def zipped(members, **options):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", **options) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file.getvalue()


def animated(kind, frames=FRAMES, **options):
    file = io.BytesIO()
    first, *others = map(Image.fromarray, frames)
    first.save(file, kind, save_all=True, append_images=others, **options)
    return file.getvalue()


@pytest.mark.parametrize(("kind", "options"), [("PNG", {}), ("WEBP", {"lossless": True}), ("GIF", {})])
def test_an_animation_has_its_frames(tmp_path, kind, options):
    path = tmp_path / "clip"
    path.write_bytes(animated(kind, **options))
    found = open_clip(path)
    assert (found.inputs, found.frames.shape, found.frames.dtype) == ("pixels", FRAMES.shape, np.uint8)
    if kind != "GIF":  # of 256 colours
        assert np.array_equal(found.frames, FRAMES)
    assert found.at_rate(8.0) is found.frames


def test_an_animation_is_read_at_the_models_rate(tmp_path):
    path = tmp_path / "clip.png"
    path.write_bytes(animated("PNG", FRAMES[[0, 1, 1, 1, 2]], duration=100))
    found = open_clip(path)
    assert len(found.frames) == 3 and found.lasting.tolist() == [0.1, 0.3, 0.1]  # equal pictures became one
    assert np.array_equal(found.at_rate(10.0), FRAMES[[0, 1, 1, 1, 2]])
    assert np.array_equal(found.at_rate(4.0), FRAMES[[1, 1]]) and len(found.at_rate(20.0)) == 10
    with pytest.raises(validation.Refusal, match="at most 300"):
        found.at_rate(700.0)


def test_a_zip_and_a_folder_are_read_in_the_order_of_their_numbers(tmp_path):
    order = (10, 2, 1, 9)
    members = {f"clip/frame {n}.png": png(frame) for n, frame in zip(order, FRAMES, strict=True)}
    members |= {"__MACOSX/frame 3.png": b"x", "clip/.hidden.png": b"x", "clip/notes.txt": b"x"}
    (tmp_path / "clip.zip").write_bytes(zipped(members))
    expected = FRAMES[np.argsort(order)]
    assert np.array_equal(open_clip(tmp_path / "clip.zip").frames, expected)
    (tmp_path / "clip").mkdir()
    for n, frame in zip(order, FRAMES, strict=True):
        (tmp_path / "clip" / f"frame {n}.png").write_bytes(png(frame))
    assert np.array_equal(open_clip(tmp_path / "clip", videos=True).frames, expected)
    with pytest.raises(validation.Refusal):
        open_clip(tmp_path / "clip")  # a visitor has no folders


def test_points_with_seconds_are_read_at_the_models_rate():
    found = points_of("\ufefflabel, Second ,Y,x\n".lstrip("\ufeff") + "a,0,0,0\nb,1,2,1\n\nc,1.5,2,4\n")
    np.testing.assert_allclose(
        found.at_rate(4.0), [[0, 0], [0.25, 0.5], [0.5, 1], [0.75, 1.5], [1, 2], [2.5, 2], [4, 2]]
    )
    assert points_of("x,y\n1,2\n").at_rate(30.0).tolist() == [[1, 2]]


BAD_TABLES = {
    "": "no columns x and y",
    "a,b\n1,2\n": "no columns x and y",
    "x,y\n": "no point",
    "x,y\n1\n": "Line 2",
    "x,y\n1,nan\n": "Line 2",
    "x,y\n1,1e9\n": "Line 2",
    "x,y,second\n0,0,1\n0,0,1\n": "must grow",
    "x,y\n" + "0,0\n" * 3_001: "at most 3,000",
    "x,y,second\n0,0,0\n1,1,999\n": "at most 3,000",
    'x,y\n"' + "0" * 200_000: "no CSV",
}


@pytest.mark.parametrize(("text", "told"), BAD_TABLES.items(), ids=range(len(BAD_TABLES)))
def test_a_table_that_is_no_movement_is_refused_with_the_reason(text, told):
    with pytest.raises(validation.Refusal, match=told) as refused:
        points_of(text).at_rate(30.0)
    assert re.search("[가-힣]", str(refused.value.message))


def bomb():
    """A zip whose picture says that it has 10 bytes and has more."""
    content = bytearray(zipped({"1.png": bytes(30_000_000)}, compression=zipfile.ZIP_DEFLATED))
    at = content.rindex(b"PK\x01\x02")
    content[at + 24 : at + 28] = (10).to_bytes(4, "little")
    return bytes(content)


def locked():
    content = bytearray(zipped({"1.png": png(FRAMES[0])}))
    content[content.index(b"PK\x01\x02") + 8] |= 1
    return bytes(content)


BAD_FILES = {
    "a folder of two sizes": (lambda: zipped({"1.png": png(FRAMES[0]), "2.png": png(FRAMES[1][:8])}), "of one size"),
    "nothing in a zip": (lambda: zipped({"notes.txt": b"x"}), "no frame"),
    "too many in a zip": (lambda: zipped({f"{n}.png": b"" for n in range(301)}), "at most 300"),
    "no picture in a zip": (lambda: zipped({"1.png": b"<svg onload=alert(1)>"}), "1.png cannot be used"),
    "a zip in a zip": (lambda: zipped({"1.zip": zipped({"1.png": png(FRAMES[0])})}), "no frame"),
    "large when unpacked": (
        lambda: zipped({"1.png": bytes(30_000_000)}, compression=zipfile.ZIP_DEFLATED),
        "unpacked; at most",
    ),
    "a bomb": (bomb, "cannot be used"),
    "a locked zip": (locked, "damaged or locked"),
    "a broken zip": (lambda: zipped({"1.png": png(FRAMES[0])})[:40], "damaged or locked"),
    "a broken gif": (lambda: animated("GIF")[:30], "damaged"),
    "no gif": (lambda: b"GIF89a", "damaged"),
    "too many frames": (lambda: animated("GIF", np.arange(302 * 12, dtype="uint8").reshape(302, 3, 4)), "at most 300"),
    "a video": (lambda: b"\x00\x00\x00\x18ftypmp42" + bytes(100), "terminal only"),
    "bytes": (lambda: bytes(range(256)), "neither pictures nor text"),
    "nothing": (lambda: b"", "no columns x and y"),
}


@pytest.mark.parametrize(("make", "told"), BAD_FILES.values(), ids=BAD_FILES)
def test_a_file_that_is_no_clip_is_refused_with_the_reason(tmp_path, make, told):
    path = tmp_path / "clip"
    path.write_bytes(make())
    with pytest.raises(validation.Refusal, match=told) as refused:
        open_clip(path)
    assert refused.value.field == "file" and re.search("[가-힣]", str(refused.value.message))
    assert "<svg" not in str(refused.value.message)


def test_a_file_that_is_too_large_or_gone_is_refused_unread(tmp_path, monkeypatch):
    (tmp_path / "clip.gif").write_bytes(animated("GIF"))
    monkeypatch.setattr(clip_files, "BYTES_LIMIT", 100)
    with pytest.raises(validation.Refusal, match="at most 100"):
        open_clip(tmp_path / "clip.gif")
    monkeypatch.undo()
    monkeypatch.setattr(clip_files, "PIXELS_LIMIT", 12 * 16 * 3)
    with pytest.raises(validation.Refusal, match="4 frames or more of 16 × 12 pixels, more than 576 pixels"):
        open_clip(tmp_path / "clip.gif")
    for path in (tmp_path / "none", "\0", None, ""):
        with pytest.raises(validation.Refusal):
            open_clip(path)
