"""What all tests share: a quiet TensorFlow, fixed seeds, compiled programs, and the list of the contract tests.

`tests/NAME` mirrors `rnn_models/tasks/NAME.py`, `training/NAME` and `apps/NAME`; `tests/library` holds the library's
tests: `plain` without a backend's help, `keras` on every backend, `tensorflow` on TensorFlow alone. The contract
(`KERAS_BACKEND=jax pytest -m contract`) is what holds on every backend, `tests/library/keras` and each task's
`test_model.py`; the others are then not even imported. A long test is marked `slow`, one in a browser `browser`:
`pytest -m "slow or browser"` runs these. A new test that takes more than two seconds says in its docstring what it
costs and why: most often a program that is compiled, so take shapes and models that others have already.

Programs that were compiled once are kept in a folder for all processes of a run. It is a new one for each run, unless
RNN_TEST_PROGRAMS names one that is to be used again.
"""

import os
import random
import shutil
import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[1]

pytest_plugins = ["tests.support.app_fixtures"]


def is_contract(path: Path) -> bool:
    """Whether the tests of a file hold on TensorFlow, JAX and PyTorch alike."""
    parts = path.relative_to(ROOT / "tests").parts
    return parts[:2] == ("library", "keras") or parts[1:] == ("test_model.py",)


os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("NVIDIA_TF32_OVERRIDE", "0")  # on a GPU: float32 is to mean float32
# Programs of tests run for milliseconds and are compiled for seconds.
# The fusion emitters double what JAX needs to compile.
os.environ.setdefault("XLA_FLAGS", "--xla_backend_optimization_level=0 --xla_cpu_use_fusion_emitters=false")
if os.environ["KERAS_BACKEND"] == "torch":
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # two workers on two cores
sys.path.insert(0, str(ROOT))


def keep_programs(folder: str) -> None:
    """TensorFlow and JAX write what they compile to `folder`, and read it there; also in processes of this one."""
    os.environ.setdefault("TF_XLA_FLAGS", f"--tf_xla_persistent_cache_directory={folder}")
    os.environ.setdefault("JAX_COMPILATION_CACHE_DIR", folder)
    os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0")


if "RNN_TEST_PROGRAMS" in os.environ:  # given by the user, or by the process that started this one
    Path(os.environ["RNN_TEST_PROGRAMS"]).mkdir(parents=True, exist_ok=True)
else:
    PROGRAMS = os.environ["RNN_TEST_PROGRAMS"] = tempfile.mkdtemp(prefix="rnn-programs-")
keep_programs(os.environ["RNN_TEST_PROGRAMS"])


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "contract: holds on every backend (KERAS_BACKEND=jax pytest -m contract)")


def pytest_unconfigure() -> None:
    if "PROGRAMS" in globals():
        shutil.rmtree(PROGRAMS, ignore_errors=True)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    is_test = collection_path.name.startswith("test_") and collection_path.suffix == ".py"
    if is_test and "contract" in config.option.markexpr.split() and not is_contract(collection_path):
        return True
    return None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if is_contract(item.path):
            item.add_marker("contract")


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Long bytes give a test no name: a packed file holds the second in which it was made, and workers then differ."""
    return argname if isinstance(val, bytes) and len(val) > 40 else None


@pytest.fixture(autouse=True)
def _same_numbers_every_time():
    """Keras draws the seeds of its layers from Python's generator, and shuffles with NumPy's."""
    random.seed(1)
    np.random.seed(1)
