"""Visual question answering: two to one. A picture and a question go in, an answer comes out."""

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from keras import ops

from rnn_models.backend import compiled
from rnn_models.checks import check_texts, is_integer
from rnn_models.layers.recurrent_cell import PACKAGE
from rnn_models.padding import BATCH_SIZES, batches_by_length, padded_ids, padded_rows
from rnn_models.tasks.picture_question import CONVOLUTIONAL, JOINS, PictureQuestionNetwork
from rnn_models.text.words import spelling
from rnn_models.vision.pictures import is_one_picture, open_picture, square

__all__ = ["CONVOLUTIONAL", "JOINS", "MOST_WORDS", "Answer", "VisualQuestionAnswerer"]

MOST_WORDS = 40
"""A question of more words is refused."""

_LENGTHS = (8, 16, 24, MOST_WORDS)
"""Questions are padded to these lengths, so that few programs are compiled."""


@dataclass(frozen=True)
class Answer:
    """What the network says to one question about one picture, with the evidence.

    Attributes:
        question: as it was asked.
        answer: the likeliest.
        probabilities: of all answers, the likeliest first.
        tokens: the words as they were read.
        unknown: those of them that the network does not know, each once.
        attention: (hops, L) of the join "attention", (words, L) of "look", rows that sum to 1; None for the other
            joins, and where the picture was hidden.
        grid: rows and columns of the L places, row by row.
    """

    question: str
    answer: str
    probabilities: dict[str, float]
    tokens: list[str]
    unknown: list[str]
    attention: np.ndarray | None
    grid: tuple[int, int]

    @property
    def probability(self) -> float:
        """Of the likeliest answer."""
        return self.probabilities[self.answer]


@keras.saving.register_keras_serializable(package=PACKAGE)
class VisualQuestionAnswerer(PictureQuestionNetwork):
    """A picture and a question become one vector, and that an answer out of a list (Antol et al. 2015).

        a_i = [relu(grid_i W + b); 3 row_i; 3 column_i]   the places i = 1 ... L of the picture, rows from -1 to 1
        v   = mean_i a_i
        h   = the recurrent network's state after the last word of the question
        m   = tanh(v W_I + b_I) ⊙ tanh(h W_Q + b_Q)
        p(answer | picture, question) = softmax(relu(e W_1 + b_1) W_2 + b_2)

    `join` says how the two meet in e:

        "product"        e = m                                                (Antol et al. 2015, arXiv:1505.00468)
        "concatenation"  e = [v; h]
        "attention"      u_0 = tanh(h W_0 + b_0); for each hop k = 1 ... K
                         α_i = softmax_i w·tanh(a_i W_a + u_{k-1} W_u),  z_k = Σ_i α_i a_i,  u_k = u_{k-1} + z_k
                         e = [u_0; z_1; ...; z_K; m; n]                       (after Yang et al. 2016, arXiv:1511.02274)
                         where [v; z_1; ...; z_K] stands for v in m, and n multiplies where it looked with what was
                         asked: n = tanh(c W_P + b_P) ⊙ tanh(h W_R + b_R), c the rows and columns in z_1 ... z_K
        "look"           the network looks at the picture before each word: its input is [word t; z_t], where
                         z_t = Σ_i α_ti a_i with the query [h_{t-1}; word t]; e = [h; m]
                                                                              (after Zhu et al. 2016, arXiv:1511.03416)

    A hidden picture: all a_i, so v and the z too, are zero. A hidden question: all words and h are zero. A share of
    training is like that, so that the same network can be asked what it would guess.

    Pictures and text in, answers out: tokenizer and answers are part of the model. The weights of a ready image
    encoder are not; those of the "convolutional" one are.

    Args:
        tokenizer: a `WordTokenizer`, or its configuration.
        answers: the A answers.
        backbone: "convolutional" (`ConvolutionalGrid`, trained with the model), or that of an `ImageEncoder`.
        side, channels: of the convolutional grid.
        depth, places: depth, and rows and columns, of an encoder's grid.
        grid, fit: which `ImageEncoder` makes it.
        normalise: each grid_i is divided by its root mean square first.
        positions: a_i ends with where place i is; without it there is no n.
        features: the width of a_i without its place; C is with it.
        cell: a name of `CELLS`.
        units: H, the width of the state (in each direction).
        bidirectional: read the question from both ends; not with "look".
        bag: h = tanh(W mean of the words + b): a bag of words, without order, for comparison; not with "look".
        embedding: the width of the words' embedding.
        join: as above.
        hops: K; 1 or 2.
        attention_units: the width in which queries and places meet.
        joint: the width of m, and of the hidden layer.
        dropout: rate on grid, words, h and the hidden layer.
        recurrent_dropout: rate on the recurrent connections, one mask a question.

    Shapes: pictures (P, S, S, 3) or grids (P, L, Dv), and K questions about each, tokens (P, K, T), give logits
    (P, K, A). Id 0 is the unknown word; the mask (P, K, T) says which words count.

    Raises:
        ValueError: a number out of range, an unknown name, settings that do not go together.
    """

    def answer(
        self,
        pictures: Any,
        questions: str | Sequence[str],
        hide_picture: bool = False,
        hide_question: bool = False,
        gaze: tuple[int, int] | None = None,
    ) -> list[Answer]:
        """Answer questions about pictures: a list of `Answer`, one for each question.

        Args:
            pictures: what `rnn_models.open_picture` takes (paths, bytes, arrays (height, width, 3) of uint8, PIL
                images); one, about which all questions are, or as many as there are questions.
            questions: one string, which is asked of every picture, or several.
            hide_picture: answer without the picture.
            hide_question: answer without the question.
            gaze: (row, column) of a place of the grid, from 0: all attention lies there.

        Raises:
            ValueError: no picture; a question without words, or with more than 40; other numbers of pictures and
                questions; a gaze outside of the grid, or of a model without attention.
        """
        pictures = [pictures] if is_one_picture(pictures) else list(pictures)
        questions = [questions] if isinstance(questions, str) else check_texts(questions)
        count = max(len(pictures), len(questions)) if pictures and questions else 0
        if {len(pictures), len(questions)} - {1, count}:
            raise ValueError(
                f"There are {len(pictures)} pictures and {len(questions)} questions; expected as many of both, or one "
                "picture, or one question."
            )
        self._check_questions(questions)  # before the pictures are read, which takes longer
        allowed = self._allowed(gaze, hide_picture)
        seen = self.seen(pictures)
        rows = np.zeros(count, "int32") if len(pictures) == 1 else np.arange(count)
        asked = questions * count if len(questions) == 1 else questions
        return self.answer_seen(seen, rows, asked, hide_picture, hide_question, allowed)

    def seen(self, pictures: Sequence[Any]) -> np.ndarray:
        """The a_i of pictures, (N, L, C) float32: with `answer_seen` each is looked at once for many questions."""
        if self.convolutional is None:
            return self.seen_grids(self.encoder().encode(list(pictures)).grid) if len(pictures) else self._nothing()
        side = self.settings["side"]
        squares = [square(open_picture(picture), side, self.settings["fit"]) for picture in pictures]
        return self.seen_grids(np.stack(squares)) if squares else self._nothing()

    def seen_grids(self, pictures: np.ndarray) -> np.ndarray:
        """The same of what `see` takes: squares (N, S, S, 3), or an encoder's grids (N, L, Dv).

        Raises:
            ValueError: arrays of another shape.
        """
        expected = (self.settings["side"],) * 2 + (3,) if self.convolutional else (np.prod(self.places), self.depth)
        if np.ndim(pictures) != 1 + len(expected) or tuple(pictures.shape[1:]) != tuple(expected):
            raise ValueError(f"pictures have shape {np.shape(pictures)}; expected (pictures, {expected}).")
        found = []
        for start in range(0, len(pictures), BATCH_SIZES[-1]):
            part = pictures[start : start + BATCH_SIZES[-1]]
            filled = np.asarray(part[padded_rows(len(part))], "float32")
            found.append(self._program("see")(ops.convert_to_tensor(filled))[: len(part)])
        return np.concatenate([self._nothing(), *map(ops.convert_to_numpy, found)])

    def encoder(self) -> Any:
        """The `ImageEncoder` of a model that has one; its network is loaded when it first sees a picture."""
        from rnn_models.vision.encoder import ImageEncoder

        return ImageEncoder(*(self.settings[name] for name in ("backbone", "grid", "fit")))

    def answer_seen(
        self,
        seen: np.ndarray,
        rows: Sequence[int],
        questions: Sequence[str],
        hide_picture: bool = False,
        hide_question: bool = False,
        allowed: np.ndarray | None = None,
    ) -> list[Answer]:
        """Answer questions about pictures that `seen` has looked at.

        Args:
            seen: (N, L, C).
            rows: for each question the number of its picture.
            questions: as many.
            hide_picture, hide_question: as in `answer`.
            allowed: (L,), 1 for each place that attention may lie on.
        """
        ids = self._check_questions(questions)
        shown = (not hide_picture, not hide_question)
        found: list = [None] * len(questions)
        for chosen, probabilities, attention in self._run(seen, np.asarray(rows), ids, shown, allowed):
            for n, number in enumerate(chosen):
                weights = None
                if attention is not None and not hide_picture:
                    words = len(ids[number]) if self.settings["join"] == "look" else None
                    weights = attention[n, :words]
                found[number] = self._answer(questions[number], ids[number], probabilities[n], weights)
        return found

    def probabilities(
        self,
        seen: np.ndarray,
        rows: Sequence[int],
        ids: Sequence[np.ndarray],
        shown: tuple[bool, bool] = (True, True),
    ) -> np.ndarray:
        """The probabilities of all answers, (N, A) float32: `answer_seen` without the evidence, of token ids."""
        found = np.zeros((len(ids), len(self.answers)), "float32")
        for chosen, probabilities, _ in self._run(seen, np.asarray(rows), ids, shown, None):
            found[chosen] = probabilities
        return found

    def _run(
        self, seen: np.ndarray, rows: np.ndarray, ids: Sequence[np.ndarray], shown: tuple, allowed: np.ndarray | None
    ) -> Iterator[tuple[list[int], np.ndarray, np.ndarray | None]]:
        """For each batch: the numbers of its questions, probabilities (B, A), attention (B, hops or T, L) or None."""
        free = np.ones(seen.shape[1], "int32") if allowed is None else np.asarray(allowed, "int32")
        for chosen in batches_by_length([len(row) for row in ids], _LENGTHS):
            tokens, mask = padded_ids([ids[n] for n in chosen], _LENGTHS, 0)
            places = rows[chosen][padded_rows(len(chosen))]
            arrays = [
                seen[places],
                tokens[:, None],
                mask[:, None],
                np.tile(np.array(shown, "float32"), (len(tokens), 1, 1)),
                np.tile(free, (len(tokens), 1)),
            ]
            logits, *attention = self._program("ask")(*map(ops.convert_to_tensor, arrays))
            logits = ops.convert_to_numpy(logits)[: len(chosen), 0]
            powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
            weights = ops.convert_to_numpy(attention[0])[: len(chosen), 0] if attention else None
            yield chosen, powers / powers.sum(axis=-1, keepdims=True), weights

    def _program(self, name: str) -> Any:
        if name not in self._programs:
            function = {"see": lambda x: ops.cast(self.see(x), "float32"), "ask": self._asked}[name]
            self._programs[name] = compiled(function, [self])
        return self._programs[name]

    def _asked(self, seen: Any, tokens: Any, mask: Any, shown: Any, allowed: Any) -> list:
        logits, attention = self.ask(ops.cast(seen, self.compute_dtype), tokens, mask, shown, allowed)
        return [ops.cast(array, "float32") for array in (logits, attention) if array is not None]

    def _nothing(self) -> np.ndarray:
        return np.zeros((0, int(np.prod(self.places)), self.place_width), "float32")

    def _check_questions(self, questions: Sequence[str]) -> list[np.ndarray]:
        """The ids of the questions' words."""
        ids = self.tokenizer.encode(check_texts(questions))
        for question, row in zip(questions, ids, strict=True):
            if not 1 <= len(row) <= MOST_WORDS:
                raise ValueError(
                    f"The question {textwrap.shorten(question, 60, placeholder=' ...')!r} has {len(row)} words; "
                    f"expected 1 to {MOST_WORDS}, such as 'what colour is the circle'."
                )
        return ids

    def _allowed(self, gaze: tuple[int, int] | None, hide_picture: bool) -> np.ndarray | None:
        """A gaze as the places that attention may lie on."""
        if gaze is None:
            return None
        if not self.attends or hide_picture:
            raise ValueError(
                f"gaze is {gaze!r}, but this model has no attention over the picture (join={self.settings['join']!r}), "
                "or the picture is hidden. Leave gaze out."
            )
        inside = isinstance(gaze, tuple | list) and len(gaze) == 2 and all(map(is_integer, gaze))
        if not inside or not all(0 <= n < most for n, most in zip(gaze, self.places, strict=True)):
            rows, columns = self.places
            raise ValueError(f"gaze is {gaze!r}; expected (row, column), from (0, 0) to ({rows - 1}, {columns - 1}).")
        allowed = np.zeros(self.places, "int32")
        allowed[tuple(gaze)] = 1
        return allowed.reshape(-1)

    def _answer(self, question: str, ids: np.ndarray, probabilities: np.ndarray, weights: Any) -> Answer:
        order = np.argsort(-probabilities, kind="stable")
        ranked = {self.answers[n]: float(probabilities[n]) for n in order}
        tokens = [spelling(question[start:end]) for start, end in self.tokenizer.spans(question)]
        unknown = dict.fromkeys(token for token, number in zip(tokens, ids, strict=True) if number == 0)
        return Answer(question, self.answers[order[0]], ranked, tokens, list(unknown), weights, tuple(self.places))
