"""What the cells are compared on: the two memory tasks, and three small ones of real data."""

from functools import cached_property

import numpy as np

from rnn_models.probes.memory_tasks import TEST, VALIDATION, MemoryTask, SequenceTask
from rnn_models.text.tokenizers import SubwordTokenizer
from training.cells.config import TaskName
from training.data.download import fetch
from training.data.mnist import load_mnist
from training.data.nsmc import nsmc_rows
from training.data.records import Images
from training.data.text_files import read_text


class Rows(SequenceTask):
    """Real data that are rows of arrays: a batch is drawn from those of training."""

    parts: dict[int, tuple[np.ndarray, np.ndarray]]
    """The inputs and targets of training (0), `VALIDATION` and `TEST`."""

    def batch(self, count: int, seed: int, step: int) -> tuple[np.ndarray, np.ndarray]:
        return self._some(0, count, np.random.default_rng((seed, step)))

    def held_out(self, count: int, which: int) -> tuple[np.ndarray, np.ndarray]:
        return self._some(which, min(count, len(self.parts[which][1])), np.random.default_rng(which))

    def _some(self, part: int, count: int, generator: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        x, y = self.parts[part]
        rows = generator.choice(len(y), count, replace=False)
        return x[rows], y[rows]


class Digits(Rows):
    """MNIST by rows: 28 steps of 28 pixels, ten classes."""

    steps, width, outputs = 28, 28, 10

    @cached_property
    def parts(self) -> dict[int, tuple[np.ndarray, np.ndarray]]:
        data = load_mnist()
        named = {0: data.train, VALIDATION: data.validation, TEST: data.test}
        return {which: (_scaled(part), part.labels) for which, part in named.items()}


def _scaled(part: Images) -> np.ndarray:
    return part.images.astype("float32") / 255


class Shakespeare(SequenceTask):
    """Tiny Shakespeare: 65 characters, one-hot through an embedding; the next one after each of `steps`.

    The state begins at zero in each window. Training is the first 90 % of the text; the rest is cut in two.
    """

    width, every_step = 64, True

    def __init__(self, length: int):
        self.steps = length
        text = read_text(fetch("charlm/tinyshakespeare.txt"))
        letters, ids = np.unique(list(text), return_inverse=True)
        self.vocabulary = self.outputs = len(letters)
        cuts = [int(0.9 * len(ids)), int(0.95 * len(ids))]
        self.texts = dict(zip((0, VALIDATION, TEST), np.split(ids.astype("int32"), cuts), strict=True))

    def batch(self, count: int, seed: int, step: int) -> tuple[np.ndarray, np.ndarray]:
        return self._windows(0, count, np.random.default_rng((seed, step)))

    def held_out(self, count: int, which: int) -> tuple[np.ndarray, np.ndarray]:
        return self._windows(which, count, np.random.default_rng(which))

    def _windows(self, part: int, count: int, generator: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        text = self.texts[part]
        starts = generator.integers(0, len(text) - self.steps, count)
        windows = text[starts[:, None] + np.arange(self.steps + 1)]
        return windows[:, :-1], windows[:, 1:]


NSMC_TRAIN, NSMC_VALIDATION, NSMC_VOCABULARY = 20_000, 5_000, 4_000
"""The first so many reviews of the training file, and the next for validation; how many sub-words."""


class Reviews(Rows):
    """NSMC, small: 20,000 Naver film reviews as sub-words, their first `length`; two classes."""

    width, outputs = 64, 2

    def __init__(self, length: int):
        self.steps = length
        train, test = nsmc_rows("train")[0], nsmc_rows("test")[0]
        end = NSMC_TRAIN + NSMC_VALIDATION
        tokenizer = SubwordTokenizer.build(train.texts[:NSMC_TRAIN], NSMC_VOCABULARY)
        self.vocabulary = len(tokenizer) + 1  # 0 fills up
        texts = {0: (train.texts[:NSMC_TRAIN], train.labels[:NSMC_TRAIN])}
        texts[VALIDATION] = (train.texts[NSMC_TRAIN:end], train.labels[NSMC_TRAIN:end])
        texts[TEST] = (test.texts, test.labels)
        self.parts = {
            which: (_filled(tokenizer.encode(part), length), labels) for which, (part, labels) in texts.items()
        }


def _filled(ids: list[np.ndarray], length: int) -> np.ndarray:
    """The first `length` tokens of each text, each id one more, filled up on the right with 0: (N, length) int32."""
    rows = np.zeros((len(ids), length), dtype="int32")
    for row, text in zip(rows, ids, strict=True):
        row[: len(text)] = text[:length] + 1
    return rows


def load_task(name: TaskName, length: int) -> SequenceTask:
    """The task of that name.

    Raises:
        DataError: its data cannot be had.
    """
    if name in ("adding", "copy"):
        return MemoryTask(name, length)
    return {"digits": lambda length: Digits(), "shakespeare": Shakespeare, "nsmc": Reviews}[name](length)
