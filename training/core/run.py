"""A run's folder: configuration, log, loss curve, samples, checkpoints; going on after a crash."""

import csv
import io
import json
import math
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from rnn_models.files import remove_leftovers, write_atomic, write_json
from training.core.errors import DivergedError
from training.core.options import FREE_OPTIONS, FitOptions

if TYPE_CHECKING:
    from rnn_models.text.tokenizers import Tokenizer


DATA = "data.json"
"""The file in a run's folder with the sums of the data."""


@dataclass
class RunState:
    """Where a run stands after a whole number of epochs; all of it is in every checkpoint."""

    epoch: int = 0
    best_score: float = math.inf
    best_epoch: int = 0
    wait: int = 0
    stopped: bool = False
    seconds: float = 0.0
    history: list[dict[str, float]] = field(default_factory=list)
    samples: list[dict[str, Any]] = field(default_factory=list)


class Run:
    """The folder of one training run.

        config.json             the options
        data.json               the sums of the data
        tokenizer.json          what the model reads and writes
        log.csv                 one line an epoch
        curve.png               the losses over the epochs
        gradients.csv, .png     how large the gradients of the states were, with --gradients
        samples.txt             what the model wrote
        scores.json             the final scores (`finish.Finish` writes it)
        checkpoints/last.npz    weights, optimizer, random states and `RunState` after the last whole epoch
        checkpoints/best.npz    the weights of the best epoch

    Every file is written atomically, and log, curve and samples are written anew from the state in the
    checkpoint, so that they agree with it also after a crash.

    Args:
        folder: made if it is not there.
        config: JSON-safe options.
        resume: go on with the run in `folder`; its configuration must be the same.
        free: options that may differ when a run is resumed.
        writer: whether this process writes the files (process 0 where there are several).
        usual: what each option is unless it is given. A run that began before an option existed had this.
    """

    def __init__(
        self,
        folder: Path,
        config: dict[str, Any],
        resume: bool = False,
        free: Collection[str] = (),
        writer: bool = True,
        usual: Mapping[str, Any] | None = None,
    ):
        self.folder, self.writer = Path(folder), writer
        self.state = RunState()
        self.last = self.folder / "checkpoints" / "last.npz"
        self.best = self.folder / "checkpoints" / "best.npz"
        self.config, self.path = config, self.folder / "config.json"
        self.sums: dict[str, str] | None = None
        if resume:
            self._check_config({**(usual or {}), **read_config(self.folder)}, config, FREE_OPTIONS | set(free))
        elif self.path.exists() and writer:
            raise ValueError(
                f"{self.folder} holds a run already. Go on with it: --run-dir {self.folder} --resume; "
                "or name another folder."
            )

    def check_data(self, name: str, sums: dict[str, str]) -> None:
        """Compare the data with those that the run was begun with; a new run keeps their sums when it begins.

        A changed text, label or picture would give another meaning to the weights; and where a split is drawn anew,
        texts that were trained on come into the test.

        Args:
            name: what the data are called: a file, or a public data set.
            sums: of `training.data.sums.data_sums`.

        Raises:
            ValueError: they differ; names the data and the run.
        """
        self.sums, path = sums, self.folder / DATA
        if not self.path.exists() or not path.exists():
            return
        old = json.loads(path.read_text(encoding="utf-8"))
        if changed := [part for part in sorted(old.keys() | sums.keys()) if old.get(part) != sums.get(part)]:
            raise ValueError(
                f"{name} is not what the run in {self.folder} was begun with ({', '.join(changed)} changed): put the "
                "data back as they were, or start a new run without --resume."
            )

    def begin(self) -> None:
        """Make the folder; before this nothing is written."""
        if not self.writer:
            return
        remove_leftovers(self.folder)
        if self.sums is not None and not self.last.exists():
            write_json(self.folder / DATA, self.sums)
        if not self.path.exists():
            write_json(self.path, self.config)

    def _check_config(self, old: dict[str, Any], new: dict[str, Any], free: set[str]) -> None:
        changed = [
            f"{name} was {old.get(name)!r}, now {new.get(name)!r}"
            for name in sorted((old.keys() | new.keys()) - free)
            if old.get(name) != new.get(name)
        ]
        if changed:
            raise ValueError(
                f"The run in {self.folder} cannot be resumed with other options: {'; '.join(changed)}. "
                "Leave them out (they are read from its config.json), or start a new run."
            )

    def restore(self, model: keras.Model, optimizer: keras.optimizers.Optimizer) -> bool:
        """Load the last checkpoint into a built model and a built optimizer; False if there is none yet."""
        if not self.last.exists():
            return False
        with np.load(self.last, allow_pickle=False) as content:
            _assign(model.variables, content, "model", self.last)
            _assign(optimizer.variables, content, "optimizer", self.last)
            self.state = RunState(**json.loads(content["state"].tobytes()))
        return True

    def load_best(self, model: keras.Model) -> None:
        """Load the best epoch's weights into a built model."""
        with np.load(self.best, allow_pickle=False) as content:
            _assign(model.weights, content, "model", self.best)

    def save_best(self, model: keras.Model) -> None:
        if self.writer:
            write_atomic(self.best, _npz(_arrays(model.weights, "model")))

    def save_last(self, model: keras.Model, optimizer: keras.optimizers.Optimizer) -> None:
        state = np.frombuffer(json.dumps(asdict(self.state)).encode(), dtype="uint8")
        arrays = _arrays(model.variables, "model") | _arrays(optimizer.variables, "optimizer")
        if self.writer:
            write_atomic(self.last, _npz(arrays | {"state": state}))

    def write_log(self) -> None:
        """log.csv, curve.png and samples.txt from the state."""
        if not self.writer or not self.state.history:
            return
        text = io.StringIO()
        log = csv.DictWriter(text, fieldnames=list(self.state.history[0]), lineterminator="\n")
        log.writeheader()
        log.writerows(self.state.history)
        write_atomic(self.folder / "log.csv", text.getvalue())
        write_atomic(self.folder / "curve.png", loss_curve(self.state.history))
        samples = "".join(f"=== epoch {s['epoch']} ===\n{s['text']}\n\n" for s in self.state.samples)
        write_atomic(self.folder / "samples.txt", samples)


def stored_state(folder: Path) -> RunState:
    """Where the run in a folder stands."""
    with np.load(Path(folder) / "checkpoints" / "last.npz", allow_pickle=False) as content:
        return RunState(**json.loads(content["state"].tobytes()))


def read_config(folder: Path) -> dict[str, Any]:
    """The options of the run in a folder."""
    path = Path(folder) / "config.json"
    if not path.is_file():
        raise ValueError(f"{folder} holds no run (no config.json): nothing to resume. Start it without --resume.")
    return json.loads(path.read_text(encoding="utf-8"))


class Recorder(keras.callbacks.Callback):
    """Keeps a `Run` while `fit` goes on: log, best weights, early stopping, checkpoint; stops on NaN.

    Keras's own ModelCheckpoint, EarlyStopping, CSVLogger and BackupAndRestore each keep a file or a counter
    of their own; after `kill -9` they can disagree. Here one file, replaced atomically, holds all of it.

    Args:
        run: the run.
        kept: the model whose variables are kept (the one in `fit` may wrap it).
        monitor: the loss that decides which epoch is best; smaller is better.
        patience: stop after so many epochs without a better one; 0: never.
        sample: `epoch -> text or None`, called after each epoch.
    """

    def __init__(
        self,
        run: Run,
        kept: keras.Model,
        monitor: str = "val_loss",
        patience: int = 0,
        sample: Callable[[int], str | None] | None = None,
    ):
        super().__init__()
        self.run, self.kept, self.monitor, self.patience, self.sample = run, kept, monitor, patience, sample

    def on_train_begin(self, logs: dict | None = None) -> None:
        self._started = time.monotonic() - self.run.state.seconds

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        # the loss in the logs is the mean since the epoch began: one bad batch makes it bad for good
        loss = float(logs["loss"])
        if not math.isfinite(loss):
            raise DivergedError(self._message(f"loss is {loss} at batch {batch + 1}"))

    def _message(self, what: str) -> str:
        state = self.run.state
        kept = (
            f"The weights after epoch {state.epoch} are in {self.run.last}, the best (epoch "
            f"{state.best_epoch}, {self.monitor} {state.best_score:.4f}) in {self.run.best}."
            if state.epoch
            else "No epoch was finished, so no weights were kept."
        )
        return (
            f"Stopped: {what} of epoch {state.epoch + 1}. {kept} "
            "Try a smaller --learning-rate or --clip-norm, a longer --warmup, or --mixed-precision float32."
        )

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        state = self.run.state
        losses = {name: float(value) for name, value in logs.items()}
        if not all(map(math.isfinite, losses.values())):
            raise DivergedError(self._message(f"{losses} at the end"))
        state.epoch = epoch + 1
        state.seconds = time.monotonic() - self._started
        rate = float(keras.ops.convert_to_numpy(self.model.optimizer.learning_rate))
        row = {"epoch": state.epoch, **losses, "learning_rate": rate, "seconds": round(state.seconds, 1)}
        state.history.append(row)
        self._judge(losses[self.monitor])
        text = self.sample(state.epoch) if self.sample else None
        if text is not None:
            state.samples.append({"epoch": state.epoch, "text": text})
        self.run.save_last(self.kept, self.model.optimizer)
        self.run.write_log()
        self._print(text)

    def _judge(self, score: float) -> None:
        state = self.run.state
        if score < state.best_score:
            state.best_score, state.best_epoch, state.wait = score, state.epoch, 0
            self.run.save_best(self.kept)
            return
        state.wait += 1
        if self.patience and state.wait >= self.patience:
            state.stopped = self.model.stop_training = True

    def _print(self, text: str | None) -> None:
        """What is to be seen of the epoch, when all of it is kept."""
        state = self.run.state
        if not self.run.writer:
            return
        if state.stopped:
            print(f"No better {self.monitor} for {state.wait} epochs: stopped.", flush=True)
        if text is not None:
            print(f"\n--- epoch {state.epoch} ---\n{text}\n---", flush=True)


def loss_curve(history: list[dict[str, float]]) -> bytes:
    """A PNG of the losses over the epochs."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6, 4))  # a constrained layout takes as long as all the rest of the drawing
    axes = figure.subplots()
    epochs = [row["epoch"] for row in history]
    for name, label in (("loss", "training"), ("val_loss", "validation")):
        if name in history[0]:
            axes.plot(epochs, [row[name] for row in history], marker=".", label=label)
    axes.set(xlabel="epoch", ylabel="loss")
    axes.grid(alpha=0.3)
    axes.legend()
    content = io.BytesIO()
    figure.savefig(content, format="png", dpi=120)
    return content.getvalue()


def _arrays(variables: Sequence[keras.Variable], prefix: str) -> dict[str, np.ndarray]:
    return {f"{prefix}/{i:04d}": keras.ops.convert_to_numpy(v.value) for i, v in enumerate(variables)}


def _npz(arrays: dict[str, np.ndarray]) -> bytes:
    content = io.BytesIO()
    np.savez(content, **arrays)
    return content.getvalue()


def _assign(variables: Sequence[keras.Variable], content: Any, prefix: str, path: Path) -> None:
    names = [name for name in content.files if name.startswith(prefix + "/")]
    if len(names) != len(variables):
        raise ValueError(
            f"{path} holds {len(names)} arrays for the {prefix}, this one has {len(variables)} variables: "
            "it is of another configuration or another version of the code."
        )
    for name, variable in zip(sorted(names), variables, strict=True):
        if content[name].shape != tuple(variable.shape):
            raise ValueError(
                f"{path}: {name} has the shape {content[name].shape}, {variable.path} has {tuple(variable.shape)}."
            )
        variable.assign(content[name])


TOKENIZER = "tokenizer.json"
"""The file in a run's folder."""


def kept_tokenizer(options: FitOptions) -> "Tokenizer | None":
    """The tokenizer of the run that is gone on with, if it has one."""
    from rnn_models.text.tokenizers import tokenizer_from_config

    path = options.run_dir / TOKENIZER if options.resume else None
    if path is None or not path.exists():
        return None
    return tokenizer_from_config(json.loads(path.read_text(encoding="utf-8")))


def keep_tokenizer(folder: Path, tokenizer: "Tokenizer") -> None:
    """Write the tokenizer into a run's folder: another one, even a little, would make nonsense of its weights.

    Raises:
        ValueError: the run there has another tokenizer.
    """
    path, config = folder / TOKENIZER, tokenizer.get_config()
    if path.exists() and json.loads(path.read_text(encoding="utf-8")) != config:
        raise ValueError(f"The run in {folder} reads other tokens: it was made of other texts, or by another version.")
    if not path.exists() and not (folder / "checkpoints").exists():
        write_json(path, config)
