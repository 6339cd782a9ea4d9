"""What the models share that write sentences about something else: a translator, a captioner."""

from typing import Any

import keras
import numpy as np
from keras import ops

from rnn_models.backend import by_rows, compiled
from rnn_models.decoding.decoder import Decoder
from rnn_models.layers.attentive import AttentiveDecoder, Memory
from rnn_models.text.tokenizers import Tokenizer, tokenizer_from_config

START, END = "<s>", "</s>"


class Writer(keras.Model):
    """An `AttentiveDecoder` between the embedding of tokens and an output layer.

        x_t       = √D E[token t − 1]
        s_t, o_t  = `AttentiveDecoder` (x_t, s_{t-1}, source)
        p(token t | source, tokens < t) = softmax(o_t V + b)

    A sentence begins with "<s>" and ends with "</s>". A model calls `_make_writer` in its constructor and has its
    embedding as `embed`; `states` of a decoding loop are [the decoder's states, its memory as a list], and
    where the weights are to be forced a third entry: [number of this step (B,), number of the step to force (B,),
    its weights (B, S)].

    Args:
        tokenizer: with the special tokens "<s>" and "</s>", or its configuration.
    """

    def __init__(self, tokenizer: Tokenizer | dict, **kwargs: Any):
        super().__init__(**kwargs)
        self.tokenizer = tokenizer_from_config(tokenizer) if isinstance(tokenizer, dict) else tokenizer
        self.start, self.end = (self.tokenizer.id_of(token) for token in (START, END))
        self._never = (0, self.start)  # what is never written: the unknown token, the start
        self._programs: dict[str, Any] = {}

    def _make_writer(self, decoder: AttentiveDecoder, width: int, tied: bool, dropout: float) -> None:
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

    def _vectors(self, embed: keras.layers.Embedding, tokens: Any, training: bool = False) -> Any:
        """x: the tokens' vectors at a scale of 1, where the matrix itself suits the output layer."""
        return self.drop(embed(tokens) * self.width**0.5, training=training)

    def _logits(self, outputs: Any) -> Any:
        if self.head is not None:
            return by_rows(self.head, outputs)
        vectors = ops.cast(ops.transpose(self.embed.embeddings), outputs.dtype)
        bias = ops.cast(self.head_bias, outputs.dtype)
        return by_rows(lambda rows: ops.matmul(rows, vectors) + bias, outputs)

    # ----------------------------------------------------------------------------------------------- writing

    def _told(self, forced: list) -> tuple[tuple | None, list]:
        """What `AttentiveDecoder.step` is to look at in this step, and the entry for the next one."""
        if not forced:
            return None, []
        number, at, told = forced[0]
        return (ops.equal(number, at), told), [[number + 1, at, told]]

    def _forcing(self, at: int, place: int, places: int) -> list:
        """The third entry of `states`: in step `at` the one row looks at `place`."""
        told = np.zeros((1, places), dtype=np.float32)
        told[0, place] = 1.0
        return tensors(np.zeros(1, np.int32), np.full(1, at, np.int32), told)

    def following(self, logits: Any) -> Any:
        """log p (..., V) of the next token, as decoding has it: of what is never written it is −1e30."""
        never = np.isin(np.arange(len(self.tokenizer)), self._never)
        return ops.log_softmax(ops.where(never, -1e30, ops.cast(logits, "float32")), axis=-1)

    def _program(self, name: str, function: Any) -> Any:
        """`function` compiled, once."""
        if not self.built:
            self.build()
        if name not in self._programs:
            self._programs[name] = compiled(function, [self])
        return self._programs[name]

    def _decoder(self) -> Decoder:
        if "decoder" not in self._programs:
            self._programs["decoder"] = Decoder(self.step, [self], end_token=self.end, forbidden=self._never)
        return self._programs["decoder"]


def token_vectors(size: int, width: int, name: str) -> keras.layers.Embedding:
    """E (V, D), started so that it also suits the output layer."""
    start = keras.initializers.RandomNormal(stddev=width**-0.5)
    return keras.layers.Embedding(size, width, embeddings_initializer=start, name=name)


def remembered(memory: list) -> Memory | None:
    """A memory from the list that it is in `states`."""
    return Memory(*memory) if memory else None


def tensors(*arrays: np.ndarray) -> list:
    """NumPy arrays as the backend's."""
    return [ops.convert_to_tensor(array) for array in arrays]
