"""The folder of a Space: the chosen pages with what they stand on, their trained models, and nothing else."""

import importlib
import json
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from apps import catalogue
from apps.shared.page import Look, Page

ROOT = Path(__file__).resolve().parents[2]
APP_FILE = "apps/space.py"
CATALOGUE = "apps/catalogue.py"
COMMON = ("apps/__init__.py", "apps/__main__.py", APP_FILE, CATALOGUE, "LICENSE")
FOLDERS = ("apps/cli", "apps/home", "apps/server", "apps/shared", "rnn_models")
"""What every Space has, whichever pages it shows."""

PYTHON = "3.12"
TITLE = "The recurrent-network lecture, alive"
DESCRIPTION = "Recurrent networks you can touch, in English and Korean"
DESCRIPTION_LIMIT = 60
"""The Hub takes no longer `short_description`."""

TAGS = ("keras", "rnn", "recurrent-neural-network", "education", "korean")


# A shared GPU speaks PyTorch, and is lent by the package `spaces`.
ON_ZEROGPU = ("torch>=2.8", "spaces>=0.42")


@dataclass(frozen=True)
class Plan:
    """What goes into the folder.

    Attributes:
        pages: what is shown.
        bundles: the folder of each trained model, by its name.
        left_out: pages for which there is no trained model.
        zerogpu: whether it is made for a shared GPU.
    """

    pages: tuple[Page, ...]
    bundles: dict[str, Path]
    left_out: tuple[Page, ...]
    zerogpu: bool


def plan(only: list[str] | None = None, zerogpu: bool = False) -> Plan:
    """What a Space of these pages holds; without `only`, of every page that has a trained model.

    Raises:
        ValueError: there is no such page, or no trained model for it.
    """
    from rnn_models import bundles

    asked = catalogue.selected(",".join(only or ()))
    left_out = tuple(page for page in asked if page.task and not bundles.available(page.task))
    if left_out and (only or len(left_out) == len([page for page in asked if page.task])):
        task = left_out[0].task
        raise ValueError(
            f"There is no trained model for {task!r} in {bundles.root() / task}. Make one: python -m training.{task} "
            f"train --export {bundles.root() / task}/mine; or let RNN_MODELS_DIR say where the models are."
        )
    pages = tuple(page for page in asked if page not in left_out)
    tasks = [page.task for page in pages if page.task]
    found = {name: bundles.root() / name for task in tasks for name in bundles.available(task)}
    return Plan(pages, found, left_out, zerogpu)


def build(folder: Path, planned: Plan) -> list[str]:
    """Fill a new folder; gives the paths of its files in it.

    Raises:
        ValueError: the folder is there and holds something.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ValueError(f"{folder} is there and is not empty; it is left as it is. Give another folder, or empty it.")
    copies = {path: ROOT / path for path in COMMON}
    for path in FOLDERS:
        copies |= _files(ROOT / path, path)
    for page in planned.pages:
        copies |= _files(_home(page), f"apps/{page.name}")
    for name, home in planned.bundles.items():
        copies |= {f"pretrained/{name}/{file.name}": file for file in sorted(home.iterdir()) if file.is_file()}
    texts = {
        "README.md": readme(planned),
        "requirements.txt": requirements(planned),
        APP_FILE: _entry(planned),
        CATALOGUE: _catalogue(planned),
    }
    for path, source in copies.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        if path not in texts:
            shutil.copyfile(source, folder / path)
    for path, text in texts.items():
        (folder / path).write_text(text, encoding="utf-8")
    return sorted({*copies, *texts})


def _files(folder: Path, path: str) -> dict[str, Path]:
    """All files of a folder by their places under `path`, except hidden ones and what Python compiled."""
    found = {file.relative_to(folder): file for file in sorted(folder.rglob("*")) if file.is_file()}
    return {
        f"{path}/{inside.as_posix()}": file
        for inside, file in found.items()
        if not any(part.startswith(".") or part == "__pycache__" for part in inside.parts)
    }


def _home(page: Page) -> Path:
    """The folder of a page."""
    return Path(importlib.import_module(f"apps.{page.name}").__file__).parent


# What is written for the Space -----------------------------------------------------------------------


def _entry(planned: Plan) -> str:
    """The program of the Space, with the variables that it starts with."""
    settings = {"KERAS_BACKEND": "torch"} if planned.zerogpu else {}
    empty = "SETTINGS: dict[str, str] = {}\n"
    before, after = (ROOT / APP_FILE).read_text(encoding="utf-8").split(empty)
    return f"{before}SETTINGS: dict[str, str] = {json.dumps(settings)}\n{after}"


def _catalogue(planned: Plan) -> str:
    """The catalogue with the names of these pages only."""
    names = f"NAMES = {tuple(page.name for page in planned.pages)!r}"
    text, count = re.subn(r"^NAMES = \(.*?\)$", names, (ROOT / CATALOGUE).read_text("utf-8"), flags=re.M | re.S)
    if count != 1:
        raise RuntimeError(f"{CATALOGUE} has {count} lines that begin with NAMES = (; expected one.")
    return text


def requirements(planned: Plan) -> str:
    """The packages for the Space: the project's, without those that only other pages need."""
    needed = {name for page in planned.pages for name in page.needs}
    unneeded = {name for page in catalogue.pages() for name in page.needs} - needed
    lines = []
    for line in (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines():
        name = requirement(line)
        if name and name not in unneeded and not (planned.zerogpu and name == "tensorflow"):
            lines.append(line.split("#")[0].strip())
    return "\n".join([*lines, *(ON_ZEROGPU if planned.zerogpu else ())]) + "\n"


def requirement(line: str) -> str:
    """The name of the package on a line of requirements.txt; "" for a comment or an empty line."""
    return re.split(r"[\s=<>!~;\[#]", line.strip(), maxsplit=1)[0].lower()


def gradio_version() -> str:
    """The version of Gradio that requirements.txt pins.

    Raises:
        ValueError: it pins none: a Space must be told the exact one.
    """
    text = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    found = re.search(r"^gradio==([\w.]+)\s*(?:#.*)?$", text, re.MULTILINE)
    if found is None:
        raise ValueError("requirements.txt pins no version of Gradio; expected a line such as gradio==6.31.0.")
    return found[1]


def front_matter(planned: Plan) -> dict[str, Any]:
    """What the Hub reads at the top of a Space's README.md."""
    alone = planned.pages[0] if len(planned.pages) == 1 else None
    look = alone.space if alone else Look("🔁", DESCRIPTION, "")
    tags = [page.space.tag for page in planned.pages]
    datasets = sorted({name for home in planned.bundles.values() for name in metadata(home).get("datasets", [])})
    return {
        "title": alone.title if alone else TITLE,
        "emoji": look.emoji,
        "colorFrom": "indigo",
        "colorTo": "blue",
        "sdk": "gradio",
        "sdk_version": gradio_version(),
        "python_version": PYTHON,
        "app_file": APP_FILE,
        "pinned": False,
        "license": "apache-2.0",
        "short_description": look.description,
        **({"datasets": datasets} if datasets else {}),
        "tags": [*TAGS, *tags],
    }


def metadata(bundle: Path) -> dict[str, Any]:
    """What stands in YAML at the top of the card of a trained model; nothing where nothing stands there."""
    from huggingface_hub import metadata_load

    card = bundle / "README.md"
    return (metadata_load(card) or {}) if card.is_file() else {}


def readme(planned: Plan) -> str:
    """The README.md of the Space."""
    import yaml

    top = yaml.safe_dump(front_matter(planned), sort_keys=False, allow_unicode=True, width=1000)
    pages = [f"- **{page.title}** – {page.summary} {page.summary_ko}" for page in planned.pages]
    rows = [f"| `{name}` | {_licence(home)} |" for name, home in planned.bundles.items()]
    lines = [
        *("---", top.rstrip("\n"), "---", "", f"# {front_matter(planned)['title']}", ""),
        "Recurrent networks of CS231n's lecture 10 as exact Keras 3 layers, trained on real data, every number open to "
        "look at. 강의 속 순환 신경망을 실제 데이터로 학습하고 모든 숫자를 공개했습니다.",
        *("", *pages, "", f"At home · 집에서: `pip install -r requirements.txt && python {APP_FILE}`", ""),
        *("Code · 코드: Apache-2.0. The data that the models were trained on · 모델을 학습한 데이터:", ""),
        *("| model · 모델 | licence of the data · 데이터 라이선스 |", "|---|---|", *rows),
    ]
    return "\n".join(lines) + "\n"


def _licence(bundle: Path) -> str:
    """The licence of the data that a model was trained on, as its scores.json says."""
    try:
        licence = json.loads((bundle / "scores.json").read_text(encoding="utf-8")).get("licence")
    except (OSError, ValueError, AttributeError):
        licence = None
    return str(licence or "not stated · 명시되지 않음").replace("|", "\\|").replace("\n", " ")
