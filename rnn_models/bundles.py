"""A trained model as one folder: configuration, weights, scores, card.

    config.json     the task, and the model's configuration with its vocabulary
    weights.npz     the weights in float16, one plain array each (never a pickle)
    scores.json     what was measured
    README.md       the card
    SHA256SUMS      the sums of the four, see `rnn_models.checksums`

A bundle holds data only: nothing in it is ever executed. Its sums are checked before anything of it is read.
"""

import importlib
import json
import os
import shutil
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from rnn_models import checksums
from rnn_models.files import write_json

# Task name -> where its class lives. The first part of a bundle's name is the task.
TASKS = {
    "captioning": "rnn_models.tasks.captioning:Captioner",
    "char_lm": "rnn_models.tasks.char_lm:CharLM",
    "sentiment": "rnn_models.tasks.sentiment:SentimentClassifier",
    "translation": "rnn_models.tasks.translation:Translator",
}

FORMAT = 1


def root() -> Path:
    """The folder that holds the bundles: `RNN_MODELS_DIR`, or `pretrained/` beside the package."""
    return Path(os.environ.get("RNN_MODELS_DIR") or Path(__file__).resolve().parents[1] / "pretrained")


def available(task: str | None = None) -> list[str]:
    """The names of the bundles that are here, such as "char_lm/shakespeare"; of one task only, if it is given."""
    folders = [p.parent.relative_to(root()) for p in root().glob("[!.]*/[!.]*/config.json")]
    # A hidden folder is one that `save_bundle` is writing, or could not finish.
    names = sorted(f.as_posix() for f in folders if not any(part.startswith(".") for part in f.parts))
    return [n for n in names if task is None or n.split("/")[0] == task]


def load(name: str | os.PathLike) -> Any:
    """Load a trained model.

    Args:
        name: a bundle's name, such as "char_lm/shakespeare", or the path of its folder.

    Returns:
        The task's model, e.g. `CharLM`; its `scores` and `card` attributes hold what the bundle says.

    Raises:
        ValueError: there is no such bundle, one of its files is not the one that was saved, or they do not fit
            together.
    """
    folder = root() / name if (root() / name).is_dir() else Path(name)
    if not (folder / "config.json").is_file():
        known = ", ".join(available()) or "none"
        raise ValueError(
            f"There is no bundle {str(name)!r}: no config.json in {root() / name} nor in {Path(name).resolve()}. "
            f"Bundles here: {known}. Give one of these names, the path of a bundle's folder, or set RNN_MODELS_DIR."
        )
    checksums.check(folder)
    config = _read_json(folder / "config.json")
    if config.get("format") != FORMAT or config.get("task") not in list(TASKS):
        raise ValueError(
            f"{folder / 'config.json'} has format {config.get('format')!r} and task {config.get('task')!r}; expected "
            f"format {FORMAT} and a task among {', '.join(TASKS)}. It was written by another version of this library."
        )
    model = _made(config, folder / "config.json")
    _fill(model, folder / "weights.npz")
    model.scores = _read_json(folder / "scores.json")
    card = folder / "README.md"
    model.card = card.read_text(encoding="utf-8") if card.is_file() else ""
    return model


def save_bundle(model: Any, folder: str | os.PathLike, scores: dict, card: str, dtype: str = "float16") -> Path:
    """Write `model` as a bundle; either the whole folder is there in the end, or what was there before.

    Args:
        model: a built model of one of the tasks.
        folder: where to; a bundle that is already there is replaced.
        scores: what was measured, safe for JSON.
        card: Markdown.
        dtype: of the weights in the file; they are widened again when they are loaded.

    Raises:
        ValueError: a model of no task, a weight that is not finite in `dtype`, a folder that is no bundle.
    """
    task = next((t for t, where in TASKS.items() if where.endswith(f":{type(model).__name__}")), None)
    if task is None:
        raise ValueError(f"{type(model).__name__} is no task's model; expected one of {', '.join(TASKS.values())}.")
    folder = Path(folder)
    if folder.exists() and not (folder / "config.json").is_file() and any(folder.iterdir()):
        raise ValueError(f"{folder} exists and is no bundle; it is left as it is. Give another folder.")
    weights = {name: _narrow(variable, dtype) for name, variable in named_weights(model).items()}
    folder.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    old = None
    try:
        config = {"format": FORMAT, "task": task, "model": model.get_config()}
        write_json(temporary / "config.json", config, indent=1, default=None)
        write_json(temporary / "scores.json", scores, indent=1, default=None)
        (temporary / "README.md").write_text(card, encoding="utf-8")
        _write_arrays(temporary / "weights.npz", weights)
        checksums.write(temporary)
        temporary.chmod(0o755)
        if folder.exists():
            old = folder.with_name(f".{folder.name}-old-{os.getpid()}")
            os.replace(folder, old)
        os.replace(temporary, folder)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        if old is not None and not folder.exists():
            os.replace(old, folder)
        raise
    if old is not None:
        shutil.rmtree(old)
    return folder


def named_weights(model: Any) -> dict[str, Any]:
    """The variables of a model by the names that they have in a bundle: their paths without the model's own name."""
    return {variable.path.removeprefix(f"{model.name}/"): variable for variable in model.weights}


def _write_arrays(path: Path, arrays: dict[str, np.ndarray]) -> None:
    """What `np.savez_compressed` does, by bzip2, which makes more of numbers of few digits; `np.load` reads both."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_BZIP2) as archive:
        for name, array in arrays.items():
            with archive.open(f"{name}.npy", "w") as file:
                np.lib.format.write_array(file, array, allow_pickle=False)


def _task_class(task: str) -> type:
    module, name = TASKS[task].split(":")
    return getattr(importlib.import_module(module), name)


def _made(config: dict, path: Path) -> Any:
    """The model that a configuration describes, built."""
    try:
        # Not by Keras's `from_config`, which imports what a configuration names. The precision is the reader's.
        options = {k: v for k, v in config["model"].items() if k != "dtype"}
        model = _task_class(config["task"])(**options)
        model.build((None, None))
    except Exception as error:  # whatever a broken configuration makes of the constructors
        raise ValueError(
            f"{path} describes no model of the task {config['task']!r}: {error} Copy the bundle's folder whole."
        ) from error
    return model


def _arrays(path: Path) -> dict[str, np.ndarray]:
    """The weights in a file, by name. No pickle is ever loaded."""
    if not path.is_file():
        raise ValueError(f"{path} is missing; expected the weights of the bundle. Copy the bundle's folder whole.")
    try:
        with np.load(path, allow_pickle=False) as stored:
            given = {name: stored[name] for name in stored.files}
    except Exception as error:  # a broken archive fails in many ways
        raise ValueError(
            f"{path} cannot be read: {error}. Expected an .npz archive of plain arrays. Copy the bundle's folder whole."
        ) from error
    for name, array in given.items():
        dtype = getattr(array, "dtype", None)  # None: no array at all, but another file
        if dtype is None or dtype.kind != "f" or not np.isfinite(array).all():
            raise ValueError(
                f"{path}: {name} has dtype {dtype} or values that are not finite; expected finite floating-point "
                "numbers. Make the bundle again."
            )
    return given


def _fill(model: Any, path: Path) -> None:
    given = _arrays(path)
    expected = named_weights(model)
    if set(given) != set(expected):
        raise ValueError(
            f"{path} holds other weights than config.json asks for: missing {sorted(set(expected) - set(given))}, "
            f"left over {sorted(set(given) - set(expected))}. Take config.json and weights.npz from the same bundle."
        )
    for name, variable in expected.items():
        if given[name].shape != tuple(variable.shape):
            raise ValueError(
                f"{path}: {name} has shape {given[name].shape}; expected {tuple(variable.shape)} by config.json. "
                "Take both files from the same bundle."
            )
        variable.assign(given[name].astype(variable.dtype))


def _narrow(variable: Any, dtype: str) -> np.ndarray:
    import keras

    value = keras.ops.convert_to_numpy(variable).astype("float32")
    with np.errstate(over="ignore"):  # told below, in words
        narrow = value.astype(dtype)
    if not np.isfinite(narrow).all():
        raise ValueError(
            f"{variable.path} has values that {dtype} cannot hold (largest {np.abs(value).max():.3g}, or NaN); "
            "the bundle was not written. Train again, or save with dtype='float32'."
        )
    return narrow


def _read_json(path: Path) -> dict:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise ValueError(f"{path} cannot be read as JSON: {error}. Copy the bundle's folder whole.") from error
    if not isinstance(content, dict):
        raise ValueError(
            f"{path} holds a {type(content).__name__}; expected a JSON object. Copy the bundle's folder whole."
        )
    return content
