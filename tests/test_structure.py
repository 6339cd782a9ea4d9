"""How the house is built: arrows go one way, no circles, every file in its room, imports are cheap.

The rules are functions of the import graph, so that each is shown to fail for a file in the wrong place.
"""

import ast
import functools
import importlib
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import rnn_models

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("apps", "rnn_models", "training")
LIBRARY = sorted((ROOT / "rnn_models").rglob("*.py"))
Graph = dict[str, set[str]]

# Folders of `apps` that are no page, and of `training` that are no task.
APPS_ROOMS = {"shared", "server", "home", "cli", "deploy"}
KNOW_ALL_PAGES = {"apps.catalogue", "apps.cli", "apps.deploy", "apps.home", "apps.__main__", "apps.space"}
TRAINING_ROOMS = {"core", "data", "metrics"}

# The order inside a task: a file imports only what stands before it.
ORDER = ("config", "data", "inputs", "train", "evaluate", "card", "finish", "commands", "__main__")

# The lower a floor, the fewer it may stand on; a package's `__init__.py` only gathers names.
FLOORS = (
    {
        "backend",
        "custom_gradient",
        "cell_names",
        "checks",
        "checksums",
        "console",
        "decoding.strategies",
        "files",
        "hub",
        "layers.checks",
        "lazy_imports",
        "memory",
        "open_sizes",
        "padding",
        "registration",
        "steps",
        "tables",
        "text",
        "weight_files",
    },
    {
        "losses",
        "layers.recurrent_cell",
        "layers.cells",
        "layers.variants",
        "layers.attention",
        "layers.linear_recurrence",
        "layers.backpropagation",
        "vision",
    },
    {"layers", "decoding", "bundles"},
    {"tasks", "probes"},
)


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
                whole = ROOT / Path(*f"{node.module}.{alias.name}".split("."))
                is_module = whole.with_suffix(".py").is_file() or (whole / "__init__.py").is_file()
                found.add(f"{node.module}.{alias.name}" if is_module else node.module)
        elif isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "import_module":
            found |= {a.value for a in node.args if isinstance(a, ast.Constant)}
    return found


@functools.cache
def graph() -> Graph:
    files = [path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py"))]
    names = {name_of(path) for path in files}
    return {name_of(path): (imports(path) & names) - {name_of(path)} for path in files}


def arrows(found: Graph) -> Iterator[tuple[str, str]]:
    return ((here, there) for here, others in found.items() for there in others)


def room(name: str) -> str:
    return name.split(".")[0]


def part(name: str) -> str:
    """The folder below a room in which a module stands, such as "core" of training.core.fit; else ""."""
    parts = name.split(".")
    is_package = (ROOT / Path(*parts[:2]) / "__init__.py").is_file() if len(parts) > 1 else False
    return parts[1] if len(parts) > 2 or is_package else ""


# The rules: what of a graph is against them ----------------------------------------------------------


def between_rooms(found: Graph) -> list[str]:
    """The library imports neither of the other two, and those not each other."""
    allowed = {"apps": {"apps", "rnn_models"}, "training": {"training", "rnn_models"}, "rnn_models": {"rnn_models"}}
    return [f"{here} imports {there}" for here, there in arrows(found) if room(there) not in allowed[room(here)]]


def circles(found: Graph) -> list[str]:
    """Imports that only people who check types see count, too."""
    left = {here: set(others) for here, others in found.items()}
    while free := [here for here, others in left.items() if not others & left.keys()]:
        for here in free:
            del left[here]
    while tops := left.keys() - {there for here in left for there in left[here]}:  # what only leads into a circle
        for here in tops:
            del left[here]
    return [f"circle: {', '.join(sorted(left))}"] if left else []


def pages(found: Graph) -> list[str]:
    """A page imports `shared` and never another page; `server` and `shared` import no page."""
    wrong = []
    for here, there in arrows(found):
        is_page = room(there) == "apps" and part(there) not in APPS_ROOMS | {""}
        knows = any(here == one or here.startswith(f"{one}.") for one in KNOW_ALL_PAGES)
        if is_page and room(here) == "apps" and part(here) != part(there) and not knows:
            wrong.append(f"{here} imports the page {there}")
        if part(here) == "shared" and room(here) == "apps" and part(there) == "server":
            wrong.append(f"{here} imports {there}")
    return wrong


def views(found: Graph) -> list[str]:
    """What turns a result into HTML asks the result, not the model."""
    return [
        f"{here} imports {there}"
        for here, there in arrows(found)
        if re.search(r"(^|\.|_)views?$", here) and (there.endswith(".inference") or there == "apps.shared.models")
    ]


def tasks(found: Graph) -> list[str]:
    """A task imports `core`, `data`, `metrics` and never another task; these import no task, `data` only itself."""
    wrong = []
    for here, there in arrows(found):
        if room(here) != "training" or room(there) != "training" or part(here) == part(there):
            continue
        if part(there) not in TRAINING_ROOMS or part(here) == "data":
            wrong.append(f"{here} imports {there}")
    return wrong


def inside_a_task(found: Graph) -> list[str]:
    """commands → finish, evaluate → train → inputs → data, and all of them → config."""
    wrong = []
    for here, there in arrows(found):
        one, other = here.rpartition(".")[2], there.rpartition(".")[2]
        if room(here) == room(there) == "training" and part(here) == part(there) not in TRAINING_ROOMS:
            if one in ORDER and other in ORDER and ORDER.index(other) >= ORDER.index(one):
                wrong.append(f"{here} imports {there}")
            if one in ("config", "data") and other not in ORDER and other != part(here) and one == "config":
                wrong.append(f"{here} imports {there}")
    return wrong


def floor_of(name: str) -> int:
    """The floor of a module of the library: that of the longest name given in FLOORS that it begins with."""
    below = name.partition(".")[2]
    fitting = [(len(one), n) for n, floor in enumerate(FLOORS) for one in floor if f"{below}.".startswith(f"{one}.")]
    assert fitting, f"{name} has no floor: give it one in FLOORS"
    return max(fitting)[1]


def floors(found: Graph) -> list[str]:
    """The arrows inside the library go down."""
    wrong = []
    for here, there in arrows(found):
        inside = room(here) == room(there) == "rnn_models" and "rnn_models" not in (here, there)
        if inside and floor_of(there) > floor_of(here):
            wrong.append(f"{here} imports {there}")
    return wrong


def places(found: Graph) -> list[str]:
    """Every file stands in a room of its room."""
    wrong = []
    for name in found:
        top = {"apps": {"apps.catalogue", "apps.space", "apps.__main__"}, "training": set()}.get(room(name))
        if top is not None and not part(name) and name not in top | {room(name)}:
            wrong.append(f"{name} stands in no folder of {room(name)}/")
        if name.count(".") == 2 and room(name) == "training" and part(name) not in TRAINING_ROOMS:
            home = f"training.{part(name)}"
            for needed in ("__main__", "commands", "config", "train"):
                if f"{home}.{needed}" not in found:
                    wrong.append(f"{home} has no {needed}.py: a task is the same files everywhere")
        if name.count(".") == 2 and room(name) == "apps" and part(name) not in APPS_ROOMS:
            for needed in ("__main__", "page"):
                if f"apps.{part(name)}.{needed}" not in found:
                    wrong.append(f"apps.{part(name)} has no {needed}.py: a page is the same files everywhere")
    for name in found:
        if room(name) == "rnn_models" and name != "rnn_models":
            floor_of(name)
    return sorted(set(wrong))


def packages(found: Graph) -> list[str]:
    """The import of a package of the library loads none of its own modules.

    Else a thread that imports the package and one that imports a module of it wait for each other (`_DeadlockError`).
    """
    return [
        f"{here} imports {there}: let `rnn_models.lazy_imports` do it"
        for here, there in arrows(found)
        if here.startswith("rnn_models.") and there.startswith(f"{here}.")
    ]


RULES = (packages, between_rooms, circles, pages, views, tasks, inside_a_task, floors, places)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_house_keeps_its_rules(rule: Callable[[Graph], list[str]]):
    assert rule(graph()) == []


@pytest.mark.parametrize(
    ("rule", "here", "there"),
    [
        (packages, "rnn_models.layers", "rnn_models.layers.cells"),
        (between_rooms, "rnn_models.backend", "training.core.run"),
        (between_rooms, "apps.shared.models", "training.core.run"),
        (circles, "rnn_models.backend", "rnn_models.layers.recurrent"),
        (pages, "apps.char_lm.page", "apps.sentiment.inference"),
        (pages, "apps.server.launch", "apps.char_lm.page"),
        (pages, "apps.shared.components", "apps.char_lm.page"),
        (pages, "apps.shared.components", "apps.server.launch"),
        (views, "apps.translation.views", "apps.translation.inference"),
        (tasks, "training.translation.train", "training.captioning.train"),
        (tasks, "training.core.run", "training.char_lm.config"),
        (tasks, "training.data.download", "training.core.run"),
        (inside_a_task, "training.sentiment.train", "training.sentiment.evaluate"),
        (inside_a_task, "training.sentiment.config", "training.sentiment.commands"),
        (floors, "rnn_models.layers.cells", "rnn_models.layers.recurrent"),
        (floors, "rnn_models.bundles", "rnn_models.tasks.char_lm"),
        (places, "training.scores", "training.core.run"),
        (places, "apps.drawing", "apps.shared.models"),
        (places, "apps.newpage.views", "apps.shared.models"),
        (places, "training.newtask.train", "training.core.run"),
    ],
)
def test_a_rule_is_broken_by_what_breaks_it(rule, here, there):
    assert there in graph() or there in graph()[here]
    assert rule(graph() | {here: graph().get(here, set()) | {there}})


# ------------------------------------------------------------------------------------------ what files may hold


def test_a_backend_is_imported_in_three_files_only_and_only_when_it_is_used():
    every = {"tensorflow", "jax", "torch"}
    own = {"backend.py": every, "custom_gradient.py": every, "open_sizes.py": {"tensorflow"}}
    for path in LIBRARY:
        named = {room(name) for name in imports(path)} & {"tensorflow", "jax", "torch"}
        assert named <= own.get(path.name, set()), path
    for file in own:
        tree = ast.parse((ROOT / "rnn_models" / file).read_text(encoding="utf-8"))
        at_the_top = {alias.name for node in tree.body if isinstance(node, ast.Import) for alias in node.names}
        assert not at_the_top & {"tensorflow", "jax", "torch"}


def test_the_library_has_no_command_line_no_page_and_no_downloads():
    forbidden = {"argparse", "tyro", "gradio", "pooch", "urllib", "requests", "pickle"}
    for path in LIBRARY:
        # The one pickle that is read has a pinned SHA-256, and its reader a list of the few names it may hold.
        free = {"pickle"} if path.name == "torch_weights.py" else set()
        assert not {room(name) for name in imports(path)} & (forbidden - free), path
        calls = [n.func for n in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(n, ast.Call)]
        assert not {f.id for f in calls if isinstance(f, ast.Name)} & {"print", "eval", "exec"}, path


def test_a_pages_face_is_light():
    code = "import sys; from apps import catalogue; print(sorted({'gradio', 'keras', 'numpy'} & set(sys.modules)))"
    assert run(code) == "[]"


def test_importing_the_library_is_cheap():
    heavy = {"keras", "tensorflow", "jax", "torch", "numpy", "gradio"}
    code = "import sys, rnn_models; print(sorted({heavy!r} & set(sys.modules)), end=' ');"
    code += "rnn_models.available(), rnn_models.CharVocabulary; print('keras' in sys.modules)"
    assert run(code.replace("{heavy!r}", repr(heavy))) == "[] False"


@pytest.mark.parametrize(
    "first",
    [
        "import keras, rnn_models",
        "import importlib.util, rnn_models; importlib.util.find_spec('keras'); import keras",
        "import rnn_models.losses",  # what imports Keras is a module of the library
    ],
)
def test_keras_knows_every_class_once_both_are_imported(first: str):
    """A process each, of 4 s: an import cannot be undone."""
    found = [re.findall(r"register_keras_serializable\(.*\)\nclass (\w+)", path.read_text("utf-8")) for path in LIBRARY]
    code = f"{first}; import keras, sys; known = keras.saving.get_custom_objects();"
    code += "print(*(name.partition('>')[2] for name in known if name.startswith('rnn_models>')))"
    names = {"Album" if name == "ReferenceSet" else name for name in sum(found, [])}
    assert len(names) > 12 and set(run(code).split()) == names


def test_threads_that_import_the_library_at_once_do_not_stop_each_other():
    """4 s. Without lazy packages one process in five failed, with `_DeadlockError`."""
    code = """
import importlib, sys, threading, rnn_models
names = ["keras", "rnn_models.layers.cells", "rnn_models.tasks.char_lm", "rnn_models.layers"]
ready, failed = threading.Barrier(len(names)), []
def load(name):
    ready.wait()
    try:
        importlib.import_module(name)
    except BaseException as error:
        failed.append(f"{name}: {error!r}")
sys.setswitchinterval(1e-6)
threads = [threading.Thread(target=load, args=(name,)) for name in names]
for thread in threads: thread.start()
for thread in threads: thread.join()
import keras
known = [name for name in keras.saving.get_custom_objects() if name.startswith("rnn_models>")]
print(failed, len(known) > 12)
"""
    assert run(code).split() == ["[]", "True"]


def run(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, timeout=300)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


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
    for place in ROOMS:
        for path in sorted((ROOT / place).rglob("*.py")):
            # A task in one piece reads better than in fragments, and all that a backend does best stands in one file.
            most = 500 if path.parent.name == "tasks" else 400
            lines = len(path.read_text(encoding="utf-8").splitlines())
            assert lines <= most, f"{path} has {lines} lines: it has two subjects, split it"


def test_public_functions_have_types_and_docstrings():
    for place in ROOMS:
        for path in sorted((ROOT / place).rglob("*.py")):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            about = ast.get_docstring(tree)
            assert about or not tree.body, path
            assert "TODO" not in (about or ""), path
            for node in tree.body:
                if isinstance(node, ast.ClassDef | ast.FunctionDef) and not node.name.startswith("_"):
                    assert ast.get_docstring(node), f"{path}: {node.name}"
                if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
                    assert node.returns is not None, f"{path}: {node.name}"
                    assert all(a.annotation for a in node.args.args), f"{path}: {node.name}"


# ------------------------------------------------------------------------------------------ the repository


def test_the_tests_mirror_the_house():
    known = {part(name) for name in graph() if room(name) in ("apps", "training")} - APPS_ROOMS - TRAINING_ROOMS - {""}
    known |= {"library", "apps", "training", "support", "fixtures", "golden"}
    folders = {path.name for path in (ROOT / "tests").iterdir() if path.is_dir()} - {"__pycache__"}
    assert folders <= known, folders - known
    top = {path.name for path in (ROOT / "tests").glob("*.py")}
    assert top <= {"conftest.py", "test_structure.py", "test_docs.py", "__init__.py"}, top


def test_the_top_of_the_repository_stays_small():
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    if tracked.returncode or not tracked.stdout:
        pytest.skip("not a git checkout")
    expected = {
        *("apps", "rnn_models", "training", "tests", "benchmarks", "pretrained", "docs", ".ci"),
        *("README.md", "LICENSE", "requirements.txt", "requirements-dev.txt", "pyproject.toml", ".gitignore"),
        *("setup.py", "MANIFEST.in"),  # a package cannot be built from pyproject.toml with a list of versions elsewhere
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
    assert sum(sizes.values()) <= 72_000_000
