"""What the documents name is there: links, paths, modules, commands, options, names; and the README stays short."""

import ast
import functools
import importlib.util
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import rnn_models

ROOT = Path(__file__).resolve().parents[1]
DOCUMENTS = sorted([ROOT / "README.md", ROOT / "SECURITY.md", *(ROOT / "docs").rglob("*.md")])
CARDS = sorted((ROOT / "pretrained").rglob("README.md"))
ROOMS = ("apps", "benchmarks", "docs", "pretrained", "rnn_models", "tests", "training")


@functools.cache
def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


@functools.cache
def sources(*places: str) -> str:
    """The code of these folders or files."""
    files = [file for place in places for file in ([ROOT / place] if ".py" in place else (ROOT / place).rglob("*.py"))]
    return "\n".join(map(read, files))


def blocks(text: str, language: str) -> list[str]:
    """The fenced blocks of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def prose(text: str) -> str:
    """A document without its fenced blocks."""
    return re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)


def anchors(text: str) -> set[str]:
    """What the headings are called in a link, by GitHub's rule."""
    titles = re.findall(r"^#+ (.+)$", prose(text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def commands(text: str) -> Iterator[tuple[str, list[str]]]:
    """The module of every `python -m`, and the words after it."""
    for line in re.findall(r"python -m ([^`#\n;&|]+)", text):
        module, *words = line.split()
        yield module.rstrip(".,:)"), words


# What is wrong with a document: each gives what it found ---------------------------------------------


def dead_links(path: Path, text: str) -> list[str]:
    """Relative links that lead to no file, or to no heading of it."""
    dead = []
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(text)):
        name, _, anchor = target.partition("#")
        there = path.parent / name
        if not re.match(r"[a-z]+:", target) and not (
            there.exists() and (not anchor or anchor in anchors(read(there) if name else text))
        ):
            dead.append(target)
    return dead


def dead_paths(path: Path, text: str) -> list[str]:
    """Paths in backticks that begin with one of the rooms and lead nowhere; NAME and TASK stand for any name."""
    told = re.findall(rf"`((?:{'|'.join(ROOMS)})/[^\s`]*)`", prose(text))
    return [one for one in told if not any(ROOT.glob(re.sub("NAME|TASK", "*", one).rstrip("/")))]


def unknown_modules(path: Path, text: str) -> list[str]:
    """`python -m X` where there is nothing to run."""

    def runs(module: str) -> bool:
        if module.split(".")[0] not in ROOMS:
            return importlib.util.find_spec(module) is not None
        there = ROOT / Path(*module.split("."))
        return there.with_suffix(".py").is_file() or (there / "__main__.py").is_file()

    return [module for module, _ in commands(text) if not runs(module)]


def unknown_words(path: Path, text: str) -> list[str]:
    """Commands and options of `python -m apps...` and `python -m training.X` that these do not have."""
    wrong = []
    for module, words in commands(text):
        command = [word for word in words[:1] if re.fullmatch("[a-z]+", word)]
        options = [word.split("=")[0] for word in words if re.match("--[a-z]", word)]
        if module.startswith("training."):
            code = sources(module.replace(".", "/") + "/config.py", "training/core/options.py")
            there = {f"--{name.replace('_', '-')}" for name in re.findall(r"^    (\w+):", code, re.MULTILINE)}
            code += sources("training/core/command_line.py")  # the commands that all tasks have
            there |= {name.lower() for name in re.findall(r"^class (\w+)", code, re.MULTILINE)} | {"--help"}
            options = [option.replace("--no-", "--") for option in options]
        elif module.split(".")[0] == "apps":
            there = set(re.findall(r'"((?:--)?[a-z][a-z-]*)"', sources("apps"))) | {"--help"}
        else:
            continue
        wrong += [f"{module}: {word}" for word in command + options if word not in there]
    return wrong


def unknown_names(path: Path, text: str) -> list[str]:
    """Names that an example takes from `rnn_models` and that are not public there."""
    wrong = []
    for block in blocks(text, "python"):
        for node in ast.walk(ast.parse(block, str(path))):
            if isinstance(node, ast.ImportFrom) and node.module == "rnn_models":
                wrong += [alias.name for alias in node.names if alias.name not in rnn_models.__all__]
            elif isinstance(node, ast.Attribute) and getattr(node.value, "id", "") == "rnn_models":
                wrong += [node.attr] if node.attr not in rnn_models.__all__ else []
    return wrong


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
@pytest.mark.parametrize("check", [dead_links, dead_paths, unknown_modules, unknown_words, unknown_names])
def test_what_a_document_names_is_there(check: Callable, path: Path):
    assert check(path, read(path)) == []


@pytest.mark.parametrize("check", [unknown_modules, unknown_words])
def test_the_commands_of_the_cards_are_there(check: Callable):
    assert {card.parent.name: wrong for card in CARDS if (wrong := check(card, read(card)))} == {}


@pytest.mark.parametrize(
    ("check", "text"),
    [
        (dead_links, "[a page](docs/none.md)"),
        (dead_links, "[a heading](docs/speed.md#none)"),
        (dead_links, "[a heading](#none)\n# Some"),
        (dead_paths, "`tests/test_none.py`"),
        (dead_paths, "`tests/*/test_none.py`"),
        (unknown_modules, "`python -m apps.none`"),
        (unknown_modules, "```sh\npython -m training.none train\n```"),
        (unknown_words, "`python -m training.char_lm sing`"),
        (unknown_words, "`python -m training.char_lm train --sing`"),
        (unknown_words, "`python -m apps sing`"),
        (unknown_words, "`python -m apps --sing`"),
        (unknown_names, "```python\nfrom rnn_models import LSTM\n```"),
        (unknown_names, "```python\nimport rnn_models\nrnn_models.sing()\n```"),
    ],
)
def test_what_is_not_there_is_found(check: Callable, text: str):
    assert len(check(ROOT / "README.md", text)) == 1


def test_the_readme_is_short_and_its_examples_are_python():
    text = read(ROOT / "README.md")
    assert len(text) <= 11_000
    assert [compile(block, "README.md", "exec") for block in blocks(text, "python")]


@pytest.mark.slow  # half a minute
def test_the_examples_run():
    """Those of the layers and of the README, in the order in which they stand."""
    code = "\n".join(block for name in ("docs/layers.md", "README.md") for block in blocks(read(ROOT / name), "python"))
    result = subprocess.run([sys.executable, "-"], input=code, cwd=ROOT, capture_output=True, text=True, timeout=600)
    assert result.returncode == 0, result.stderr[-2000:]
    assert "a brown and white dog" in result.stdout


def test_every_document_is_reached_from_the_readme():
    waiting, found = [ROOT / "README.md"], set()
    while waiting:
        path = waiting.pop()
        if path in found or path not in DOCUMENTS:
            continue
        found.add(path)
        targets = re.findall(r"\]\(([^)#\s]+\.md)", read(path))
        waiting += [(path.parent / target).resolve() for target in targets]
    assert set(DOCUMENTS) == found
