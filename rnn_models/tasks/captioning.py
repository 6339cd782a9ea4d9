"""Captioning: one to many. A frozen network sees a picture, a recurrent one says what is in it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import keras
import numpy as np
from keras import ops

from rnn_models.backend import by_rows
from rnn_models.checks import check_choice, check_count, check_rate, check_text, check_units
from rnn_models.decoding.results import GeneratedText
from rnn_models.decoding.strategies import Sample, search_strategy
from rnn_models.layers import AttentiveDecoder, BahdanauAttention, HardAttention
from rnn_models.layers.catalogue import CELLS, check_decoder_cell
from rnn_models.layers.recurrent_cell import PACKAGE
from rnn_models.padding import BATCH_SIZES, padded_rows
from rnn_models.tasks.conditional_lm import END, START, ConditionalLM, embedding_layer
from rnn_models.tasks.reference_set import Neighbour, ReferenceSet
from rnn_models.text.tokenizers import Tokenizer
from rnn_models.vision.pictures import is_one_picture

__all__ = ["ATTENTIONS", "END", "INJECTIONS", "START", "Caption", "Captioner"]

ATTENTIONS = ("none", "soft", "hard")
INJECTIONS = ("h0", "first", "per_step", "merge")

POSITION_SCALE = 4.0
"""Row and column of a place are multiplied by this, so that two numbers count beside a hundred."""


@dataclass(frozen=True, kw_only=True)
class Caption(GeneratedText):
    """What the network says of one picture, with the evidence: see `GeneratedText`.

    Attributes:
        grid: rows and columns of the L places that could be looked at, row by row.
        nearest: the training picture most alike; None for a model without a `ReferenceSet`.
        strangeness: how unlike its training data the picture is, in standard deviations above what is usual for
            pictures of their kind; None for a model without a `ReferenceSet`.
        strangeness_limit: above it a picture is called strange; None for a model without a `ReferenceSet`.
        strange: whether the picture is; its caption is not to be trusted.
    """

    grid: tuple[int, int]
    nearest: Neighbour | None = None
    strangeness: float | None = None
    strangeness_limit: float | None = None
    strange: bool = False


@keras.saving.register_keras_serializable(package=PACKAGE)
class Captioner(ConditionalLM):
    """A recurrent network that describes a picture (Vinyals et al. 2015; Xu et al. 2015, arXiv:1502.03044).

        g_i       = [grid_i; 4 row_i; 4 column_i]   the places i = 1 ... L of the picture: see `normalise`, `positions`
        a_i       = relu(W g_i + b)
        v         = mean_i a_i                      the picture as a whole; standardised with `batch_norm`
        s_t, o_t  = `AttentiveDecoder` (word t − 1, s_{t-1}, the a_i)
        p(word t | picture, words < t) = softmax(o_t V + b)

    How the picture enters beside what attention sees of it, `inject`; s_0 is zero where nothing else is said:

        "h0"        s_0 = v W + b, for each state of the cell
        "first"     v W + b is the first input, before "<s>"
        "per_step"  [word; v] is the input of every step
        "merge"     the recurrent network reads words only: tanh([o_t; v] W + b) stands for o_t

    Pictures in, text out: tokenizer and the name of the encoder are part of the model, the encoder's weights are not.

    Args:
        tokenizer: of words or sub-words, with the special tokens "<s>" and "</s>", or its configuration.
        depth: Dv, the depth of the grid.
        places: rows and columns of the grid; their product is L.
        backbone, grid, fit: which `ImageEncoder` makes it.
        inject: as above.
        attention: "soft" (Bahdanau's), "hard" (one place, learnt by REINFORCE) or "none".
        attention_units: the width in which queries and keys meet.
        informed: the query holds word t − 1: [h_{t-1}; word t − 1].
        gate: β_t scales what attention gives (Xu et al. 2015, section 4.2.1).
        features: C, the width of a_i; 0: a_i is g_i itself.
        normalise: each grid_i is divided by its root mean square first.
        positions: g_i ends with where place i is, row and column from -1 to 1 (as in CoordConv, Liu et al. 2018),
            times 4: for captions that say where things are.
        batch_norm: v is standardised, each number over the pictures (Ioffe & Szegedy 2015): what all pictures have in
            common does not drown what they differ in.
        cell: "lstm", "gru" or "vanilla".
        units: H, the width of the state.
        embedding: D, the width of the words' embedding, and of o.
        readout: o_t = tanh([h_t; word; what was seen] W + b); False: o_t = h_t.
        tied: V is the embedding's matrix; needs o of its width.
        dropout: rate on the grid, v, the embedding and o.
        recurrent_dropout: rate on the recurrent connections, one mask a sentence.
        max_words: the most tokens of a caption.
        album: the configuration of a `ReferenceSet` of the training pictures, or None.

    Shapes: grid (N, L, Dv) and target (N, K, T), K captions of each picture, which begin with "<s>", give logits
    (N, K, T, V) of the word after each, and weights (N, K, T, L) or None.
    """

    def __init__(
        self,
        tokenizer: Tokenizer | dict,
        depth: int = 1280,
        places: Sequence[int] = (7, 7),
        backbone: str = "efficientnet-lite0",
        grid: str = "7x7",
        fit: str = "squash",
        inject: str = "h0",
        attention: str = "soft",
        attention_units: int = 256,
        informed: bool = True,
        gate: bool = True,
        features: int = 256,
        normalise: bool = False,
        positions: bool = False,
        batch_norm: bool = False,
        cell: str = "lstm",
        units: int = 256,
        embedding: int = 256,
        readout: bool = True,
        tied: bool = True,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        max_words: int = 30,
        album: dict | None = None,
        **kwargs: Any,
    ):
        super().__init__(tokenizer, **kwargs)
        self.settings = {
            "depth": depth,
            "places": tuple(places),
            "backbone": backbone,
            "grid": grid,
            "fit": fit,
            "inject": inject,
            "attention": attention,
            "attention_units": attention_units,
            "informed": bool(informed) and attention != "none",
            "gate": bool(gate) and attention != "none",
            "features": features,
            "normalise": bool(normalise),
            "positions": bool(positions),
            "batch_norm": bool(batch_norm),
            "cell": cell,
            "units": check_units(units),
            "embedding": embedding,
            "readout": bool(readout),
            "tied": bool(tied),
            "dropout": check_rate("dropout", dropout),
            "recurrent_dropout": check_rate("recurrent_dropout", recurrent_dropout),
            "max_words": max_words,
        }
        _check(self.settings)
        self.place_width = depth + 2 * bool(positions)
        self.seen_width = features or self.place_width
        self.project = keras.layers.Dense(features, activation="relu", name="project") if features else None
        self.norm = keras.layers.BatchNormalization(name="norm") if batch_norm else None
        states = CELLS[cell].state_count if inject == "h0" else 0
        self.bridges = [keras.layers.Dense(units, name=f"bridge_{n}") for n in range(states)]
        self.first = keras.layers.Dense(embedding, name="first") if inject == "first" else None
        outputs = embedding if readout else None
        self.merge = None
        if inject == "merge":
            self.merge = keras.layers.Dense(embedding, activation="tanh", name="merge")
        self.embed = embedding_layer(len(self.tokenizer), embedding, "embedding")
        own = CELLS[cell](units, recurrent_dropout=recurrent_dropout, name="decoder")
        options = {name: self.settings[name] for name in ("gate", "informed")} | {"name": "decoder"}
        self._make_decoder(AttentiveDecoder(own, self._attention(), outputs, **options), embedding, tied, dropout)
        self.reference_set = None if album is None else ReferenceSet(**album)

    def _attention(self) -> Any:
        kinds = {"soft": BahdanauAttention, "hard": HardAttention}
        kind = kinds.get(self.settings["attention"])
        return kind and kind(self.settings["attention_units"], name="attention")

    def build(self, *shapes: Any) -> None:
        settings = self.settings
        if self.project is not None:
            self.project.build((None, None, self.place_width))
        for layer in filter(None, (*self.bridges, self.first, self.norm)):
            layer.build((None, self.seen_width))
        self.embed.build((None, None))
        beside = self.seen_width if settings["inject"] == "per_step" else 0
        self.decoder.build_for(settings["embedding"] + beside, self.seen_width)
        width = self.decoder.output_width
        if self.merge is not None:
            self.merge.build((None, None, width + self.seen_width))
            width = settings["embedding"]
        self._build_head(width)
        if self.reference_set is not None:
            self.reference_set.build()
        self.built = True

    # -------------------------------------------------------------------------------------------- numbers

    def call(self, grid: Any, target: Any, noise: Any = None, training: bool = False) -> tuple[Any, Any]:
        """Logits (N, K, T, V) of the word after each of `target` (teacher forcing), weights (N, K, T, L) or None.

        Args:
            noise: (N, K, T, L) Gumbel numbers by which hard attention draws its places; else it takes the likeliest.
        """
        count, shape = target.shape[1], ops.shape(target)
        states = keras.tree.map_structure(lambda array: ops.repeat(array, count, axis=0), self.read(grid, training))
        noise = None if noise is None else ops.reshape(noise, (-1, *ops.shape(noise)[2:]))
        logits, weights = self.decode(ops.reshape(target, (-1, shape[2])), states, noise, training)
        logits = ops.reshape(logits, (*shape, len(self.tokenizer)))
        if weights is not None:
            weights = ops.reshape(weights, (*shape, weights.shape[-1]))
        return logits, weights

    def compute_output_spec(self, grid: Any, target: Any, noise: Any = None, training: bool = False) -> tuple:
        weights = None
        if self.decoder.attention is not None:
            weights = keras.KerasTensor((*target.shape, grid.shape[1]), dtype=self.compute_dtype)
        return keras.KerasTensor((*target.shape, len(self.tokenizer)), dtype=self.compute_dtype), weights

    def read(self, grid: Any, training: bool = False) -> list:
        """The states before the first word, for grids (N, L, Dv): see `ConditionalLM`; the view is v (N, C)."""
        seen = self.drop(self._places(ops.cast(grid, self.compute_dtype)), training=training)
        if self.project is not None:
            seen = self.drop(by_rows(self.project, seen), training=training)
        view = ops.mean(seen, axis=1)
        if self.norm is not None:
            view = self.norm(view, training=training)
        view = self.drop(view, training=training)  # the mean has evened out what was dropped before
        memory = self.decoder.make_memory(seen, ops.ones(ops.shape(seen)[:2], dtype="int32"))
        states = [bridge(view) for bridge in self.bridges]
        if not states:
            shape = (ops.shape(view)[0], self.settings["units"])
            states = [ops.zeros(shape, dtype=self.compute_dtype) for _ in range(self.decoder.cell.state_count)]
        if self.first is not None:
            _, _, states = self.decoder.step(self.first(view), states, memory)
        return [states, list(memory or ()), view]

    def _places(self, grid: Any) -> Any:
        """The g_i, (N, L, Dv or Dv + 2)."""
        if self.settings["normalise"]:
            grid = grid * ops.rsqrt(ops.mean(ops.square(grid), axis=-1, keepdims=True) + 1e-6)
        if not self.settings["positions"]:
            return grid
        rows, columns = ((2 * np.arange(count) + 1) / count - 1 for count in self.settings["places"])
        middles = np.stack(np.meshgrid(rows, columns, indexing="ij"), axis=-1).reshape(1, -1, 2)
        middles = ops.repeat(ops.cast(POSITION_SCALE * middles, self.compute_dtype), ops.shape(grid)[0], axis=0)
        return ops.concatenate([grid, middles], axis=-1)

    def _inputs(self, tokens: Any, view: Any, training: bool = False) -> Any:
        """[word; v] where `inject` is "per_step", else the word."""
        x = self._embedded(self.embed, tokens, training)
        return _beside(x, view) if self.settings["inject"] == "per_step" else x

    def _outputs(self, outputs: Any, view: Any) -> Any:
        """tanh([o; v] W + b) where `inject` is "merge", else o."""
        return outputs if self.merge is None else by_rows(self.merge, _beside(outputs, view))

    # -------------------------------------------------------------------------------------------- pictures

    def caption(self, pictures: Any, beam: int = 5, length_penalty: float = 1.0, sample: Sample | None = None) -> Any:
        """Describe pictures: a list of `Caption`, one for each; of one picture, one.

        Args:
            pictures: paths, bytes, arrays (height, width, 3) of uint8, or PIL images: see `open_picture`; one, or any
                iterable of them.
            beam: how many hypotheses are kept at a time; 1 is greedy.
            length_penalty: as in `Beam`.
            sample: draw at random instead.
        """
        if is_one_picture(pictures):
            return self.caption([pictures], beam, length_penalty, sample)[0]
        seen = self.encoder().encode(list(pictures))
        return self.describe(seen.grid, seen.pooled, beam, length_penalty, sample)

    def encoder(self) -> Any:
        """The `ImageEncoder` of this model; its network is loaded when it first sees a picture."""
        from rnn_models.vision.encoder import ImageEncoder

        return ImageEncoder(*(self.settings[name] for name in ("backbone", "grid", "fit")))

    def describe(
        self,
        grid: np.ndarray,
        pooled: np.ndarray | None = None,
        beam: int = 5,
        length_penalty: float = 1.0,
        sample: Sample | None = None,
    ) -> list[Caption]:
        """The captions of pictures that are encoded already: grid (N, L, Dv), pooled (N, Dp) for the reference set."""
        strategy = search_strategy(beam, length_penalty, sample)
        found: list[Caption] = []
        for start in range(0, len(grid), BATCH_SIZES[-1]):
            part = grid[start : start + BATCH_SIZES[-1]]
            texts = self.search(self.states_of(part), len(part), strategy, self.settings["max_words"])
            found += [self._caption(text) for text in texts]
        if pooled is None or self.reference_set is None:
            return found
        return self._compared(found, pooled)

    def _compared(self, found: list[Caption], pooled: np.ndarray) -> list[Caption]:
        """The captions with how unlike the training pictures each picture (N, Dp) is."""
        limit = self.reference_set.limit
        distances, neighbours = self.reference_set.distances(pooled)
        scores = self.reference_set.strangeness(distances, [caption.mean_nll for caption in found]).tolist()
        return [
            replace(caption, nearest=nearest, strangeness=score, strangeness_limit=limit, strange=score > limit)
            for caption, nearest, score in zip(found, neighbours, scores, strict=True)
        ]

    def steer(self, grid: np.ndarray, at: int, place: int) -> Caption:
        """The greedy caption of one grid (L, Dv), made to look at one place in one step.

        Args:
            at: the number of the step, from 0: the word which is written there.
            place: the number of the place, from 0, row by row.

        Raises:
            ValueError: a model without attention, a place or a step that is none.
        """
        grid = np.asarray(grid)
        self._check_steering(at, place, len(grid), "place")
        return self._caption(self._steer(self.states_of(grid[None]), at, place, self.settings["max_words"]))

    def align(self, grid: np.ndarray, text: str) -> Caption:
        """The probabilities and the attention of a given caption of one grid (L, Dv) (teacher forcing)."""
        return self._caption(self._align(check_text(text), self.states_of(np.asarray(grid)[None])))

    def states_of(self, grid: np.ndarray) -> list:
        """`read` of grids (N, L, Dv), N at most 64, filled up to one of the usual sizes of a batch.

        Raises:
            ValueError: grids of another encoder.
        """
        settings = self.settings
        expected = (int(np.prod(settings["places"])), settings["depth"])
        if grid.ndim != 3 or grid.shape[1:] != expected:
            raise ValueError(
                f"grid has shape {grid.shape}; expected (pictures, {expected[0]}, {expected[1]}): what the encoder "
                f"{settings['backbone']} gives as its grid {settings['grid']}."
            )
        return self._states(np.asarray(grid, np.float32)[padded_rows(len(grid))])

    def _caption(self, found: GeneratedText) -> Caption:
        return Caption(**vars(found), grid=tuple(self.settings["places"]))

    def get_config(self) -> dict:
        config = {**super().get_config(), "tokenizer": self.tokenizer.get_config(), **self.settings}
        return {**config, "album": self.reference_set and self.reference_set.get_config()}


def _beside(x: Any, view: Any) -> Any:
    """[x; v], v (B, C) at every step of x (B, T, D), or beside one x (B, D)."""
    if len(x.shape) == 3:
        view = ops.repeat(view[:, None], ops.shape(x)[1], axis=1)
    return ops.concatenate([x, view], axis=-1)


def _check(settings: dict[str, Any]) -> None:
    check_decoder_cell(settings["cell"])
    for name, known in (("attention", ATTENTIONS), ("inject", INJECTIONS)):
        check_choice(name, settings[name], known)
    rows, columns = settings["places"]
    counts = {name: settings[name] for name in ("depth", "embedding", "attention_units", "max_words")}
    for name, value in {**counts, "places": rows, "places (columns)": columns}.items():
        check_count(name, value)
    check_count("features", settings["features"], 0)
    if settings["tied"] and _output_width(settings) != settings["embedding"]:
        raise ValueError(
            f"tied needs outputs as wide as the embedding, {settings['embedding']}; without a readout they have the "
            f"state's width, {settings['units']}. Use readout=True, tied=False, or one width."
        )


def _output_width(settings: dict[str, Any]) -> int:
    """How wide the outputs are that the output layer reads."""
    plain = not settings["readout"] and settings["inject"] != "merge"
    return settings["units"] if plain else settings["embedding"]
