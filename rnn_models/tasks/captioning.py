"""Captioning: one to many. A frozen network sees a picture, a recurrent one says what is in it."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from rnn_models.backend import by_rows
from rnn_models.decoding.decoder import Decoded
from rnn_models.decoding.strategies import Beam, Greedy, Sample
from rnn_models.layers import AttentiveDecoder, BahdanauAttention, HardAttention
from rnn_models.layers.attentive import Memory
from rnn_models.layers.cells import CELLS, PACKAGE
from rnn_models.layers.checks import check_rate, check_units
from rnn_models.tasks.album import Album
from rnn_models.tasks.captioned import Caption
from rnn_models.tasks.captioner_settings import ATTENTIONS, INJECTIONS, check_settings
from rnn_models.tasks.writer import END, START, Writer, remembered, tensors, token_vectors
from rnn_models.text.tokenizers import Tokenizer

__all__ = ["ATTENTIONS", "END", "INJECTIONS", "START", "Captioner"]

LOUD = 4.0
"""Row and column of a place are multiplied by this, so that two numbers count beside a hundred."""

SIZES = (1, 8, 32, 64)
"""Batches are padded to these sizes, so that few programs are compiled."""


@keras.saving.register_keras_serializable(package=PACKAGE)
class Captioner(Writer):
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
        informed: the question where to look knows word t − 1: [h_{t-1}; word t − 1].
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
        album: the configuration of an `Album` of the training pictures, or None.

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
        check_settings(self.settings)
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
        self.embed = token_vectors(len(self.tokenizer), embedding, "embedding")
        own = CELLS[cell](units, recurrent_dropout=recurrent_dropout, name="decoder")
        options = {name: self.settings[name] for name in ("gate", "informed")} | {"name": "decoder"}
        self._make_writer(AttentiveDecoder(own, self._attention(), outputs, **options), embedding, tied, dropout)
        self.album = None if album is None else Album(**album)

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
        if self.album is not None:
            self.album.build()
        self.built = True

    # -------------------------------------------------------------------------------------------- numbers

    def call(self, grid: Any, target: Any, noise: Any = None, training: bool = False) -> tuple[Any, Any]:
        """Logits (N, K, T, V) of the word after each of `target` (teacher forcing), weights (N, K, T, L) or None.

        Args:
            noise: (N, K, T, L) Gumbel numbers by which hard attention draws its places; else it takes the likeliest.
        """
        memory, view, states = self.read(grid, training)
        count, shape = target.shape[1], ops.shape(target)
        arrays = [states, view, list(memory or ())]
        states, view, memory = keras.tree.map_structure(lambda array: ops.repeat(array, count, axis=0), arrays)
        words = ops.reshape(target, (-1, shape[2]))
        noise = None if noise is None else ops.reshape(noise, (-1, *ops.shape(noise)[2:]))
        logits, weights = self._write(words, states, view, remembered(memory), noise, training)
        logits = ops.reshape(logits, (*shape, len(self.tokenizer)))
        if weights is not None:
            weights = ops.reshape(weights, (*shape, weights.shape[-1]))
        return logits, weights

    def compute_output_spec(self, grid: Any, target: Any, noise: Any = None, training: bool = False) -> tuple:
        weights = None
        if self.decoder.attention is not None:
            weights = keras.KerasTensor((*target.shape, grid.shape[1]), dtype=self.compute_dtype)
        return keras.KerasTensor((*target.shape, len(self.tokenizer)), dtype=self.compute_dtype), weights

    def read(self, grid: Any, training: bool = False) -> tuple[Memory | None, Any, list]:
        """What the decoder gets of grids (N, L, Dv): the memory that it looks at, v (N, C), its first states."""
        seen = self.drop(self._places(ops.cast(grid, self.compute_dtype)), training=training)
        if self.project is not None:
            seen = self.drop(by_rows(self.project, seen), training=training)
        view = ops.mean(seen, axis=1)
        if self.norm is not None:
            view = self.norm(view, training=training)
        view = self.drop(view, training=training)  # the mean has evened out what was dropped before
        memory = self.decoder.remember(seen, ops.ones(ops.shape(seen)[:2], dtype="int32"))
        states = [bridge(view) for bridge in self.bridges]
        if not states:
            shape = (ops.shape(view)[0], self.settings["units"])
            states = [ops.zeros(shape, dtype=self.compute_dtype) for _ in range(self.decoder.cell.state_count)]
        if self.first is not None:
            _, _, states = self.decoder.step(self.first(view), states, memory)
        return memory, view, states

    def _places(self, grid: Any) -> Any:
        """The g_i, (N, L, Dv or Dv + 2)."""
        if self.settings["normalise"]:
            grid = grid * ops.rsqrt(ops.mean(ops.square(grid), axis=-1, keepdims=True) + 1e-6)
        if not self.settings["positions"]:
            return grid
        rows, columns = ((2 * np.arange(count) + 1) / count - 1 for count in self.settings["places"])
        middles = np.stack(np.meshgrid(rows, columns, indexing="ij"), axis=-1).reshape(1, -1, 2)
        middles = ops.repeat(ops.cast(LOUD * middles, self.compute_dtype), ops.shape(grid)[0], axis=0)
        return ops.concatenate([grid, middles], axis=-1)

    def _write(
        self, words: Any, states: list, view: Any, memory: Memory | None, noise: Any = None, training: bool = False
    ) -> tuple[Any, Any]:
        """Logits (B, T, V) and attention weights (B, T, L)."""
        x = self._inputs(self._vectors(self.embed, words, training), view)
        outputs, weights, _ = self.decoder(x, states, memory, noise=noise, training=training)
        outputs = self._merged(self.drop(outputs, training=training), view)
        return self._logits(outputs), weights

    def _inputs(self, x: Any, view: Any) -> Any:
        """[word; v] where `inject` is "per_step"; x (B, D) or (B, T, D)."""
        return _beside(x, view) if self.settings["inject"] == "per_step" else x

    def _merged(self, outputs: Any, view: Any) -> Any:
        """tanh([o; v] W + b) where `inject` is "merge"."""
        return outputs if self.merge is None else by_rows(self.merge, _beside(outputs, view))

    def step(self, tokens: Any, states: list) -> tuple:
        """One step of free running, for a `Decoder`: logits (B, V), states, and the weights (B, L) if any.

        The memory in `states` ends with v.
        """
        own, seen, *forced = states
        *memory, view = seen
        force, forced = self._told(forced)
        x = self._inputs(self._vectors(self.embed, tokens), view)
        output, weights, own = self.decoder.step(x, own, remembered(memory), force)
        logits, after = self._logits(self._merged(output, view)), [own, seen, *forced]
        return (logits, after) if weights is None else (logits, after, weights)

    # -------------------------------------------------------------------------------------------- pictures

    def caption(self, pictures: Any, beam: int = 5, length_penalty: float = 1.0, sample: Sample | None = None) -> Any:
        """Describe pictures: a list of `Caption`, one for each; of one picture, one.

        Args:
            pictures: paths, bytes, arrays (height, width, 3) of uint8, or PIL images: see `open_picture`.
            beam: how many hypotheses are kept at a time; 1 is greedy.
            length_penalty: as in `Beam`.
            sample: draw at random instead.
        """
        if not isinstance(pictures, list | tuple):
            return self.caption([pictures], beam, length_penalty, sample)[0]
        seen = self.encoder().encode(pictures)
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
        """The captions of pictures that are encoded already: grid (N, L, Dv), pooled (N, Dp) for the album."""
        strategy = sample or (Greedy() if beam == 1 else Beam(beam, length_penalty))
        found: list[Caption] = []
        for start in range(0, len(grid), SIZES[-1]):
            part = self._checked(grid[start : start + SIZES[-1]])
            states = self._read(part)
            first = np.full(len(states[0][0]), self.start, dtype=np.int32)
            decoded = self._decoder().generate(first, states, strategy, self.settings["max_words"])
            found += [self._found(decoded, row) for row in range(len(part))]
        return found if pooled is None or self.album is None else self.album.compared(found, pooled)

    def steer(self, grid: np.ndarray, at: int, place: int) -> Caption:
        """The greedy caption of one grid (L, Dv), made to look at one place in one step.

        Args:
            at: the number of the step, from 0: the word which is written there.
            place: the number of the place, from 0, row by row.

        Raises:
            ValueError: a model without attention, a place or a step that is none.
        """
        if self.decoder.attention is None:
            raise ValueError("This model has no attention that could be steered; load one that has.")
        grid = self._checked(np.asarray(grid)[None])
        if not 0 <= place < grid.shape[1] or at < 0:
            raise ValueError(f"at={at}, place={place}; expected a step, and a place below {grid.shape[1]}.")
        states = [*self._read(grid), self._forcing(at, place, grid.shape[1])]
        decoded = self._decoder().generate([self.start], states, Greedy(), self.settings["max_words"])
        found = self._found(decoded, 0)
        if at >= len(found.words):
            raise ValueError(f"at={at}, but the caption has only {len(found.words)} words; expected one of them.")
        return found

    def align(self, grid: np.ndarray, text: str) -> Caption:
        """The probabilities and the attention of a given caption of one grid (L, Dv) (teacher forcing)."""
        words = self.tokenizer.encode([text])[0]
        wanted = np.concatenate([[self.start], words]).astype(np.int32)
        padded = np.full((1, -(-len(wanted) // 16) * 16), self.end, dtype=np.int32)
        padded[0, : len(wanted)] = wanted
        program = self._program("align", self._align)
        log_probs, weights = program(*tensors(padded), self._read(self._checked(np.asarray(grid)[None])))
        following = np.append(words, self.end)
        log_probs = ops.convert_to_numpy(log_probs)[0, np.arange(len(wanted)), following]
        weights = None if weights is None else ops.convert_to_numpy(weights)[0, : len(wanted)]
        return self._caption(following, log_probs, weights, float(log_probs.sum()))

    # ------------------------------------------------------------------------------------------- machinery

    def _checked(self, grid: np.ndarray) -> np.ndarray:
        settings = self.settings
        expected = (int(np.prod(settings["places"])), settings["depth"])
        if grid.ndim != 3 or grid.shape[1:] != expected:
            raise ValueError(
                f"grid has shape {grid.shape}; expected (pictures, {expected[0]}, {expected[1]}): what the encoder "
                f"{settings['backbone']} gives as its grid {settings['grid']}."
            )
        return grid

    def _read(self, grid: np.ndarray) -> list:
        """The first states of a decoding loop for grids, padded to one of the usual batch sizes."""
        size = next(n for n in SIZES if n >= len(grid))
        rows = np.minimum(np.arange(size), len(grid) - 1)
        return self._program("read", self._first_states)(*tensors(np.asarray(grid, np.float32)[rows]))

    def _first_states(self, grid: Any) -> list:
        memory, view, states = self.read(grid)
        return [states, [*(memory or ()), view]]

    def _align(self, words: Any, states: list) -> tuple[Any, Any]:
        own, seen = states
        logits, weights = self._write(words, own, seen[-1], remembered(seen[:-1]))
        return self.following(logits), weights

    def _found(self, decoded: Decoded, row: int) -> Caption:
        steps = decoded.steps(row)
        weights = None if decoded.extras is None else decoded.extras[row, steps]
        log_probs = decoded.log_probs[row, steps]
        alternatives = decoded.alternatives(row, self.tokenizer.decode)
        score = alternatives[0].score if alternatives else float(log_probs.sum())
        more = {"alternatives": alternatives, "lattice": decoded.lattice_of(row)}
        return self._caption(decoded.tokens[row, steps], log_probs, weights, score, **more)

    def _caption(self, words: Any, log_probs: Any, weights: Any, score: float, **more: Any) -> Caption:
        return Caption(
            text=self.tokenizer.decode(words),
            score=score,
            words=self.tokenizer.token_texts(words),
            probabilities=np.exp(log_probs).astype(np.float32),
            attention=None if weights is None else weights.astype(np.float32),
            grid=tuple(self.settings["places"]),
            **more,
        )

    def get_config(self) -> dict:
        config = {**super().get_config(), "tokenizer": self.tokenizer.get_config(), **self.settings}
        return {**config, "album": self.album and self.album.get_config()}


def _beside(x: Any, view: Any) -> Any:
    """[x; v], v (B, C) at every step of x (B, T, D), or beside one x (B, D)."""
    if len(x.shape) == 3:
        view = ops.repeat(view[:, None], ops.shape(x)[1], axis=1)
    return ops.concatenate([x, view], axis=-1)
