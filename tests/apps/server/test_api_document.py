"""docs/api.md is right: each of its examples runs against a server, and its table is what the server has."""

import json
import re
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from PIL import Image

from apps.captioning import inference as captioning_inference
from apps.captioning.examples import PICTURES
from apps.char_lm import inference as char_lm_inference
from apps.char_lm import surprisal
from apps.digits import examples as digits
from apps.sentiment import inference as sentiment_inference
from apps.shared import beam_search, pictures, seeds, tables
from apps.shared.assets import assets
from apps.translation import inference as translation_inference
from apps.video import clip_files
from apps.video import examples as video
from tests.support.browser import ROOT, visitor

DOCUMENT = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
ADDRESS = "http://127.0.0.1:7860"
INSTALLING = "pip install"


def examples(language: str) -> list[str]:
    """The fenced blocks of a language that can be run here."""
    found = re.findall(rf"^```{language}\n(.*?)^```$", DOCUMENT, re.MULTILINE | re.DOTALL)
    return [block for block in found if not block.startswith(INSTALLING)]


@pytest.fixture
def address(server: str) -> str:
    """Of `python -m apps --mcp`, as the document writes it."""
    return server.rstrip("/")


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the files that the examples name, which is where they run."""
    shutil.copy(PICTURES / "cat.jpg", tmp_path / "photo.jpg")
    shutil.copy(digits.PICTURES / "mnist-0.png", tmp_path / "digit.png")
    first, *others = map(Image.fromarray, video.clip("scene-first").frames)
    first.save(tmp_path / "clip.gif", save_all=True, append_images=others)
    shutil.copy(assets("sentiment") / "reviews.csv", tmp_path / "reviews.csv")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.slow
def test_the_python_examples_run(address, files, capsys):
    blocks = examples("python")
    assert len(blocks) > 5
    names: dict = {}
    with ThreadPoolExecutor(1) as thread:  # some run a loop of their own, which Playwright's in this thread forbids
        for block in blocks:
            thread.submit(exec, compile(block.replace(ADDRESS, address), "docs/api.md", "exec"), names).result()
    assert len(names["text"]) == 100 and names["again"] == names["text"]
    assert len(names["score"]["characters"]) == len("To be, or not to be")
    assert names["verdict"]["model"] == "sentiment/nsmc" and names["both"]["b"]["changed"] == ["never"]
    assert names["answer"]["model"] == "translation/de-en" and names["given"]["text"] == "A dog runs."
    assert len(names["caption"]["samples"]) == 2 and names["elsewhere"]["after"]["attention"][0][0] == 1
    assert len(names["digit"]["probabilities"]) == 28 and len(names["movement"]["labels"]) == 60
    assert len(names["jobs"]) == 3 and "label,probability,note" in capsys.readouterr().out
    assert names["english"] == "The length is 1000000; choose a number from 1 to 2,000." and "길이" in names["korean"]
    assert not names["result"].isError


@pytest.mark.skipif(not shutil.which("bash") or not shutil.which("curl"), reason="needs bash and curl")
def test_the_shell_examples_run(address, files):
    first, *blocks = [block.replace(ADDRESS, address) for block in examples("sh")]
    assert len(blocks) > 5
    for block in blocks:
        script = f"set -euo pipefail\n{first}\n{block}"
        result = subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=300, check=False)
        assert (result.returncode, result.stderr) == (0, ""), block
        asked = len(re.findall(r"^ask ", block, re.MULTILINE))
        events = re.findall(r"^event: (complete|error)\ndata: (.*)$", result.stdout, re.MULTILINE)
        expected = "error" if "# refused" in block else "complete"
        assert [kind for kind, _ in events] == [expected] * asked, result.stdout
        assert all(json.loads(data) for _, data in events)
    table = (files / "labelled.csv").read_text(encoding="utf-8-sig")
    assert "label,probability,note" in table.splitlines()[0]


def test_every_public_endpoint_stands_in_the_table_with_its_arguments(address):
    told = {}
    for name, arguments in re.findall(r"^\| `(/\w+)` \|(.*?) \|", DOCUMENT, re.MULTILINE):
        if "`" in arguments or not arguments.strip():
            told[name] = [tuple(one.split(" = ")) for one in re.findall(r"`([^`]+)`", arguments)]
    endpoints = visitor(address).view_api(return_format="dict", print_info=False)["named_endpoints"]
    there = {
        name: [
            (one["parameter_name"], json.dumps(one["parameter_default"]))
            if one["parameter_has_default"]
            else (one["parameter_name"],)
            for one in about["parameters"]
        ]
        for name, about in endpoints.items()
    }
    assert told == there
    assert all(about["description"] for about in endpoints.values())
    described = [(name, one) for name, about in endpoints.items() for one in about["parameters"]]
    for name, one in described:
        assert one["python_type"]["description"] and "FileData" not in one["python_type"]["description"], (name, one)
    assert not any(re.search(r"_\d+$", name) for name in endpoints), "two endpoints of one name"


def test_the_limits_are_those_of_the_pages():
    rows = dict(re.findall(r"^\| (`/.*?`) \| ([^`]*?) \|$", DOCUMENT, re.MULTILINE))
    row = {name: text for names, text in rows.items() for name in re.findall(r"/(\w+)", names)}
    assert (
        f"prompt {char_lm_inference.PROMPT_LIMIT:,} characters, length 1 to {char_lm_inference.LENGTH_LIMIT:,},"
        in row["generate"]
    )
    assert f"seed 0 to {seeds.LIMIT:,}" in row["generate"]
    assert (
        surprisal.TEXT_LIMIT == sentiment_inference.TEXT_LIMIT
        and row["score"] == f"{sentiment_inference.TEXT_LIMIT:,} characters"
    )
    assert f"{tables.BYTES_LIMIT // 10**6} MB, {tables.ROWS_LIMIT:,} rows" in row["classify_table"]
    assert (
        f"{translation_inference.TEXT_LIMIT:,} characters and {translation_inference.SENTENCES} sentences"
        in row["translate"]
    )
    assert f"beam 1 to {beam_search.WIDTH_LIMIT}," in row["translate"]
    assert f"{translation_inference.SENTENCE_LIMIT} characters" in row["align"]
    pixels = pictures.PIXELS_LIMIT // 10**6
    assert f"{pictures.BYTES_LIMIT // 10**6} MB and {pixels} million pixels" in row["caption_image"]
    assert f"{clip_files.BYTES_LIMIT // 10**6} MB (a zip" in row["label_clip"]
    assert f"{clip_files.FRAMES_LIMIT} pictures of {clip_files.PIXELS_LIMIT // 10**6} million" in row["label_clip"]
    assert all(f"{clip_files.POINTS_LIMIT:,} points" in row[name] for name in ("label_clip", "label_points"))
    assert f"samples 0 to {captioning_inference.SAMPLES_LIMIT}" in row["caption_image"]
