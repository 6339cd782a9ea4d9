"""How the house is built: arrows go down, imports are cheap, files have one subject."""

import ast
import importlib
import subprocess
import sys
from pathlib import Path

import pytest

import rnn_models

ROOT = Path(__file__).resolve().parents[1]
LIBRARY = sorted((ROOT / "rnn_models").rglob("*.py"))

# The lower a floor, the fewer it may stand on. `layers/__init__.py` only gathers names.
FLOORS = {
    "rnn_models.backend": 0,
    "rnn_models.checks": 0,
    "rnn_models.checksums": 0,
    "rnn_models.files": 0,
    "rnn_models.memory": 0,
    "rnn_models.padding": 0,
    "rnn_models.tables": 0,
    "rnn_models.layers.checks": 0,
    "rnn_models.decoding.strategies": 0,
    "rnn_models.text.sentences": 0,
    "rnn_models.decoding": 0,
    "rnn_models.text": 0,
    "rnn_models.vision": 0,
    "rnn_models.text.characters": 0,
    "rnn_models.vision.pictures": 0,
    "rnn_models.vision.torch_weights": 0,
    "rnn_models.vision.efficientnet": 1,
    "rnn_models.text.words": 0,
    "rnn_models.text.tokenizers": 1,
    "rnn_models.layers.cells": 1,
    "rnn_models.layers.attention": 1,
    "rnn_models.layers.backpropagation": 1,
    "rnn_models.layers.attentive_backpropagation": 1,
    "rnn_models.layers.recurrent": 2,
    "rnn_models.layers.attentive": 2,
    "rnn_models.layers.stacked": 2,
    "rnn_models.layers.truncation": 2,
    "rnn_models.layers.transfer": 2,
    "rnn_models.losses": 1,
    "rnn_models.layers": 2,
    "rnn_models.decoding.results": 2,
    "rnn_models.decoding.decoder": 2,
    "rnn_models.bundles": 2,
    "rnn_models.vision.encoder": 2,
}


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(path: Path) -> set[str]:
    """Every module that a file imports, wherever in the file; also those named in `import_module("...")`."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import"
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                is_module = (ROOT / Path(*whole.split("."))).with_suffix(".py").is_file()
                found.add(whole if is_module else node.module)
        elif isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "import_module":
            found |= {a.value for a in node.args if isinstance(a, ast.Constant)}
    return found


def rooms(names: set[str]) -> set[str]:
    return {name.split(".")[0] for name in names}


def run(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, timeout=300)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize(
    ("room", "forbidden"),
    [
        ("rnn_models", {"apps", "training", "benchmarks", "tests"}),
        ("apps", {"training", "benchmarks", "tests"}),
        ("training", {"apps", "benchmarks", "tests"}),
    ],
)
def test_the_arrows_between_the_rooms(room, forbidden):
    files = sorted((ROOT / room).rglob("*.py"))
    assert files
    for path in files:
        assert not rooms(imports(path)) & forbidden, path


def test_the_arrows_inside_the_library_go_down():
    for path in LIBRARY:
        here = name_of(path)
        if here == "rnn_models" or here.startswith("rnn_models.tasks"):
            continue
        assert here in FLOORS, f"{here} is new: give it a floor"
        for there in imports(path):
            if there.startswith("rnn_models"):
                assert not there.startswith("rnn_models.tasks"), path
                assert FLOORS[there] <= FLOORS[here], f"{here} imports {there}"


def test_a_backend_is_imported_in_one_file_only_and_only_when_it_is_used():
    for path in LIBRARY:
        named = rooms(imports(path)) & {"tensorflow", "jax", "torch"}
        assert not named or path.name == "backend.py", path
    tree = ast.parse((ROOT / "rnn_models" / "backend.py").read_text(encoding="utf-8"))
    at_the_top = {alias.name for node in tree.body if isinstance(node, ast.Import) for alias in node.names}
    assert not at_the_top & {"tensorflow", "jax", "torch"}


def test_the_library_has_no_command_line_no_page_and_no_downloads():
    for path in LIBRARY:
        assert not rooms(imports(path)) & {"argparse", "tyro", "gradio", "pooch", "urllib", "requests", "pickle"}, path
        calls = [n.func for n in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(n, ast.Call)]
        assert not {f.id for f in calls if isinstance(f, ast.Name)} & {"print", "eval", "exec"}, path


def test_importing_the_library_is_cheap():
    heavy = {"keras", "tensorflow", "jax", "torch", "numpy", "gradio"}
    assert run(f"import sys, rnn_models; print(sorted({heavy!r} & set(sys.modules)))") == "[]"


def test_a_name_that_needs_no_keras_loads_none():
    code = "import sys, rnn_models; rnn_models.available(), rnn_models.CharVocabulary; print('keras' in sys.modules)"
    assert run(code) == "False"


def test_public_names():
    assert len(rnn_models.__all__) == len(set(rnn_models.__all__)) > 15
    for name in rnn_models.__all__:
        thing = getattr(rnn_models, name)
        assert thing.__name__ == name and thing.__doc__, name
        assert name in dir(rnn_models)
    with pytest.raises(AttributeError, match="no attribute 'LSTM'"):
        rnn_models.LSTM  # noqa: B018


def test_every_layer_is_registered_for_saving():
    layers = importlib.import_module("rnn_models.layers")
    keras = importlib.import_module("keras")
    classes = [getattr(layers, n) for n in layers.__all__]
    classes = [c for c in classes if isinstance(c, type) and issubclass(c, keras.layers.Layer)]
    for made in [c for c in classes if c.__name__ != "RecurrentCell"]:
        assert keras.saving.get_registered_object(f"rnn_models>{made.__name__}") is made


def test_files_have_one_subject():
    for path in LIBRARY:
        lines = len(path.read_text(encoding="utf-8").splitlines())
        limit = 450 if path.parent.name == "tasks" else 400  # a task reads better in one piece
        assert lines <= limit, f"{path} has {lines} lines: it has two subjects, split it"


def test_public_functions_have_types_and_docstrings():
    for path in LIBRARY:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        assert ast.get_docstring(tree) or not tree.body, path
        for node in tree.body:
            if isinstance(node, ast.ClassDef | ast.FunctionDef) and not node.name.startswith("_"):
                assert ast.get_docstring(node), f"{path}: {node.name}"
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
                assert node.returns is not None, f"{path}: {node.name}"
                assert all(a.annotation for a in node.args.args), f"{path}: {node.name}"


def test_the_top_of_the_repository_stays_small():
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    if tracked.returncode or not tracked.stdout:
        pytest.skip("not a git checkout")
    expected = {
        *("apps", "rnn_models", "training", "tests", "benchmarks", "pretrained", "docs", ".ci"),
        *("README.md", "LICENSE", "requirements.txt", "requirements-dev.txt", "pyproject.toml", ".gitignore"),
        *("SECURITY.md", "Dockerfile", ".dockerignore"),
    }
    top = {name.split("/")[0] for name in tracked.stdout.splitlines()}
    assert top <= expected, top - expected


def test_trained_weights_stay_small():
    """Clones, Spaces and first starts stay quick."""
    sizes = {path: path.stat().st_size for path in (ROOT / "pretrained").rglob("*") if path.is_file()}
    assert sizes
    captioning = sum(size for path, size in sizes.items() if "captioning" in path.parts)
    assert captioning <= 13_000_000
    assert sum(sizes.values()) <= 48_000_000
