"""What the tests of the training scripts read out of a run's folder, and how they interrupt a run."""

import csv
import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from rnn_models.probes.callback import read_gradients
from training.core.finish import Finish
from training.core.run import Recorder


def log(folder: Path) -> list[dict[str, str]]:
    """The rows of log.csv."""
    with (folder / "log.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def arrays(path: Path) -> dict[str, np.ndarray]:
    """The arrays of a checkpoint."""
    with np.load(path, allow_pickle=False) as content:
        return {name: content[name] for name in content.files if name != "state"}


def scores(folder: Path) -> dict:
    """What scores.json holds."""
    return json.loads((folder / "scores.json").read_text(encoding="utf-8"))


def assert_gradients(folder: Path, layers: set[str], epochs: int = 2) -> None:
    """--gradients left a line for each epoch, layer and step, with a gradient that is there."""
    lines = read_gradients(folder / "gradients.csv")
    assert {line["layer"] for line in lines} == layers
    assert {line["epoch"] for line in lines} == {*range(1, epochs + 1)}
    for layer in layers:
        steps = [line["step"] for line in lines if line["layer"] == layer]
        assert steps == list(range(len(steps) // epochs)) * epochs
        assert max(line["h"] for line in lines if line["layer"] == layer) > 0
    assert (folder / "gradients.png").read_bytes().startswith(b"\x89PNG")


def same_weights(one: Path, other: Path, tolerance: float = 1e-5) -> None:
    """Both runs have the same checkpoints, up to rounding."""
    for name in ("last.npz", "best.npz"):
        expected, found = arrays(one / "checkpoints" / name), arrays(other / "checkpoints" / name)
        assert expected.keys() == found.keys()
        for key, value in expected.items():
            np.testing.assert_allclose(found[key], value, rtol=1e-4, atol=tolerance, err_msg=f"{name} {key}")


def copied(monkeypatch: pytest.MonkeyPatch, folder: Path, to: Path, epoch: int = 1) -> None:
    """Copy the folder of a run as it is after an epoch: there the run can be gone on with, as after a stop."""
    usual = Recorder.on_epoch_end

    def copy(self, index, logs=None):
        usual(self, index, logs)
        if self.run.folder == folder and self.run.state.epoch == epoch:
            shutil.copytree(folder, to)

    monkeypatch.setattr(Recorder, "on_epoch_end", copy)


def unscored(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run ends after its last epoch."""
    monkeypatch.setattr(Finish, "finish", lambda self: None)


def interrupted(monkeypatch: pytest.MonkeyPatch, epoch: int) -> None:
    """Ctrl-C after the first batch of an epoch (numbered from 0)."""
    usual = Recorder.on_train_batch_end

    def stop(self, batch, logs=None):
        usual(self, batch, logs)
        if self.run.state.epoch == epoch:
            raise KeyboardInterrupt

    monkeypatch.setattr(Recorder, "on_train_batch_end", stop)
