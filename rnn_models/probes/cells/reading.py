"""A model reads a text, and every state of every recurrent layer is written down, step by step.

The layers are run here, without dropout, by the cells' own equations: the model is not changed, so that several may
read with it at once. A character model reads one text; a classifier, or a translator's encoder, reads texts one by one.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import keras
import numpy as np
from keras import ops

from rnn_models import backend
from rnn_models.checks import check_count, check_text, check_texts
from rnn_models.padding import padded_size
from rnn_models.probes.cells.hypotheses import Hypothesis
from rnn_models.probes.cells.units import Unit
from rnn_models.probes.cells.unrolling import Layers, layers_of
from rnn_models.tasks.char_lm import CharLM
from rnn_models.tasks.sentiment import SentimentClassifier, shortened
from rnn_models.tasks.translation import Translator

CHUNK = 64
"""Symbols of a character model that are read in one run of the compiled program."""
LEAD = 1_000
"""So many symbols before its own a stream reads, unrecorded, to come to the state that it would have had."""
LENGTHS = (32, 64, 128, 256, 512, 1024, 2048)
BATCH_TOKENS = 8192


@dataclass(frozen=True)
class Reading:
    """What was seen while texts were read. T counts the steps of all texts, one after the other.

    Attributes:
        texts: as the model read them, one string each; the characters that labels belong to.
        rows: (T,) which text each step belongs to.
        begins, ends: (T,) the characters of its text that each step has read, from `begins` up to and without `ends`.
        states: by the layer's name and "h" or "c", (T, units) float32.
        saturation: by the layer's name and the gate, (2, units): the share of steps in which it was below .1, and above
            .9. Of the LSTM's gates i, f, o and the GRU's z, r.
        nats: (T,) −log p of the symbol after each step, for a character model; NaN after the last. Else None.
        verdicts: (texts, labels) the probabilities that a classifier gave. Else None.
    """

    texts: list[str]
    rows: np.ndarray
    begins: np.ndarray
    ends: np.ndarray
    states: dict[tuple[str, str], np.ndarray]
    saturation: dict[tuple[str, str], np.ndarray] = field(default_factory=dict)
    nats: np.ndarray | None = None
    verdicts: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.rows)

    @cached_property
    def offsets(self) -> np.ndarray:
        """Where each text begins in all of them joined."""
        return np.cumsum([0, *map(len, self.texts[:-1])])

    @property
    def units(self) -> int:
        """How many units there are: a unit of an LSTM has an h and a c."""
        return sum(array.shape[1] for (_, state), array in self.states.items() if state == "h")

    def labels(self, hypothesis: Hypothesis) -> np.ndarray:
        """The label at each step, (T,) float32: that of the last character that the step has read."""
        joined = np.concatenate([np.zeros(0, np.float32), *(hypothesis.labels(text) for text in self.texts)])
        return joined[self.offsets[self.rows] + self.ends - 1]

    def values(self, unit: Unit) -> np.ndarray:
        """What a unit was at each step, (T,) float32.

        Raises:
            ValueError: there is no such unit.
        """
        array = self.states.get((unit.layer, "c" if unit.state == "tanh c" else unit.state))
        if array is None or not 0 <= unit.index < array.shape[1]:
            known = ", ".join(f"{layer} {state}[0 to {a.shape[1] - 1}]" for (layer, state), a in self.states.items())
            raise ValueError(f"there is no unit {unit}; expected one of {known}.")
        return np.tanh(array[:, unit.index]) if unit.state == "tanh c" else array[:, unit.index]

    def part(self, steps: slice) -> "Reading":
        """Some of the steps; of the texts all stay. The saturation is that of all steps."""
        cut = {name: getattr(self, name)[steps] for name in ("rows", "begins", "ends")}
        states = {key: array[steps] for key, array in self.states.items()}
        return replace(self, **cut, states=states, nats=None if self.nats is None else self.nats[steps])


def read(
    model: keras.Model,
    text: str | Sequence[str],
    without: Sequence[Unit] = (),
    states: bool = True,
    streams: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Reading:
    """Read a text, or texts, and write the states down.

    Args:
        model: a `CharLM`, a `SentimentClassifier` or a `Translator`, of which the encoder reads.
        text: one text; for a classifier or a translator also a list of them. Of a text that is too long the model
            reads what it always does.
        without: units that are set to zero after each step, in all states of their layer.
        states: whether the states are kept; else only what the model says is.
        streams: a character model reads so many parts of the text side by side, each after the 1,000 symbols before
            it. 1 is exact. None: as many as leave each 3,000 symbols, at most 32.
        progress: is called with the steps that have been read, and how many there are.

    Raises:
        ValueError: another kind of model; a text without anything to read; a unit that there is not.
    """
    told = progress or (lambda done, total: None)
    if not getattr(model, "built", True):
        model.build((None, None))
    if isinstance(model, CharLM):
        return _read_characters(model, check_text(text), without, states, streams, told)
    if isinstance(model, (SentimentClassifier, Translator)):
        return _read_texts(model, [text] if isinstance(text, str) else check_texts(text), without, states, told)
    raise ValueError(
        f"{type(model).__name__} reads no text; expected a CharLM, a SentimentClassifier or a Translator (its encoder)."
    )


def untrained(model: keras.Model, seed: int = 0) -> keras.Model:
    """A network of the same size with new random weights: what is found in it was not learnt."""
    kept = random.getstate()
    random.seed(seed)  # from which Keras draws the seeds of initializers
    try:
        twin = type(model).from_config(model.get_config())
        twin.build((None, None))
    finally:
        random.setstate(kept)
    return twin


# ----------------------------------------------------------------------------------------- a character model


def _read_characters(
    model: CharLM, text: str, without: Sequence[Unit], states: bool, streams: int | None, told: Callable
) -> Reading:
    ids = model.vocabulary.encode(text)
    if len(ids) < 2:
        raise ValueError(f"text has {len(ids)} symbols; expected at least two.")
    spelt = "".join(model.vocabulary.symbols[number] for number in ids.tolist())
    tokens = np.concatenate([model.vocabulary.encode("\n")[:1], ids])
    lead = len(tokens) - len(ids)  # a line break, as if a line began, where the vocabulary has one
    streams = min(32, len(ids) // 3000) if streams is None else check_count("streams", streams)
    streams = max(1, min(streams, len(tokens) - 1))
    layers = layers_of(model)
    parts = _Streams(len(tokens), streams)
    program, keep = _character_program(model, layers, states), layers.keep(without)
    carry = [*layers.initial(streams), layers.no_counts()]
    found: list[list[np.ndarray]] = []
    for start in range(0, parts.length, CHUNK):
        window, target, mask, counted = parts.window(tokens, start)
        *outputs, carry = program(*map(ops.convert_to_tensor, (window, target, mask, counted)), keep, carry)
        found.append([ops.convert_to_numpy(part) for part in outputs])
        told(min(start + CHUNK, parts.length), parts.length)
    columns = [parts.joined([chunk[n] for chunk in found]) for n in range(len(found[0]))]
    nats, *columns = (column[lead:] for column in columns)
    nats[-1] = np.nan
    steps = np.arange(len(ids))
    return Reading(
        texts=[spelt],
        rows=np.zeros(len(ids), dtype=int),
        begins=steps,
        ends=steps + 1,
        states=dict(zip(layers.keys, columns, strict=True)) if states else {},
        saturation=layers.shares(carry[-1], len(tokens)),
        nats=nats,
    )


class _Streams:
    """A text of `count` tokens cut into streams that are read side by side, and put together again."""

    def __init__(self, count: int, streams: int):
        self.count = count
        self.edges = np.linspace(0, count, streams + 1).astype(int)
        self.starts = np.maximum(self.edges[:-1] - LEAD, 0)
        longest = int((self.edges[1:] - self.starts).max())
        self.length = -(-longest // CHUNK) * CHUNK

    def window(self, tokens: np.ndarray, start: int) -> tuple[np.ndarray, ...]:
        """Tokens, those after them, which of them are there, and which count, each (streams, CHUNK)."""
        places = self.starts[:, None] + start + np.arange(CHUNK)
        here = places < self.edges[1:, None]
        counted = here & (places >= self.edges[:-1, None])
        at = np.minimum(places, self.count - 1)
        after = np.minimum(places + 1, self.count - 1)
        return tokens[at], tokens[after], here, counted.astype(np.float32)

    def joined(self, chunks: list[np.ndarray]) -> np.ndarray:
        """Chunks (streams, CHUNK, ...) as one (count, ...)."""
        first = chunks[0]
        found = np.empty((self.count, *first.shape[2:]), dtype=np.float32)
        for row, (start, edge, end) in enumerate(zip(self.starts, self.edges[:-1], self.edges[1:], strict=True)):
            for number, chunk in enumerate(chunks):
                place = start + number * CHUNK  # of the chunk's first token
                begin, stop = max(edge - place, 0), min(end - place, CHUNK)
                if begin < stop:
                    found[place + begin : place + stop] = chunk[row, begin:stop]
        return found


def _character_program(model: CharLM, layers: Layers, states: bool) -> Callable:
    """(tokens, targets, mask, counted, keep, carry) -> nats (B, T), states (B, T, ·) of every layer, carry."""

    def make() -> Callable:
        def program(tokens: Any, targets: Any, mask: Any, counted: Any, keep: list, carry: list) -> list:
            *before, counts = carry
            h, seen, after, counts = layers.run(model._inputs(tokens), before, mask, counted, keep, counts)
            logits = ops.cast(model._outputs(h), "float32")
            log_p = logits - ops.logsumexp(logits, axis=-1, keepdims=True)
            nats = -ops.take_along_axis(log_p, ops.cast(targets, "int32")[..., None], axis=-1)[..., 0]
            return [nats, *(seen if states else []), [*after, counts]]

        return backend.compiled(program, [model])

    return _program(model, f"characters, {states}", make)


def _program(model: keras.Model, name: str, make: Callable) -> Callable:
    """A compiled program of a model, made once."""
    programs = model.__dict__.setdefault("_cell_programs", {})  # Keras would track an attribute that is set
    if name not in programs:
        programs[name] = make()
    return programs[name]


# --------------------------------------------------------------------------------------- texts, each by itself


def _read_texts(
    model: SentimentClassifier | Translator, texts: list[str], without: Sequence[Unit], states: bool, told: Callable
) -> Reading:
    layers = layers_of(model)
    ids, spans = _tokens(model, texts)
    if not sum(map(len, ids)):
        raise ValueError("none of the texts has a token to read.")
    lengths = [max(1, len(row)) for row in ids]
    edges = np.cumsum([0, *map(len, ids)])
    columns = [np.empty((edges[-1], width), dtype=np.float32) for width in layers.widths] if states else []
    verdicts = np.zeros((len(texts), len(getattr(model, "labels", ()))), dtype=np.float32)
    program, keep, counts, done = _text_program(model, layers, states), layers.keep(without), layers.no_counts(), 0
    for rows, shape in _batches(lengths):
        tokens, mask = np.zeros(shape, dtype=np.int32), np.zeros(shape, dtype=bool)
        for n, row in enumerate(rows):
            tokens[n, : len(ids[row])], mask[n, : len(ids[row])] = ids[row], True
        given = program(ops.convert_to_tensor(tokens), ops.convert_to_tensor(mask), keep, counts)
        verdict, *seen = (ops.convert_to_numpy(part) for part in given[:-1])
        counts = given[-1]
        for n, row in enumerate(rows):
            verdicts[row] = verdict[n] if verdicts.shape[1] else 0
            for column, array in zip(columns, seen, strict=True):
                column[edges[row] : edges[row + 1]] = array[n, : len(ids[row])]
            done += len(ids[row])
        told(done, int(edges[-1]))
    flat = np.array([span for row in spans for span in row], dtype=int).reshape(-1, 2)
    return Reading(
        texts=list(texts),
        rows=np.repeat(np.arange(len(texts)), list(map(len, ids))),
        begins=flat[:, 0],
        ends=flat[:, 1],
        states=dict(zip(layers.keys, columns, strict=True)) if states else {},
        saturation=layers.shares(counts, int(edges[-1])),
        verdicts=verdicts if verdicts.shape[1] else None,
    )


def _tokens(model: SentimentClassifier | Translator, texts: list[str]) -> tuple[list, list]:
    """The ids of each text as the model reads them, and the characters of each token."""
    if isinstance(model, SentimentClassifier):
        ids, _ = model.encode(texts)
        return ids, [shortened(model.tokenizer.spans(text), model.settings["max_tokens"]) for text in texts]
    if model.settings["reverse_source"]:
        raise ValueError("this translator reads its source backwards; the labels of what it has read are not defined.")
    limit = model.settings["max_tokens"]
    ids = [row[:limit] for row in model.source_ids(texts)]
    # The sign that ends the sentence is read too; it has read no more characters than the token before it.
    spans = [[*model.tokenizer.spans(text), (len(text), len(text))] for text in texts]
    spans = [found[: len(row)] for found, row in zip(spans, ids, strict=True)]
    return ids, spans


def _batches(lengths: list[int]) -> list[tuple[np.ndarray, tuple[int, int]]]:
    """Texts of like length together, in few shapes (B, T)."""
    order, batches, start = np.argsort(lengths, kind="stable"), [], 0
    while start < len(order):
        length = padded_size(lengths[order[start]], LENGTHS)
        room = max(4, BATCH_TOKENS // length)
        rows = np.array([n for n in order[start : start + room] if lengths[n] <= length])
        batches.append((rows, (1 if len(order) == 1 else room, length)))
        start += len(rows)
    return batches


def _text_program(model: SentimentClassifier | Translator, layers: Layers, states: bool) -> Callable:
    """(tokens, mask, keep, counts) -> probabilities (B, C), states (B, T, ·) of every layer, counts."""

    def inputs(tokens: Any) -> Any:
        return model._embedded(model.embed, tokens, False) if isinstance(model, Translator) else model.embed(tokens)

    def make() -> Callable:
        def program(tokens: Any, mask: Any, keep: list, counts: list) -> list:
            counted = ops.cast(mask, "float32")
            before = layers.initial(tokens.shape[0])
            h, seen, _, counts = layers.run(inputs(tokens), before, mask, counted, keep, counts)
            verdict = ops.zeros((tokens.shape[0], 1))
            if isinstance(model, SentimentClassifier):
                context, _ = model._pool(h, layers.stack.layers[-1].last_of(h, mask), mask)
                verdict = ops.softmax(ops.cast(model.head(context), "float32"), axis=-1)
            return [verdict, *(seen if states else []), counts]

        return backend.compiled(program, [model])

    return _program(model, f"texts, {states}", make)
