"""The character-level language model: many to many, aligned. Each character is guessed from all before it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import keras
import numpy as np
from keras import ops

from rnn_models.backend import by_rows, compiled
from rnn_models.checks import check_choice, check_count, check_rate
from rnn_models.decoding.decoder import Decoded, Decoder
from rnn_models.decoding.strategies import Beam, Greedy, Sample
from rnn_models.layers import Stacked
from rnn_models.layers.catalogue import CELLS
from rnn_models.layers.foreign_cell import map_sizes, shape_of
from rnn_models.layers.recurrent_cell import PACKAGE
from rnn_models.tasks.dynamic_evaluation import Adaptation, AdaptiveReader
from rnn_models.text.characters import CharVocabulary

_CHUNK = 64
"""Symbols that are read in one run of the compiled reader; a longer text takes several."""


@dataclass(frozen=True)
class Symbol:
    """One generated symbol: its text, its probability, and the likeliest candidates with theirs."""

    text: str
    probability: float
    candidates: list[tuple[str, float]] = field(default_factory=list)


@dataclass(frozen=True)
class Piece:
    """A piece of generated text, and the symbols that were decoded for it.

    `text` lags behind the symbols where a Hangul syllable is not finished yet.
    """

    text: str
    symbols: list[Symbol]


@keras.saving.register_keras_serializable(package=PACKAGE)
class CharLM(keras.Model):
    """A recurrent language model over characters (Sutskever et al. 2011; Karpathy's char-rnn).

        x_t = one-hot or embedding of character t
        h_t = stacked recurrent layers (x_t, h_{t-1})
        p(character t+1 | characters ≤ t) = softmax(h_t V + b)

    Text in, text out: the vocabulary is part of the model.

    Args:
        vocabulary: a `CharVocabulary`, or its configuration.
        cell: "lstm", "gru" or "vanilla".
        units: width of each recurrent layer.
        layers: number of recurrent layers.
        embedding: width of the input embedding; None feeds one-hot vectors.
        dropout: rate on the inputs of the layers above the first, and of the output layer (and on the
            embedding, if there is one).
        recurrent_dropout: rate on the recurrent connections, one mask per chunk.
        residual: add each layer's input to its output, where widths agree.
        tied: use the embedding as output weights (Press and Wolf 2017); needs embedding == units.

    Shapes: tokens (B, T) integers give logits (B, T, V).
    """

    def __init__(
        self,
        vocabulary: CharVocabulary | dict,
        cell: str = "lstm",
        units: int = 512,
        layers: int = 2,
        embedding: int | None = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        residual: bool = False,
        tied: bool = False,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        if isinstance(vocabulary, dict):
            vocabulary = CharVocabulary.from_config(vocabulary)
        check_choice("cell", cell, CELLS)
        if embedding is not None:
            check_count("embedding", embedding, advice="Or None, for one-hot vectors.")
        if tied and embedding != units:
            raise ValueError(
                f"tied output weights need an embedding as wide as the state; embedding is {embedding}, units is "
                f"{units}. Set embedding={units}, or tied=False."
            )
        self.vocabulary = vocabulary
        self.settings = {
            "cell": cell,
            "units": units,
            "layers": layers,
            "embedding": embedding,
            "dropout": check_rate("dropout", dropout),
            "recurrent_dropout": check_rate("recurrent_dropout", recurrent_dropout),
            "residual": residual,
            "tied": tied,
        }
        size = len(vocabulary)
        self.embed = keras.layers.Embedding(size, embedding, name="embedding") if embedding else None
        cells = [CELLS[cell](units, recurrent_dropout=recurrent_dropout, name=f"cell_{n}") for n in range(layers)]
        self.recurrence = Stacked(
            cells,
            residual=residual,
            dropout=dropout,
            return_sequences=True,
            return_state=True,
            name="recurrence",
        )
        self.drop = keras.layers.Dropout(dropout)
        self.head = None if tied else keras.layers.Dense(size, name="head")
        self._reader: Any = None
        self._adaptive: AdaptiveReader | None = None
        self._decoders: dict[int, Decoder] = {}

    def build(self, tokens_shape: tuple, initial_state_shape: Any = None) -> None:
        size, settings = len(self.vocabulary), self.settings
        if self.embed is not None:
            self.embed.build((None, None))
        width = settings["embedding"] or size
        self.recurrence.build((None, None, width))
        if self.head is not None:
            self.head.build((None, None, settings["units"]))
        else:
            self.head_bias = self.add_weight(name="head_bias", shape=(size,), initializer="zeros")
        self.built = True

    # -------------------------------------------------------------------------------------------- numbers

    def call(self, tokens: Any, initial_state: Any = None, return_state: bool = False, training: bool = False) -> Any:
        """Logits (B, T, V) of the character after each one; with `return_state` also the final states."""
        x = self._inputs(tokens)
        if self.embed is not None:
            x = self.drop(x, training=training)
        h, *states = self.recurrence(x, initial_state=initial_state, training=training)
        logits = self._outputs(self.drop(h, training=training))
        return [logits, *states] if return_state else logits

    def compute_output_spec(
        self, tokens: Any, initial_state: Any = None, return_state: bool = False, training: bool = False
    ) -> Any:
        batch, length = tokens.shape
        logits = keras.KerasTensor((batch, length, len(self.vocabulary)), dtype=self.compute_dtype)
        if not return_state:
            return logits

        def symbol(size: Any) -> keras.KerasTensor:
            return keras.KerasTensor(shape_of(batch, size), dtype=self.compute_dtype)

        return [logits, *map_sizes(symbol, self.recurrence.state_sizes(0))]

    def get_initial_state(self, batch_size: Any) -> list:
        """One list of zero states for each layer."""
        return self.recurrence.get_initial_state(batch_size)

    def step(self, tokens: Any, states: list) -> tuple[Any, list]:
        """One step in time: tokens (B,) and states give logits (B, V) and the new states."""
        h, states = self.recurrence.step(self._inputs(tokens), states)
        return self._outputs(h), states

    def _inputs(self, tokens: Any) -> Any:
        if self.embed is not None:
            return self.embed(tokens)
        return ops.one_hot(tokens, len(self.vocabulary), dtype=self.compute_dtype)

    def _outputs(self, h: Any) -> Any:
        if self.head is not None:
            return by_rows(self.head, h)
        weights = ops.cast(ops.transpose(self.embed.embeddings), h.dtype)
        bias = ops.cast(self.head_bias, h.dtype)
        return by_rows(lambda rows: ops.matmul(rows, weights) + bias, h)

    # ----------------------------------------------------------------------------------------------- text

    def generate(
        self,
        prompt: str = "",
        length: int = 200,
        temperature: float = 1.0,
        top_k: int | None = None,
        top_p: float | None = None,
        seed: int | None = None,
        strategy: Greedy | Sample | Beam | None = None,
    ) -> str:
        """Continue `prompt` by `length` symbols (characters; jamo with an NFD vocabulary).

        Args:
            temperature, top_k, top_p, seed: as in `Sample`.
            strategy: `Greedy()` or `Beam(...)` instead of sampling.

        Returns:
            The continuation, without the prompt. A character that the vocabulary lacks is replaced by what
            comes nearest: `vocabulary.unknown(prompt)` tells which.
        """
        strategy = strategy or Sample(temperature, top_k, top_p, seed)
        tokens, states = self._primed(prompt)
        decoded = self._decoder(0).generate(tokens, states, strategy, length)
        return self.vocabulary.decode(decoded.tokens[0])

    def stream(self, prompt: str = "", length: int = 200, **choice: Any) -> Iterator[str]:
        """What `generate` gives, in pieces as they are written. Arguments as in `generate`."""
        for piece in self.steps(prompt, length, candidates=0, **choice):
            if piece.text:
                yield piece.text

    def steps(
        self,
        prompt: str = "",
        length: int = 200,
        temperature: float = 1.0,
        top_k: int | None = None,
        top_p: float | None = None,
        seed: int | None = None,
        strategy: Greedy | Sample | None = None,
        candidates: int = 5,
        piece: int = 16,
    ) -> Iterator[Piece]:
        """Generate with the evidence: for each symbol its probability and the likeliest candidates.

        Args:
            candidates: how many to report, as the model sees them: at temperature 1, nothing cut off.
            piece: symbols between two results.
            Others as in `generate`.
        """
        strategy = strategy or Sample(temperature, top_k, top_p, seed)
        candidates = min(candidates, len(self.vocabulary) - 1)
        return self._pieces(prompt, length, strategy, candidates, piece)

    def score(self, text: str, adapt: Adaptation | None = None) -> np.ndarray:
        """−log p of each character given those before it, in nats: (T,) float32.

        T counts the characters of `vocabulary.normalize(text)`. The first is judged as if a line began. A
        character that takes several symbols (a Hangul syllable in jamo) has the sum of theirs.

        Args:
            adapt: the model goes on learning while it reads (`Adaptation`); afterwards it is as it was.
        """
        ids = self.vocabulary.encode(text)
        if not len(ids):
            return np.zeros(0, dtype=np.float32)
        nats = self._nats_of(np.concatenate([self._first_token(), ids]), adapt)
        spans = self.vocabulary.spans(text)
        return np.add.reduceat(nats, np.cumsum(spans) - spans).astype(np.float32)

    def evaluate_text(self, text: str, batch_size: int = 1, adapt: Adaptation | None = None) -> dict[str, float]:
        """Mean score over a long text, read with one carried state. Its first symbol is read, not scored.

        Args:
            batch_size: cut the text into so many streams, read side by side, or into as many as leave each
                2,000 symbols. Each stream first reads the 1,000 symbols before it, unscored; 1 is exact.
            adapt: the model goes on learning while it reads (`Adaptation`), in one stream; afterwards it is as it was.

        Returns:
            nats, bits and perplexity for each character (of the text in NFC), `nats_per_symbol` for each
            symbol of the vocabulary, and the number of characters.
        """
        if batch_size < 1:
            raise ValueError(f"batch_size is {batch_size}; expected the number of streams, 1 or more.")
        ids, spans = self.vocabulary.encode(text), self.vocabulary.spans(text)
        if len(ids) < 2:
            raise ValueError(f"evaluate_text was given {text!r}; expected a text of at least two characters.")
        if adapt is not None and batch_size > 1:
            raise ValueError(f"batch_size is {batch_size}; expected 1 with adapt: who learns reads one stream.")
        if adapt is None:
            total = self._total_nats(ids, max(1, min(batch_size, len(ids) // 2000)))
        else:
            total = float(self._nats_of(ids, adapt).sum(dtype=np.float64))
        characters = max(len(spans) - 1, 1)
        nats = total / characters
        return {
            "nats": nats,
            "bits": float(nats / np.log(2)),
            "perplexity": float(np.exp(nats)),
            "nats_per_symbol": total / (len(ids) - 1),
            "characters": characters,
        }

    def _total_nats(self, ids: np.ndarray, streams: int, lead: int = 1000) -> float:
        """Σ −log p(ids[1:]), read as `streams` side by side."""
        edges = np.linspace(0, len(ids) - 1, streams + 1).astype(int)
        starts = np.maximum(edges[:-1] - lead, 0) if streams > 1 else edges[:-1]
        length = max(edges[1:] - starts) + 1
        rows, counted = (
            np.zeros((streams, length), dtype=np.int32),
            np.zeros((streams, length - 1), dtype=bool),
        )
        for n in range(streams):
            part = ids[starts[n] : edges[n + 1] + 1]
            rows[n, : len(part)] = part
            counted[n, edges[n] - starts[n] : len(part) - 1] = True
        nats, _ = self._read(rows, self.get_initial_state(streams))
        return float(nats[counted].sum(dtype=np.float64))

    # ------------------------------------------------------------------------------------------- machinery

    def _first_token(self) -> np.ndarray:
        """What stands before the first character: a line break, where the vocabulary has one."""
        return self.vocabulary.encode("\n")[:1]

    def _nats_of(self, ids: np.ndarray, adapt: Adaptation | None) -> np.ndarray:
        """−log p(ids[1:]), (T − 1,), read from an empty state."""
        if adapt is None:
            return self._read(ids[None], self.get_initial_state(1))[0][0]
        if self._adaptive is None:
            self._adaptive = AdaptiveReader(self)
        return np.concatenate(list(self._adaptive.read(ids, adapt)))

    def _primed(self, prompt: str) -> tuple[np.ndarray, list]:
        """The last token of the prompt, and the states before it."""
        ids = self.vocabulary.encode(prompt)
        if not len(ids) or "\n" in self.vocabulary:  # else the prompt is the very beginning
            ids = np.concatenate([self._first_token(), ids])
        states = self.get_initial_state(1)
        if len(ids) > 1:
            _, states = self._read(ids[None], states)
        return ids[-1:], states

    def _read(self, ids: np.ndarray, states: list) -> tuple[np.ndarray, list]:
        """−log p(ids[:, 1:]) (B, T − 1), and the states after ids[:, :-1]. One program for any length."""
        if self._reader is None:
            self._reader = compiled(self.read_chunk, [self])
        rows, length = ids.shape[0], ids.shape[1] - 1
        padded = np.zeros((rows, -(-length // _CHUNK) * _CHUNK + 1), dtype=np.int32)
        padded[:, : length + 1] = ids
        counts = np.arange(padded.shape[1] - 1) < length
        nats = []
        for start in range(0, padded.shape[1] - 1, _CHUNK):
            window = slice(start, start + _CHUNK)
            mask = np.broadcast_to(counts[window], (rows, _CHUNK))
            part, states = self._reader(
                ops.convert_to_tensor(padded[:, window]),
                ops.convert_to_tensor(padded[:, start + 1 : start + _CHUNK + 1]),
                ops.convert_to_tensor(np.ascontiguousarray(mask)),
                states,
            )
            nats.append(ops.convert_to_numpy(part))
        return np.concatenate(nats, axis=1)[:, :length], states

    def read_chunk(self, tokens: Any, targets: Any, mask: Any, states: list) -> tuple[Any, list]:
        """−log p of the targets (B, T), and the states after the last step that the mask counts: all arrays."""
        h, _, states = self.recurrence.run(self._inputs(tokens), states, mask)
        logits = ops.cast(self._outputs(h), "float32")
        log_p = logits - ops.logsumexp(logits, axis=-1, keepdims=True)
        return -ops.take_along_axis(log_p, targets[..., None], axis=-1)[..., 0], states

    def _decoder(self, candidates: int) -> Decoder:
        if candidates not in self._decoders:
            forbidden = (self.vocabulary.unknown_id,)
            self._decoders[candidates] = Decoder(self.step, [self], forbidden=forbidden, candidates=candidates)
        return self._decoders[candidates]

    def _pieces(
        self, prompt: str, length: int, strategy: Greedy | Sample, candidates: int, piece: int
    ) -> Iterator[Piece]:
        tokens, states = self._primed(prompt)
        text = self.vocabulary.decoder()
        for decoded in self._decoder(candidates).stream(tokens, states, strategy, length, piece):
            yield Piece(text.feed(decoded.tokens[0]), self._symbols(decoded))
        rest = text.flush()
        if rest:
            yield Piece(rest, [])

    def _symbols(self, decoded: Decoded) -> list[Symbol]:
        names = self.vocabulary.symbols
        given = decoded.candidates
        return [
            Symbol(
                names[token],
                float(np.exp(log_p)),
                []
                if given is None
                else [(names[i], float(p)) for i, p in zip(given.ids[0, t], given.probabilities[0, t], strict=True)],
            )
            for t, (token, log_p) in enumerate(zip(decoded.tokens[0], decoded.log_probs[0], strict=True))
        ]

    def get_config(self) -> dict:
        return {**super().get_config(), "vocabulary": self.vocabulary.get_config(), **self.settings}
