"""What all tests share: a quiet TensorFlow, fixed seeds, and the list of the contract tests.

The contract is what holds on every backend:

    KERAS_BACKEND=jax pytest -m contract

runs only the files of `CONTRACT`; the others are then not even imported.
"""

import os
import random
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[1]

CONTRACT = (
    "test_attention.py",
    "test_attentive.py",
    "test_captioning.py",
    "test_cells.py",
    "test_char_lm.py",
    "test_decoding.py",
    "test_goldens.py",
    "test_gradients.py",
    "test_losses.py",
    "test_models.py",
    "test_recurrent.py",
    "test_saving.py",
    "test_sentiment.py",
    "test_stacked.py",
    "test_subwords.py",
    "test_text.py",
    "test_tokens.py",
    "test_transfer.py",
    "test_translation.py",
    "test_truncation.py",
    "test_vision.py",
    "test_words.py",
)
"""Files whose tests run on TensorFlow, JAX and PyTorch alike."""

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("NVIDIA_TF32_OVERRIDE", "0")  # on a GPU: float32 is to mean float32
sys.path.insert(0, str(ROOT))


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "contract: holds on every backend (KERAS_BACKEND=jax pytest -m contract)")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    is_test = collection_path.name.startswith("test_") and collection_path.suffix == ".py"
    if is_test and "contract" in config.option.markexpr.split() and collection_path.name not in CONTRACT:
        return True
    return None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.name in CONTRACT:
            item.add_marker("contract")


@pytest.fixture(autouse=True)
def _same_numbers_every_time():
    """Keras draws the seeds of its layers from Python's generator, and shuffles with NumPy's."""
    random.seed(1)
    np.random.seed(1)
