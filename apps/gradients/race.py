"""Two cells race on the adding or the copy task: both are trained here and now, on the same batches.

A race ends after so many steps, after `SECONDS`, or when a visitor stops it. One race runs at a time; others wait in
the queue. The networks are those of `python -m training.cells`, of at most `PARAMETERS` parameters.
"""

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from apps.gradients import PAGE
from apps.gradients.settings import one_of
from apps.shared import seeds, validation
from rnn_models.cell_names import CELL_NAMES

if TYPE_CHECKING:
    from rnn_models.probes.memory_tasks import MemoryTask

CONCURRENCY: dict[str, Any] = {"concurrency_id": f"{PAGE.name}-race", "concurrency_limit": 1}
TASKS = ("adding", "copy")
LENGTH, STEPS = (10, 100), (50, 2000)
RATES = ("0.001", "0.003", "0.01", "0.03")
PARAMETERS, BATCH = 5000, 64
SECONDS = 60.0
FRAME = 0.3
"""Seconds between two updates."""

SMOOTHED = 20
"""The loss that is shown is the mean of so many steps."""


@dataclass(frozen=True)
class Settings:
    """What a visitor has chosen.

    Attributes:
        task: adding or copy.
        length: T.
        cells: the two that race.
        rate: the learning rate of both.
        steps: of training, at most.
        seed: of the weights and the batches.
    """

    task: str
    length: int
    cells: tuple[str, str]
    rate: float
    steps: int
    seed: int

    @property
    def made(self) -> "MemoryTask":
        """The task itself."""
        from rnn_models.probes.memory_tasks import MemoryTask

        return MemoryTask(self.task, self.length)


@dataclass
class Race:
    """How far a race is.

    Attributes:
        settings: what it was begun with.
        guessing: the best loss without memory.
        losses: of each cell, after each step; both have equally many.
        parameters: of each cell's network.
        seconds: since the first step.
        ended: "" while it runs; "steps", "time", or "diverged".
    """

    settings: Settings
    guessing: float
    losses: dict[str, list[float]]
    parameters: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0
    ended: str = ""

    @property
    def done(self) -> int:
        """The steps that are done."""
        return len(self.losses[self.settings.cells[0]])

    def smoothed(self, cell: str) -> list[float]:
        """The mean loss of the last `SMOOTHED` steps, at every step."""
        losses, found, total = self.losses[cell], [], 0.0
        for n, loss in enumerate(losses):
            total += loss - (losses[n - SMOOTHED] if n >= SMOOTHED else 0.0)
            found.append(max(total, 0.0) / min(n + 1, SMOOTHED))
        return found

    def solved(self, cell: str) -> int | None:
        """The first step at which the mean loss is below half of what guessing scores; None where it never was."""
        below = [n for n, loss in enumerate(self.smoothed(cell), 1) if n >= SMOOTHED and loss < self.guessing / 2]
        return below[0] if below else None


def checked(
    task: str, length: float, first: str, second: str, rate: str | float, steps: float, seed: float
) -> Settings:
    """The settings, if all of them are within their bounds."""
    task = one_of(task, TASKS, "The task", "과제", "task")
    length = validation.whole_number(length, *LENGTH, "T", "T", "length")
    cells = tuple(
        one_of(cell, CELL_NAMES, "The cell", "셀", name) for name, cell in (("first", first), ("second", second))
    )
    if cells[0] == cells[1]:
        raise validation.refusal(
            f"Both cells are {first}; choose two different ones.",
            f"두 셀이 모두 {first}입니다. 서로 다른 셀을 고르세요.",
            "second",
        )
    rate = one_of(f"{rate:g}" if isinstance(rate, float) else rate, RATES, "The learning rate", "학습률", "rate")
    steps = validation.whole_number(steps, *STEPS, "The number of steps", "학습 횟수", "steps")
    return Settings(task, length, cells, float(rate), steps, seeds.checked(seed))


def run(settings: Settings) -> Iterator[Race]:
    """The race as it goes on: after the first step, then every `FRAME` seconds, and at the end."""
    import keras

    from rnn_models.probes.memory_tasks import build_model, compile_model

    task, models = settings.made, {}
    race = Race(settings, task.guessing, {cell: [] for cell in settings.cells})
    yield race
    for cell in settings.cells:
        keras.utils.set_random_seed(settings.seed)
        models[cell] = build_model(cell, task, PARAMETERS)
        compile_model(models[cell], task, settings.rate)
        race.parameters[cell] = models[cell].count_params()
    begun = shown = time.monotonic()
    for step in range(settings.steps):
        x, y = task.draw(BATCH, settings.seed, step)
        losses = {cell: float(model.train_on_batch(x, y, return_dict=True)["loss"]) for cell, model in models.items()}
        race.seconds = time.monotonic() - begun
        if not all(math.isfinite(loss) for loss in losses.values()):
            race.ended = "diverged"
            break
        for cell, loss in losses.items():
            race.losses[cell].append(loss)
        if race.seconds > SECONDS:
            race.ended = "time"
            break
        if not step or time.monotonic() - shown >= FRAME:
            shown = time.monotonic()
            yield race
    race.ended = race.ended or "steps"
    yield race


def train_race(
    task: str = "adding",
    length: int = 50,
    first: str = "vanilla",
    second: str = "gru",
    rate: float = 0.01,
    steps: int = 400,
    seed: int = 1,
) -> dict[str, Any]:
    """Train two cells on the adding or the copy task, with equally many parameters and the same batches.

    It takes up to a minute, and one race runs at a time.

    Args:
        task: adding: the sum of two marked numbers; copy: ten symbols, to be written after T blanks.
        length: T, 10 to 100.
        first: A cell, such as vanilla.
        second: Another cell, such as gru.
        rate: The learning rate of Adam: 0.001, 0.003, 0.01 or 0.03.
        steps: Batches of 64, 50 to 2000.
        seed: Of the weights and the batches, 1 to 4294967295; 0 draws one.

    Returns:
        The settings, what guessing scores, and for each cell its parameters and the loss of every step.
    """
    settings = checked(task, length, first, second, rate, steps, seeds.used(seed))
    with validation.user_errors():
        *_, race = run(settings)
    return {
        "settings": vars(settings),
        "guessing": race.guessing,
        "parameters": race.parameters,
        "losses": race.losses,
        "seconds": race.seconds,
        "ended": race.ended,
    }
