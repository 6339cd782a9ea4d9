"""What the documents say is there: links, paths, modules, commands, options and names; and the README stays short."""

import ast
import functools
import importlib.util
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import rnn_models

ROOT = Path(__file__).resolve().parents[1]
DOCUMENTS = sorted({ROOT / "README.md", ROOT / "SECURITY.md", *(ROOT / "docs").rglob("*.md")})
ROOMS = ("apps", "benchmarks", "docs", "pretrained", "rnn_models", "tests", "training")


@functools.cache
def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


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


def dead_links(path: Path, text: str) -> list[str]:
    """Relative links that lead to no file, or to no heading of it."""
    dead = []
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(text)):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        there = (path.parent / name).resolve() if name else path
        if not there.exists() or anchor and anchor not in anchors(text_of(there) if name else text):
            dead.append(target)
    return dead


def missing_paths(text: str) -> list[str]:
    """Paths in backticks that begin with one of the rooms and lead nowhere; NAME and TASK stand for any name."""
    told = re.findall(rf"`((?:{'|'.join(ROOMS)})/[^\s`]*)`", prose(text))
    patterns = {path: re.sub(r"NAME|TASK", "*", path).rstrip("/") for path in told}
    return [path for path, pattern in patterns.items() if not any(ROOT.glob(pattern))]


def commands(text: str) -> Iterator[tuple[str, list[str]]]:
    """(module, words after it) of every `python -m`."""
    for line in re.findall(r"python -m ([^`#\n;&]+)", text):
        module, *words = line.split()
        yield module, words


def without_module(text: str) -> list[str]:
    """`python -m X` where X is no module."""

    def is_there(module: str) -> bool:
        path = ROOT / Path(*module.split("."))
        if module.split(".")[0] in ROOMS:
            return path.with_suffix(".py").is_file() or (path / "__main__.py").is_file()
        return importlib.util.find_spec(module.split(".")[0]) is not None

    return [module for module, _ in commands(text) if module not in ("training.TASK", "training.NAME") | set()
            and not is_there(module)]
