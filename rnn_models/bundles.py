"""A trained model as one folder: configuration, weights, scores, card.

    config.json     the task, and the model's configuration with its vocabulary
    weights.npz     the weights in float16, one plain array each (never a pickle)
    scores.json     what was measured
    README.md       the card
    words.txt       the words of the training text, one a line; not every bundle has it
    SHA256SUMS      the sums of these, see `rnn_models.checksums`

A bundle holds data only: nothing in it is ever executed. Its sums are checked before anything of it is read.
"""

import importlib
import json
import math
import os
import shutil
import tempfile
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from rnn_models import checksums, weight_files
from rnn_models.checks import is_integer
from rnn_models.files import write_json
from rnn_models.hub import download

# Task name -> where its class lives. The first part of a bundle's name is the task.
TASKS = {
    "captioning": "rnn_models.tasks.captioning:Captioner",
    "char_lm": "rnn_models.tasks.char_lm:CharLM",
    "digits": "rnn_models.tasks.digits:DigitReader",
    "draw": "rnn_models.tasks.draw:DRAW",
    "glimpses": "rnn_models.tasks.glimpses:GlimpseReader",
    "sentiment": "rnn_models.tasks.sentiment:SentimentClassifier",
    "translation": "rnn_models.tasks.translation:Translator",
    "video": "rnn_models.tasks.video:VideoLabeler",
}

FORMAT = 1

# The files of a bundle, and how many bytes of each are taken from the Hub at most.
FILES = {
    "config.json": 50_000_000,
    "weights.npz": 1_000_000_000,
    "scores.json": 10_000_000,
    "README.md": 10_000_000,
    "words.txt": 50_000_000,
    checksums.SUMS: 100_000,
}
NUMBERS_OF_A_STRANGER = 500_000_000  # 2 GB in float32: a small archive can unpack to a thousand times its size


def root() -> Path:
    """The folder that holds the bundles: `RNN_MODELS_DIR`, or `pretrained/` beside the package, as in a checkout."""
    return Path(os.environ.get("RNN_MODELS_DIR") or Path(__file__).resolve().parents[1] / "pretrained")


def available(task: str | None = None, folder: str | os.PathLike | None = None) -> list[str]:
    """The names of the bundles that are here, such as "char_lm/shakespeare".

    Args:
        task: the names of this task only.
        folder: where to look; None: in `root()`.
    """
    home = root() if folder is None else Path(folder)
    folders = [p.parent.relative_to(home) for p in home.glob("[!.]*/[!.]*/config.json")]
    # A hidden folder is one that `save_bundle` is writing, or could not finish.
    names = sorted(f.as_posix() for f in folders if not any(part.startswith(".") for part in f.parts))
    return [n for n in names if task is None or n.split("/")[0] == task]


def load(
    name: str | os.PathLike,
    folder: str | os.PathLike | None = None,
    hub: bool = False,
    revision: str | None = None,
) -> Any:
    """Load a trained model.

    Args:
        name: a bundle's name, such as "char_lm/shakespeare", or the path of its folder. With `hub` the name of a
            repository, "owner/repository", and after it the bundle's folder in there, if it is not the repository
            itself: "owner/repository/char_lm/shakespeare".
        folder: where bundles are looked for by name; None: in the folder that `RNN_MODELS_DIR` names, or in the
            checkout's `pretrained/`.
        hub: fetch the bundle from the Hugging Face Hub (`pip install huggingface_hub`). Nothing is ever downloaded
            without it.
        revision: of the repository: a branch, a tag, or best the hash of a commit, whose files cannot change.

    Returns:
        The task's model, e.g. `CharLM`; its `scores` and `card` attributes hold what the bundle says.

    Raises:
        ValueError: there is no such bundle, one of its files is not the one that was saved, or they do not fit
            together.
    """
    if hub:
        if folder is not None:
            raise ValueError(f"folder is {folder!r}, and hub is True; expected one of the two. Leave one of them out.")
        return _load(download(os.fspath(name), revision, FILES), stranger=True)
    if revision is not None:
        raise ValueError(f"revision is {revision!r}, and hub is False. Give hub=True, or leave revision out.")
    home = root() if folder is None else Path(folder)
    found = home / name if (home / name).is_dir() else Path(name)
    if not (found / "config.json").is_file():
        known = ", ".join(available(folder=home)) or "none"
        raise ValueError(
            f"There is no bundle {str(name)!r}: no config.json in {home / name} nor in {Path(name).resolve()}. "
            f"Bundles here: {known}. Give one of these names, the path of a bundle's folder, the folder that holds "
            "it (folder=), or set RNN_MODELS_DIR; a repository of the Hub is read with hub=True."
        )
    return _load(found)


def _load(folder: Path, stranger: bool = False) -> Any:
    """The model of a bundle's folder. Of a stranger's, the size is limited, too."""
    checksums.check(folder)
    config = _read_json(folder / "config.json")
    if config.get("format") != FORMAT or config.get("task") not in list(TASKS):
        raise ValueError(
            f"{folder / 'config.json'} has format {config.get('format')!r} and task {config.get('task')!r}; expected "
            f"format {FORMAT} and a task among {', '.join(TASKS)}. It was written by another version of this library."
        )
    model = _restored(config, folder, NUMBERS_OF_A_STRANGER if stranger else None)
    model.scores = _read_json(folder / "scores.json")
    card = folder / "README.md"
    model.card = card.read_text(encoding="utf-8") if card.is_file() else ""
    return model


def save_bundle(
    model: Any,
    folder: str | os.PathLike,
    scores: dict,
    card: str,
    dtype: str = "float16",
    words: Iterable[str] = (),
) -> Path:
    """Write `model` as a bundle; either the whole folder is there in the end, or what was there before.

    Args:
        model: a built model of one of the tasks.
        folder: where to; a bundle that is already there is replaced.
        scores: what was measured, safe for JSON.
        card: Markdown.
        dtype: of the weights in the file; they are widened again when they are loaded.
        words: of the training text, as `rnn_models.text.words.words_of` gives them: a page can then tell new ones.

    Raises:
        ValueError: a model of no task, a weight that is not finite in `dtype`, a folder that is no bundle.
    """
    task = next((t for t, where in TASKS.items() if where.endswith(f":{type(model).__name__}")), None)
    if task is None:
        raise ValueError(f"{type(model).__name__} is no task's model; expected one of {', '.join(TASKS.values())}.")
    folder = Path(folder)
    if folder.exists() and not (folder / "config.json").is_file() and any(folder.iterdir()):
        raise ValueError(f"{folder} exists and is no bundle; it is left as it is. Give another folder.")
    weights = {name: weight_files.narrowed(variable, dtype) for name, variable in named_weights(model).items()}
    folder.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    old = None
    try:
        config = {"format": FORMAT, "task": task, "model": model.get_config()}
        write_json(temporary / "config.json", config, indent=1, default=None)
        write_json(temporary / "scores.json", scores, indent=1, default=None)
        (temporary / "README.md").write_text(card, encoding="utf-8")
        if words := sorted(set(words)):
            (temporary / "words.txt").write_text("\n".join([*words, ""]), encoding="utf-8")
        weight_files.write_arrays(temporary / "weights.npz", weights)
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


def _task_class(task: str) -> type:
    module, name = TASKS[task].split(":")
    return getattr(importlib.import_module(module), name)


def _restored(config: dict, folder: Path, most: int | None) -> Any:
    """The model that a configuration describes, with its weights.

    What the configuration asks for is compared with the headers of the arrays before a number of it is there: a broken
    or hostile one costs neither memory nor time.
    """
    import keras

    source = folder / "weights.npz"
    names = weight_files.names_in(source)
    _check_depth(config, len(names), folder / "config.json")
    # In a thread of its own, with whose end Keras forgets the variables that never get a value.
    with ThreadPoolExecutor(1) as thread:
        shapes = thread.submit(_shapes, config, folder / "config.json").result()
    if names != set(shapes):
        raise ValueError(
            f"{source} holds other weights than config.json asks for: missing {sorted(set(shapes) - names)}, "
            f"left over {sorted(names - set(shapes))}. Take config.json and weights.npz from the same bundle."
        )
    total = sum(map(math.prod, shapes.values()))
    if most is not None and total > most:
        raise ValueError(
            f"{source} holds {total:,} numbers; from the Hub at most {most:,} are read. If you trust it, download its "
            "folder, and load it by its path."
        )
    arrays = weight_files.read_arrays(source, shapes)
    with keras.StatelessScope():  # variables get their values when it ends
        model = _made(config, folder / "config.json")
        sources = {name: _Stored(variable, arrays[name]) for name, variable in named_weights(model).items()}
    for stored in sources.values():
        stored.finish()
    return model


class _Stored:
    """A weight of a bundle in the place of a variable's initializer, whose numbers would be overwritten at once."""

    def __init__(self, variable: Any, array: np.ndarray) -> None:
        self.variable, self.array, self.used = variable, array, False
        variable._initializer = self

    def __call__(self, shape: tuple, dtype: Any = None) -> Any:
        import keras

        self.used = True
        return keras.ops.convert_to_tensor(self.array.astype(dtype or "float32"))

    def finish(self) -> None:
        """Should Keras not have asked for the value, assign it."""
        if not self.used:
            self.variable.assign(self.array.astype(self.variable.dtype))
        del self.array


def _check_depth(config: dict, arrays: int, path: Path) -> None:
    """Each layer has an array at least: with more layers than arrays, the loop that makes them need not begin."""
    layers = config["model"].get("layers") if isinstance(config.get("model"), dict) else None
    if is_integer(layers) and layers > arrays:
        raise ValueError(
            f"{path} asks for {layers} layers, and weights.npz holds {arrays} arrays: other weights than config.json "
            "asks for. Take config.json and weights.npz from the same bundle."
        )


def _shapes(config: dict, path: Path) -> dict[str, tuple[int, ...]]:
    """The shape of each weight that a configuration asks for, without any numbers."""
    import keras

    with keras.StatelessScope(initialize_variables=False):
        return {name: tuple(variable.shape) for name, variable in named_weights(_made(config, path)).items()}


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
