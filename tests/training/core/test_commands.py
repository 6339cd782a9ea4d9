"""The command lines of all tasks: help, what is loaded, and that a module is executed once."""

import ast
import importlib
import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
COMMANDS = {
    "char_lm": ("train", "evaluate"),
    "sentiment": ("train", "evaluate"),
    "translation": ("train", "evaluate"),
    "captioning": ("train", "evaluate", "ood"),
    "cells": (None,),
    "digits": ("train", "evaluate"),
    "draw": ("train", "evaluate"),
    "video": ("train", "evaluate", "rooms"),
    "vqa": ("train", "evaluate"),
}
TASKS = sorted(path.parent.name for path in (ROOT / "training").glob("*/__main__.py"))


def test_all_tasks_are_here():
    assert sorted(COMMANDS) == TASKS


@pytest.mark.parametrize(("task", "command"), [(task, name) for task in TASKS for name in COMMANDS[task]])
def test_help(task, command, monkeypatch):
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, encoding="ascii"))  # the help has other characters
    with pytest.raises(SystemExit) as stop:
        importlib.import_module(f"training.{task}.commands").main([*([command] if command else []), "--help"])
    assert stop.value.code == 0
    sys.stdout.flush()
    shown = written.getvalue().decode("utf-8")
    assert {None: "--task", "rooms": "--seeds"}.get(command, "--dataset") in shown
    assert command not in ("train", None) or "--run-dir" in shown


def test_help_needs_no_keras():
    code = f"import sys, json, importlib; [importlib.import_module(f'training.{{n}}.commands') for n in {TASKS}]"
    code += "; print(json.dumps([n for n in ('keras', 'tensorflow', 'numpy') if n in sys.modules]))"
    found = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert found.returncode == 0, found.stderr
    assert not {"keras", "tensorflow"} & set(json.loads(found.stdout))


@pytest.mark.parametrize("task", TASKS)
def test_what_python_m_executes_holds_nothing_that_another_module_could_import(task):
    docstring, of_main, call = ast.parse((ROOT / "training" / task / "__main__.py").read_text(encoding="utf-8")).body
    assert ast.unparse(of_main) == f"from training.{task}.commands import main" and ast.unparse(call) == "main()"
