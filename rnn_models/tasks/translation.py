"""Translation: many to many, unaligned. One network reads a sentence, another writes it in a second language."""

from collections.abc import Iterator, Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from rnn_models.decoding.decoder import Decoded
from rnn_models.decoding.strategies import Beam, Greedy, Sample
from rnn_models.layers import AttentiveDecoder, BahdanauAttention, Bidirectional, LuongAttention, Recurrent, Stacked
from rnn_models.layers.attentive import Memory
from rnn_models.layers.cells import CELLS, PACKAGE
from rnn_models.layers.checks import check_rate, check_units
from rnn_models.tasks import translated as results
from rnn_models.tasks.translated import Sentence, sentence_of
from rnn_models.tasks.writer import END, START, Writer, remembered, tensors, token_vectors
from rnn_models.text.sentences import pieces_of, sentences_of
from rnn_models.text.tokenizers import SubwordTokenizer

__all__ = ["ATTENTIONS", "END", "START", "Translator"]

ATTENTIONS = ("bahdanau", "general", "dot", "none")


@keras.saving.register_keras_serializable(package=PACKAGE)
class Translator(Writer):
    """A recurrent encoder and decoder with attention (Bahdanau et al. 2015, arXiv:1409.0473).

        h_j       = (bi)directional stacked recurrent layers over the source tokens
        s_0       = tanh(W [last h forward; last h backward] + b), for each state of the cell
        s_t, o_t  = `AttentiveDecoder` (token t − 1, s_{t-1}, the h_j)
        p(token t | source, tokens < t) = softmax(o_t V + b)

    Text in, text out: the tokenizer is part of the model, one for both languages.

    Args:
        tokenizer: a `SubwordTokenizer` with the special tokens "<s>" and "</s>", or its configuration.
        source_language, target_language: for people, such as "en" and "ko".
        cell: "lstm", "gru" or "vanilla".
        units: H, the width of the decoder's state, and of the encoder's in each direction.
        layers: recurrent layers of the encoder.
        bidirectional: the encoder reads from both ends.
        embedding: width of the tokens' embedding, and of o.
        attention: "bahdanau" (looks before each step), "general" or "dot" (Luong's scores, after each step),
            or "none": all that the decoder knows of the source is its first state.
        attention_units: the width in which Bahdanau's queries and keys meet.
        informed: with Bahdanau's, the question where to look knows token t − 1: [s_{t-1}; token t − 1].
        input_feeding: with Luong's scores, o_{t-1} is read beside token t − 1.
        reverse_source: read the source backwards (Sutskever et al. 2014).
        tied: one matrix for both embeddings and V (Press and Wolf 2017); else three.
        dropout: rate on the embeddings, between the encoder's layers and on o.
        recurrent_dropout: rate on the recurrent connections, one mask a sentence.
        max_tokens: a longer sentence is cut into parts of at most so many tokens.

    Shapes: source (B, S), its mask (B, S), and target (B, T), which begins with "<s>", give logits (B, T, V)
    of the token after each.
    """

    def __init__(
        self,
        tokenizer: SubwordTokenizer | dict,
        source_language: str = "",
        target_language: str = "",
        cell: str = "lstm",
        units: int = 256,
        layers: int = 1,
        bidirectional: bool = True,
        embedding: int = 256,
        attention: str = "bahdanau",
        attention_units: int = 256,
        informed: bool = False,
        input_feeding: bool = False,
        reverse_source: bool = False,
        tied: bool = True,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        max_tokens: int = 120,
        **kwargs: Any,
    ):
        super().__init__(tokenizer, **kwargs)
        self.settings = {
            "source_language": source_language,
            "target_language": target_language,
            "cell": cell,
            "units": check_units(units),
            "layers": layers,
            "bidirectional": bool(bidirectional),
            "embedding": embedding,
            "attention": attention,
            "attention_units": attention_units,
            "informed": bool(informed),
            "input_feeding": bool(input_feeding),
            "reverse_source": bool(reverse_source),
            "tied": bool(tied),
            "dropout": check_rate("dropout", dropout),
            "recurrent_dropout": check_rate("recurrent_dropout", recurrent_dropout),
            "max_tokens": max_tokens,
        }
        _check(self.settings)
        size = len(self.tokenizer)
        self.embed = token_vectors(size, embedding, "embedding")
        self.embed_target = None if tied else token_vectors(size, embedding, "target_embedding")
        self.encoder = Stacked([self._encoder_layer(n) for n in range(layers)], dropout=dropout, name="encoder")
        self.bridges = [
            keras.layers.Dense(units, activation="tanh" if n == 0 else None, name=f"bridge_{n}")
            for n in range(CELLS[cell].state_count)
        ]
        looks = {"look": "before" if attention == "bahdanau" else "after", "input_feeding": input_feeding}
        looks["informed"] = informed
        decoder = AttentiveDecoder(self._cell("decoder"), self._attention(), embedding, **looks, name="decoder")
        self._make_writer(decoder, embedding, tied, dropout)

    def _cell(self, name: str) -> Any:
        options = {"recurrent_dropout": self.settings["recurrent_dropout"], "name": name}
        return CELLS[self.settings["cell"]](self.settings["units"], **options)

    def _encoder_layer(self, number: int) -> Any:
        make = Bidirectional if self.settings["bidirectional"] else Recurrent
        return make(self._cell(f"cell_{number}"), name=f"layer_{number}")

    def _attention(self) -> Any:
        kind = self.settings["attention"]
        if kind == "bahdanau":
            return BahdanauAttention(self.settings["attention_units"], name="attention")
        return None if kind == "none" else LuongAttention(self.settings["units"], kind, name="attention")

    def build(self, *shapes: Any) -> None:
        settings = self.settings
        width = settings["embedding"]
        for embedding in filter(None, (self.embed, self.embed_target)):
            embedding.build((None, None))
        self.encoder.build((None, None, width))
        encoded = self.encoder.output_width(width)
        for bridge in self.bridges:
            bridge.build((None, encoded))
        self.decoder.build_for(width, encoded)
        self._build_head(width)
        self.built = True

    # -------------------------------------------------------------------------------------------- numbers

    def call(
        self, source: Any, target: Any, source_mask: Any = None, replace: Any = None, training: bool = False
    ) -> Any:
        """Logits (B, T, V) of the token after each of `target` (teacher forcing).

        Args:
            replace: (B, T), 1 where the token is not read from `target`: the model's own guess of it is
                (scheduled sampling, Bengio et al. 2015; the guesses of all steps come from one pass over the
                true tokens, as in Duckworth et al. 2019, arXiv:1906.04331). The first is never replaced.
        """
        memory, states = self.read(source, source_mask, training)
        if replace is not None:
            guesses, _ = self._write(target, states, memory, False)
            guesses = ops.cast(ops.argmax(ops.stop_gradient(guesses), axis=-1), target.dtype)
            guesses = ops.concatenate([target[:, :1], guesses[:, :-1]], axis=1)
            target = ops.where(ops.cast(replace, "bool"), guesses, target)
        return self._write(target, states, memory, training)[0]

    def compute_output_spec(self, source: Any, target: Any, *arguments: Any, **options: Any) -> Any:
        return keras.KerasTensor((*target.shape, len(self.tokenizer)), dtype=self.compute_dtype)

    def read(self, source: Any, source_mask: Any = None, training: bool = False) -> tuple[Memory | None, list]:
        """What the decoder gets of a source (B, S): the memory that it looks at, and its first states."""
        mask = ops.ones_like(source, dtype="bool") if source_mask is None else ops.cast(source_mask, "bool")
        x = self._vectors(self.embed, source, training)
        initial = self.encoder.get_initial_state(ops.shape(source)[0])
        encoded, _, states = self.encoder.run(x, initial, mask, training)
        count, top = len(self.bridges), states[-1]
        last = [ops.concatenate(top[n::count], axis=-1) for n in range(count)]
        first = [bridge(state) for bridge, state in zip(self.bridges, last, strict=True)]
        encoded = self.drop(encoded, training=training)
        return self.decoder.remember(encoded, mask), self.decoder.initial_state(first)

    def _write(self, target: Any, states: list, memory: Memory | None, training: bool) -> tuple[Any, Any]:
        """Logits (B, T, V) and attention weights (B, T, S)."""
        x = self._vectors(self.embed_target or self.embed, target, training)
        outputs, weights, _ = self.decoder(x, states, memory, training=training)
        return self._logits(self.drop(outputs, training=training)), weights

    def step(self, tokens: Any, states: list) -> tuple:
        """One step of free running, for a `Decoder`: logits (B, V), states, and the weights (B, S) if any."""
        own, memory, *forced = states
        force, forced = self._told(forced)
        x = self._vectors(self.embed_target or self.embed, tokens)
        output, weights, own = self.decoder.step(x, own, remembered(memory), force)
        after = [own, memory, *forced]
        return (self._logits(output), after) if weights is None else (self._logits(output), after, weights)

    # ----------------------------------------------------------------------------------------------- text

    def translate(
        self, texts: Sequence[str] | str, beam: int = 5, length_penalty: float = 1.0, sample: Sample | None = None
    ) -> Any:
        """Translate texts: a list of `Translation`, one for each; of one string, one.

        A text is cut into sentences, each is translated by itself; line breaks stay.

        Args:
            beam: how many hypotheses are kept at a time; 1 is greedy.
            length_penalty: as in `Beam`.
            sample: draw at random instead.
        """
        if isinstance(texts, str):
            return self.translate([texts], beam, length_penalty, sample)[0]
        if not all(isinstance(text, str) for text in texts):
            raise ValueError("translate takes a string or a list of strings; the list holds something else.")
        strategy = sample or (Greedy() if beam == 1 else Beam(beam, length_penalty))
        cut = [self._parts(text) for text in texts]
        found = iter(self._sentences([part for parts in cut for part, _ in parts], strategy))
        return [
            results.joined_sentences(text, [(next(found), after) for _, after in parts])
            for text, parts in zip(texts, cut, strict=True)
        ]

    def stream(self, text: str, piece: int = 4) -> Iterator[str]:
        """The greedy translation of a text as it is written: the whole text so far, again and again."""
        done = ""
        for part, after in self._parts(text):
            ids, states = self._read_one(part)
            written: list[int] = []
            for decoded in self._decoder().stream([self.start], states, Greedy(), results.limit_of(len(ids)), piece):
                written += decoded.tokens[0, : decoded.lengths[0]].tolist()
                yield done + self.tokenizer.decode(written)
            done += self.tokenizer.decode(written) + after
        if not done:
            yield ""

    def align(self, source: str, target: str) -> Sentence:
        """The probabilities and the attention of a given translation of one sentence (teacher forcing)."""
        ids, states = self._read_one(source)
        wanted = np.concatenate([[self.start], *self.tokenizer.encode([target])]).astype(np.int32)
        program = self._program("align", self._align)
        log_probs, weights = program(*tensors(results.padded_ids([wanted], self.end)[0]), states)
        following = np.append(wanted[1:], self.end)
        log_probs = ops.convert_to_numpy(log_probs)[0, np.arange(len(wanted)), following]
        weights = ops.convert_to_numpy(weights)[0, : len(wanted)] if weights is not None else None
        return sentence_of(self, source, ids, following, log_probs, weights)

    def steer(self, source: str, at: int, position: int) -> Sentence:
        """The greedy translation of one sentence, made to look at one place of the source in one step.

        Args:
            at: the number of the step, from 0: the token which is written there.
            position: the number of the source token (of `Sentence.source_tokens`).

        Raises:
            ValueError: a model without attention, a place that is none.
        """
        if self.decoder.attention is None:
            raise ValueError("This model has no attention that could be steered; load one that has.")
        ids, states = self._read_one(source)
        if not 0 <= position < len(ids) or at < 0:
            raise ValueError(f"at={at}, position={position}; expected a step, and a source token below {len(ids)}.")
        place = results.reading_order(len(ids), self.settings["reverse_source"])[position]
        forced = self._forcing(at, place, states[1][0].shape[1])
        decoded = self._decoder().generate([self.start], [*states, forced], Greedy(), results.limit_of(len(ids)))
        found = self._found(source, ids, decoded, 0)
        if at >= len(found.tokens):
            raise ValueError(f"at={at}, but the translation has only {len(found.tokens)} tokens; expected one of them.")
        return found

    # ------------------------------------------------------------------------------------------- machinery

    def source_ids(self, texts: Sequence[str]) -> list[np.ndarray]:
        """The ids of source sentences as the encoder reads them: reversed if so set, "</s>" at the end."""
        step = -1 if self.settings["reverse_source"] else 1
        return [np.append(ids[::step], self.end).astype(np.int32) for ids in self.tokenizer.encode(texts)]

    def _parts(self, text: str) -> list[tuple[str, str]]:
        """Sentences that are not too long, each with the white space after it."""
        limit = self.settings["max_tokens"]
        parts = []
        for sentence, after in sentences_of(text):
            pieces = pieces_of(sentence, self.tokenizer.spans(sentence), limit)
            parts += [(piece, " ") for piece in pieces[:-1]] + [(pieces[-1], after)]
        return parts

    def _sentences(self, sentences: list[str], strategy: Any) -> list[Sentence]:
        """Translate sentences, those of like length together."""
        sources = self.source_ids(sentences)
        found: list = [None] * len(sentences)
        for rows in results.batches_of([len(ids) for ids in sources]):
            tokens, mask = results.padded_ids([sources[n] for n in rows], self.end)
            states = self._program("read", self._first_states)(*tensors(tokens, mask))
            first = np.full(len(tokens), self.start, dtype=np.int32)
            decoded = self._decoder().generate(first, states, strategy, results.limit_of(tokens.shape[1]))
            for n, row in enumerate(rows):
                found[row] = self._found(sentences[row], sources[row], decoded, n)
        return found

    def _found(self, source: str, ids: np.ndarray, decoded: Decoded, row: int) -> Sentence:
        steps = decoded.steps(row)
        weights = None if decoded.extras is None else decoded.extras[row, steps]
        tokens, log_probs = decoded.tokens[row, steps], decoded.log_probs[row, steps]
        return sentence_of(self, source, ids, tokens, log_probs, weights, decoded, row)

    def _read_one(self, sentence: str) -> tuple[np.ndarray, list]:
        (ids,) = self.source_ids([sentence])
        tokens, mask = results.padded_ids([ids], self.end)
        return ids, self._program("read", self._first_states)(*tensors(tokens, mask))

    def _first_states(self, source: Any, mask: Any) -> list:
        memory, states = self.read(source, mask)
        return [states, [] if memory is None else list(memory)]

    def _align(self, target: Any, states: list) -> tuple[Any, Any]:
        own, memory = states
        logits, weights = self._write(target, own, remembered(memory), False)
        return self.following(logits), weights

    def get_config(self) -> dict:
        return {**super().get_config(), "tokenizer": self.tokenizer.get_config(), **self.settings}


def _check(settings: dict) -> None:
    for name, known in (("cell", CELLS), ("attention", ATTENTIONS)):
        if settings[name] not in known:
            raise ValueError(f"{name} is {settings[name]!r}; expected one of {', '.join(known)}.")
    for name in ("layers", "embedding", "attention_units", "max_tokens"):
        if isinstance(settings[name], bool) or not isinstance(settings[name], int) or settings[name] < 1:
            raise ValueError(f"{name} is {settings[name]!r}; expected a whole number, 1 or more.")
    if settings["attention"] == "dot" and settings["bidirectional"]:
        raise ValueError(
            "attention 'dot' needs states of one width, but a bidirectional encoder's are twice as wide as the "
            "decoder's. Use 'general', or bidirectional=False."
        )
    if settings["informed"] and settings["attention"] != "bahdanau":
        raise ValueError(
            f"informed belongs to Bahdanau's attention; attention is {settings['attention']!r}. With Luong's scores "
            "the state that looks has read the last token already."
        )
    if settings["input_feeding"] and settings["attention"] not in ("general", "dot"):
        raise ValueError(
            f"input_feeding belongs to Luong's attention ('general' or 'dot'); attention is "
            f"{settings['attention']!r}. With 'bahdanau' the context is read at every step as it is."
        )
