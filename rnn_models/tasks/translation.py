"""Translation: many to many, unaligned. One network reads a sentence, another writes it in a second language."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import keras
import numpy as np
from keras import ops

from rnn_models.checks import check_choice, check_count, check_rate, check_text, check_texts, check_units
from rnn_models.decoding.decoder import Strategy
from rnn_models.decoding.results import Alternative, GeneratedText, entropy
from rnn_models.decoding.strategies import Greedy, Sample, search_strategy
from rnn_models.layers import AttentiveDecoder, BahdanauAttention, Bidirectional, LuongAttention, Recurrent, Stacked
from rnn_models.layers.catalogue import CELLS, check_decoder_cell
from rnn_models.layers.recurrent_cell import PACKAGE
from rnn_models.padding import batches_by_length, padded_ids, padded_size
from rnn_models.tasks.conditional_lm import END, LENGTHS, START, ConditionalLM, embedding_layer
from rnn_models.text.sentences import pieces_of, sentences_of
from rnn_models.text.tokenizers import SubwordTokenizer

__all__ = ["ATTENTIONS", "END", "START", "Sentence", "Translation", "Translator"]

ATTENTIONS = ("bahdanau", "general", "dot", "none")


@dataclass(frozen=True, kw_only=True)
class Sentence(GeneratedText):
    """One translated sentence, with the evidence: see `GeneratedText`.

    Attributes:
        source: the sentence that was read.
        source_tokens: its S tokens; "▁" begins a word, "</s>" ends the sentence.
    """

    source: str
    source_tokens: list[str]


@dataclass(frozen=True)
class Translation:
    """A translated text: its sentences, joined as they stood in the source.

    `log_prob`, `search_score` and `score` are sums over the sentences, `mean_nll` is the mean of all tokens; `tokens`,
    `source_tokens` and `probabilities` are theirs one after the other. In `attention` (T, S) each sentence looks at its
    own source only: elsewhere it is 0. `alternatives` are those of a text of one sentence.
    """

    source: str
    text: str
    sentences: list[Sentence]

    @property
    def log_prob(self) -> float:
        return float(sum(sentence.log_prob for sentence in self.sentences))

    @property
    def search_score(self) -> float:
        return float(sum(sentence.search_score for sentence in self.sentences))

    def score(self, length_penalty: float) -> float:
        """What a beam search of that length penalty ranks by, whichever search wrote the sentences."""
        return float(sum(sentence.score(length_penalty) for sentence in self.sentences))

    @property
    def mean_nll(self) -> float:
        """The mean of −log p of a token, in nats."""
        return -self.log_prob / max(len(self.tokens), 1)

    @property
    def source_tokens(self) -> list[str]:
        return [token for sentence in self.sentences for token in sentence.source_tokens]

    @property
    def tokens(self) -> list[str]:
        return [token for sentence in self.sentences for token in sentence.tokens]

    @property
    def probabilities(self) -> np.ndarray:
        return np.concatenate([np.zeros(0, np.float32), *(s.probabilities for s in self.sentences)])

    @property
    def attention(self) -> np.ndarray | None:
        if any(sentence.attention is None for sentence in self.sentences):
            return None
        whole = np.zeros((len(self.tokens), len(self.source_tokens)), dtype=np.float32)
        row = column = 0
        for sentence in self.sentences:
            height, width = sentence.attention.shape
            whole[row : row + height, column : column + width] = sentence.attention
            row, column = row + height, column + width
        return whole

    @property
    def attention_entropy(self) -> np.ndarray | None:
        """(T,) how spread out the attention is at each token, in bits."""
        return None if self.attention is None else entropy(self.attention)

    @property
    def alternatives(self) -> list[Alternative]:
        return self.sentences[0].alternatives if len(self.sentences) == 1 else []


@keras.saving.register_keras_serializable(package=PACKAGE)
class Translator(ConditionalLM):
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
        informed: with Bahdanau's, the query holds token t − 1: [s_{t-1}; token t − 1].
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
        self.embed = embedding_layer(size, embedding, "embedding")
        self.embed_target = None if tied else embedding_layer(size, embedding, "target_embedding")
        self.encoder = Stacked([self._encoder_layer(n) for n in range(layers)], dropout=dropout, name="encoder")
        self.bridges = [
            keras.layers.Dense(units, activation="tanh" if n == 0 else None, name=f"bridge_{n}")
            for n in range(CELLS[cell].state_count)
        ]
        looks = {"look": "before" if attention == "bahdanau" else "after", "input_feeding": input_feeding}
        looks["informed"] = informed
        decoder = AttentiveDecoder(self._cell("decoder"), self._attention(), embedding, **looks, name="decoder")
        self._make_decoder(decoder, embedding, tied, dropout)

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
        states = self.read(source, source_mask, training)
        if replace is not None:
            guesses, _ = self.decode(target, states)
            guesses = ops.cast(ops.argmax(ops.stop_gradient(guesses), axis=-1), target.dtype)
            guesses = ops.concatenate([target[:, :1], guesses[:, :-1]], axis=1)
            target = ops.where(ops.cast(replace, "bool"), guesses, target)
        return self.decode(target, states, training=training)[0]

    def compute_output_spec(self, source: Any, target: Any, *arguments: Any, **options: Any) -> Any:
        return keras.KerasTensor((*target.shape, len(self.tokenizer)), dtype=self.compute_dtype)

    def read(self, source: Any, source_mask: Any = None, training: bool = False) -> list:
        """The states before the first token, for a source (B, S): see `ConditionalLM`."""
        mask = ops.ones_like(source, dtype="bool") if source_mask is None else ops.cast(source_mask, "bool")
        x = self._embedded(self.embed, source, training)
        initial = self.encoder.get_initial_state(ops.shape(source)[0])
        encoded, _, states = self.encoder.run(x, initial, mask, training)
        count, top = len(self.bridges), states[-1]
        last = [ops.concatenate(top[n::count], axis=-1) for n in range(count)]
        first = [bridge(state) for bridge, state in zip(self.bridges, last, strict=True)]
        encoded = self.drop(encoded, training=training)
        memory = self.decoder.make_memory(encoded, mask)
        return [self.decoder.initial_state(first), list(memory or ()), []]

    def _inputs(self, tokens: Any, view: Any, training: bool = False) -> Any:
        return self._embedded(self.embed_target or self.embed, tokens, training)

    # ----------------------------------------------------------------------------------------------- text

    def translate(
        self, texts: Iterable[str] | str, beam: int = 5, length_penalty: float = 1.0, sample: Sample | None = None
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
        strategy = search_strategy(beam, length_penalty, sample)
        texts = check_texts(texts)
        cut = [self._parts(text) for text in texts]
        found = iter(self._sentences([part for parts in cut for part, _ in parts], strategy))
        return [
            _joined(text, [(next(found), after) for _, after in parts]) for text, parts in zip(texts, cut, strict=True)
        ]

    def stream(self, text: str, piece: int = 4) -> Iterator[str]:
        """The greedy translation of a text as it is written: the whole text so far, again and again."""
        done = ""
        for part, after in self._parts(check_text(text)):
            ids, states = self._read_one(part)
            written: list[int] = []
            for decoded in self._decoder().stream([self.start], states, Greedy(), _limit(len(ids)), piece):
                written += decoded.tokens[0, : decoded.lengths[0]].tolist()
                yield done + self.tokenizer.decode(written)
            done += self.tokenizer.decode(written) + after
        if not done:
            yield ""

    def align(self, source: str, target: str) -> Sentence:
        """The probabilities and the attention of a given translation of one sentence (teacher forcing)."""
        ids, states = self._read_one(source)
        return self._sentence(source, ids, self._align(check_text(target), states))

    def steer(self, source: str, at: int, position: int) -> Sentence:
        """The greedy translation of one sentence, made to look at one place of the source in one step.

        Args:
            at: the number of the step, from 0: the token which is written there.
            position: the number of the source token (of `Sentence.source_tokens`).

        Raises:
            ValueError: a model without attention, a place that is none.
        """
        ids, states = self._read_one(source)
        self._check_steering(at, position, len(ids), "position")
        place = self._reading_order(len(ids))[position]
        return self._sentence(source, ids, self._steer(states, at, place, _limit(len(ids))))

    # ------------------------------------------------------------------------------------------- machinery

    def source_ids(self, texts: Sequence[str]) -> list[np.ndarray]:
        """The ids of source sentences as the encoder reads them: reversed if so set, "</s>" at the end."""
        step = -1 if self.settings["reverse_source"] else 1
        return [np.append(ids[::step], self.end).astype(np.int32) for ids in self.tokenizer.encode(texts)]

    def _reading_order(self, count: int) -> list[int]:
        """Where the encoder read each token of a sentence of `count`, its end included, which is always last."""
        places = range(count - 1)
        return [*(reversed(places) if self.settings["reverse_source"] else places), count - 1]

    def _parts(self, text: str) -> list[tuple[str, str]]:
        """Sentences that are not too long, each with the white space after it."""
        limit = self.settings["max_tokens"]
        parts = []
        for sentence, after in sentences_of(text):
            pieces = pieces_of(sentence, self.tokenizer.spans(sentence), limit)
            parts += [(piece, " ") for piece in pieces[:-1]] + [(pieces[-1], after)]
        return parts

    def _sentences(self, sentences: list[str], strategy: Strategy) -> list[Sentence]:
        """Translate sentences, those of like length together."""
        sources = self.source_ids(sentences)
        found: list = [None] * len(sentences)
        for rows in batches_by_length([len(ids) for ids in sources], LENGTHS):
            tokens, mask = padded_ids([sources[row] for row in rows], LENGTHS, self.end)
            texts = self.search(self._states(tokens, mask), len(rows), strategy, _limit(tokens.shape[1]))
            for row, text in zip(rows, texts, strict=True):
                found[row] = self._sentence(sentences[row], sources[row], text)
        return found

    def _sentence(self, source: str, ids: np.ndarray, found: GeneratedText) -> Sentence:
        """What was written for the source ids (S,), in the order in which people read the source."""
        order = self._reading_order(len(ids))
        attention = None if found.attention is None else found.attention[:, order]
        return Sentence(
            **vars(replace(found, attention=attention)),
            source=source,
            source_tokens=self.tokenizer.token_texts(ids[order]),
        )

    def _read_one(self, sentence: str) -> tuple[np.ndarray, list]:
        (ids,) = self.source_ids([check_text(sentence)])
        return ids, self._states(*padded_ids([ids], LENGTHS, self.end))

    def get_config(self) -> dict:
        return {**super().get_config(), "tokenizer": self.tokenizer.get_config(), **self.settings}


def _limit(length: int) -> int:
    """The most tokens of a translation of `length` tokens, with whatever other sentences they are read."""
    return 2 * padded_size(length, LENGTHS) + 10


def _joined(source: str, parts: Sequence[tuple[Sentence, str]]) -> Translation:
    """One text from its sentences and the white space after each."""
    text = "".join(sentence.text + after for sentence, after in parts)
    return Translation(source, text.strip(), [sentence for sentence, _ in parts])


def _check(settings: dict) -> None:
    check_decoder_cell(settings["cell"])
    check_choice("attention", settings["attention"], ATTENTIONS)
    for name in ("layers", "embedding", "attention_units", "max_tokens"):
        check_count(name, settings[name])
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
