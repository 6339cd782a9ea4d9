"""The `train` command of every task: data, seeds, fits, scores."""

from collections.abc import Callable, Collection
from typing import Any

from training.core import distribution
from training.core.command_line import Script
from training.core.errors import user_errors
from training.core.finish import Finish
from training.core.fit import Fitting
from training.core.options import FitOptions, begin
from training.core.seeds import name_folder, open_run, seeds
from training.data.sums import data_sums


def train_seeds(
    script: Script,
    options: FitOptions,
    read: Callable[[], Any],
    fitting: type[Fitting],
    finish: type[Finish],
    free: Collection[str] = (),
) -> None:
    """Fit the model of these options once a seed, score all, ship the best.

    Leaves the run's folder, and with --export a bundle. Whatever a user can mend, also in the scores, ends with one
    line (`user_errors`).

    Args:
        script: the task's command line.
        options: of the first seed.
        read: reads the data set; gives the `inputs` of the task's `Fitting`.
        fitting: the task's `Fitting`.
        finish: the task's `Finish`.
        free: options that may differ when a run is gone on with.
    """
    name_folder(options, script.task, options.name)
    with user_errors(options.run_dir):
        devices = distribution.set_up(options)
        begin(options)
        inputs = read()
        sums = data_sums(inputs.data)
        if devices.writer:
            for note in getattr(inputs.data, "notes", []):
                print(note, flush=True)
        fittings = []
        for one in seeds(options):
            run = open_run(one, devices.writer, free)
            run.check_data(script.data_name(options), sums)
            made = fitting(one, inputs, run, devices)
            made.fit()
            fittings.append(made)
        if devices.writer:
            finish(options, inputs, fittings, script.command_line(options)).finish()
