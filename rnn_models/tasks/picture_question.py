"""The network behind visual question answering: how a picture and a question become one vector, in numbers."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from rnn_models.backend import by_rows
from rnn_models.checks import check_choice, check_count, check_rate, check_units
from rnn_models.layers import AttentiveDecoder, BahdanauAttention, Bidirectional, Recurrent
from rnn_models.layers.catalogue import CELLS
from rnn_models.text.tokenizers import Tokenizer, tokenizer_from_config
from rnn_models.vision.convolutional import ConvolutionalGrid

JOINS = ("product", "concatenation", "attention", "look")
CONVOLUTIONAL = "convolutional"

POSITION_SCALE = 3.0
"""Row and column of a place, from -1 to 1, are multiplied by this, so that two numbers count beside a hundred."""


class Hop(keras.layers.Layer):
    """One look at the places, given a question: attention with weights of its own.

    Args:
        units: the width in which queries and places meet.

    Shapes: queries (P, K, C) and places (P, L, C) give contexts (P, K, C) and weights (P, K, L).
    """

    def __init__(self, units: int, **kwargs: Any):
        super().__init__(**kwargs)
        self.attention = BahdanauAttention(units, name="attention", dtype=self.dtype_policy)

    def build(self, query_shape: Any, places_shape: Any = None) -> None:
        self.attention.key_projection.build((None, None, query_shape[-1]))
        self.attention.build((None, None, query_shape[-1]), (None, None, self.attention.units))
        self.built = True

    def call(self, query: Any, places: Any, allowed: Any = None) -> tuple[Any, Any]:
        return self.attention(query, self.attention.project_keys(places), places, mask=allowed)


class PictureQuestionNetwork(keras.Model):
    """Pictures and questions as numbers in, logits and attention out: see `VisualQuestionAnswerer`."""

    def __init__(
        self,
        tokenizer: Tokenizer | dict,
        answers: Sequence[str],
        backbone: str = CONVOLUTIONAL,
        side: int = 64,
        channels: Sequence[int] = (32, 48, 64),
        depth: int = 1280,
        places: Sequence[int] = (7, 7),
        grid: str = "7x7",
        fit: str = "squash",
        normalise: bool = False,
        positions: bool = True,
        features: int = 96,
        cell: str = "lstm",
        units: int = 128,
        bidirectional: bool = False,
        bag: bool = False,
        embedding: int = 64,
        join: str = "attention",
        hops: int = 2,
        attention_units: int = 64,
        joint: int = 256,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        self.tokenizer = tokenizer_from_config(tokenizer) if isinstance(tokenizer, dict) else tokenizer
        self.answers = [str(answer) for answer in answers]
        self.settings = {
            "backbone": backbone,
            "side": side,
            "channels": tuple(channels),
            "depth": depth,
            "places": tuple(places),
            "grid": grid,
            "fit": fit,
            "normalise": bool(normalise),
            "positions": bool(positions),
            "features": features,
            "cell": cell,
            "units": check_units(units),
            "bidirectional": bool(bidirectional),
            "bag": bool(bag),
            "embedding": embedding,
            "join": join,
            "hops": hops,
            "attention_units": attention_units,
            "joint": joint,
            "dropout": check_rate("dropout", dropout),
            "recurrent_dropout": check_rate("recurrent_dropout", recurrent_dropout),
        }
        _check(self.answers, self.settings)
        self._make_eye()
        self._make_reader()
        dense = keras.layers.Dense
        self.drop = keras.layers.Dropout(dropout)
        self.query = dense(self.place_width, activation="tanh", name="query") if join == "attention" else None
        count = hops if join == "attention" else 0
        self.hops = [Hop(attention_units, name=f"hop_{n + 1}") for n in range(count)]
        multiplies = join != "concatenation"
        self.of_picture = dense(joint, activation="tanh", name="of_picture") if multiplies else None
        self.of_question = dense(joint, activation="tanh", name="of_question") if multiplies else None
        looks = join == "attention" and positions
        self.where = dense(attention_units, activation="tanh", name="where") if looks else None
        self.where_asked = dense(attention_units, activation="tanh", name="where_asked") if looks else None
        self.hidden = dense(joint, activation="relu", name="hidden")
        self.head = dense(len(self.answers), name="head")
        self._programs: dict[str, Any] = {}

    def _make_eye(self) -> None:
        """What makes the a_i."""
        settings = self.settings
        self.convolutional = None
        self.places, self.depth = settings["places"], settings["depth"]
        if settings["backbone"] == CONVOLUTIONAL:
            self.convolutional = ConvolutionalGrid(settings["side"], settings["channels"], name="convolutional")
            self.places, self.depth = self.convolutional.places, settings["channels"][-1]
        self.project = keras.layers.Dense(settings["features"], activation="relu", name="project")

    def _make_reader(self) -> None:
        """What makes h."""
        settings = self.settings
        self.embed = keras.layers.Embedding(len(self.tokenizer), settings["embedding"], name="embedding")
        self.mean_word = self.recurrence = self.decoder = None
        if settings["bag"]:
            self.mean_word = keras.layers.Dense(settings["units"], activation="tanh", name="mean_word")
            return
        options = {"recurrent_dropout": settings["recurrent_dropout"], "name": "cell"}
        cell = CELLS[settings["cell"]](settings["units"], **options)
        if settings["join"] == "look":
            attention = BahdanauAttention(settings["attention_units"], name="attention")
            self.decoder = AttentiveDecoder(cell, attention, None, informed=True, name="decoder")
        elif settings["bidirectional"]:
            self.recurrence = Bidirectional(cell, name="recurrence")
        else:
            self.recurrence = Recurrent(cell, name="recurrence")

    def build(self, *shapes: Any) -> None:
        settings = self.settings
        embedding, joint, features = settings["embedding"], settings["joint"], self.place_width
        if self.convolutional is not None:
            self.convolutional.build()
        self.project.build((None, None, self.depth))
        self.embed.build((None, None))
        if self.mean_word is not None:
            self.mean_word.build((None, embedding))
        elif self.decoder is not None:
            self.decoder.build_for(embedding, features)
        else:
            self.recurrence.build((None, None, embedding))
        width = self.question_width
        if self.query is not None:
            self.query.build((None, None, width))
        for hop in self.hops:
            hop.build((None, None, features))
        if self.of_picture is not None:
            self.of_picture.build((None, None, (1 + len(self.hops)) * features))
            self.of_question.build((None, None, width))
        if self.where is not None:
            self.where.build((None, None, 2 * len(self.hops)))
            self.where_asked.build((None, None, width))
        places = settings["attention_units"] if self.where is not None else 0
        evidence = {
            "product": joint,
            "concatenation": features + width,
            "attention": (1 + len(self.hops)) * features + joint + places,
            "look": width + joint,
        }
        self.hidden.build((None, None, evidence[settings["join"]]))
        self.head.build((None, None, joint))
        self.built = True

    @property
    def place_width(self) -> int:
        """The width of a_i."""
        return self.settings["features"] + 2 * self.settings["positions"]

    @property
    def question_width(self) -> int:
        """The width of h."""
        both = self.settings["bidirectional"] and not self.settings["bag"]
        return self.settings["units"] * (2 if both else 1)

    @property
    def attends(self) -> bool:
        """Whether there is attention over the picture."""
        return self.settings["join"] in ("attention", "look")

    # -------------------------------------------------------------------------------------------- numbers

    def call(self, inputs: dict[str, Any], training: bool = False) -> Any:
        """Logits (P, K, A).

        Args:
            inputs: "picture", (P, S, S, 3) or (P, L, Dv); "tokens" (P, K, T); where given "mask" (P, K, T), and
                "shown" (P, K, 2), whether the picture and whether the question is shown, 1 or 0 each.
        """
        seen = self.see(inputs["picture"], training)
        return self.ask(seen, inputs["tokens"], inputs.get("mask"), inputs.get("shown"), training=training)[0]

    def compute_output_spec(self, inputs: dict[str, Any], training: bool = False) -> Any:
        return keras.KerasTensor((*inputs["tokens"].shape[:2], len(self.answers)), dtype=self.compute_dtype)

    def see(self, pictures: Any, training: bool = False) -> Any:
        """The a_i, (P, L, C), of pictures (P, S, S, 3) from 0 to 255, or of an encoder's grids (P, L, Dv)."""
        seen = ops.cast(pictures, self.compute_dtype)
        if self.convolutional is not None:
            seen = self.convolutional(seen, training=training)
        if self.settings["normalise"]:
            seen = seen * ops.rsqrt(ops.mean(ops.square(seen), axis=-1, keepdims=True) + 1e-6)
        seen = self.drop(seen, training=training)
        seen = by_rows(self.project, seen)
        if not self.settings["positions"]:
            return seen
        where = np.stack(np.meshgrid(*map(_middles, self.places), indexing="ij"), axis=-1).reshape(1, -1, 2)
        where = ops.repeat(ops.cast(POSITION_SCALE * where, seen.dtype), ops.shape(seen)[0], axis=0)
        return ops.concatenate([seen, where], axis=-1)

    def ask(
        self, seen: Any, tokens: Any, mask: Any = None, shown: Any = None, allowed: Any = None, training: bool = False
    ) -> tuple[Any, Any]:
        """Logits (P, K, A), and the attention (P, K, hops or T, L) or None.

        Args:
            seen: the a_i, (P, L, C).
            tokens, mask, shown: as in `call`.
            allowed: (P, L), the places that attention may lie on; all by default.
        """
        pictures, count = ops.shape(tokens)[0], tokens.shape[1]
        flat = ops.reshape(tokens, (-1, tokens.shape[2]))
        mask = ops.ones_like(flat) if mask is None else ops.cast(ops.reshape(mask, ops.shape(flat)), "int32")
        shown = ops.ones((pictures, count, 2)) if shown is None else shown
        shown = ops.cast(shown, seen.dtype)
        picture_shown, question_shown = shown[..., :1], shown[..., 1:]
        words = self.drop(self.embed(flat), training=training) * ops.reshape(question_shown, (-1, 1, 1))
        attention = None
        if self.decoder is not None:
            h, attention = self._look(seen, words, mask, picture_shown, allowed, training)
        else:
            h = self._read(words, mask, training)
        h = self.drop(ops.reshape(h, (-1, count, self.question_width)), training=training) * question_shown
        view = ops.mean(seen, axis=1)[:, None] * picture_shown
        parts = []
        if self.query is not None:
            parts, attention = self._hops(seen, h, picture_shown, allowed)
        if self.settings["join"] == "concatenation":
            parts = [view, h]
        else:
            found = parts[1:]
            joined = by_rows(self.of_picture, ops.concatenate([view, *found], axis=-1)) * by_rows(self.of_question, h)
            parts = [*([h] if self.decoder is not None else parts), joined]
            if self.where is not None:
                centres = ops.concatenate([context[..., -2:] for context in found], axis=-1)
                parts.append(by_rows(self.where, centres) * by_rows(self.where_asked, h))
        hidden = self.drop(by_rows(self.hidden, ops.concatenate(parts, axis=-1)), training=training)
        return by_rows(self.head, hidden), attention

    def _read(self, words: Any, mask: Any, training: bool) -> Any:
        """h (R, H) of the words (R, T, E) of R questions."""
        if self.mean_word is None:
            initial = self.recurrence.get_initial_state(ops.shape(words)[0])
            return self.recurrence.run(words, initial, ops.cast(mask, "bool"), training)[1]
        counted = ops.cast(mask, words.dtype)[..., None]
        return self.mean_word(ops.sum(words * counted, axis=1) / ops.maximum(ops.sum(counted, axis=1), 1))

    def _look(
        self, seen: Any, words: Any, mask: Any, picture_shown: Any, allowed: Any, training: bool
    ) -> tuple[Any, Any]:
        """h (R, H) of a network that looks before each word, and its attention (P, K, T, L)."""
        count, places = picture_shown.shape[1], seen.shape[1]
        values = ops.repeat(seen, count, axis=0) * ops.reshape(picture_shown, (-1, 1, 1))
        free = ops.ones(ops.shape(values)[:2], dtype="int32")
        if allowed is not None:
            free = free * ops.repeat(ops.cast(allowed, "int32"), count, axis=0)
        memory = self.decoder.make_memory(values, free)
        initial = self.decoder.recurrence.get_initial_state(ops.shape(words)[0])
        h, weights, _ = self.decoder(words, initial, memory, training=training)
        # the loop goes on over the padding: the state after the last word is taken
        following = ops.pad(mask[:, 1:], [(0, 0), (0, 1)])
        last = ops.cast(mask * (1 - following), h.dtype)
        return ops.sum(h * last[..., None], axis=1), ops.reshape(weights, (-1, count, words.shape[1], places))

    def _hops(self, seen: Any, h: Any, picture_shown: Any, allowed: Any) -> tuple[list, Any]:
        """[u_0, z_1, ..., z_K], each (P, K, C), and the attention (P, K, hops, L)."""
        u = by_rows(self.query, h)
        parts, found = [u], []
        for hop in self.hops:
            context, weights = hop(u, seen, allowed)
            context = context * picture_shown
            u = u + context
            parts.append(context)
            found.append(weights)
        return parts, ops.stack(found, axis=2)

    def get_config(self) -> dict:
        config = {**super().get_config(), "tokenizer": self.tokenizer.get_config()}
        return {**config, "answers": self.answers, **self.settings}


def _middles(count: int) -> np.ndarray:
    """The middles of `count` cells, from -1 to 1."""
    return (2 * np.arange(count) + 1) / count - 1


def _check(answers: list[str], settings: dict[str, Any]) -> None:
    if len(set(answers)) < max(2, len(answers)):
        raise ValueError(f"answers are {answers!r}; expected two or more, each once.")
    check_choice("cell", settings["cell"], CELLS)
    check_choice("join", settings["join"], JOINS)
    rows, columns = settings["places"]
    counts = {name: settings[name] for name in ("depth", "features", "embedding", "attention_units", "joint", "side")}
    for name, value in {**counts, "places": rows, "places (columns)": columns, "hops": settings["hops"]}.items():
        check_count(name, value)
    if settings["hops"] > 2:
        raise ValueError(f"hops is {settings['hops']}; expected 1 or 2.")
    for name in ("bidirectional", "bag"):
        if settings[name] and settings["join"] == "look":
            raise ValueError(f"{name} is True with join='look', which reads forward, word by word; use False.")
