"""The decoder against NumPy: greedy, sampling, beams, streams, and what it compiles."""

import functools
import itertools

import keras
import numpy as np
import pytest
from keras import ops

from rnn_models.decoding.decoder import CAPACITY, Beam, Decoder, Greedy, Sample
from rnn_models.decoding.results import GeneratedText

VOCABULARY, UNITS, END = 7, 5, 0
compiling = pytest.mark.skipif(keras.backend.backend() == "torch", reason="PyTorch runs step by step")


class TinyRNN:
    """h' = tanh(W[token] + h U), logits = h' O: the same in NumPy and on the backend; counts its traces.

    `memory` scales U: where its norm is below 1, what float32 rounds off is forgotten and does not grow with the steps.
    """

    def __init__(self, seed=0, vocabulary=VOCABULARY, scale=2.0, end_bias=0.0, memory=1.0):
        rng = np.random.default_rng(seed)
        self.w, self.u, self.o = (
            rng.normal(size=shape).astype("float32")
            for shape in [(vocabulary, UNITS), (UNITS, UNITS), (UNITS, vocabulary)]
        )
        self.o *= scale
        self.u *= memory
        self.bias = np.zeros(vocabulary, dtype="float32")
        self.bias[END] = end_bias
        self.traces = 0

    def step(self, tokens, states):
        self.traces += 1
        (h,) = states
        h = ops.tanh(ops.take(ops.convert_to_tensor(self.w), tokens, axis=0) + ops.matmul(h, self.u))
        return ops.matmul(h, self.o) + self.bias, [h]

    def numpy_step(self, tokens, h):
        h = np.tanh(self.w[tokens] + h @ self.u)
        return h @ self.o + self.bias, h

    def states(self, batch):
        return [np.zeros((batch, UNITS), dtype="float32")]


@functools.cache
def decoder_of(model_options: tuple = (), decoder_options: tuple = ()):
    """A model and its decoder, compiled once for all tests that want them."""
    model = TinyRNN(**dict(model_options))
    return model, Decoder(model.step, **dict(decoder_options))


def log_softmax(logits):
    logits = logits - logits.max(axis=-1, keepdims=True)
    return logits - np.log(np.exp(logits).sum(axis=-1, keepdims=True))


def kept_probabilities(logits, temperature=1.0, top_k=None, top_p=None):
    """The definition, token by token, in float64."""
    p = np.exp(log_softmax(np.asarray(logits, dtype=float) / temperature))
    if top_k is not None:
        p = np.where([(p > q).sum() < top_k for q in p], p, 0)
        p /= p.sum()
    if top_p is not None:
        p = np.where([p[p > q].sum() < top_p and q > 0 for q in p], p, 0)
        p /= p.sum()
    return p


def numpy_decode(model, tokens, length, temperature=1.0, top_k=None, top_p=None, seed=0):
    """The sampler by its definition, row by row: tokens (B, T) and the model's log-probabilities."""
    rows = []
    for row, token in enumerate(tokens):
        uniform = np.random.Generator(np.random.PCG64(seed).jumped(row) if row else np.random.PCG64(seed))
        h, chosen = np.zeros((1, UNITS)), []
        for _ in range(length):
            logits, h = model.numpy_step(np.asarray([token]), h)
            below = np.cumsum(kept_probabilities(logits[0], temperature, top_k, top_p))
            token = int(np.argmax(below > uniform.random(dtype=np.float32) * below[-1]))
            chosen.append((token, log_softmax(logits[0])[token]))
        rows.append(chosen)
    result = np.asarray(rows)
    return result[..., 0].astype(int), result[..., 1]


def constant(logits, end_token=None, **options):
    """A decoder whose every step gives the same logits."""
    logits = np.asarray(logits, dtype="float32")

    def step(tokens, states):
        return ops.broadcast_to(ops.convert_to_tensor(logits), (tokens.shape[0], len(logits))), states

    return Decoder(step, end_token=end_token, **options)


def draws(decoder, strategy, count=10_000, batch=100):
    start = np.zeros(batch, dtype=int)
    return decoder.generate(start, [], strategy, count // batch).tokens.ravel()


# ------------------------------------------------------------------------------------------------- sampling


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"temperature": 0.5},
        {"temperature": 3.0, "top_k": 3},
        {"top_k": 1},
        {"top_p": 0.8},
        {"top_p": 1e-9},
        {"temperature": 1.4, "top_k": 5, "top_p": 0.6},
        {"top_k": VOCABULARY, "top_p": 1.0},
        {"top_k": 1000},
    ],
)
def test_sampling_is_the_definition(options):
    """Same tokens as NumPy, and so the same on every backend."""
    model, decoder = decoder_of((("scale", 1.0), ("memory", 0.2)))
    assert np.linalg.norm(model.u, 2) < 1
    result = decoder.generate([1, 2, 3], model.states(3), Sample(seed=5, **options), 80)
    tokens, log_probs = numpy_decode(model, [1, 2, 3], 80, seed=5, **options)
    np.testing.assert_array_equal(result.tokens, tokens)
    np.testing.assert_allclose(result.log_probs, log_probs, atol=2e-5)
    assert result.tokens.dtype == np.int32
    assert result.lengths.tolist() == [80, 80, 80]


def test_seed_1_gives_these_tokens_on_every_backend():
    model = TinyRNN(seed=3, scale=1.0)
    result = Decoder(model.step).generate([1], model.states(1), Sample(seed=1), 24)
    expected = [4, 5, 5, 5, 3, 1, 6, 5, 0, 1, 6, 0, 1, 4, 0, 1, 6, 0, 1, 0, 1, 4, 5, 5]
    assert result.tokens[0].tolist() == expected


def test_draws_follow_softmax_by_chi_squared():
    logits = np.array([2.0, 1.0, 0.5, 0.0, 0.0, -0.5, -1.0, -1.0, -2.0, -3.0])
    decoder = constant(logits)
    for temperature in (0.7, 1.0, 2.0):
        counts = np.bincount(draws(decoder, Sample(temperature, seed=11)), minlength=10)
        expected = 10_000 * np.exp(log_softmax(logits / temperature))
        # 99.9 % of such sums stay below 27.88 (nine degrees of freedom).
        assert ((counts - expected) ** 2 / expected).sum() < 27.88


def test_entropy_grows_with_temperature():
    decoder = constant([2.0, 1.0, 0.0, -1.0, -2.0])
    entropies = []
    for temperature in (0.1, 0.3, 0.6, 1.0, 2.0, 10.0):
        p = np.bincount(draws(decoder, Sample(temperature, seed=2)), minlength=5) / 10_000
        entropies.append(-(p * np.log(np.maximum(p, 1e-12))).sum())
    assert (np.diff(entropies) > 0.01).all()
    assert entropies[-1] == pytest.approx(np.log(5), abs=0.02)


@pytest.mark.parametrize("temperature", [0.0, 1e-30, 1e-6, 1e-3])
def test_cold_sampling_is_argmax(temperature):
    model, decoder = decoder_of()
    cold = decoder.generate([1, 2], model.states(2), Sample(temperature, seed=4), 50)
    greedy = decoder.generate([1, 2], model.states(2), Greedy(), 50)
    np.testing.assert_array_equal(cold.tokens, greedy.tokens)
    np.testing.assert_array_equal(cold.log_probs, greedy.log_probs)
    tokens, h = np.array([1, 2]), np.zeros((2, UNITS))
    for t in range(50):
        logits, h = model.numpy_step(tokens, h)
        tokens = logits.argmax(axis=-1)
        np.testing.assert_array_equal(greedy.tokens[:, t], tokens)


@pytest.mark.parametrize(
    ("options", "support"),
    [
        ({"top_k": 2}, {0, 1, 2}),  # 1 and 2 are equally likely: both stay
        ({"top_k": 4}, {0, 1, 2, 3}),
        ({"top_p": 0.3}, {0}),
        ({"top_p": 0.6}, {0, 1, 2}),
        ({"top_k": 4, "top_p": 0.999}, {0, 1, 2, 3}),
    ],
)
def test_what_top_k_and_top_p_keep(options, support):
    p = np.array([0.4, 0.2, 0.2, 0.15, 0.05])
    assert set(draws(constant(np.log(p)), Sample(seed=1, **options))) == support


def test_probability_zero_is_never_drawn():
    decoder = constant([0.0, -1e4, 0.0, -np.inf, -1e9], forbidden=(2,))
    assert set(draws(decoder, Sample(temperature=1.0, seed=0))) == {0}
    assert set(draws(decoder, Sample(temperature=1e6, seed=0))) == {0, 1}
    assert set(draws(decoder, Sample(temperature=1e6, top_k=2, seed=0))) == {0, 1}


def test_large_vocabulary():
    logits = np.random.default_rng(0).normal(size=10_000)
    decoder = constant(logits, candidates=3)
    result = decoder.generate([0], [], Sample(top_p=0.9, top_k=500, seed=1), 200)
    assert (kept_probabilities(logits, 1.0, 500, 0.9)[result.tokens] > 0).all()
    np.testing.assert_array_equal(result.candidates.ids[0, 0], np.argsort(-logits)[:3])


def test_no_seed_is_a_new_seed():
    decoder = constant(np.zeros(50))
    first, second = (decoder.generate([0], [], Sample(), 40).tokens for _ in range(2))
    assert (first != second).any()


# -------------------------------------------------------------------------------------- rows, ends, streams


def test_rows_are_independent():
    """A row does not know what stands beside it: not in its numbers, its states or its end."""
    model = TinyRNN(seed=1, end_bias=-1.0)
    decoder = Decoder(model.step, end_token=END)
    several = decoder.generate([1, 2, 3, 4], model.states(4), Sample(seed=7), 60)
    two = decoder.generate([1, 2], model.states(2), Sample(seed=7), 60)
    one = decoder.generate([1], model.states(1), Sample(seed=7), 60)
    for fewer in (two, one):
        for row, length in enumerate(fewer.lengths):
            assert length == several.lengths[row]
            np.testing.assert_array_equal(fewer.tokens[row, :length], several.tokens[row, :length])
    assert (several.tokens[0] != several.tokens[1]).any()


def test_end_token_stops_a_row_and_then_the_loop():
    model = TinyRNN(seed=1)
    decoder = Decoder(model.step, end_token=END, candidates=2)
    result = decoder.generate([1, 2, 3], model.states(3), Sample(seed=3), 1000)
    expected, log_probs = numpy_decode(model, [1, 2, 3], result.tokens.shape[1], seed=3)
    lengths = [row.tolist().index(END) for row in expected]
    assert result.lengths.tolist() == lengths
    assert len(set(lengths)) > 1
    assert result.tokens.shape == (3, max(lengths) + 1)
    assert result.candidates.ids.shape == (3, max(lengths) + 1, 2)
    for row, length in enumerate(lengths):
        np.testing.assert_array_equal(result.tokens[row, :length], expected[row, :length])
        assert (result.tokens[row, length:] == END).all()
        np.testing.assert_allclose(result.log_probs[row, : length + 1], log_probs[row, : length + 1], atol=2e-5)
        assert (result.log_probs[row, length + 1 :] == 0).all()


def test_lengths_without_an_end_in_sight():
    model = TinyRNN(end_bias=-100.0)
    result = Decoder(model.step, end_token=END).generate([1], model.states(1), Sample(seed=3), 9)
    assert result.lengths.tolist() == [9]
    assert result.tokens.shape == (1, 9)


@pytest.mark.parametrize("piece", [1, 3, 16, 10_000])
@pytest.mark.parametrize("end_bias", [-100.0, -5.0])
def test_stream_is_generate_in_pieces(piece, end_bias):
    length = 40 if piece == 1 else CAPACITY + 20
    options = (("scale", 1.0), ("end_bias", end_bias))
    model, decoder = decoder_of(options, (("end_token", END), ("candidates", 2)))
    start = [1, 2], model.states(2), Sample(temperature=0.9, top_p=0.95, seed=8), length
    whole, pieces = decoder.generate(*start), list(decoder.stream(*start, piece=piece))
    for name in ("tokens", "log_probs"):
        joined = np.concatenate([getattr(part, name) for part in pieces], axis=1)
        np.testing.assert_array_equal(joined, getattr(whole, name))
    joined = np.concatenate([part.candidates.ids for part in pieces], axis=1)
    np.testing.assert_array_equal(joined, whole.candidates.ids)
    np.testing.assert_array_equal(sum(part.lengths for part in pieces), whole.lengths)
    assert all(part.tokens.shape[1] <= piece for part in pieces)


def test_streams_do_not_disturb_each_other():
    model = TinyRNN(scale=1.0)
    decoder = Decoder(model.step)
    starts = [([1], model.states(1), Sample(seed=seed), 30) for seed in (1, 2)]
    alone = [decoder.generate(*start).tokens for start in starts]
    pairs = list(zip(*(decoder.stream(*start, piece=4) for start in starts), strict=True))
    for stream, expected in zip(zip(*pairs, strict=True), alone, strict=True):
        np.testing.assert_array_equal(np.concatenate([part.tokens for part in stream], axis=1), expected)


# --------------------------------------------------------------------------------------------- what is told


def test_log_probs_and_candidates_are_the_models_own():
    """Whatever temperature and cuts: the page shows what the model believes."""
    p = np.array([0.1, 0.5, 0.15, 0.25])
    decoder = constant(np.log(p), candidates=3)
    result = decoder.generate([0], [], Sample(temperature=0.3, top_k=2, seed=0), 20)
    np.testing.assert_allclose(np.exp(result.log_probs[0]), p[result.tokens[0]], rtol=1e-5)
    assert (result.candidates.ids == [1, 3, 2]).all()
    np.testing.assert_allclose(result.candidates.probabilities[0], np.tile([0.5, 0.25, 0.15], (20, 1)), rtol=1e-5)


def test_forbidden_tokens_are_outside_the_distribution():
    p = np.array([0.5, 0.3, 0.2])
    result = constant(np.log(p), forbidden=(0,), candidates=2).generate([0], [], Greedy(), 3)
    assert (result.tokens == 1).all()
    np.testing.assert_allclose(result.candidates.probabilities[0, 0], [0.6, 0.4], rtol=1e-5)


def with_extras(model):
    def step(tokens, states):
        logits, states = model.step(tokens, states)
        return logits, states, {"state": states[0], "twice": [2 * ops.cast(tokens, "float32")]}

    return step


def test_extras_are_stacked_over_time():
    model = TinyRNN(scale=1.0)
    result = Decoder(with_extras(model)).generate([1, 2], model.states(2), Sample(seed=1), 12)
    tokens = np.concatenate([[[1], [2]], result.tokens[:, :-1]], axis=1)
    np.testing.assert_array_equal(result.extras["twice"][0], 2 * tokens)
    h = np.zeros((2, UNITS))
    for t in range(12):
        _, h = model.numpy_step(tokens[:, t], h)
        np.testing.assert_allclose(result.extras["state"][:, t], h, atol=1e-5)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_narrow_states_keep_their_type(dtype):
    def step(tokens, states):
        h = ops.tanh(ops.cast(states["h"], "float32") + ops.cast(tokens[:, None], "float32"))
        return ops.cast(ops.concatenate([h, -h], axis=-1), dtype), {"h": h, "kept": (states["kept"][0] + 1,)}

    states = {"h": ops.zeros((2, 1), dtype=dtype), "kept": (ops.zeros((2,), dtype="int32"),)}
    result = Decoder(step).generate([0, 1], states, Greedy(), 5)
    assert result.tokens.shape == (2, 5)
    assert np.isfinite(result.log_probs).all()


# ---------------------------------------------------------------------------------------------- beam search


def brute_force(model, start, length, length_penalty, end_token=END):
    """Every sequence that ends, or has `length` tokens: (score, tokens before the end), best first."""
    vocabulary, found = len(model.bias), []
    for tokens in itertools.product(range(vocabulary), repeat=length):
        if end_token in tokens:
            first = tokens.index(end_token)
            if any(token != end_token for token in tokens[first:]):
                continue  # the same sequence as the one filled up with end tokens
            tokens = tokens[: first + 1]
        h, total = np.zeros((1, UNITS)), 0.0
        for before, token in zip((start, *tokens), tokens, strict=False):
            logits, h = model.numpy_step(np.asarray([before]), h)
            total += log_softmax(logits[0])[token]
        score = total / ((5 + len(tokens)) / 6) ** length_penalty
        found.append((score, tuple(token for token in tokens if token != end_token)))
    return sorted(found, reverse=True)


@pytest.mark.parametrize("length_penalty", [0.0, 0.6, 2.0])
@pytest.mark.parametrize("seed", [0, 1])
def test_wide_beam_is_brute_force(seed, length_penalty):
    options = (("seed", seed), ("vocabulary", 3), ("scale", 1.0))
    model, decoder = decoder_of(options, (("end_token", END),))
    result = decoder.generate([1, 2], model.states(2), Beam(3**4, length_penalty), 4)
    for row, start in enumerate((1, 2)):
        expected = brute_force(model, start, 4, length_penalty)
        tokens, lengths, _, scores = (array[row] for array in result.hypotheses)
        np.testing.assert_allclose(scores[: len(expected)], [score for score, _ in expected], atol=1e-4)
        assert (scores[len(expected) :] == -np.inf).all()
        found = [tuple(tokens[w, : lengths[w]].tolist()) for w in range(len(expected))]
        assert found[0] == expected[0][1]
        assert set(found) == {tokens for _, tokens in expected}


@pytest.mark.parametrize("end_bias", [-100.0, 0.0])
def test_beam_of_one_is_greedy(end_bias):
    for seed in range(2):
        model = TinyRNN(seed, end_bias=end_bias)
        decoder = Decoder(model.step, end_token=END)
        beam = decoder.generate([1, 2, 3], model.states(3), Beam(1), 30)
        greedy = decoder.generate([1, 2, 3], model.states(3), Greedy(), 30)
        np.testing.assert_array_equal(beam.tokens, greedy.tokens)
        np.testing.assert_array_equal(beam.lengths, greedy.lengths)
        np.testing.assert_allclose(beam.log_probs, greedy.log_probs, atol=1e-5)


def test_beam_finds_what_greedy_misses():
    """The best first token leads nowhere: 0.55 · 0.4 < 0.45 · 1."""
    table = np.log([[0.55, 0.45, 1e-9], [1e-9, 1e-9, 1.0], [0.3, 0.3, 0.4]], dtype="float32")

    def step(tokens, states):
        first = ops.equal(states[0], 0)[:, None]
        after = ops.where(ops.equal(tokens, 1)[:, None], table[1], table[2])
        return ops.where(first, table[0], after), [states[0] + 1]

    decoder, states = Decoder(step), [np.zeros(1, dtype="int32")]
    assert decoder.generate([0], states, Greedy(), 2).tokens[0].tolist() == [0, 2]
    best = decoder.generate([0], states, Beam(2), 2)
    assert best.tokens[0].tolist() == [1, 2]
    assert best.hypotheses.scores[0, 0] == pytest.approx(np.log(0.45), abs=1e-4)


def test_beam_traces_tokens_log_probs_states_and_extras_back():
    """Every hypothesis, run again by itself, gives the numbers that the beam reported."""
    model = TinyRNN(seed=4, scale=1.0, end_bias=-2.0)
    decoder = Decoder(with_extras(model), end_token=END)
    result = decoder.generate([1, 2], model.states(2), Beam(4, 0.6), CAPACITY + 9)
    tokens, lengths, log_probs, scores = result.hypotheses
    assert tokens.shape == (2, 4, result.tokens.shape[1])
    assert (np.diff(scores, axis=1) <= 0).all()
    np.testing.assert_array_equal(tokens[:, 0], result.tokens)
    for row, start in enumerate((1, 2)):
        for beam in range(4):
            steps = min(lengths[row, beam] + 1, tokens.shape[2])
            h, before, total = np.zeros((1, UNITS)), start, 0.0
            for t in range(steps):
                logits, h = model.numpy_step(np.asarray([before]), h)
                before = tokens[row, beam, t]
                gained = log_softmax(logits[0])[before]
                total += gained
                assert log_probs[row, beam, t] == pytest.approx(gained, abs=1e-4)
                if beam == 0:
                    np.testing.assert_allclose(result.extras["state"][row, t], h[0], atol=1e-4)
            assert scores[row, beam] == pytest.approx(total / ((5 + steps) / 6) ** 0.6, rel=1e-4)


def test_length_penalty_favours_longer_sequences():
    model = TinyRNN(seed=1, scale=0.5)
    decoder = Decoder(model.step, end_token=END)
    lengths = [decoder.generate([1], model.states(1), Beam(50, penalty), 12).lengths[0] for penalty in (0.0, 1.0, 3.0)]
    assert lengths == sorted(lengths)
    assert lengths[0] < lengths[-1]


def test_beam_stops_when_all_have_ended():
    decoder = constant(np.log([0.9, 0.05, 0.05]), end_token=END)
    result = decoder.generate([1], [], Beam(3), 1000)
    assert result.tokens.shape[1] < 10
    assert result.lengths.tolist() == [0]


# ------------------------------------------------------------------------------------------------ compiling


@compiling
def test_only_shapes_are_compiled():
    model = TinyRNN(end_bias=-3.0)
    decoder = Decoder(model.step, end_token=END)
    decoder.generate([1], model.states(1), Sample(seed=0), 10)
    decoder.generate([1], model.states(1), Beam(3), 10)
    traces = model.traces
    for strategy in (
        Sample(seed=9),
        Sample(0.1),
        Sample(2.0, top_k=3),
        Sample(top_p=0.5),
        Sample(1.0, 2, 0.4, 3),
        Sample(0.0),
        Greedy(),
        Beam(3, 0.9),
    ):
        for prompt, length in ((2, 10), (3, 77), (1, CAPACITY + 1)):
            states = [np.random.default_rng(prompt).normal(size=(1, UNITS)).astype("float32")]
            decoder.generate([prompt], states, strategy, length)
            if not isinstance(strategy, Beam):
                list(decoder.stream(np.array([prompt]), states, strategy, 20, piece=prompt))
    assert model.traces == traces
    decoder.generate([1, 2], model.states(2), Greedy(), 10)
    assert model.traces > traces  # the counter does count


def test_new_weights_are_used_at_once():
    layer = keras.layers.Dense(VOCABULARY)
    layer.build((None, VOCABULARY))
    traces, counts = [], []

    def step(tokens, states):
        traces.append(1)
        return layer(ops.one_hot(tokens, VOCABULARY)), states

    decoder = Decoder(step, layers=[layer])
    for shift in (1, 2, 3):
        layer.set_weights([10 * np.roll(np.eye(VOCABULARY), shift, axis=1), np.zeros(VOCABULARY)])
        result = decoder.generate([0], [], Greedy(), 5)
        assert result.tokens[0].tolist() == [(shift * n) % VOCABULARY for n in range(1, 6)]
        counts.append(len(traces))
    if keras.backend.backend() != "torch":
        assert counts[0] == counts[-1]


# ------------------------------------------------------------------------------------------------ bad input


def tiny(tokens=(1,), strategy=None, max_length=3, states=None, **options):
    model = TinyRNN()
    decoder = Decoder(model.step, **options)
    states = model.states(len(tokens)) if states is None else states
    return decoder.generate(np.asarray(tokens), states, strategy or Greedy(), max_length)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Sample(temperature=-1), "temperature=-1"),
        (lambda: Sample(temperature=float("nan")), "temperature=nan"),
        (lambda: Sample(temperature="hot"), "temperature='hot'"),
        (lambda: Sample(top_k=0), "top_k is 0"),
        (lambda: Sample(top_k=2.5), "top_k is 2.5"),
        (lambda: Sample(top_p=0), "top_p=0"),
        (lambda: Sample(top_p=1.1), "top_p=1.1"),
        (lambda: Sample(seed=-1), "seed=-1"),
        (lambda: Sample(seed=True), "seed=True"),
        (lambda: Beam(0), "width is 0"),
        (lambda: Beam(3, -0.1), "length_penalty=-0.1"),
        (lambda: tiny(max_length=0), "max_length is 0"),
        (lambda: tiny(tokens=[[1]]), r"tokens of shape \(1, 1\)"),
        (lambda: tiny(tokens=[0.5]), "one integer a row"),
        (lambda: tiny(tokens=[]), r"tokens of shape \(0,\)"),
        (lambda: tiny(states=[np.zeros((2, UNITS))]), "for a batch of 1"),
        (lambda: tiny(strategy="greedy"), "strategy='greedy'"),
        (lambda: tiny(end_token=7), "over 7 tokens"),
        (lambda: tiny(forbidden=(9,)), "over 7 tokens"),
        (lambda: tiny(candidates=8), "over 7 tokens"),
        (lambda: tiny(candidates=-1), "candidates=-1"),
        (lambda: tiny(end_token=1, forbidden=(1,)), "among the forbidden"),
        (lambda: tiny(end_token=-1), "token -1"),
        (lambda: constant([np.nan, 1.0]).generate([0], [], Greedy(), 2), "not numbers"),
        (lambda: constant([np.nan, 1.0]).generate([0], [], Beam(2), 2), "not numbers"),
        (lambda: constant([0.0]).stream([0], [], Beam(2), 5), "no stream"),
        (lambda: constant([0.0]).stream([0], [], Greedy(), 5, piece=0), "piece is 0"),
        (
            lambda: Decoder(lambda t, s: (t, s)).generate([0], [], Greedy(), 2),
            r"expected \(batch, vocabulary\)",
        ),
    ],
)
def test_bad_input_is_explained(make, words):
    with pytest.raises(ValueError, match=words):
        make()


# ------------------------------------------------------------------------------------------- texts with their numbers


def test_a_generated_text_has_the_numbers_of_its_tokens():
    log_probs = np.log(np.array([0.5, 0.25, 1.0], "float32"))
    attention = np.array([[1, 0, 0, 0], [0.25] * 4, [0.5, 0.5, 0, 0]], "float32")
    found = GeneratedText(
        text="a b", tokens=["a", "b", "</s>"], log_probs=log_probs, search_score=-1.0, attention=attention
    )
    np.testing.assert_allclose(found.probabilities, [0.5, 0.25, 1], rtol=1e-6)
    assert found.log_prob == pytest.approx(np.log(0.125))
    assert found.mean_nll == pytest.approx(-np.log(0.125) / 3)
    assert found.score(0) == found.log_prob
    assert found.score(1.0) == pytest.approx(found.log_prob * 6 / 8)
    np.testing.assert_allclose(found.attention_entropy, [0, 2, 1], atol=1e-6)
