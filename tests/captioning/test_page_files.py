"""What a visitor's file can do to the captioning page: nothing, whatever is in it and whatever it is called."""

import struct
import zlib
from pathlib import Path

import gradio as gr
import httpx
import pytest
from PIL import Image

from apps.captioning import PAGE, inference, tabs
from apps.captioning import page as captioning_page
from apps.captioning.examples import PICTURES
from apps.shared import components, pictures
from tests.captioning.test_page import CAT, described, last, page_of, show, tags
from tests.support.browser import CAPTIONING, MARKUP

pytestmark = pytest.mark.usefixtures("only_tiny_models", "encoded")

SOFT = next(iter(CAPTIONING))


def bomb(width, height):
    """A small PNG that says of itself that it is enormous."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 99)) + chunk(b"IEND", b"")


HOSTILE_FILES = {
    "empty": (b"", "nothing is in it"),
    "text": (b"root:x:0:0:root:/root:/bin/sh", "text"),
    "svg": (b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', "SVG"),
    "pdf": (b"%PDF-1.4 ...", "PDF"),
    "postscript": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "PostScript"),
    "zip": (b"PK\x03\x04" + b"\0" * 60, "zip"),
    "half a picture": (Path(CAT).read_bytes()[:4000], "cut short"),
    "bomb": (bomb(60_000, 60_000), "too large"),
    "large": (bomb(9_000, 8_000), "too large"),
}


@pytest.mark.parametrize("kind", HOSTILE_FILES)
def test_a_file_that_is_no_picture_is_refused(tmp_path, kind):
    content, told = HOSTILE_FILES[kind]
    path = tmp_path / "secret-name.png"
    path.write_bytes(content)
    for ask in (show, inference.caption_image, lambda file: tabs.show_before(file, SOFT)):
        with pytest.raises(gr.Error, match=told) as error:
            ask(str(path))
        assert "secret-name" not in str(error.value) and "사진" in str(error.value)


def test_a_file_that_is_too_large_missing_or_none_is_refused(tmp_path):
    path = tmp_path / "large.png"
    with path.open("wb") as file:
        file.truncate(pictures.BYTES_LIMIT + 1)
    for picture, told in ((str(path), "20,000,001 bytes"), (str(tmp_path / "gone.png"), "not here any more")):
        with pytest.raises(gr.Error, match=told) as error:
            show(picture)
        assert str(tmp_path) not in str(error.value)
    for picture in (None, ""):
        with pytest.raises(gr.Error, match="no picture yet"):
            show(picture)
    assert "rnn-empty" in last(captioning_page._show_new(None, SOFT, 2, 1.0, 0, 0.8))[0]


def test_the_name_of_a_file_is_never_shown(tmp_path):
    path = tmp_path / (MARKUP.replace("/", "") + ".png")
    Image.new("RGBA", (40, 30), (255, 0, 0, 90)).save(path)
    page = page_of(str(path))
    assert "onerror" not in page and "script" not in page
    assert tags(page) <= {
        *("div", "section", "h3", "h4", "p", "span", "b", "i", "bdi", "q", "ol", "li", "small", "details", "summary"),
        *("button", "label", "input"),
    }


@pytest.mark.parametrize(("size", "mode"), [((1, 1), "L"), ((3000, 2), "RGB"), ((2, 900), "CMYK"), ((300, 200), "P")])
def test_odd_pictures_are_described(tmp_path, size, mode):
    path = tmp_path / "odd.tiff"
    Image.new(mode, size).save(path)
    page = page_of(str(path))
    assert "data:image/jpeg" in page and "rnn-tile" in page


@pytest.fixture
def address():
    """A server in this process, with the quick encoder."""
    demo = components.alone(PAGE)
    _, address, _ = demo.launch(prevent_thread_lock=True, quiet=True, server_name="127.0.0.1")
    yield address
    demo.close()


def test_only_what_was_uploaded_is_read(address, encoded):
    def ask(name, picture, *more):
        call = f"{address}gradio_api/call/{name}"
        number = httpx.post(call, json={"data": [picture, *more]}).json()["event_id"]
        return httpx.get(f"{call}/{number}", timeout=60).text

    with open(CAT, "rb") as file:
        (mine,) = httpx.post(f"{address}gradio_api/upload", files={"files": ("cat.jpg", file)}).json()
    marked = {"meta": {"_type": "gradio.FileData"}}
    answer = ask("caption_image", {"path": mine, **marked}, "", 1, 1.0, 0, 0.8)
    assert "event: complete" in answer and described(SOFT).text in answer and len(encoded) == 2
    theirs = str(PICTURES.parents[2] / "docs" / "images" / "sentiment.png")  # a picture, but nobody uploaded it
    hostile = [
        {"path": theirs, **marked},
        {"path": theirs},
        {"path": theirs, "url": "data:image/png;base64,AAAA", **marked},
        {"path": f"{mine}/../../../..{theirs}", **marked},
        {"path": None, "url": f"file://{theirs}", **marked},
        theirs,
        MARKUP,
    ]
    for picture in hostile:
        for name, more in (("caption_image", ("", 1, 1.0, 0, 0.8)), ("show_before", (SOFT,))):
            assert "event: error" in ask(name, picture, *more), picture
    assert len(encoded) == 2
