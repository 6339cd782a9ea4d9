"""The Dockerfile, as far as it can be tested without Docker."""

import fnmatch
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from apps.deploy import space_folder
from tests.support.browser import ROOT, free_port

PORT = "7860"


@pytest.fixture(scope="module")
def instructions() -> list[tuple[str, str]]:
    """The instructions and what follows each, lines put together."""
    text = re.sub(r"^\s*#.*\n", "", (ROOT / "Dockerfile").read_text(), flags=re.MULTILINE)
    lines = text.replace("\\\n", " ").splitlines()
    return [(line.split()[0], " ".join(line.split()[1:])) for line in lines if line.strip()]


def all_of(instructions, name):
    return [rest for instruction, rest in instructions if instruction == name]


def kept(path: str) -> bool:
    """Whether .dockerignore lets a path of the repository into the image."""
    answer = True
    for line in (ROOT / ".dockerignore").read_text().splitlines():
        pattern = line.removeprefix("!").removeprefix("**/")
        parts = [path, Path(path).name, path.split("/")[0]] if line.startswith("**/") else [path.split("/")[0]]
        if line and not line.startswith("#") and any(fnmatch.fnmatch(part, pattern) for part in parts):
            answer = line.startswith("!")
    return answer


def test_what_is_copied_is_there_and_not_ignored(instructions):
    copies = all_of(instructions, "COPY")
    sources = [source for copy in copies for source in copy.split()[:-1]]
    assert {"requirements.txt", "apps", "rnn_models", "pretrained"} <= set(sources)
    for source in sources:
        assert (ROOT / source).exists() and kept(source), source


@pytest.mark.parametrize("path", ["tests/x.py", ".git/config", "runs/x", "training/x.py", "apps/x.pyc", "README.md"])
def test_the_rest_stays_out_of_the_image(path):
    assert not kept(path)


def test_all_that_a_page_needs_is_copied(instructions):
    copied = {copy.split()[0] for copy in all_of(instructions, "COPY")}
    needed = {path.split("/")[0] for path in space_folder.modules(space_folder.plan())}
    assert needed | {"rnn_models", "pretrained"} <= copied


def test_the_program_is_not_run_by_root_and_listens_to_the_network(instructions):
    users = [number for number, (instruction, _) in enumerate(instructions) if instruction == "USER"]
    starts = [number for number, (instruction, _) in enumerate(instructions) if instruction == "CMD"]
    assert users[-1] < starts[-1] and instructions[users[-1]][1] not in ("root", "0")
    variables = dict(part.split("=", 1) for rest in all_of(instructions, "ENV") for part in rest.split())
    assert (variables["GRADIO_SERVER_NAME"], variables["GRADIO_SERVER_PORT"]) == ("0.0.0.0", PORT)
    assert all_of(instructions, "EXPOSE") == [PORT]
    assert json.loads(all_of(instructions, "CMD")[0]) == ["python", "-m", "apps"]
    assert all_of(instructions, "FROM") == [f"python:{space_folder.PYTHON}-slim"]


def test_no_cache_stays_in_the_image(instructions):
    assert all("--no-cache-dir" in run for run in all_of(instructions, "RUN") if "pip install" in run)


def check_health(instructions, port) -> int:
    """Run the command of the health check by hand, on another port."""
    (rest,) = all_of(instructions, "HEALTHCHECK")
    program, *arguments = json.loads(rest.split("CMD ", 1)[1])
    assert program == "python" and f":{PORT}/" in arguments[-1]
    command = [sys.executable, *(argument.replace(PORT, str(port)) for argument in arguments)]
    return subprocess.run(command, capture_output=True, timeout=120, check=False).returncode


def test_the_health_check_tells_a_server_that_answers_from_one_that_does_not(instructions, server):
    assert check_health(instructions, server.rstrip("/").rsplit(":", 1)[1]) == 0
    assert check_health(instructions, free_port()) != 0
