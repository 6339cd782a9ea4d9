"""From a model that gives the next token's distribution to the tokens themselves.

One compiled loop serves every model that emits tokens. The strategy says how the next token is chosen:

    Greedy()                                       the likeliest
    Sample(temperature, top_k, top_p, seed)        drawn at random
    Beam(width, length_penalty)                    the likeliest sequence, among `width` kept at a time
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from keras import ops, tree

from rnn_models.backend import compiled
from rnn_models.checks import check_count, is_integer
from rnn_models.decoding.results import Candidates, Decoded, Hypotheses, check_finite, joined, lengths_of, traced_back
from rnn_models.decoding.strategies import Beam, Greedy, Sample

# Steps in one run of the compiled loop. Longer texts take several runs: the length is never compiled in.
CAPACITY = 256

# The logit of what must not be chosen: finite, so that sums and differences of it stay numbers.
_NEVER = -1e30

Strategy = Greedy | Sample | Beam

__all__ = [
    "CAPACITY",
    "Beam",
    "Candidates",
    "Decoded",
    "Decoder",
    "Greedy",
    "Hypotheses",
    "Sample",
    "Strategy",
]


class Decoder:
    """Turns a model's step into a decoder that runs as one compiled loop.

    Args:
        step: `step(tokens (B,) int32, states) -> (logits (B, V), states)`, written on `keras.ops`; a third
            item, any nest of arrays with the batch first, is collected over time as `extras`. `states` is a
            nest of arrays with the batch first, of the same shapes before and after.
        layers: the layers whose variables `step` reads.
        end_token: the token that ends a row; None: rows go on to `max_length`.
        forbidden: tokens that are never chosen (padding, the unknown token, the start token).
        candidates: how many of the likeliest tokens to report at every step.

    The loop is compiled once for every batch size and width of beam: prompt, length, size of a piece, seed,
    temperature, top_k, top_p and length penalty are data.
    """

    def __init__(
        self,
        step: Callable,
        layers: Sequence = (),
        end_token: int | None = None,
        forbidden: Sequence[int] = (),
        candidates: int = 0,
    ):
        forbidden = tuple(forbidden)
        for token in forbidden if end_token is None else (end_token, *forbidden):
            if not (is_integer(token) and token >= 0):
                raise ValueError(f"token {token!r} in end_token or forbidden; expected an id of 0 or more.")
        if end_token in forbidden:
            raise ValueError(f"end_token={end_token} is among the forbidden tokens {forbidden}; take it out.")
        if not (is_integer(candidates) and candidates >= 0):
            raise ValueError(f"candidates={candidates!r}; expected how many to report, 0 or more.")
        self._model_step = step
        self._end_token = end_token
        self._forbidden = forbidden
        self._candidates = candidates
        self._sampling_loop = compiled(self._sampling, layers)
        self._beam_loop = compiled(self._beam, layers)

    def generate(self, tokens: Any, states: Any, strategy: Strategy, max_length: int) -> Decoded:
        """Decode up to `max_length` tokens a row, fewer when all rows have ended.

        Args:
            tokens: (B,) integers, the last token of each row that is already known; the step on it gives
                the first new distribution.
            states: the states before that step.
            strategy: `Greedy()`, `Sample(...)` or `Beam(...)`.
            max_length: the most tokens to decode.
        """
        if isinstance(strategy, Beam):
            return self._search(tokens, states, strategy, max_length)
        return joined(list(self.stream(tokens, states, strategy, max_length, piece=CAPACITY)))

    def stream(
        self, tokens: Any, states: Any, strategy: Strategy, max_length: int, piece: int = 16
    ) -> Iterator[Decoded]:
        """What `generate` gives, in pieces of at most `piece` steps (and at most 256); `lengths` counts
        within the piece. Not for `Beam`, which may change its mind about the beginning."""
        if not isinstance(strategy, Greedy | Sample):
            raise ValueError(f"strategy={strategy!r}; expected Greedy() or Sample(...). Beam has no stream.")
        check_count("piece", piece, advice="It is the number of steps between two results.")
        tokens, states = _checked(tokens, states, max_length)
        return self._pieces(tokens, states, strategy, max_length, min(piece, CAPACITY))

    def _pieces(
        self, tokens: Any, states: Any, strategy: Greedy | Sample, max_length: int, piece: int
    ) -> Iterator[Decoded]:
        batch = len(tokens)
        choice = _choice(strategy)
        draws = _uniform_numbers(strategy, batch)
        ended = np.zeros(batch, dtype=bool)
        while max_length > 0 and not ended.all():
            count = min(piece, max_length)
            uniforms = np.zeros((CAPACITY, batch), dtype=np.float32)
            uniforms[:count] = draws(count)
            before = ended
            steps, tokens, states, ended, given = self._sampling_loop(
                tokens, states, ended, uniforms, np.asarray(count, np.int32), *choice
            )
            steps, ended = int(steps), ops.convert_to_numpy(ended)
            given = tree.map_structure(lambda array, n=steps: _batch_first(array, n), given)
            yield self._decoded(*given, before)
            max_length -= steps

    def _decoded(self, tokens: Any, log_probs: Any, candidates: Any, extras: Any, before: Any) -> Decoded:
        check_finite(log_probs)
        return Decoded(
            tokens=tokens,
            lengths=lengths_of(tokens, self._end_token, before),
            log_probs=log_probs,
            candidates=Candidates(*candidates) if candidates else None,
            extras=extras[0] if extras else None,
        )

    # ------------------------------------------------------------------------------- inside the compiled loop

    def _step(self, tokens: Any, states: Any) -> tuple[Any, Any, list]:
        """One step of the model: float32 logits with the forbidden tokens out, states, [extras] or []."""
        logits, after, *extras = self._model_step(tokens, states)
        logits = ops.cast(logits, "float32")
        vocabulary = logits.shape[-1]
        if len(logits.shape) != 2:
            raise ValueError(f"step gave logits of shape {tuple(logits.shape)}; expected (batch, vocabulary).")
        largest = max((*self._forbidden, self._end_token or 0, self._candidates - 1))
        if largest >= vocabulary:
            raise ValueError(
                f"step gives logits over {vocabulary} tokens, but end_token={self._end_token}, "
                f"forbidden={self._forbidden}, candidates={self._candidates}; expected tokens below, and "
                f"at most as many candidates as, {vocabulary}."
            )
        if self._forbidden:
            out = np.isin(np.arange(vocabulary), self._forbidden)
            logits = ops.where(out, _NEVER, logits)
        # The loop's variables keep their types (mixed precision), and their kind of nest.
        pairs = zip(*map(tree.flatten, (after, states)), strict=True)
        after = [new if new is old else ops.cast(new, old.dtype) for new, old in pairs]
        return logits, tree.pack_sequence_as(states, after), extras[:1]

    def _sampling(self, *arguments: Any) -> tuple:
        tokens, states, ended, uniforms, count, *choice = _as_tensors(arguments)

        def body(i: Any, carry: list) -> tuple[list, list]:
            tokens, states, ended = carry
            logits, states, extras = self._step(tokens, states)
            log_probs = logits - ops.logsumexp(logits, axis=-1, keepdims=True)
            token = _chosen(logits, ops.take(uniforms, i, axis=0), *choice)
            log_prob = ops.squeeze(ops.take_along_axis(log_probs, token[:, None], axis=1), 1)
            if self._end_token is not None:
                token = ops.where(ended, self._end_token, token)
                log_prob = ops.where(ended, 0.0, log_prob)
                ended = ops.logical_or(ended, ops.equal(token, self._end_token))
            candidates = []
            if self._candidates:
                best, ids = ops.top_k(log_probs, self._candidates)
                candidates = [ops.cast(ids, "int32"), ops.exp(best)]
            return [token, states, ended], [token, log_prob, candidates, extras]

        def going(carry: list) -> Any:
            return ops.logical_not(ops.all(carry[2]))

        steps, carry, given = _repeat(body, [tokens, states, ended], count, going)
        return steps, *carry, given

    def _beam(self, *arguments: Any) -> tuple:
        # beams: tokens, totals (log p), lengths, ended, each (B, W); the states have B·W rows.
        beams, states, count, length_penalty = _as_tensors(arguments)

        def body(_: Any, carry: list) -> tuple[list, list]:
            beams, states = carry
            logits, after, extras = self._step(ops.reshape(beams[0], (-1,)), states)
            beams, parents, log_probs = self._extended(beams, logits, length_penalty)
            batch, width = parents.shape
            rows = ops.reshape(parents + width * ops.arange(batch, dtype="int32")[:, None], (-1,))
            # What every step hands on untouched (a source that is looked at) is the same in all beams of a row.
            states = tree.map_structure(
                lambda new, old: old if new is old else ops.take(new, rows, axis=0), after, states
            )
            return [beams, states], [beams[0], parents, log_probs, extras]

        def going(carry: list) -> Any:
            _, totals, _, ended = carry[0]
            return ops.logical_not(ops.all(ops.logical_or(ended, totals < _NEVER / 2)))

        steps, (beams, states), given = _repeat(body, [beams, states], count, going)
        return steps, beams, states, given

    def _extended(self, beams: list, logits: Any, length_penalty: Any) -> tuple[list, Any, Any]:
        """The best W among all continuations of the W hypotheses, and from which each of them comes."""
        _, totals, lengths, ended = beams
        batch, width = totals.shape
        vocabulary = logits.shape[-1]
        log_probs = ops.reshape(ops.log_softmax(logits, axis=-1), (batch, width, vocabulary))
        if self._end_token is not None:
            # What has ended goes on in one way only, at no cost.
            stay = np.where(np.arange(vocabulary) == self._end_token, 0.0, _NEVER).astype("float32")
            log_probs = ops.where(ended[..., None], stay, log_probs)
        lengths = lengths + ops.cast(ops.logical_not(ended), "int32")
        scores = (totals[..., None] + log_probs) / _penalty(lengths, length_penalty)[..., None]
        _, chosen = ops.top_k(ops.reshape(scores, (batch, -1)), width)
        chosen = ops.cast(chosen, "int32")
        parents, tokens = chosen // vocabulary, chosen % vocabulary
        log_probs = ops.take_along_axis(ops.reshape(log_probs, (batch, -1)), chosen, axis=1)
        totals, lengths = (ops.take_along_axis(array, parents, axis=1) for array in (totals, lengths))
        ended = ops.take_along_axis(ops.cast(ended, "int32"), parents, axis=1) > 0
        if self._end_token is not None:
            ended = ops.logical_or(ended, ops.equal(tokens, self._end_token))
        return [tokens, totals + log_probs, lengths, ended], parents, log_probs

    # ------------------------------------------------------------------------------------------- beam search

    def _search(self, tokens: Any, states: Any, strategy: Beam, max_length: int) -> Decoded:
        tokens, states = _checked(tokens, states, max_length)
        shape = (len(tokens), strategy.width)
        # All beams start alike: only the first counts, or they would stay alike.
        totals = np.full(shape, _NEVER, dtype=np.float32)
        totals[:, 0] = 0.0
        beams = [np.repeat(tokens[:, None], strategy.width, axis=1), totals]
        beams += [np.zeros(shape, dtype=np.int32), np.zeros(shape, dtype=bool)]
        states = tree.map_structure(lambda array: ops.repeat(array, strategy.width, axis=0), states)
        penalty = np.asarray(strategy.length_penalty, dtype=np.float32)
        pieces, left, steps, count = [], max_length, 0, 0
        while steps == count and left > 0:
            count = min(left, CAPACITY)
            steps, beams, states, given = self._beam_loop(beams, states, np.asarray(count, np.int32), penalty)
            steps = int(steps)
            pieces.append(tree.map_structure(lambda array, n=steps: ops.convert_to_numpy(array)[:n], given))
            left -= steps
        given = tree.map_structure(lambda *arrays: np.concatenate(arrays), *pieces)
        beams = [ops.convert_to_numpy(array) for array in beams]
        exist = ~(beams[1] < _NEVER / 2)
        return traced_back(*given, *beams[1:], exist, strategy.length_penalty)


def _as_tensors(arguments: tuple) -> list:
    return tree.map_structure(ops.convert_to_tensor, list(arguments))


def _repeat(body: Callable, carry: list, count: Any, going: Callable) -> tuple[Any, list, list]:
    """`carry, given = body(i, carry)`, `count` times or until not `going(carry)`.

    Returns the number of times, the last carry, and all `given` stacked (the rest of `CAPACITY` is zero).
    """
    _, example = body(ops.convert_to_tensor(0, "int32"), carry)  # for its shapes; compilers leave it out
    stacks = tree.map_structure(lambda array: ops.zeros((CAPACITY, *array.shape), array.dtype), example)

    def once(i: Any, carry: list, stacks: list) -> tuple:
        carry, given = body(i, carry)
        stacks = tree.map_structure(
            lambda stack, array: ops.slice_update(stack, [i] + [0] * len(array.shape), array[None]),
            stacks,
            given,
        )
        return i + 1, carry, stacks

    def more(i: Any, carry: list, stacks: list) -> Any:
        return ops.logical_and(i < count, going(carry))

    return ops.while_loop(more, once, (ops.convert_to_tensor(0, "int32"), carry, stacks))


def _chosen(logits: Any, uniform: Any, temperature: Any, top_k: Any, top_p: Any) -> Any:
    """The next tokens (B,) by inverting the distribution function at `uniform` (B,); int32."""
    vocabulary = logits.shape[-1]
    some_cut = ops.logical_or(top_k < vocabulary, top_p < 1.0)
    lowest = ops.cond(
        some_cut,
        lambda: _lowest_kept(logits, temperature, top_k, top_p),
        lambda: ops.full((logits.shape[0], 1), _NEVER / 2, dtype="float32"),
    )
    weights = ops.where(logits >= lowest, _weights(logits, temperature), 0.0)
    below = ops.cumsum(weights, axis=-1)
    # Strictly above, and of positive weight: rounding in the sum must not let in what was cut off.
    reached = ops.logical_and(below > uniform[:, None] * below[:, -1:], weights > 0)
    numbers = np.arange(vocabulary, dtype=np.int32)
    first = ops.min(ops.where(reached, numbers, vocabulary), axis=-1)
    last = ops.max(ops.where(weights > 0, numbers, 0), axis=-1)
    best = ops.cast(ops.argmax(logits, axis=-1), "int32")
    return ops.where(temperature > 0, ops.minimum(first, last), best)


def _weights(logits: Any, temperature: Any) -> Any:
    """exp(logits / temperature), up to a factor that makes the largest of each row 1."""
    return ops.exp((logits - ops.max(logits, axis=-1, keepdims=True)) / ops.maximum(temperature, 1e-30))


def _lowest_kept(logits: Any, temperature: Any, top_k: Any, top_p: Any) -> Any:
    """The smallest logit (B, 1) that `top_k` and `top_p` keep."""
    vocabulary = logits.shape[-1]
    falling = -ops.sort(-logits, axis=-1)
    kth = ops.take(falling, ops.minimum(top_k, vocabulary) - 1, axis=-1)[:, None]
    weights = ops.where(falling >= kth, _weights(falling, temperature), 0.0)
    likelier = ops.cumsum(weights, axis=-1) - weights
    kept = ops.logical_and(likelier < top_p * ops.sum(weights, axis=-1, keepdims=True), weights > 0)
    return ops.min(ops.where(kept, falling, -_NEVER), axis=-1, keepdims=True)


def _penalty(lengths: Any, length_penalty: Any) -> Any:
    return ops.power((5.0 + ops.cast(lengths, "float32")) / 6.0, length_penalty)


def _choice(strategy: Greedy | Sample) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Temperature, top_k and top_p as data; None becomes a value that cuts nothing off."""
    if isinstance(strategy, Greedy):
        strategy = Sample(temperature=0.0)
    top_k = np.iinfo(np.int32).max if strategy.top_k is None else strategy.top_k
    top_p = 1.0 if strategy.top_p is None else strategy.top_p
    return (
        np.asarray(strategy.temperature, np.float32),
        np.asarray(top_k, np.int32),
        np.asarray(top_p, np.float32),
    )


def _uniform_numbers(strategy: Greedy | Sample, batch: int) -> Callable[[int], np.ndarray]:
    """A function that gives the uniform numbers of the next n steps, (n, B)."""
    if isinstance(strategy, Greedy):
        return lambda n: np.zeros((n, batch), dtype=np.float32)
    source = np.random.PCG64(strategy.seed)
    rows = [np.random.Generator(source.jumped(row) if row else source) for row in range(batch)]
    return lambda n: np.stack([row.random(n, dtype=np.float32) for row in rows], axis=1)


def _batch_first(array: Any, steps: int) -> np.ndarray:
    return np.moveaxis(ops.convert_to_numpy(array)[:steps], 0, 1)


def _checked(tokens: Any, states: Any, max_length: int) -> tuple[np.ndarray, Any]:
    tokens = ops.convert_to_numpy(tokens)
    if tokens.ndim != 1 or not len(tokens) or not np.issubdtype(tokens.dtype, np.integer):
        raise ValueError(
            f"tokens of shape {tokens.shape} and type {tokens.dtype}; expected one integer a row, (batch,): "
            "the last token of each prompt."
        )
    check_count("max_length", max_length, advice="It is the most tokens to decode.")
    for array in tree.flatten(states):
        if not array.shape or array.shape[0] != len(tokens):
            raise ValueError(
                f"a state of shape {tuple(array.shape)} for a batch of {len(tokens)}; expected the batch as "
                "the first axis of every state."
            )
    return tokens.astype(np.int32), states
