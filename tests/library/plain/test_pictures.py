"""Pictures: every kind that a person may have, broken ones, hostile ones."""

import io
import os
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageFile, PngImagePlugin

from rnn_models import open_picture
from rnn_models.vision import pictures
from rnn_models.vision.pictures import square

H, W = 20, 30


def gradient(height=H, width=W) -> np.ndarray:
    """A picture that tells places apart: red grows to the right, green downwards."""
    x, y = np.linspace(0, 255, width), np.linspace(0, 255, height)
    return np.stack(np.broadcast_arrays(x[None], y[:, None], 128.0), axis=-1).round().astype("uint8")


def file_of(image, kind="PNG", **options) -> bytes:
    stream = io.BytesIO()
    (Image.fromarray(image) if isinstance(image, np.ndarray) else image).save(stream, kind, **options)
    return stream.getvalue()


def refused(source, match, **options):
    with pytest.raises(ValueError, match=match):
        open_picture(source, **options)


# ------------------------------------------------------------------------------------------- all kinds of pictures


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("PNG", {}),
        ("BMP", {}),
        ("TIFF", {}),
        ("PPM", {}),
        ("WEBP", {"lossless": True}),
        ("TIFF", {"compression": "lzw"}),
    ],
)
def test_files_without_loss_come_back_as_they_were(kind, options):
    given = gradient()
    found = open_picture(file_of(given, kind, **options))
    assert found.dtype == np.uint8 and found.flags.writeable
    np.testing.assert_array_equal(found, given)


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"subsampling": 2}])
def test_jpeg(options):
    given = gradient()
    found = open_picture(file_of(given, "JPEG", quality=95, **options))
    assert np.abs(found.astype(int) - given).max() < 24 and np.abs(found.astype(int) - given).mean() < 3


def test_all_ways_to_give_a_picture(tmp_path):
    given = gradient()
    content = file_of(given)
    path = tmp_path / "a picture, 그림.png"
    path.write_bytes(content)
    for source in (path, str(path), content, bytearray(content), memoryview(content), Image.fromarray(given), given):
        np.testing.assert_array_equal(open_picture(source), given)


def test_what_is_given_is_left_as_it_was():
    given = gradient(2100, 40)
    found = open_picture(given)
    found[:] = 0
    np.testing.assert_array_equal(given, gradient(2100, 40))
    image = Image.open(io.BytesIO(file_of(given, "JPEG")))
    open_picture(image)
    assert image.size == (40, 2100)
    small = gradient()
    open_picture(small)[:] = 0
    np.testing.assert_array_equal(small, gradient())


STORED = {
    1: lambda u: u,
    2: lambda u: u[:, ::-1],
    3: lambda u: u[::-1, ::-1],
    4: lambda u: u[::-1],
    5: lambda u: u.transpose(1, 0, 2),
    6: lambda u: np.rot90(u, 1),
    7: lambda u: u[::-1, ::-1].transpose(1, 0, 2),
    8: lambda u: np.rot90(u, -1),
}
"""How an upright picture lies in a file, by the EXIF standard: with 6 the camera was turned to the left."""


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "WEBP", "JPEG"])
@pytest.mark.parametrize("orientation", STORED)
def test_exif_turns_a_picture_upright(orientation, kind):
    exif = Image.Exif()
    exif[274] = orientation
    stored = np.ascontiguousarray(STORED[orientation](gradient()))
    options = {"lossless": True} if kind == "WEBP" else {"quality": 95} if kind == "JPEG" else {}
    found = open_picture(file_of(stored, kind, exif=exif, **options))
    assert found.shape == (H, W, 3)
    assert np.abs(found.astype(int) - gradient()).mean() < (3 if kind == "JPEG" else 1e-9)


def test_exif_of_a_picture_of_16_bits_and_of_a_transparent_one():
    exif = Image.Exif()
    exif[274] = 6
    grey = gradient()[..., 0].astype("uint16") * 257
    found = open_picture(file_of(np.rot90(grey).copy(), exif=exif))
    np.testing.assert_array_equal(found[..., 0], gradient()[..., 0])
    clear = np.dstack([gradient(), np.full((H, W), 255, "uint8")])
    np.testing.assert_array_equal(open_picture(file_of(np.rot90(clear).copy(), exif=exif)), gradient())


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("exif", [b"Exif\0\0", b"Exif\0\0II*\0\xff\xff\xff\xff", b"Exif\0\0" + b"\xff" * 50])
def test_a_damaged_exif_block_counts_as_none(exif):
    assert open_picture(file_of(gradient(), "JPEG", exif=exif)).shape == (H, W, 3)


def test_grey_pictures():
    grey = gradient()[..., 0]
    expected = np.repeat(grey[..., None], 3, axis=2)
    for source in (file_of(grey), file_of(grey, "PPM"), grey, grey[..., None], Image.fromarray(grey)):
        np.testing.assert_array_equal(open_picture(source), expected)
    black_and_white = Image.fromarray(grey > 127)
    assert black_and_white.mode == "1"
    np.testing.assert_array_equal(open_picture(file_of(black_and_white))[..., 0], np.where(grey > 127, 255, 0))


def test_what_is_transparent_lies_on_white():
    rgba = np.zeros((1, 3, 4), "uint8")
    rgba[0] = [(255, 0, 0, 255), (255, 0, 0, 128), (255, 0, 0, 0)]
    expected = [[255, 0, 0], [255, 127, 127], [255, 255, 255]]
    for source in (rgba, Image.fromarray(rgba), file_of(rgba), file_of(rgba, "WEBP", lossless=True, exact=True)):
        np.testing.assert_array_equal(open_picture(source)[0], expected)
    grey = np.array([[[100, 255], [0, 0]]], "uint8")
    np.testing.assert_array_equal(open_picture(file_of(Image.fromarray(grey, "LA")))[0, :, 0], [100, 255])


def test_transparent_colours_of_a_palette_and_of_a_plain_picture():
    palette = Image.new("P", (2, 1))
    palette.putpalette([255, 0, 0, 0, 0, 255])
    palette.putpixel((1, 0), 1)
    np.testing.assert_array_equal(open_picture(file_of(palette))[0], [[255, 0, 0], [0, 0, 255]])
    for kind in ("PNG", "GIF"):
        np.testing.assert_array_equal(open_picture(file_of(palette, kind, transparency=1))[0, 1], [255, 255, 255])
    plain = np.array([[[1, 2, 3], [4, 5, 6]]], "uint8")
    found = open_picture(file_of(plain, transparency=(1, 2, 3)))
    np.testing.assert_array_equal(found[0], [[255, 255, 255], [4, 5, 6]])


def test_transparent_pictures_shrink_without_the_colour_of_what_is_not_seen():
    rgba = np.zeros((40, 400, 4), "uint8")
    rgba[:, ::2] = (255, 0, 0, 255)  # every second column is black, and not seen
    found = open_picture(rgba, max_side=100)
    assert found.shape == (10, 100, 3)
    assert (np.abs(found[:, 2:-2].astype(int) - [255, 127, 127]) < 4).all()


@pytest.mark.parametrize("kind", ["JPEG", "TIFF"])
def test_cmyk(kind):
    cmyk = Image.fromarray(gradient()).convert("CMYK")
    found = open_picture(file_of(cmyk, kind, **({"quality": 95} if kind == "JPEG" else {})))
    assert np.abs(found.astype(int) - gradient()).mean() < 4


def test_16_bits():
    values = np.array([[0, 255, 256, 0x1234, 65535]], "uint16")
    expected = [0, 0, 1, 0x12, 255]
    big = struct.pack(">5H", *values[0])
    for source in (
        file_of(values),
        file_of(values, "TIFF"),
        Image.fromarray(values),
        b"P5 5 1 65535\n" + big,
        Image.frombytes("I;16B", (5, 1), big),
    ):
        np.testing.assert_array_equal(open_picture(source)[0], np.repeat(expected, 3).reshape(5, 3))
    colour = zlib.compress(b"\0" + struct.pack(">6H", 65535, 0x1234, 0, 256, 255, 0x8000))
    found = open_picture(png((2, 1), depth=16, colour=2, data=colour))
    np.testing.assert_array_equal(found[0], [[255, 0x12, 0], [1, 0, 0x80]])


def test_values_without_a_known_white_are_refused():
    refused(file_of(Image.fromarray(np.full((4, 4), 1e6, "int32")), "TIFF"), "32 bits")
    refused(file_of(Image.fromarray(np.full((4, 4), -1, "int32")), "TIFF"), "32 bits")
    refused(file_of(Image.fromarray(np.ones((4, 4), "float32")), "TIFF"), "floating-point")


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP", "TIFF"])
def test_of_an_animation_the_first_frame_is_taken(kind):
    frames = [Image.new("RGB", (W, H), colour) for colour in ("red", "lime", "blue")]
    content = file_of(frames[0], kind, save_all=True, append_images=frames[1:])
    assert Image.open(io.BytesIO(content)).n_frames == 3
    found = open_picture(content)
    assert found.shape == (H, W, 3) and (np.abs(found.astype(int) - [255, 0, 0]) < 4).all()


# ------------------------------------------------------------------------------------------- tiny and huge


def test_tiny_pictures():
    for kind in ("PNG", "GIF", "BMP", "TIFF", "PPM", "WEBP"):
        found = open_picture(file_of(np.full((1, 1, 3), 255, "uint8"), kind))
        assert found.shape == (1, 1, 3) and (found > 250).all()
        for fit in pictures.FITS:
            assert (square(found, fit=fit) > 250).all()


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_large_pictures_are_made_smaller(kind):
    given = gradient(1200, 2400)
    found = open_picture(file_of(given, kind))
    assert found.shape == (1024, 2048, 3)
    expected = gradient(1024, 2048).astype(int)
    assert np.abs(found.astype(int) - expected).max() < 10
    np.testing.assert_array_equal(open_picture(found), found)
    assert open_picture(given, max_side=30).shape == (15, 30, 3)
    assert open_picture(given[:1], max_side=30).shape == (1, 30, 3)


def test_a_huge_jpeg_takes_little_memory(tmp_path):
    path = tmp_path / "huge.jpg"
    Image.new("L", (9000, 9000), 200).save(path)
    code = """
import resource, sys
from rnn_models.vision.pictures import open_picture
from PIL import Image
Image.init()
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
before = peak()
picture = open_picture(sys.argv[1])
print(picture.shape, int(picture.min()), int(picture.max()), peak() - before, sep=";")
"""
    command, folder = [sys.executable, "-c", code, path], Path(__file__).resolve().parents[3]
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder, timeout=300, check=True)
    shape, low, high, megabytes = done.stdout.split(";")
    assert (shape, low, high) == ("(2048, 2048, 3)", "200", "200")
    assert float(megabytes) < 100  # decoded whole, it is 243 MB


def png(size, depth=8, colour=2, data=None) -> bytes:
    """A PNG made by hand, for sizes that nobody has the memory to draw."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    head = struct.pack(">IIBBBBB", *size, depth, colour, 0, 0, 0)
    body = zlib.compress(bytes(100)) if data is None else data
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def bmp(width, height) -> bytes:
    return b"BM" + struct.pack("<IHHIIiiHHIIiiII", 58, 0, 0, 54, 40, width, height, 1, 24, 0, 4, 0, 0, 0, 0) + bytes(4)


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize(
    "content",
    [
        png((9460, 9460)),  # one pixel's width above the limit
        png((40_000, 30_000)),
        png((2**31 - 1, 2**31 - 1)),
        png((2_000_000_000, 1)),
        bmp(30_000, 30_000),
        b"GIF89a" + struct.pack("<HH", 65535, 65535) + b"\0\0\0," + bytes(20),
        b"P5 100000 100000 255\n" + bytes(10),
    ],
)
def test_bombs_are_refused_by_their_size_before_they_are_decoded(content, monkeypatch):
    monkeypatch.setattr(ImageFile.ImageFile, "load", lambda self: pytest.fail("it was decoded"))
    refused(content, "too large.*expected at most 89,478,485 pixels. It was not decoded")


def test_the_limit_of_pixels_can_be_set():
    content = file_of(gradient())
    assert open_picture(content, max_pixels=H * W).shape == (H, W, 3)
    for source in (content, gradient(), Image.fromarray(gradient())):
        refused(source, f"{W} × {H} = {H * W} pixels; expected at most {H * W - 1}", max_pixels=H * W - 1)
    refused(content, "max_side and max_pixels are 0 and", max_side=0)


def test_a_text_that_unpacks_to_gigabytes_is_refused():
    information = PngImagePlugin.PngInfo()
    information.add_text("comment", "a" * 70_000_000, zip=True)
    refused(file_of(gradient(), pnginfo=information), "broken")


def test_a_file_of_too_many_bytes_is_not_read(tmp_path):
    path = tmp_path / "long.bmp"
    with path.open("wb") as file:
        file.truncate(pictures.MAX_BYTES + 1)
    refused(path, "268,435,457 bytes; expected at most 268,435,456")


# ------------------------------------------------------------------------------------------- no pictures


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"", "0 bytes"),
        ("그림이 아니다".encode(), "text"),
        (b"PK\x03\x04" + bytes(50), "zip archive"),
        (b"%PDF-1.7\n%", "a PDF"),
        (b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>', "an SVG drawing"),
        (b"<!DOCTYPE html><HTML></HTML>", "a web page"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(/etc/passwd) (r) file\n", "PostScript"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "HEIC"),
        (bytes(range(256)), "a broken file"),
        (b"\xff\xd8\xff", "a broken file"),
        (b"\x89PNG\r\n\x1a\n", "broken"),
    ],
)
def test_what_is_no_picture_is_named(content, kind, tmp_path):
    path = tmp_path / "picture.jpg"
    path.write_bytes(content)
    for source in (content, path):
        refused(source, f"({kind}).*Expected a photograph as JPEG, PNG.*Save or upload it again")
    refused(path, "picture.jpg")


def test_postscript_is_never_run(monkeypatch):
    """Pillow hands EPS files to a program; a file may also call itself something else."""
    content = file_of(gradient(), "EPS")
    assert Image.open(io.BytesIO(content)).format == "EPS"
    refused(content, "PostScript")


def test_paths_that_lead_to_no_file(tmp_path):
    refused(tmp_path / "none.jpg", "There is no file '.*none.jpg'.*Give the path of a picture")
    refused(str(tmp_path), "is a folder.*one by one")
    refused("a\0b.jpg", "There is no file")
    refused("https://example.org/cat.jpg", "download the picture first")
    refused("", "There is no file")
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    refused(pipe, "a device or a pipe")
    refused("/dev/zero", "a device or a pipe")


@pytest.mark.parametrize("source", [None, 5, [gradient()], {"path": "a.jpg"}, io.BytesIO(b"")])
def test_other_things_are_refused(source):
    refused(source, f"picture is a {type(source).__name__}; expected the path of a file, its bytes, a NumPy array")


@pytest.mark.parametrize(
    ("array", "match"),
    [
        (gradient() / 255, r"float64 of shape \(20, 30, 3\); expected uint8.*astype\('uint8'\)"),
        (gradient().astype("float32"), "float32"),
        (gradient().astype("uint16"), ">> 8"),
        (gradient() > 3, "bool"),
        (gradient().transpose(2, 0, 1), r"transpose\(1, 2, 0\)"),
        (gradient()[None], "one by one"),
        (gradient()[..., :2], r"\(20, 30, 2\)"),
        (gradient()[0, 0], r"\(3,\)"),
        (gradient()[:0], r"\(0, 30, 3\)"),
        (gradient()[:, :0, 0], r"\(20, 0\)"),
        (np.array(3, "uint8"), r"\(\)"),
    ],
)
def test_arrays_of_another_kind_are_refused(array, match):
    refused(array, match)


def test_arrays_of_any_layout_in_memory():
    given = np.asfortranarray(gradient())
    np.testing.assert_array_equal(open_picture(given), gradient())
    np.testing.assert_array_equal(open_picture(gradient()[::-1, ::2]), gradient()[::-1, ::2])


# ------------------------------------------------------------------------------------------- broken files

FILES = {
    "jpeg": file_of(gradient(), "JPEG"),
    "progressive": file_of(gradient(), "JPEG", progressive=True),
    "png": file_of(gradient()),
    "palette": file_of(Image.fromarray(gradient()).convert("P"), transparency=3),
    "16 bits": file_of(gradient()[..., 0].astype("uint16") * 257),
    "gif": file_of(gradient(), "GIF"),
    "bmp": file_of(gradient(), "BMP"),
    "webp": file_of(gradient(), "WEBP"),
    "tiff": file_of(gradient(), "TIFF"),
    "packed tiff": file_of(gradient(), "TIFF", compression="tiff_lzw"),
    "ppm": file_of(gradient(), "PPM"),
}


def picture_or_refusal(content) -> bool:
    """Whether it is a picture. Anything but a good array and a ValueError fails."""
    try:
        found = open_picture(content, max_pixels=100_000)
    except ValueError:
        return False
    return found.dtype == np.uint8 and found.ndim == 3 and found.shape[2] == 3 and found.size > 0


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", FILES)
def test_truncated_files_are_refused(name):
    content = FILES[name]
    assert picture_or_refusal(content)
    for part in (0.1, 0.3, 0.5, 0.7):
        refused(content[: int(len(content) * part)], "broken")
    for end in range(0, len(content), 7):
        picture_or_refusal(content[:end])


@pytest.mark.filterwarnings("ignore")
@settings(max_examples=200, deadline=None)
@given(st.sampled_from(sorted(FILES)), st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 255)), max_size=6))
def test_damaged_files_are_pictures_or_refused(name, changes):
    content = bytearray(FILES[name])
    for place, value in changes:
        content[place % len(content)] = value
    picture_or_refusal(bytes(content))


@pytest.mark.filterwarnings("ignore")
@settings(deadline=None)
@given(st.sampled_from(sorted(FILES)), st.integers(0, 40), st.binary(max_size=60))
def test_any_bytes_are_pictures_or_refused(name, kept, content):
    picture_or_refusal(content)
    picture_or_refusal(FILES[name][:kept] + content)
