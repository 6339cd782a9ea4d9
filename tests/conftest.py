"""What all tests share: a quiet TensorFlow, fixed seeds, and the list of the contract tests.

The contract is what holds on every backend:

    KERAS_BACKEND=jax pytest -m contract

runs only `tests/library/keras` and each task's `test_model.py`; the others are then not even imported.
"""

import os
import random
import sys
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
sys.path.insert(0, str(ROOT))


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "contract: holds on every backend (KERAS_BACKEND=jax pytest -m contract)")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    is_test = collection_path.name.startswith("test_") and collection_path.suffix == ".py"
    if is_test and "contract" in config.option.markexpr.split() and not is_contract(collection_path):
        return True
    return None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if is_contract(item.path):
            item.add_marker("contract")


@pytest.fixture(autouse=True)
def _same_numbers_every_time():
    """Keras draws the seeds of its layers from Python's generator, and shuffles with NumPy's."""
    random.seed(1)
    np.random.seed(1)
