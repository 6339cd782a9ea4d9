"""The package as others install it: a wheel, in an environment of its own, outside the checkout, on each backend."""

import importlib.util
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]

USE = """
import sys
import rnn_models
assert "keras" not in sys.modules
import keras, numpy as np
x, y = np.random.default_rng(0).normal(size=(8, 5, 3)).astype("float32"), np.arange(8) % 2
model = keras.Sequential([keras.Input((None, 3)), rnn_models.Recurrent(rnn_models.LSTMCell(4)), keras.layers.Dense(2)])
model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
model.fit(x, y, epochs=1, verbose=0)
model.save("mine.keras")
again = keras.models.load_model("mine.keras")
assert np.abs(again.predict(x, verbose=0) - model.predict(x, verbose=0)).max() < 1e-5
assert rnn_models.available() == []
digits = rnn_models.load("translation/reverse", folder=sys.argv[1])
print(rnn_models.__file__, keras.backend.backend(), digits.translate("123").text, sep="|")
"""


def run(*command: object, **options: object) -> str:
    """What a command printed."""
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=300, **options)
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout.strip()


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> Path:
    """A folder with a wheel and the sdist that it was made from, built of the files that are tracked."""
    folder = tmp_path_factory.mktemp("package")
    for name in ("pyproject.toml", "setup.py", "MANIFEST.in", "README.md", "LICENSE", *ROOT.glob("requirements*.txt")):
        shutil.copy(ROOT / name, folder)
    shutil.copytree(ROOT / "rnn_models", folder / "rnn_models", ignore=shutil.ignore_patterns("__pycache__"))
    for other in ("apps", "training", "tests", "benchmarks", "pretrained"):  # they stay outside
        (folder / other).mkdir()
        (folder / other / "__init__.py").touch()
    back_end = "import sys; from setuptools import build_meta as b; getattr(b, 'build_' + sys.argv[1])(sys.argv[2])"
    run(sys.executable, "-c", back_end, "sdist", folder / "dist", cwd=folder)
    shutil.unpack_archive(next((folder / "dist").glob("*.tar.gz")), folder / "unpacked")
    (source,) = (folder / "unpacked").iterdir()
    run(sys.executable, "-c", back_end, "wheel", folder / "dist", cwd=source)
    return folder / "dist"


def test_what_is_in_the_wheel(built):
    """Building costs 2 s. The library and nothing else, with its types, and each version as requirements.txt has it."""
    (wheel,) = built.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        about = archive.read(next(name for name in names if name.endswith("METADATA"))).decode()
    there = {path.relative_to(ROOT).as_posix() for path in (ROOT / "rnn_models").rglob("*.py")}
    assert {name for name in names if ".dist-info/" not in name} == there | {"rnn_models/py.typed"}
    needed = [line.partition(": ")[2] for line in about.splitlines() if line.startswith("Requires-Dist")]
    always = [line for line in needed if "extra ==" not in line]
    assert len(always) == 6 and not [line for line in always if "gradio" in line]
    extras = {line.split('"')[1] for line in needed if "extra ==" in line}
    assert extras == {"apps", "dev", "hub"}
    assert [line for line in needed if line.startswith("gradio==") and line.endswith('extra == "apps"')]


@pytest.fixture(scope="module")
def installed(built, tmp_path_factory) -> Path:
    """The Python of a new environment that holds the wheel; what the wheel needs is that of the running one."""
    home = tmp_path_factory.mktemp("environment")
    run(sys.executable, "-m", "venv", home, "--without-pip")
    python = home / "bin" / "python"
    packages = Path(run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"))
    options = ("--no-deps", "--no-index", "--no-compile", "--quiet", "--target", packages)
    run(sys.executable, "-m", "pip", "install", *options, next(built.glob("*.whl")))
    (packages / "running.pth").write_text("\n".join(path for path in sys.path if path.endswith("site-packages")))
    return python


@pytest.mark.slow  # 10 s a backend
@pytest.mark.parametrize("backend", ["tensorflow", "jax", "torch"])
def test_the_wheel_works_outside_the_checkout(backend, installed, tmp_path):
    if importlib.util.find_spec(backend) is None:
        pytest.skip(f"{backend} is not installed")
    shutil.copytree(ROOT / "pretrained" / "translation" / "reverse", tmp_path / "models" / "translation" / "reverse")
    environment = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "RNN_MODELS_DIR")}
    environment["KERAS_BACKEND"] = backend
    said = run(installed, "-c", USE, tmp_path / "models", cwd=tmp_path, env=environment)
    file, used, text = said.splitlines()[-1].split("|")
    assert Path(file).is_relative_to(installed.parents[1]) and used == backend
    assert text == "321"
