"""Trained models for the pages: loaded once each, on first use, and then only read."""

import functools
import json
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from apps.shared import model_cards
from apps.shared.page import Page

_loaded: dict[str, Any] = {}
_refused: dict[str, str] = {}  # models that could not be loaded, and why
_derived: dict[tuple, Any] = {}  # the models live as long as the process: their ids stay theirs
_locks: dict[str, threading.Lock] = {}
_registry = threading.Lock()


def available(task: str) -> list[str]:
    """The names of the trained models of a task, such as "char_lm/shakespeare"."""
    import rnn_models

    return rnn_models.available(task)


def first(page: Page, names: Sequence[str] | None = None) -> str:
    """The model that a page, or a menu of some of its models, opens with: the favourite, or else the first by name.

    Raises:
        ValueError: there is none.
    """
    names = available(page.task) if names is None else names
    if not names:
        command = f"python -m training.{page.task} train"
        raise _error(
            f"No trained model was found for {page.task!r}. Make one: {command}",
            f"{page.task!r}의 학습된 모델이 없습니다. 다음 명령으로 만드세요: {command}",
        )
    return page.favourite if page.favourite in names else names[0]


def found() -> list[str]:
    """The names of the trained models of all tasks."""
    import rnn_models

    return rnn_models.available()


def loaded() -> list[str]:
    """The names of the models that are in memory."""
    return sorted(_loaded)


def refused() -> list[str]:
    """The names of the models that could not be loaded when they were last asked for."""
    return sorted(_refused)


def get(name: str, task: str) -> Any:
    """The model of that name. Two visitors who ask at once wait for the same one load.

    Raises:
        ValueError: there is no such model of that task, or its bundle is damaged.
    """
    if isinstance(name, str) and name.startswith(f"{task}/") and name in _loaded:
        return _loaded[name]
    names = available(task)
    if name not in names:
        raise _error(
            f"There is no model {name!r}; expected one of: {', '.join(names) or 'none yet'}.",
            f"{name!r}라는 모델은 없습니다. 고를 수 있는 모델: {', '.join(names) or '아직 없음'}",
        )
    with _registry:
        lock = _locks.setdefault(name, threading.Lock())
    with lock:
        if name not in _loaded:
            _loaded[name] = _load(name)
    return _loaded[name]


def _load(name: str) -> Any:
    import rnn_models
    from rnn_models import bundles

    try:
        model = rnn_models.load(name)
    except ValueError as error:
        _refused[name] = str(error)
        # Visitors need not know where on the server it lies.
        reason = str(error).replace(str(bundles.root()), "pretrained")
        raise _error(f"The model {name} cannot be used: {reason}", f"{name} 모델을 쓸 수 없습니다.") from error
    _refused.pop(name, None)
    return model


def _error(english: str, korean: str) -> ValueError:
    """A ValueError with its Korean, which the page shows."""
    error = ValueError(english)
    error.korean = korean
    return error


def derived(loaded: Any, make: Callable[[Any], Any]) -> Any:
    """`make(loaded)`, made once for a loaded model: something compiled, which every visitor shares."""
    key = id(loaded), make
    with _registry:
        if key not in _derived:
            _derived[key] = make(loaded)
    return _derived[key]


def settings(name: str, task: str) -> dict[str, Any]:
    """The options that the model was made with; read from its bundle without loading the model."""
    path = _file(name, task, "config.json")
    return {} if path is None else _settings(path, path.stat().st_mtime_ns)


@functools.lru_cache(maxsize=64)
def _settings(path: Path, changed: int) -> dict[str, Any]:
    """As it was at the time `changed`; nothing of a broken file: whoever loads the model is told."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))["model"]
        return {option: value for option, value in content.items() if option != "tokenizer"}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def scores(name: str, task: str) -> dict[str, Any]:
    """What a model was measured to do; nothing where its bundle does not say, or is broken."""
    path = _file(name, task, "scores.json")
    try:
        content = json.loads(path.read_text(encoding="utf-8")) if path else {}
    except (OSError, ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}


def words(name: str, task: str) -> frozenset[str]:
    """The words of the model's training text, as `rnn_models.text.words` spells them; empty where its bundle has none.

    Read without loading the model.
    """
    path = _file(name, task, "words.txt")
    return _words(path, path.stat().st_mtime_ns) if path and path.is_file() else frozenset()


@functools.lru_cache(maxsize=16)
def _words(path: Path, changed: int) -> frozenset[str]:
    """As they were at the time `changed`."""
    return frozenset(path.read_text(encoding="utf-8").split("\n")) - {""}


def card(name: str, task: str) -> str:
    """What the model's bundle says about it, Markdown in both languages; read without loading the model."""
    path = _file(name, task, "README.md")
    return model_cards.marked(path.read_text(encoding="utf-8")) if path and path.is_file() else ""


def _file(name: str, task: str, file: str) -> Path | None:
    """A file of the bundle of that name; None where there is no such model of the task, whatever the name is."""
    from rnn_models import bundles

    return bundles.root() / name / file if name in available(task) else None
