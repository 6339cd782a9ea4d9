"""The conditional language model: a network that writes a text about a source. Base of translator and captioner."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from rnn_models.backend import by_rows, compiled
from rnn_models.decoding.decoder import Decoded, Decoder, Strategy
from rnn_models.decoding.results import GeneratedText
from rnn_models.decoding.strategies import Greedy
from rnn_models.layers.attentive import AttentiveDecoder, Memory
from rnn_models.padding import padded_ids
from rnn_models.text.tokenizers import Tokenizer, tokenizer_from_config

START, END = "<s>", "</s>"

LENGTHS = (16, 32, 64, 128)
"""Texts are padded to these lengths, so that few programs are compiled."""


class ConditionalLM(keras.Model):
    """p(token | source, tokens before): an `AttentiveDecoder` between the embedding of tokens and an output layer.

        x_t       = √D E[token t − 1]
        s_t, o_t  = `AttentiveDecoder` (x_t, s_{t-1}, source)
        p(token t | source, tokens < t) = softmax(o_t V + b)

    A text begins with "<s>" and ends with "</s>". A model of its own has the embedding E as `embed`, calls
    `_make_decoder` in its constructor, and says in `read` what the decoder gets of a source.

    The `states` of decoding are a list:

        the decoder's states, each (B, H)
        its `Memory` of the source as a list; [] without attention
        what else of the source every step reads, here called the view; [] if there is nothing
        only where one step is forced to look at one place: [number of this step (B,), number of the step to
        force (B,), the weights to force upon it (B, S)]

    Args:
        tokenizer: with the special tokens "<s>" and "</s>", or its configuration.
    """

    def __init__(self, tokenizer: Tokenizer | dict, **kwargs: Any):
        super().__init__(**kwargs)
        self.tokenizer = tokenizer_from_config(tokenizer) if isinstance(tokenizer, dict) else tokenizer
        self.start, self.end = (self.tokenizer.id_of(token) for token in (START, END))
        self.forbidden = (0, self.start)  # never written: the unknown token, the start
        self._programs: dict[str, Any] = {}

    def _make_decoder(self, decoder: AttentiveDecoder, width: int, tied: bool, dropout: float) -> None:
        """The layers of the side that writes; `width` is D, and with `tied` also that of o."""
        self.decoder = decoder
        self.head = None if tied else keras.layers.Dense(len(self.tokenizer), name="head")
        self.drop = keras.layers.Dropout(dropout)
        self.width = width

    def _build_head(self, width: int) -> None:
        """The output layer's weights for outputs of `width`."""
        if self.head is not None:
            self.head.build((None, None, width))
        else:
            self.head_bias = self.add_weight(name="head_bias", shape=(len(self.tokenizer),), initializer="zeros")

    # -------------------------------------------------------------------------------------------- numbers

    def decode(self, target: Any, states: list, noise: Any = None, training: bool = False) -> tuple[Any, Any]:
        """Logits (B, T, V) of the token after each of `target` (B, T), and attention weights (B, T, S) or None.

        Teacher forcing: `target` begins with "<s>", `states` are those of `read`.
        """
        own, memory, view = states
        x = self._inputs(target, view, training)
        outputs, weights, _ = self.decoder(x, own, memory_of(memory), noise=noise, training=training)
        return self._logits(self._outputs(self.drop(outputs, training=training), view)), weights

    def step(self, tokens: Any, states: list) -> tuple:
        """One step of free running, for a `Decoder`: logits (B, V), states, and the weights (B, S) if any."""
        own, memory, view, *steering = states
        force, steering = _forced(steering)
        output, weights, own = self.decoder.step(self._inputs(tokens, view), own, memory_of(memory), force)
        logits, after = self._logits(self._outputs(output, view)), [own, memory, view, *steering]
        return (logits, after) if weights is None else (logits, after, weights)

    def _inputs(self, tokens: Any, view: Any, training: bool = False) -> Any:
        """x of tokens (B,) or (B, T)."""
        return self._embedded(self.embed, tokens, training)

    def _outputs(self, outputs: Any, view: Any) -> Any:
        """What the output layer reads of o (B, O) or (B, T, O)."""
        return outputs

    def _embedded(self, embed: keras.layers.Embedding, tokens: Any, training: bool = False) -> Any:
        """The tokens' vectors at a scale of 1, where the matrix itself suits the output layer."""
        return self.drop(embed(tokens) * self.width**0.5, training=training)

    def _logits(self, outputs: Any) -> Any:
        if self.head is not None:
            return by_rows(self.head, outputs)
        vectors = ops.cast(ops.transpose(self.embed.embeddings), outputs.dtype)
        bias = ops.cast(self.head_bias, outputs.dtype)
        return by_rows(lambda rows: ops.matmul(rows, vectors) + bias, outputs)

    def next_log_probs(self, logits: Any) -> Any:
        """log p (..., V) of the next token, as decoding has it: of a forbidden token it is −1e30."""
        forbidden = np.isin(np.arange(len(self.tokenizer)), self.forbidden)
        return ops.log_softmax(ops.where(forbidden, -1e30, ops.cast(logits, "float32")), axis=-1)

    # ------------------------------------------------------------------------------------------- decoding

    def search(self, states: list, rows: int, strategy: Strategy, max_length: int) -> list[GeneratedText]:
        """The texts that are found for the first `rows` rows of `states`; the other rows fill up the batch."""
        first = np.full(len(states[0][0]), self.start, dtype=np.int32)
        decoded = self._decoder().generate(first, states, strategy, max_length)
        return [self._generated(decoded, row) for row in range(rows)]

    def _generated(self, decoded: Decoded, row: int) -> GeneratedText:
        steps = decoded.steps(row)
        weights = None if decoded.extras is None else decoded.extras[row, steps]
        found = self._text(decoded.tokens[row, steps], decoded.log_probs[row, steps], weights)
        alternatives = decoded.alternatives(row, self.tokenizer.decode)
        if alternatives:
            found |= {"search_score": alternatives[0].score, "alternatives": alternatives}
        return GeneratedText(**found | {"lattice": decoded.lattice_of(row)})

    def _text(self, ids: np.ndarray, log_probs: np.ndarray, weights: np.ndarray | None) -> dict[str, Any]:
        """The fields of a `GeneratedText` of token ids (T,)."""
        return {
            "text": self.tokenizer.decode(ids),
            "tokens": self.tokenizer.token_texts(ids),
            "log_probs": log_probs.astype(np.float32),
            "search_score": float(log_probs.sum()),
            "attention": None if weights is None else weights.astype(np.float32),
        }

    def _align(self, text: str, states: list) -> GeneratedText:
        """A given text, with its probabilities and the attention in teacher forcing; `states` of one source."""
        (ids,) = self.tokenizer.encode([text])
        target, _ = padded_ids([np.concatenate([[self.start], ids])], LENGTHS, self.end)
        log_probs, weights = self._program("align", self._aligned)(*tensors(target), states)
        labels = np.append(ids, self.end)
        log_probs = ops.convert_to_numpy(log_probs)[0, np.arange(len(labels)), labels]
        weights = None if weights is None else ops.convert_to_numpy(weights)[0, : len(labels)]
        return GeneratedText(**self._text(labels, log_probs, weights))

    def _aligned(self, target: Any, states: list) -> tuple[Any, Any]:
        logits, weights = self.decode(target, states)
        return self.next_log_probs(logits), weights

    def _check_steering(self, at: int, place: int, places: int, name: str) -> None:
        """Raise ValueError where step `at` cannot look at `place`, an argument called `name`, of so many places."""
        if self.decoder.attention is None:
            raise ValueError("This model has no attention that could be steered; load one that has.")
        if not 0 <= place < places or at < 0:
            raise ValueError(f"at={at}, {name}={place}; expected a step, and a place of the source below {places}.")

    def _steer(self, states: list, at: int, place: int, max_length: int) -> GeneratedText:
        """The greedy text for `states` of one source, made to look at one place in step `at`."""
        weights = np.zeros((1, states[1][0].shape[1]), dtype=np.float32)
        weights[0, place] = 1.0
        steering = tensors(np.zeros(1, np.int32), np.full(1, at, np.int32), weights)
        (found,) = self.search([*states, steering], 1, Greedy(), max_length)
        if at >= len(found.tokens):
            raise ValueError(f"at={at}, but the text has only {len(found.tokens)} tokens; expected one of them.")
        return found

    # ------------------------------------------------------------------------------------------- machinery

    def _states(self, *arrays: np.ndarray) -> list:
        """`read` of a source that is padded already, compiled."""
        return self._program("read", self.read)(*tensors(*arrays))

    def _program(self, name: str, function: Any) -> Any:
        """`function` compiled, once."""
        if not self.built:
            self.build()
        if name not in self._programs:
            self._programs[name] = compiled(function, [self])
        return self._programs[name]

    def _decoder(self) -> Decoder:
        if "decoder" not in self._programs:
            self._programs["decoder"] = Decoder(self.step, [self], end_token=self.end, forbidden=self.forbidden)
        return self._programs["decoder"]


def embedding_layer(size: int, width: int, name: str) -> keras.layers.Embedding:
    """E (V, D), started so that it also suits the output layer."""
    start = keras.initializers.RandomNormal(stddev=width**-0.5)
    return keras.layers.Embedding(size, width, embeddings_initializer=start, name=name)


def memory_of(arrays: Sequence) -> Memory | None:
    """The memory from the list that it is in `states`."""
    return Memory(*arrays) if arrays else None


def tensors(*arrays: np.ndarray) -> list:
    """NumPy arrays as the backend's."""
    return [ops.convert_to_tensor(array) for array in arrays]


def _forced(steering: list) -> tuple[tuple | None, list]:
    """What `AttentiveDecoder.step` is made to look at in this step, and the entry of `states` for the next one."""
    if not steering:
        return None, []
    number, at, weights = steering[0]
    return (ops.equal(number, at), weights), [[number + 1, at, weights]]
