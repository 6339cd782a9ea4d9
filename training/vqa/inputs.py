"""Questions and pictures as the network reads them, and their batches."""

import functools
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from rnn_models.tasks.vqa import CONVOLUTIONAL, MOST_WORDS
from rnn_models.text.words import WordTokenizer
from training.core.run import kept_tokenizer
from training.data.features import features_of

if TYPE_CHECKING:
    from training.data.records import QuestionData
    from training.vqa.config import Train


class Squares:
    """Pictures as a small network sees them, (N, S, S, 3) uint8; `of` gives those of some numbers."""

    def __init__(self, pictures: np.ndarray):
        self.grid = pictures

    def of(self, numbers: np.ndarray) -> np.ndarray:
        return self.grid[numbers]


def squares_of(pictures: Sequence[Any] | np.ndarray, side: int, fit: str) -> Squares:
    """The squares of pictures: arrays of the size are taken as they are."""
    if isinstance(pictures, np.ndarray) and pictures.shape[1:] == (side, side, 3):
        return Squares(pictures)
    from rnn_models.vision.pictures import open_picture, square

    return Squares(np.stack([square(open_picture(picture), side, fit) for picture in pictures]))


class QuestionInputs:
    """The data set as arrays and token ids: read once, and shared by the runs of several seeds.

    Attributes:
        tokenizer: of the words of the training questions.
        answers: those of training, the most frequent first.
    """

    def __init__(self, options: "Train", data: "QuestionData"):
        self.options, self.data = options, data
        self.tokenizer = kept_tokenizer(options) or WordTokenizer.build(data.train.questions, options.least)
        counts = Counter(data.train.answers)
        self.answers = sorted(
            (answer for answer in counts if counts[answer] >= options.least_answers),
            key=lambda answer: (-counts[answer], answer),
        )
        if len(self.answers) < 2:
            raise ValueError(f"--least-answers {options.least_answers} leaves {len(self.answers)} answers; give less.")

    @functools.cached_property
    def encoder(self) -> Any:
        """What sees; None where it learns with the rest."""
        if self.options.backbone == CONVOLUTIONAL:
            return None
        from rnn_models.vision.encoder import ImageEncoder

        return ImageEncoder(self.options.backbone, self.options.grid, self.options.fit)

    @functools.cache  # noqa: B019  of one object a run
    def pictures(self, split: str) -> Any:
        """The pictures of a split: an object whose `grid` is what the network is shown, and whose `of` gives a part."""
        return pictures_of(getattr(self.data, split).pictures, self.encoder, self.options)

    def batches(self, split: str, rows: slice | None, seed: int | None = None) -> "QuestionBatches":
        """Training batches of one seed, or those of the validation loss."""
        part, options = getattr(self.data, split), self.options
        ids = [row[:MOST_WORDS] for row in self.tokenizer.encode(part.questions)]
        numbers = {answer: n for n, answer in enumerate(self.answers)}
        labels = np.array([numbers.get(answer, -1) for answer in part.answers], "int32")
        return QuestionBatches(self.pictures(split), part.rows, ids, labels, options, seed, rows)


def pictures_of(pictures: Sequence[Any] | np.ndarray, encoder: Any, options: Any) -> Any:
    """What the network is shown of pictures: an encoder's features, from the cache, or squares.

    Args:
        options: with `features_dir`, `side` and `fit`.
    """
    if encoder is not None:
        return features_of(pictures, encoder, options.features_dir)
    return squares_of(pictures, options.side, options.fit)


class QuestionBatches(keras.utils.PyDataset):
    """Batches `({"picture" (P, ...), "tokens", "mask" (P, K, T), "shown" (P, K, 2)}, labels (P, K), weights (P, K))`.

    A picture stands in a batch with K of its questions, and is looked at once for them. In training the K are drawn
    anew in each epoch; in validation a picture stands there as often as all its questions need. Which pictures a batch
    has, which questions, what is hidden and which words are unknown are a function of the seed and of `epoch`. The
    weights are such that the loss is the mean over the questions whose answer the network has.

    Args:
        pictures: with `of(numbers)`.
        rows: (M,), for each question the number of its picture.
        ids: M questions as token ids.
        labels: (M,), the number of the answer; -1: it is none of the network's.
        options: of the training script.
        seed: for training; None: in order, for validation.
        share: the rows of a batch that this process feeds (several hosts), a slice of range(P); all by default.

    Raises:
        ValueError: no question has one of the answers.
    """

    def __init__(
        self,
        pictures: Any,
        rows: np.ndarray,
        ids: Sequence[np.ndarray],
        labels: np.ndarray,
        options: "Train",
        seed: int | None = None,
        share: slice | None = None,
    ):
        super().__init__()
        self.pictures, self.labels, self.options, self.seed = pictures, labels, options, seed
        self.share = share or slice(0, options.batch_size)
        length = max(map(len, ids))
        self.tokens, self.mask = (np.zeros((len(ids), length), "int32") for _ in range(2))
        for n, row in enumerate(ids):
            self.tokens[n, : len(row)], self.mask[n, : len(row)] = row, 1
        known = np.flatnonzero(labels >= 0)
        if not len(known):
            raise ValueError("No question has an answer that the network could give. Give a smaller --least-answers.")
        order = known[np.argsort(rows[known], kind="stable")]
        cuts = np.flatnonzero(np.diff(rows[order])) + 1
        self.groups = np.split(order, cuts)
        self.numbers = rows[[group[0] for group in self.groups]]
        self.count = min(options.drawn, max(map(len, self.groups)))
        self._epoch = -1
        self.epoch = 0

    @property
    def epoch(self) -> int:
        """The number of the epoch; setting it draws that epoch's questions."""
        return self._epoch

    @epoch.setter
    def epoch(self, number: int) -> None:
        if number == self._epoch:
            return
        self._epoch = number
        if self.seed is None:
            chosen = [part for group in self.groups for part in _cut(group, self.count)]
            numbers = np.repeat(self.numbers, [-(-len(group) // self.count) for group in self.groups])
        else:
            draw = np.random.default_rng([self.seed, number])
            order = draw.permutation(len(self.groups))
            chosen = [draw.permutation(self.groups[n])[: self.count] for n in order]
            numbers = self.numbers[order]
        size = -(-len(chosen) // self.options.batch_size) * self.options.batch_size
        self._pictures = np.resize(numbers, size)
        self._questions = np.full((size, self.count), -1)
        for n, part in enumerate(chosen):
            self._questions[n, : len(part)] = part
        if self.seed is not None:  # the last batch is filled up with others; in validation with what weighs nothing
            self._questions[len(chosen) :] = self._questions[: size - len(chosen)]
        self._mean = float((self._questions >= 0).sum()) / len(self)

    def __len__(self) -> int:
        return len(self._pictures) // self.options.batch_size

    def __getitem__(self, index: int) -> tuple:
        window = slice(index * self.options.batch_size, (index + 1) * self.options.batch_size)
        questions = self._questions[window]
        there = questions >= 0
        tokens, mask = self.tokens[questions] * there[..., None], self.mask[questions] * there[..., None]
        shown = np.ones((*questions.shape, 2), "float32")
        if self.seed is not None:
            draw = np.random.default_rng([self.seed, self.epoch, index])
            lot = draw.random(questions.shape)
            hidden = self.options.hidden
            shown[..., 0], shown[..., 1] = lot >= hidden, (lot < hidden) | (lot >= 2 * hidden)
            tokens = tokens * (draw.random(tokens.shape) >= self.options.unknown)
        mean = there.sum() if self.seed is not None else self._mean
        weights = (there * there.size / max(mean, 1)).astype("float32")
        labels = np.where(there, self.labels[questions], 0).astype("int32")
        inputs = {"tokens": tokens.astype("int32"), "mask": mask, "shown": shown}
        inputs = {"picture": self.pictures.of(self._pictures[window][self.share])} | {
            name: array[self.share] for name, array in inputs.items()
        }
        return inputs, labels[self.share], weights[self.share]


def _cut(group: np.ndarray, count: int) -> list[np.ndarray]:
    return [group[start : start + count] for start in range(0, len(group), count)]
