"""Sentiment: many to one. A text is read token by token; at the end the network says what it thinks of it."""

import re
from collections.abc import Generator, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from keras import ops

from rnn_models import backend
from rnn_models.backend import compiled
from rnn_models.checks import check_choice, check_count, check_rate, check_text, check_texts, check_units
from rnn_models.layers import BahdanauAttention, Bidirectional, Recurrent, Stacked
from rnn_models.layers.catalogue import CELLS
from rnn_models.layers.recurrent_cell import PACKAGE
from rnn_models.padding import padded_size
from rnn_models.steps import finished
from rnn_models.tasks.pooling import PARTS, pool, shares
from rnn_models.text.tokenizers import Tokenizer, tokenizer_from_config

_LENGTHS = (8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096)
"""Batches are padded to these lengths, so that few programs are compiled."""

_BATCH_TOKENS = 8192
"""About so many tokens are read in one run."""

_MOMENT = 0.3
"""Seconds after which a caller hears that programs are still being compiled."""

EXPLAINED_WORDS = 128
"""Of a text with more words so many have `Word.running` and `Word.removal`."""


@dataclass(frozen=True)
class Sentiment:
    """What the model thinks of one text.

    Attributes:
        text: the text.
        label: the likeliest label.
        probability: its probability.
        probabilities: (C,) of all labels, in the order of the model's `labels`.
        tokens: the pieces that were read, as they stand in the text.
        spans: where each token begins and ends in the text.
        evidence: (T, C) what each token adds to the score of each label. Its sum over the tokens, and the
            bias of each label, are the logits.
        attention: (T,) the weights of attention pooling, which sum to 1; None for other poolings.
        left_out: tokens in the middle of a long text that were not read.
    """

    text: str
    label: str
    probability: float
    probabilities: np.ndarray
    tokens: list[str]
    spans: list[tuple[int, int]]
    evidence: np.ndarray
    attention: np.ndarray | None
    left_out: int = 0


@dataclass(frozen=True)
class Word:
    """One word (or token) of an explained text.

    Attributes:
        text, start, end: the word, and where it stands.
        attention: the share of attention pooling on its tokens; None for other poolings.
        evidence: (C,) what its tokens add to the score of each label.
        running: (C,) the labels' probabilities if the text ended after this word; None where not computed.
        removal: (C,) probabilities of the whole text less those of the text without this word; None where not
            computed.
    """

    text: str
    start: int
    end: int
    attention: float | None
    evidence: np.ndarray
    running: np.ndarray | None
    removal: np.ndarray | None


@dataclass(frozen=True)
class Explanation:
    """A verdict with its reasons.

    Attributes:
        verdict: what `classify` gives.
        words: in the order of the text.
        states: (T, H) the recurrent layers' state at each token.
        bias: (C,) what the scores are before anything is read: evidence and bias add up to the logits.
    """

    verdict: Sentiment
    words: list[Word]
    states: np.ndarray
    bias: np.ndarray


@keras.saving.register_keras_serializable(package=PACKAGE)
class SentimentClassifier(keras.Model):
    """A recurrent classifier of texts.

        x_t = embedding of token t
        h_t = (bi)directional stacked recurrent layers (x_t, h_{t-1})
        c   = the last state | Σ_t α_t h_t with α = Bahdanau attention | max_t h_t | all three
        p(label | text) = softmax(c V + b)

    The output layer is linear in c, and c is made of the h_t: so every logit is a sum of what the tokens add
    (`evidence`). A padded step never counts.

    Text in, answer out: the tokenizer is part of the model.

    Args:
        tokenizer: of `rnn_models.text.tokenizers`, or its configuration.
        labels: the names of the C classes.
        cell: "lstm", "gru" or "vanilla".
        units: width of each recurrent layer (in each direction).
        layers: number of recurrent layers.
        bidirectional: read the text from both ends.
        embedding: width of the tokens' embedding.
        pooling: "last" (the state after the last token; from both ends if bidirectional), "attention" (the
            states' average under learned weights; Yang et al. 2016), "max" (each feature's largest value) or
            "joined" (the three one behind the other; Howard and Ruder 2018 join three).
        attention_units: the width in which attention scores are made.
        dropout: rate on the embeddings, between layers and on c.
        recurrent_dropout: rate on the recurrent connections, one mask a text.
        token_dropout: the share of tokens whose whole embedding is dropped.
        max_tokens: of a longer text the first and the last half of so many tokens are read.

    Shapes: tokens (B, T) integers, mask (B, T), True where a token counts, give logits (B, C). Id 0 is the unknown
    token, and what rows are filled up with: without a mask the zeros at the end of a row do not count, so that `fit`
    and `predict` may be given padded rows. A text that ends with unknown tokens needs the mask; all that is given as
    text has it.
    """

    def __init__(
        self,
        tokenizer: Tokenizer | dict,
        labels: Sequence[str] = ("negative", "positive"),
        cell: str = "lstm",
        units: int = 128,
        layers: int = 1,
        bidirectional: bool = True,
        embedding: int = 96,
        pooling: str = "attention",
        attention_units: int = 64,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        token_dropout: float = 0.0,
        max_tokens: int = 1024,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        self.tokenizer = tokenizer_from_config(tokenizer) if isinstance(tokenizer, dict) else tokenizer
        self.labels = [str(label) for label in labels]
        self.supports_masking = True  # a mask is taken in, none is given on
        self.settings = {
            "cell": cell,
            "units": check_units(units),
            "layers": layers,
            "bidirectional": bool(bidirectional),
            "embedding": embedding,
            "pooling": pooling,
            "attention_units": attention_units,
            "dropout": check_rate("dropout", dropout),
            "recurrent_dropout": check_rate("recurrent_dropout", recurrent_dropout),
            "token_dropout": check_rate("token_dropout", token_dropout),
            "max_tokens": max_tokens,
        }
        _check(self.labels, self.settings)
        self.embed = keras.layers.Embedding(len(self.tokenizer), embedding, name="embedding")
        self.drop_tokens = keras.layers.Dropout(token_dropout, noise_shape=(None, None, 1))
        self.drop = keras.layers.Dropout(dropout)
        self.recurrence = Stacked([self._layer(n) for n in range(layers)], dropout=dropout, name="recurrence")
        attends = "attention" in PARTS[pooling]
        self.attention = BahdanauAttention(attention_units, name="attention") if attends else None
        self.head = keras.layers.Dense(len(self.labels), name="head")
        self._compiled_shapes: dict[str, dict[tuple[int, int], Future]] = {}
        self._readers: dict[str, Any] = {}

    def _layer(self, number: int) -> Any:
        options = {"recurrent_dropout": self.settings["recurrent_dropout"], "name": f"cell_{number}"}
        cell = CELLS[self.settings["cell"]](self.settings["units"], **options)
        make = Bidirectional if self.settings["bidirectional"] else Recurrent
        return make(cell, name=f"layer_{number}")

    def build(self, tokens_shape: tuple, mask_shape: Any = None) -> None:
        settings = self.settings
        self.embed.build((None, None))
        self.recurrence.build((None, None, settings["embedding"]))
        width = self.width
        if self.attention is not None:
            self.attention.key_projection.build((None, None, width))
            self.attention.build((None, settings["attention_units"]), (None, None, settings["attention_units"]))
            self.query = self.add_weight(
                name="question", shape=(settings["attention_units"],), initializer="glorot_uniform"
            )
        self.head.build((None, len(PARTS[settings["pooling"]]) * width))
        self.built = True

    @property
    def width(self) -> int:
        """The width of a state h_t."""
        return self.recurrence.output_width(self.settings["embedding"])

    # -------------------------------------------------------------------------------------------- numbers

    def call(self, tokens: Any, mask: Any = None, training: bool = False) -> Any:
        """Logits (B, C)."""
        return self.logits_of(self.embed(tokens), self._mask(tokens, mask), training)

    def logits_of(self, x: Any, mask: Any, training: bool = False) -> Any:
        """Logits (B, C) of texts that are given as the embeddings x (B, T, E) of their tokens."""
        h, last = self._states_of(x, mask, training)
        context, _ = self._pool(h, last, mask)
        return self.head(self.drop(context, training=training))

    def compute_output_spec(self, tokens: Any, mask: Any = None, training: bool = False) -> Any:
        return keras.KerasTensor((tokens.shape[0], len(self.labels)), dtype=self.compute_dtype)

    def compute_mask(self, *arguments: Any, **options: Any) -> None:
        """None: the logits have no time."""

    def states(self, tokens: Any, mask: Any, training: bool = False) -> tuple[Any, Any]:
        """All states (B, T, H) of the top layer, and its state after the last token (B, H)."""
        return self._states_of(self.embed(tokens), mask, training)

    def _states_of(self, x: Any, mask: Any, training: bool) -> tuple[Any, Any]:
        x = self.drop_tokens(x, training=training)
        x = self.drop(x, training=training)
        initial = self.recurrence.get_initial_state(ops.shape(x)[0])
        h, last, _ = self.recurrence.run(x, initial, mask, training)
        return h, last

    def explained(self, tokens: Any, mask: Any = None) -> tuple[Any, Any, Any, Any]:
        """Logits (B, C), evidence (B, T, C), attention weights (B, T) or zeros, states (B, T, H)."""
        mask = self._mask(tokens, mask)
        h, last = self.states(tokens, mask)
        context, weights = self._pool(h, last, mask)
        given = shares(self.settings["pooling"], h, mask, context, weights, self.settings["bidirectional"])
        evidence = ops.matmul(given, ops.cast(self.head.kernel, given.dtype))
        weights = ops.zeros_like(h[..., 0]) if weights is None else weights
        return self.head(context), ops.cast(evidence, "float32"), ops.cast(weights, "float32"), h

    def _mask(self, tokens: Any, mask: Any) -> Any:
        """The mask as booleans; without one all but the zeros at a row's end count."""
        if mask is not None:
            return ops.cast(mask, "bool")
        known = ops.flip(ops.cast(ops.not_equal(tokens, 0), "int32"), axis=1)
        return ops.flip(ops.cumsum(known, axis=1), axis=1) > 0

    def _pool(self, h: Any, last: Any, mask: Any) -> tuple[Any, Any]:
        """c (B, K·H), and the attention weights (B, T) where there are any."""
        return pool(self.settings["pooling"], h, last, mask, lambda: self._attend(h, mask))

    def _attend(self, h: Any, mask: Any) -> tuple[Any, Any]:
        keys = self.attention.project_keys(h)
        query = ops.broadcast_to(self.query, (ops.shape(h)[0], self.settings["attention_units"]))
        return self.attention(ops.cast(query, keys.dtype), keys, h, mask=mask)

    # ----------------------------------------------------------------------------------------------- text

    def predict(self, x: Any, *arguments: Any, **options: Any) -> Any:
        """`keras.Model.predict`: the logits (N, C) of arrays of token ids.

        Raises:
            ValueError: texts are given; they are for `classify`.
        """
        strings = isinstance(x, list | tuple) and any(isinstance(text, str) for text in x)
        if isinstance(x, str) or strings or getattr(getattr(x, "dtype", None), "kind", "") in ("O", "U", "T"):
            raise ValueError("predict is Keras's, of arrays of token ids; for texts take classify or probabilities.")
        return super().predict(x, *arguments, **options)

    def classify(self, texts: Iterable[str] | str) -> Any:
        """What the model thinks of texts: a list of `Sentiment`, one for each; of one string, one.

        For labels alone `probabilities` is quicker.

        Args:
            texts: any iterable of strings.
        """
        if isinstance(texts, str):
            return self.classify([texts])[0]
        texts = check_texts(texts)
        ids, left_out = self.encode(texts)
        results: list = [None] * len(texts)
        for rows, (logits, evidence, weights, _) in self._read("explained", ids):
            probabilities = softmax(logits)
            for n, row in enumerate(rows):
                length = len(ids[row])
                attention = weights[n, :length] if self.attention is not None else None
                results[row] = self._sentiment(
                    texts[row], probabilities[n], evidence[n, :length], attention, left_out[row]
                )
        return results

    def probabilities(self, texts: Iterable[str]) -> np.ndarray:
        """The labels' probabilities for each text, (N, C) float32: `classify` without the evidence."""
        ids, _ = self.encode(texts)
        return self.probabilities_of(ids)

    def probabilities_of(self, ids: Sequence[np.ndarray]) -> np.ndarray:
        """The labels' probabilities, (N, C), for texts that are given as arrays of token ids."""
        return finished(self._probabilities_in_steps(ids))

    def _probabilities_in_steps(self, ids: Sequence[np.ndarray]) -> Generator[tuple[int, int], None, np.ndarray]:
        """As `probabilities_of`; yields how many texts have been read, and how many there are."""
        found = np.zeros((len(ids), len(self.labels)), dtype=np.float32)
        done = 0
        for _ in self._compile("logits", {shape for _, shape in self._batches([max(1, len(i)) for i in ids])}):
            yield done, len(ids)
        for rows, (logits,) in self._read("logits", ids):
            found[rows] = softmax(logits)
            done += len(rows)
            yield done, len(ids)
        return found

    def explain(self, text: str, by: str = "word") -> Explanation:
        """The verdict on one text and, for each word, what it adds, what the model believed after it, and what
        would change without it.

        Args:
            by: "word" (what stands between white space) or "token".
        """
        return finished(self.explain_in_steps(text, by))

    def explain_in_steps(self, text: str, by: str = "word") -> Generator[tuple[int, int], None, Explanation]:
        """As `explain`, for a caller who shows how far it is, or stops it.

        Yields:
            How many versions of the text (its beginnings, and itself without a word) have been read, and how many there
            are. The generator returns the explanation.
        """
        if by not in ("word", "token"):
            raise ValueError(f"by is {by!r}; expected 'word' or 'token'.")
        verdict = self.classify(check_text(text))
        (ids,), _ = self.encode([text])
        groups = _groups(verdict, by)
        running, removal = yield from self._variants(ids, verdict, groups)
        words = []
        for (start, end, tokens), now, without in zip(groups, running, removal, strict=True):
            attention = None if verdict.attention is None else float(verdict.attention[tokens].sum())
            evidence = verdict.evidence[tokens].sum(axis=0)
            words.append(Word(text[start:end], start, end, attention, evidence, now, without))
        return Explanation(verdict, words, self.trace(ids), np.asarray(self.head.bias, dtype=np.float32))

    def _variants(
        self, ids: np.ndarray, verdict: Sentiment, groups: list
    ) -> Generator[tuple[int, int], None, tuple[list, list]]:
        """The probabilities of the text's beginnings, and what changes without each word."""
        ends = {int(n) for n in np.linspace(0, len(groups) - 1, min(EXPLAINED_WORDS, len(groups)))}
        weight = [np.abs(verdict.evidence[tokens].sum(axis=0)).max() for _, _, tokens in groups]
        heavy = {int(n) for n in np.argsort(weight)[::-1][:EXPLAINED_WORDS]}
        beginnings = [ids[: groups[n][2][-1] + 1] for n in sorted(ends)]
        without = [np.delete(ids, groups[n][2]) for n in sorted(heavy)]
        found = yield from self._probabilities_in_steps([*beginnings, *without])
        running, removal = [None] * len(groups), [None] * len(groups)
        for n, row in zip(sorted(ends), found[: len(beginnings)], strict=True):
            running[n] = row
        for n, row in zip(sorted(heavy), found[len(beginnings) :], strict=True):
            removal[n] = verdict.probabilities - row
        return running, removal

    def trace(self, ids: np.ndarray) -> np.ndarray:
        """The states (T, H) of one text that is given as token ids."""
        for _, (_, _, _, h) in self._read("explained", [ids]):
            return h[0, : len(ids)]
        return np.zeros((0, self.width), dtype=np.float32)

    def encode(self, texts: Iterable[str]) -> tuple[list[np.ndarray], list[int]]:
        """The token ids of each text, and how many in its middle are left out because it is too long."""
        ids = self.tokenizer.encode(texts)
        limit = self.settings["max_tokens"]
        left_out = [max(0, len(i) - limit) for i in ids]
        return [shortened(i, limit) for i in ids], left_out

    def _sentiment(
        self, text: str, probabilities: np.ndarray, evidence: np.ndarray, attention: np.ndarray | None, left_out: int
    ) -> Sentiment:
        best = int(probabilities.argmax())
        spans = shortened(self.tokenizer.spans(text), self.settings["max_tokens"])
        tokens = [text[start:end] for start, end in spans]
        label, probability = self.labels[best], float(probabilities[best])
        return Sentiment(text, label, probability, probabilities, tokens, spans, evidence, attention, left_out)

    # ------------------------------------------------------------------------------------------- machinery

    def _read(self, what: str, ids: Sequence[np.ndarray]) -> Any:
        """Run texts of like length together: gives the rows' numbers and what `what` makes of them."""
        reader, batches = self._reader(what), self._batches([max(1, len(i)) for i in ids])
        finished(self._compile(what, {shape for _, shape in batches}))
        for same, shape in batches:
            tokens, mask = np.zeros(shape, dtype=np.int32), np.zeros(shape, dtype=bool)
            for n, row in enumerate(same):
                tokens[n, : len(ids[row])], mask[n, : len(ids[row])] = ids[row], True
            given = reader(ops.convert_to_tensor(tokens), ops.convert_to_tensor(mask))
            yield same, [ops.convert_to_numpy(part)[: len(same)] for part in given]

    @staticmethod
    def _batches(lengths: list[int]) -> list[tuple[np.ndarray, tuple[int, int]]]:
        """Which texts are read together, and the shape (B, T) of each batch: few shapes, since each is compiled."""
        order = np.argsort(lengths, kind="stable")
        batches, start = [], 0
        while start < len(order):
            length = padded_size(lengths[order[start]], _LENGTHS)
            room = max(4, _BATCH_TOKENS // length)
            same = np.array([n for n in order[start : start + room] if lengths[n] <= length])
            size = 1 if len(order) == 1 else min(room, 16) if len(order) <= 16 else room
            batches.append((same, (size, length)))
            start += len(same)
        return batches

    def _compile(self, what: str, shapes: set[tuple[int, int]]) -> Generator[None, None, None]:
        """Compile what several shapes need side by side: one program keeps one core busy. Yields a few times a second.

        Who stops it leaves at most two programs that are still being compiled; whoever needs them next waits for these.
        """
        if backend.name() != "tensorflow":
            return
        known, reader = self._compiled_shapes.setdefault(what, {}), self._reader(what)
        pool = ThreadPoolExecutor(2)
        for shape in sorted(shapes - set(known)):
            known[shape] = pool.submit(reader, ops.zeros(shape, "int32"), ops.ones(shape, "bool"))
        needed = {shape: known[shape] for shape in shapes}
        try:
            while wait(needed.values(), timeout=_MOMENT).not_done:
                yield
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
            for shape, program in needed.items():
                if program.cancelled() or program.done() and program.exception():
                    known.pop(shape, None)
        for program in needed.values():
            program.result()

    def _reader(self, what: str) -> Any:
        if not self.built:
            self.build((None, None))
        if what not in self._readers:
            function = self.explained if what == "explained" else lambda tokens, mask: (self(tokens, mask=mask),)
            self._readers[what] = compiled(function, [self])
        return self._readers[what]

    def get_config(self) -> dict:
        return {
            **super().get_config(),
            "tokenizer": self.tokenizer.get_config(),
            "labels": self.labels,
            **self.settings,
        }


def _groups(verdict: Sentiment, by: str) -> list[tuple[int, int, list[int]]]:
    """Where each word begins and ends, and the numbers of its tokens. White space belongs to what follows."""
    if by == "token":
        return [(start, end, [n]) for n, (start, end) in enumerate(verdict.spans)]
    words = [match.span() for match in re.finditer(r"\S+", verdict.text)]
    tokens: list[list[int]] = [[] for _ in words]
    word = 0
    for n, (start, end) in enumerate(verdict.spans):
        first = next((c for c in range(start, end) if not verdict.text[c].isspace()), end)
        while word < len(words) - 1 and first >= words[word][1]:
            word += 1
        if words:
            tokens[word].append(n)
    return [(start, end, numbers) for (start, end), numbers in zip(words, tokens, strict=True) if numbers]


def softmax(logits: np.ndarray) -> np.ndarray:
    """Probabilities (B, C) of logits (B, C), in single precision."""
    logits = np.asarray(logits, dtype=np.float32)
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def shortened(sequence: Any, limit: int) -> Any:
    """The first and the last half of `limit` entries of an array or a list; all of a shorter one."""
    if len(sequence) <= limit:
        return sequence
    head, tail = sequence[: limit - limit // 2], sequence[len(sequence) - limit // 2 :]
    return np.concatenate([head, tail]) if isinstance(sequence, np.ndarray) else head + tail


def _check(labels: list[str], settings: dict) -> None:
    if len(labels) < 2 or len(set(labels)) < len(labels):
        raise ValueError(f"labels are {labels}; expected at least two, all different.")
    check_choice("cell", settings["cell"], CELLS)
    check_choice("pooling", settings["pooling"], tuple(PARTS))
    for name in ("layers", "embedding", "attention_units"):
        check_count(name, settings[name])
    check_count("max_tokens", settings["max_tokens"], 2)
