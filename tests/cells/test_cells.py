"""The comparison of cells: its tasks, equal sizes, a small run that is stopped and goes on."""

import json
import os

import numpy as np
import pytest

from rnn_models.cell_names import CELL_NAMES
from rnn_models.probes.memory_tasks import TEST, VALIDATION, MemoryTask, build_model, parameters_of, units_for
from tests.support.gradients import uncompiled
from training.cells import commands, train
from training.cells.config import Compare
from training.cells.table import best_rate, table
from training.cells.tasks import load_task


def test_adding_is_a_sum_of_two_marked_numbers_and_guessing_one_gives_a_sixth():
    x, y = MemoryTask("adding", 50).draw(4000, 1)
    assert x.shape == (4000, 50, 2) and y.shape == (4000, 1)
    marks = x[..., 1]
    assert (marks[:, :25].sum(1) == 1).all() and (marks[:, 25:].sum(1) == 1).all()
    assert np.allclose((x[..., 0] * marks).sum(1), y[:, 0])
    assert abs(np.mean((y - 1) ** 2) - MemoryTask("adding", 50).guessing) < 0.01
    assert MemoryTask("adding", 50).guessing == pytest.approx(0.1667, abs=1e-4)
    assert np.array_equal(x, MemoryTask("adding", 50).draw(4000, 1)[0])
    assert not np.array_equal(x, MemoryTask("adding", 50).draw(4000, 2)[0])


def test_copy_writes_at_its_end_what_it_read_first():
    task = MemoryTask("copy", 30)
    x, y = task.draw(6, 1)
    assert x.shape == (6, 50, 10) and y.shape == (6, 50) and y.dtype == np.int32
    read = x.argmax(-1)
    assert (read[:, :10] == y[:, -10:]).all() and (y[:, :-10] == 8).all() and (read[:, :10] < 8).all()
    assert (read[:, 39] == 9).all() and (np.delete(read[:, 10:], 29, axis=1) == 8).all()


@pytest.mark.parametrize(("length", "nats"), [(100, 0.1733), (200, 0.0945), (500, 0.0400), (1000, 0.0204)])
def test_what_copy_costs_without_memory(length, nats):
    assert MemoryTask("copy", length).guessing == pytest.approx(nats, abs=1e-4)


@pytest.mark.parametrize("cell", CELL_NAMES)
def test_every_cell_has_nearly_all_the_parameters_that_it_may_have(cell):
    task = MemoryTask("copy", 20)
    units = units_for(cell, task, 5000)
    assert parameters_of(cell, units, task) <= 5000 < parameters_of(cell, units + 1, task)
    assert parameters_of(cell, units, task) > 4300


def test_the_count_is_that_of_the_network():
    task = MemoryTask("adding", 20)
    for cell in ("mlstm", "fgr_lstm", "mut1", "gru"):
        model = build_model(cell, task, 700)
        units = model.layers[1].cell.units
        # Keras's form of the GRU has a second bias, which `weight_shapes` counts, too.
        assert model.count_params() == parameters_of(cell, units, task) <= 700
    with pytest.raises(ValueError, match="parameters is 3; a network with vanilla has at least 6"):
        units_for("vanilla", task, 3)


SMALL = "--length 10 --steps 3 --batch-size 4 --scored 8 --rates 0.01 0.001 --cells min_gru mgu".split()  # noqa: SIM905
SMALL += ["--seeds", "1"]


def test_a_comparison_that_was_stopped_goes_on(tmp_path, monkeypatch):
    done, stopped = [], []

    def fit(options, task, *job):
        if len(done) == 3 and not stopped:
            stopped.append(True)
            raise KeyboardInterrupt
        done.append(job)
        return result(*job, 0.25)

    monkeypatch.setattr(train, "fit", fit)
    folder = tmp_path / "run"
    arguments = [*SMALL, "--run-dir", str(folder)]
    with pytest.raises(SystemExit, match=f"Interrupted. Go on with the same command .*{folder}"):
        commands.main(arguments)
    assert len((folder / "results.jsonl").read_text().splitlines()) == 3
    commands.main(arguments)
    assert len(done) == len(set(done)) == 4
    results = [json.loads(line) for line in (folder / "results.jsonl").read_text().splitlines()]
    assert [(one["cell"], one["rate"], one["seed"]) for one in results] == done
    written = (folder / "table.md").read_text()
    assert "Without memory: 0.1667" in written and "| mgu | 0.250 |" in written and "| min_gru | 0.250 |" in written
    with pytest.raises(SystemExit, match="was begun with other options: steps was 3, now 4"):
        commands.main([*arguments, "--steps", "4"])


def test_one_training_of_one_cell():
    options = Compare(task="copy", length=10, parameters=500, steps=2, batch_size=4, scored=8)
    with uncompiled():
        found = train.fit(options, load_task("copy", 10), "min_gru", 1e-2, 0)
    assert found["steps"] == 2 and found["milliseconds"] > 0 and 0 < found["parameters"] <= 500
    assert 0.5 < found["validation"] < 5 and found["test"] != found["validation"]


def result(cell, rate, seed, loss):
    """What one training gives."""
    return {"cell": cell, "rate": rate, "seed": seed, "validation": loss, "test": loss} | {
        "parameters": 90,
        "milliseconds": None if loss is None else 2.0,
    }


def test_the_table_shows_each_cell_with_its_best_rate_and_names_what_diverged():
    found = [result("gru", 0.1, 0, None), result("gru", 0.01, 0, 0.2), result("gru", 0.01, 1, 0.4)]
    found += [result("lstm", 0.1, 0, 0.1), result("irnn", 0.1, 0, None)]
    assert best_rate(found[:2]) == 0.01
    options = Compare(cells=("irnn", "gru", "lstm"))
    rows = table(options, load_task("adding", 10), found).splitlines()[-3:]
    assert rows[0] == "| lstm | 0.100 | 1 | 0.1 | 90 | 2.0 |"
    assert rows[1] == "| gru | 0.300 ± 0.14 | 2 | 0.01 | 90 | 2.0 |"
    assert rows[2] == "| irnn | diverged | 1 | 0.1 | 90 | – |"
    found = [one | {"test_accuracy": 0.5} for one in found]
    assert "| lstm | 0.100 | 50.00 % | 1 |" in table(options, load_task("copy", 10), found)


def test_later_seeds_have_the_rate_that_was_best_on_validation():
    options = Compare(cells=("gru", "mgu"), rates=(0.1, 0.01), seeds=3)
    done = []
    for job in commands._jobs(options, done):
        done.append(result(*job, 0.5 if job[:2] in {("gru", 0.01), ("mgu", 0.1)} else None))
    jobs = [(one["cell"], one["rate"], one["seed"]) for one in done]
    assert jobs[:4] == [("gru", 0.1, 0), ("gru", 0.01, 0), ("mgu", 0.1, 0), ("mgu", 0.01, 0)]
    assert jobs[4:] == [("gru", 0.01, 1), ("mgu", 0.1, 1), ("gru", 0.01, 2), ("mgu", 0.1, 2)]
    assert list(commands._jobs(options, done)) == []


@pytest.mark.skipif("RNN_DATA_DIR" not in os.environ, reason="needs real data; set RNN_DATA_DIR")
def test_real_tasks():
    """The same for the same seed and step; what is scored is not trained on."""
    for name, length in (("digits", 28), ("shakespeare", 30), ("nsmc", 16)):
        task = load_task(name, length)
        x, y = task.batch(4, 0, 1)
        assert x.shape == (4, length, *([28] if name == "digits" else [])) and task.steps == length
        assert y.shape == ((4, length) if task.every_step else (4,)) and y.max() < task.outputs
        np.testing.assert_array_equal(x, task.batch(4, 0, 1)[0])
        assert not np.array_equal(x, task.batch(4, 0, 2)[0])
        validation, test = (task.held_out(50, which) for which in (VALIDATION, TEST))
        assert not np.array_equal(validation[0], test[0])
        if task.vocabulary:
            assert x.max() < task.vocabulary
        if task.every_step:
            np.testing.assert_array_equal(x[:, 1:], y[:, :-1])
        options = Compare(task=name, length=length, parameters=3000, steps=1, batch_size=4, scored=8)
        with uncompiled():
            found = train.fit(options, task, "gru", 1e-3, 0)
        assert 0 <= found["test_accuracy"] <= 1 and found["test"] > 0


def test_a_loss_that_is_no_number_ends_a_training():
    options = Compare(length=10, parameters=300, steps=50, batch_size=4, scored=4, clip_norm=1e30)
    with uncompiled():
        found = train.fit(options, load_task("adding", 10), "irnn", 1e25, 0)
    assert found["test"] is None and found["steps"] < 50


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"length": 5}, "--length: got 5, expected at least 10"),
        ({"rates": (0.1, 0)}, "--rates: got .* all more than 0"),
    ],
)
def test_options_out_of_range(options, message):
    with pytest.raises(ValueError, match=message):
        Compare(**options).check()
