"""The contract of a run, on a model of three weights: complete, killed and gone on with, stopped, refused, scored.

What each task adds is in tests/NAME/test_training.py. Costs: a fit takes half a second of CPU time, the process that
is killed six.
"""

import io
import json
import shlex
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest

from rnn_models import CharTokenizer, CharVocabulary
from tests.support.line_task import SCRIPT, Finish, Fitting, Points, Train, main
from tests.support.run_folders import arrays, copied, interrupted, log, same_weights, scores
from training.core import command_line
from training.core.bundles import load_as
from training.core.fit import SetEpoch
from training.core.run import Recorder, Run, keep_tokenizer, stored_state
from training.core.seeds import spread

ROOT = Path(__file__).parents[3]


def train(*arguments: object) -> None:
    main(["train", *map(str, arguments)])


@pytest.fixture(scope="module")
def finished(tmp_path_factory) -> Path:
    """The folder of an uninterrupted run of three epochs."""
    folder = tmp_path_factory.mktemp("run") / "whole"
    train("--run-dir", folder)
    return folder


def same_run(one: Path, other: Path) -> None:
    same_weights(one, other, tolerance=1e-6)
    for row, again in zip(log(one), log(other), strict=True):
        for name in ("loss", "val_loss", "learning_rate"):
            assert float(again[name]) == pytest.approx(float(row[name]), abs=1e-6)
    assert (other / "samples.txt").read_bytes() == (one / "samples.txt").read_bytes()


# A whole run --------------------------------------------------------------------------------------------------


def test_the_folder_is_complete(finished):
    config = json.loads((finished / "config.json").read_text())
    assert config["epochs"] == 3 and config["learning_rate"] == 0.1 and config["run_dir"] == str(finished)
    rows = log(finished)
    assert [row["epoch"] for row in rows] == ["1", "2", "3"]
    assert float(rows[2]["val_loss"]) < float(rows[0]["val_loss"])
    assert float(rows[2]["learning_rate"]) < 1e-9  # the cosine has come to its end
    assert (finished / "curve.png").read_bytes().startswith(b"\x89PNG")
    samples = (finished / "samples.txt").read_text(encoding="utf-8")
    assert [f"=== epoch {n} ===\n" in samples for n in (1, 2, 3)] == [True] * 3
    files = {path.relative_to(finished).as_posix() for path in finished.rglob("*") if path.is_file()}
    assert files == {
        *("config.json", "log.csv", "curve.png", "samples.txt", "scores.json", "data.json", "tokenizer.json"),
        *("checkpoints/last.npz", "checkpoints/best.npz"),
    }


def test_a_checkpoint_has_the_random_state_and_the_best_weights_are_those_of_the_best_epoch(finished):
    last, best = (arrays(finished / "checkpoints" / name) for name in ("last.npz", "best.npz"))
    assert len([name for name in last if name.startswith("model/")]) == len(best) + 1 == 3  # dropout's generator
    found = scores(finished)
    assert found["validation"]["error"] == pytest.approx(min(float(row["val_loss"]) for row in log(finished)), abs=1e-6)
    assert found["best_epoch"] == stored_state(finished).best_epoch and found["epochs"] == 3


def test_the_scores_say_what_the_run_was_and_by_which_command(finished):
    found = scores(finished)
    assert {"validation", "test", "seed", "seeds", "dataset", "source", "licence", "notes"} <= found.keys()
    assert {"parameters", "weights", "hardware", "software", "training_seconds"} <= found.keys()
    assert found["parameters"] == 3 and found["weights"] == "float32"
    words = shlex.split(found["command"])
    assert words == ["python", "-m", "tests.support.line_task", "train", "--dataset", "line"]
    assert SCRIPT.parse(words[3:]) == Train(learning_rate=0.1)


def test_a_finished_run_is_not_trained_again_but_scored(finished):
    before = (finished / "log.csv").read_bytes()
    (finished / "scores.json").unlink()
    train("--run-dir", finished, "--resume")
    assert (finished / "log.csv").read_bytes() == before
    assert scores(finished)["epochs"] == 3


# Stopped and gone on with -------------------------------------------------------------------------------------

KILL = """
import os, signal, sys
from tests.support import line_task

whole = line_task.Points.__getitem__

def deadly(self, index):
    if self.epoch == 1 and index == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    return whole(self, index)

line_task.Points.__getitem__ = deadly
line_task.main(sys.argv[1:])
"""


def test_a_run_killed_in_the_middle_of_an_epoch_goes_on_to_the_same_result(finished, tmp_path):
    folder = tmp_path / "killed"
    command = [sys.executable, "-c", KILL, "train", "--run-dir", str(folder)]
    process = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600)
    assert process.returncode == -signal.SIGKILL, process.stderr[-2000:]
    assert [row["epoch"] for row in log(folder)] == ["1"]
    train("--run-dir", folder, "--resume")
    same_run(finished, folder)


@pytest.mark.parametrize("epoch", [0, 1])
def test_after_ctrl_c_the_way_to_go_on_is_said_and_works(finished, tmp_path, monkeypatch, epoch):
    folder = tmp_path / "broken"
    with monkeypatch.context() as patch, pytest.raises(SystemExit, match=f"--run-dir {folder} --resume"):
        interrupted(patch, epoch)
        train("--run-dir", folder)
    train("--run-dir", folder, "--resume")
    same_run(finished, folder)


def test_early_stopping_survives_in_the_checkpoint(tmp_path):
    folder = tmp_path / "run"
    train("--dataset", "noise", "--learning-rate", "1e-30", "--patience", 2, "--epochs", 9, "--run-dir", folder)
    state = stored_state(folder)
    assert (state.epoch, state.best_epoch, state.wait, state.stopped) == (3, 1, 2, True)
    train("--run-dir", folder, "--resume")
    assert stored_state(folder).epoch == 3


def test_nan_stops_the_run_and_the_last_good_weights_stay(tmp_path, monkeypatch):
    usual = SetEpoch.on_epoch_begin

    def poison(self, epoch, logs=None):
        usual(self, epoch, logs)
        if epoch == 1:
            self.model.trainable_variables[0].assign(np.full((2, 1), np.nan, "float32"))

    monkeypatch.setattr(SetEpoch, "on_epoch_begin", poison)
    with pytest.raises(SystemExit) as stop:
        train("--run-dir", tmp_path / "run")
    message = stop.value.code  # a text as code: Python prints it and exits with status 1
    assert "loss is nan at batch 1 of epoch 2" in message and "after epoch 1" in message
    for name in ("last.npz", "best.npz"):
        kept = arrays(tmp_path / "run" / "checkpoints" / name)
        assert kept and all(np.isfinite(value).all() for value in kept.values())
    assert [row["epoch"] for row in log(tmp_path / "run")] == ["1"]


def test_an_infinite_validation_loss_stops_it_too(tmp_path, monkeypatch):
    make = Fitting.make_batches

    def bad(self, rows):
        train, validation = make(self, rows)
        validation.y = validation.y * np.inf
        return train, validation

    monkeypatch.setattr(Fitting, "make_batches", bad)
    with pytest.raises(SystemExit, match="(?s)val_loss.*No epoch was finished"):
        train("--run-dir", tmp_path / "run")


@pytest.mark.parametrize("precision", ["mixed_float16", "mixed_bfloat16"])
def test_mixed_precision_is_in_force_and_its_run_can_be_gone_on_with(tmp_path, monkeypatch, precision):
    before = keras.config.dtype_policy()
    try:
        copied(monkeypatch, tmp_path / "whole", tmp_path / "stopped")
        train("--mixed-precision", precision, "--epochs", 2, "--run-dir", tmp_path / "whole")
        assert keras.config.dtype_policy().name == precision
        assert all(value.dtype != "float16" for value in arrays(tmp_path / "whole/checkpoints/last.npz").values())
        keras.config.set_dtype_policy(before)
        train("--run-dir", tmp_path / "stopped", "--resume")
        same_run(tmp_path / "whole", tmp_path / "stopped")
    finally:
        keras.config.set_dtype_policy(before)


# What is printed ----------------------------------------------------------------------------------------------


class Gone(io.TextIOWrapper):
    """A pipe whose reader has gone."""

    def write(self, text):
        raise BrokenPipeError(32, "Broken pipe")


def test_a_console_of_another_encoding_gets_utf_8(finished, tmp_path, monkeypatch):
    said = "to be — “or” ﬁ 🙂 İ"
    monkeypatch.setattr(Fitting, "sample", lambda self, epoch: said)
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, encoding="cp949"))
    train("--run-dir", tmp_path / "run")
    assert f"--- epoch 3 ---\n{said}\n---" in written.getvalue().decode("utf-8")
    same_weights(finished, tmp_path / "run", tolerance=1e-6)


@pytest.mark.parametrize("kind", ["gone", "full"])
def test_no_print_ends_a_training(finished, tmp_path, monkeypatch, capfd, kind):
    """Also not where nobody reads it any more, or where a disk is full."""
    with Gone(io.BytesIO()) if kind == "gone" else open("/dev/full", "w", buffering=1) as stream:
        monkeypatch.setattr(sys, "stdout", stream)
        train("--run-dir", tmp_path / "run")
        monkeypatch.undo()
    assert scores(tmp_path / "run").keys() == scores(finished).keys()
    assert "Standard output cannot be written to" in capfd.readouterr().err


def test_an_epoch_is_kept_before_it_is_shown(tmp_path, monkeypatch):
    def shown(self, text):
        assert stored_state(self.run.folder).epoch == self.run.state.epoch
        raise KeyboardInterrupt

    monkeypatch.setattr(Recorder, "_print", shown)
    with pytest.raises(SystemExit, match="Interrupted"):
        train("--run-dir", tmp_path / "run")
    assert stored_state(tmp_path / "run").samples and log(tmp_path / "run")


# Refused ------------------------------------------------------------------------------------------------------


def test_a_run_is_neither_overwritten_nor_gone_on_with_by_other_options(finished, tmp_path):
    with pytest.raises(SystemExit, match="holds a run already"):
        train("--run-dir", finished)
    with pytest.raises(SystemExit, match=r"dropout was 0.3, now 0.5"):
        train("--run-dir", finished, "--resume", "--dropout", "0.5")
    (tmp_path / "config.json").write_text('{"steps": 128}')  # of another task
    with pytest.raises(SystemExit, match="holds a run of another kind or version: .*steps"):
        train("--run-dir", tmp_path, "--resume")
    with pytest.raises(SystemExit, match="holds no run"):
        train("--run-dir", tmp_path / "nowhere", "--resume")


def test_an_option_that_came_later_is_what_it_is_unless_given(finished, tmp_path):
    folder = shutil.copytree(finished, tmp_path / "older")
    config = json.loads((folder / "config.json").read_text())
    del config["weight_decay"]
    (folder / "config.json").write_text(json.dumps(config))
    with pytest.raises(SystemExit, match=r"weight_decay was 0.0, now 0.1"):
        train("--run-dir", folder, "--resume", "--weight-decay", "0.1")
    train("--run-dir", folder, "--resume")


@pytest.mark.parametrize(
    ("layers", "message"),
    [((5,), "best.npz.*has the shape .2, 1..*has .2, 5."), ((4, 1), "best.npz holds 2 arrays.*has 4 variables")],
)
def test_a_checkpoint_of_another_model_is_refused(finished, layers, message):
    other = keras.Sequential([keras.Input((2,)), *map(keras.layers.Dense, layers)])
    with pytest.raises(ValueError, match=message):
        Run(finished, {}, writer=False).load_best(other)


def test_a_run_keeps_its_tokenizer(finished, tmp_path):
    kept = json.loads((finished / "tokenizer.json").read_text(encoding="utf-8"))
    assert kept == CharTokenizer(CharVocabulary("ab")).get_config()
    with pytest.raises(ValueError, match="reads other tokens"):
        keep_tokenizer(finished, CharTokenizer(CharVocabulary("xyz")))
    keep_tokenizer(tmp_path, CharTokenizer(CharVocabulary("xyz")))
    assert json.loads((tmp_path / "tokenizer.json").read_text(encoding="utf-8")) != kept
    train("--run-dir", finished, "--resume", "--words", "xyz")  # goes on with its own tokens
    assert json.loads((finished / "tokenizer.json").read_text(encoding="utf-8")) == kept


def test_a_run_is_gone_on_with_by_its_own_data_only(tmp_path, monkeypatch):
    text, folder = tmp_path / "my.txt", tmp_path / "stopped"
    text.write_text("the letter e", encoding="utf-8")
    copied(monkeypatch, tmp_path / "whole", folder)
    train("--file", text, "--epochs", 2, "--repeats", 2, "--run-dir", tmp_path / "whole")
    assert (tmp_path / "whole/seed-1/data.json").read_bytes() == (folder / "data.json").read_bytes()
    text.write_text("thq lqttqr q", encoding="utf-8")
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    with pytest.raises(SystemExit, match=f"error: {text} is not what the run in {folder} .*train changed"):
        train("--run-dir", folder, "--resume")
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before
    (tmp_path / "whole/seed-1/config.json").rename(tmp_path / "config.json")  # that seed had not begun
    with pytest.raises(SystemExit, match="my.txt is not what"):
        train("--run-dir", tmp_path / "whole", "--resume")
    text.write_text("the letter e", encoding="utf-8")
    train("--run-dir", folder, "--resume")
    (folder / "data.json").unlink()  # of an older version, which kept no sums
    train("--run-dir", folder, "--resume")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--epochs", "0"], "--epochs: got 0, expected at least 1"),
        (["--batch-size", "0"], "--batch-size: got 0, expected at least 1"),
        (["--repeats", "0"], "--repeats: got 0, expected at least 1"),
        (["--learning-rate", "-1"], "--learning-rate: got -1.0, expected more than 0"),
        (["--warmup", "1"], "--warmup"),
        (["--weight-decay", "-1"], "--weight-decay"),
        (["--clip-norm", "0"], "--clip-norm"),
        (["--patience", "-1"], "--patience"),
        (["--seed", "-1"], "--seed"),
        (["--resume"], "--run-dir"),
        (["--coordinator", "localhost:1"], "--processes"),
        (["--process-index", "1"], "--process-index"),
    ],
)
def test_bad_options_are_named_in_one_line_and_leave_no_folder(tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit, match="^error: ") as stop:
        train(*arguments)
    assert message in stop.value.code and "\n" not in stop.value.code
    assert not list(tmp_path.iterdir())


def test_a_mistake_in_the_scores_is_one_line_too_and_the_run_can_be_gone_on_with(finished, monkeypatch):
    def broken(*_):
        raise ValueError("there is no such score")

    with monkeypatch.context() as patch, pytest.raises(SystemExit, match="^error: there is no such score$"):
        patch.setattr(Finish, "score", broken)
        train("--run-dir", finished, "--resume")
    train("--run-dir", finished, "--resume")


def test_a_bundle_of_another_task_is_refused():
    import rnn_models

    with pytest.raises(ValueError, match="char_lm/shakespeare is no translator, but a CharLM"):
        load_as("char_lm/shakespeare", rnn_models.Translator)
    with pytest.raises(ValueError, match="no bundle 'char_lm/nothing'"):
        load_as("char_lm/nothing", rnn_models.CharLM)
    assert isinstance(load_as("char_lm/shakespeare", rnn_models.CharLM), rnn_models.CharLM)


# Seeds and command line ---------------------------------------------------------------------------------------


def test_of_several_seeds_the_best_on_validation_is_chosen(finished, tmp_path, capsys):
    folder = tmp_path / "run"
    train("--repeats", 2, "--run-dir", folder)
    assert "2 seeds" in capsys.readouterr().out
    found = scores(folder)
    errors = [seed["validation"]["error"] for seed in found["seeds"]]
    assert [seed["seed"] for seed in found["seeds"]] == [0, 1] and errors[0] != errors[1]
    assert found["seed"] == int(np.argmin(errors)) and found["validation"]["error"] == min(errors)
    same_run(finished, folder)  # the first seed is as if alone
    assert json.loads((folder / "seed-1" / "config.json").read_text())["seed"] == 1
    before = (folder / "seed-1" / "log.csv").read_bytes()
    train("--run-dir", folder, "--resume", "--repeats", 3)  # one more
    assert (folder / "seed-1" / "log.csv").read_bytes() == before and len(scores(folder)["seeds"]) == 3


def test_the_spread_of_scores():
    found = spread([1.0, 2.0, 6.0])
    assert found == {"mean": 3.0, "deviation": pytest.approx(np.std([1, 2, 6], ddof=1)), **found} | {"count": 3}
    assert (found["lowest"], found["highest"]) == (1.0, 6.0) and spread([4.0])["deviation"] == 0.0


def test_a_command_may_have_an_older_name():
    script = command_line.Script("x", Train, type(SCRIPT.evaluate("b")), {}, set(), "", aliases={"score": "evaluate"})
    assert script.parse(["score", "a bundle"]).bundle == "a bundle"


def test_batches_are_the_epochs():
    points = Points(Train(), slice(None))
    first = points[0][0].copy()
    SetEpoch(points).on_epoch_begin(1)
    assert not np.array_equal(first, points[0][0])
