"""The decoder that looks at a source at every step: against the oracle, and both of its ways to run."""

import contextlib

import keras
import numpy as np
import pytest
from keras import ops

from rnn_models import (
    AttentiveDecoder,
    BahdanauAttention,
    GRUCell,
    HardAttention,
    LSTMCell,
    LuongAttention,
    VanillaRNNCell,
)
from rnn_models.layers import attentive
from tests.support import oracles
from tests.support.gradients import (
    double_precision,
    finite_differences,
    numpy,
    slopes,
    uncompiled,
    value_and_gradients,
    weighed,
)
from tests.support.helpers import close, differ, normal, states_of

B, T, S, D, H, A, C, OUT = 3, 4, 5, 2, 4, 3, 6, 7
MASK = np.array([[1, 1, 1, 1, 1], [1, 1, 0, 0, 0], [0, 1, 0, 1, 0]], bool)

KINDS = {
    "bahdanau": (lambda **o: BahdanauAttention(A, **o), {"look": "before"}),
    "bahdanau_after": (lambda **o: BahdanauAttention(A, **o), {"look": "after", "input_feeding": True}),
    "general": (lambda **o: LuongAttention(H, **o), {"look": "after"}),
    "general_fed": (lambda **o: LuongAttention(H, **o), {"look": "after", "input_feeding": True}),
    "informed": (lambda **o: BahdanauAttention(A, **o), {"informed": True, "gate": True}),
    "gated": (lambda **o: BahdanauAttention(A, **o), {"gate": True}),
    "gated_after": (lambda **o: LuongAttention(H, **o), {"look": "after", "gate": True}),
    "hard": (lambda **o: HardAttention(A, **o), {"gate": True}),
    "no_readout": (lambda **o: BahdanauAttention(A, **o), {"units": None}),
    "none": (lambda **o: None, {"look": "after"}),
}
CELL_NAMES = ["lstm", "gru", "gru_reset_before", "vanilla"]
every_kind = pytest.mark.parametrize("kind", KINDS)
every_cell = pytest.mark.parametrize("cell", [LSTMCell, GRUCell])


def decoder_of(kind, cell=LSTMCell, **options):
    attention, looks = KINDS[kind]
    dtype = {"dtype": options.get("dtype")}
    layer = AttentiveDecoder(cell(H, **options), attention(**dtype), **{"units": OUT} | looks, **dtype)
    layer.build_for(D, C)
    for n, v in enumerate(layer.trainable_variables):
        v.assign(0.6 * normal(*v.shape, seed=20 + n))
    return layer


def parts(layer, dtype="float32"):
    """Inputs, first states, source."""
    x, source = normal(B, T, D, seed=1, dtype=dtype), normal(B, S, C, seed=2, dtype=dtype)
    states = states_of(layer.cell, B, dtype=dtype)
    if layer.input_feeding:
        states.append(normal(B, OUT, seed=9, dtype=dtype))
    return x, states, source


def oracle(layer, x, states, source, mask):
    """Outputs (B, T, O) and weights (B, T, S) in NumPy, row by row, as the equations say it."""
    step = oracles.step_of(layer.cell, {v.name: numpy(v).astype("float64") for v in layer.cell.trainable_weights})
    count, looks = layer.cell.state_count, layer.attention is not None
    outputs, seen = np.zeros((B, T, layer.output_width)), np.zeros((B, T, S))
    for row in range(B):
        now, fed = [s[row] for s in states[:count]], [s[row] for s in states[count:]]
        for t in range(T):
            context = []
            if looks and layer.look == "before":
                query = np.concatenate([now[0], x[row, t]]) if layer.informed else now[0]
                context, seen[row, t] = attend(layer, query, source[row], mask[row])
                fed = context
            now = step(np.concatenate([x[row, t], *fed]), now)
            if looks and layer.look == "after":
                context, seen[row, t] = attend(layer, now[0], source[row], mask[row])
            outputs[row, t] = read_out(layer, now[0], x[row, t], context)
            fed = [outputs[row, t]] if layer.input_feeding else []
    return outputs, seen if looks else None


def read_out(layer, h, x, context):
    if layer.readout is None:
        return h
    kernel, bias = (numpy(v).astype("float64") for v in (layer.readout.kernel, layer.readout.bias))
    return np.tanh(np.concatenate([h, x, *context]) @ kernel + bias)


def attend(layer, query, source, mask):
    """[context], weights of one row."""
    attention = layer.attention
    keys = source @ numpy(attention.key_projection.kernel)
    if isinstance(attention, BahdanauAttention):
        kernels = numpy(attention.score_vector), numpy(attention.query_projection.kernel)
        context, weights = (
            a[0] for a in oracles.attention(query[None], keys[None], source[None], *kernels, mask[None])
        )
    else:
        weights = np.zeros(len(mask))
        weights[mask] = oracles.softmax((keys @ query)[mask])
        context = weights @ source
    if isinstance(attention, HardAttention):
        context = source[weights.argmax()]
    if layer.gate:
        gate = layer.context_gate
        context = context * oracles.sigmoid(query @ numpy(gate.kernel)[:, 0] + numpy(gate.bias)[0])
    return [context], weights


@every_kind
@every_cell
def test_all_steps_are_those_of_the_oracle(kind, cell):
    layer = decoder_of(kind, cell)
    x, states, source = parts(layer)
    outputs, weights, _ = layer(x, states, layer.make_memory(source, MASK))
    expected = oracle(layer, x.astype("float64"), [s.astype("float64") for s in states], source, MASK)
    close(outputs, expected[0], 1e-5)
    if expected[1] is None:
        assert weights is None
    else:
        close(weights, expected[1], 1e-5)


@every_kind
@every_cell
def test_all_steps_at_once_are_one_step_after_the_other(kind, cell):
    layer = decoder_of(kind, cell)
    x, states, source = parts(layer)
    memory = layer.make_memory(source, MASK)
    outputs, weights, final = layer(x, states, memory)
    for t in range(T):
        output, seen, states = layer.step(x[:, t], states, memory)
        close(output, numpy(outputs)[:, t], 1e-5)
        if seen is not None:
            close(seen, numpy(weights)[:, t], 1e-5)
    close([*states], [*final], 1e-5)


@every_kind
def test_gradients_are_those_of_finite_differences(kind):
    with double_precision(), uncompiled():
        layer = decoder_of(kind, GRUCell, dtype="float64")
        x, states, source = parts(layer, "float64")
        arrays, variables = [x, source, *states], layer.trainable_variables
        factors = [normal(B, T, layer.output_width, seed=5, dtype="float64"), normal(B, T, S, seed=6, dtype="float64")]

        def loss(x, source, *states):
            outputs, weights, _ = layer(x, list(states), layer.make_memory(source, MASK))
            return weighed([outputs] if weights is None else [outputs, weights], factors[: 1 + (weights is not None)])

        def expected(x, source, *states):
            given = oracle(layer, x, states, source, MASK)
            return sum(
                (array * factor).sum() for array, factor in zip(given, factors, strict=True) if array is not None
            )

        value, d_arrays, d_weights = value_and_gradients(loss, arrays, variables)
        assert value == pytest.approx(expected(*arrays), abs=1e-9)
        close(slopes(d_arrays), finite_differences(expected, arrays), 1e-6)

        def with_weights(*weights):
            for v, weight in zip(variables, weights, strict=True):
                v.assign(weight)
            return expected(*arrays)

        close(slopes(d_weights), finite_differences(with_weights, [numpy(v) for v in variables]), 1e-6)


@pytest.mark.parametrize("recurrent_dropout", [0.0, 0.5])
@pytest.mark.parametrize("kind", ["bahdanau", "informed", "hard"])
@pytest.mark.parametrize(
    "cell", [LSTMCell, GRUCell, lambda h, **o: GRUCell(h, reset_after=False, **o), VanillaRNNCell], ids=CELL_NAMES
)
def test_the_pass_by_hand_is_that_of_the_backend(kind, cell, recurrent_dropout, monkeypatch):
    """Compiled for one kind of each cell; the numbers of the others need no program of their own (3 s each)."""
    layer = decoder_of(kind, cell, recurrent_dropout=recurrent_dropout)
    x, states, source = parts(layer)
    mask = recurrent_dropout and normal(B, H, seed=4)
    monkeypatch.setattr(layer.recurrence, "dropout_mask", lambda shape, rate: ops.convert_to_tensor(mask))
    noise = normal(B, T, S, seed=5) if kind == "hard" else None
    outputs = [normal(B, T, OUT, seed=6), normal(B, T, S, seed=7), *(normal(B, H, seed=8) for _ in states)]

    def loss(x, source, *states):
        memory = layer.make_memory(source, MASK)
        given, weights, after = layer(x, list(states), memory, noise=noise, training=True)
        return weighed([given, weights, *after], outputs)

    def run():
        return value_and_gradients(loss, [x, source, *states], layer.trainable_variables)

    with contextlib.nullcontext() if kind == "bahdanau" and not recurrent_dropout else uncompiled():
        by_hand = run()
    monkeypatch.setattr(attentive, "is_supported", lambda *known: False)
    with uncompiled():
        value, d_arrays, d_weights = run()
    assert by_hand[0] == pytest.approx(value, rel=1e-5)
    close(by_hand[1], d_arrays)
    close(by_hand[2], d_weights)


@pytest.mark.parametrize(
    ("kind", "options", "by_hand"),
    [
        ("bahdanau", {}, True),
        ("hard", {}, True),
        ("bahdanau", {"layer_norm": True}, False),
        ("bahdanau", {"dtype": "mixed_bfloat16"}, False),
        ("bahdanau_after", {}, False),
    ],
)
def test_the_pass_by_hand_is_taken_where_it_is_known(kind, options, by_hand, monkeypatch):
    layer = decoder_of(kind, **options)
    x, states, source = parts(layer)
    taken, own = [], attentive.backpropagated
    monkeypatch.setattr(attentive, "backpropagated", lambda *given: taken.append(given) or own(*given))
    layer(x, states, layer.make_memory(source, MASK))
    assert bool(taken) == by_hand


def test_another_cell_of_a_known_kind_runs_the_plain_loop():
    class Doubled(GRUCell):
        @staticmethod
        def advance(projected, states, w, variant):
            (h,), kept = GRUCell.advance(projected, states, w, variant)
            return [2 * h], kept

    layer, plain = decoder_of("bahdanau", Doubled), decoder_of("bahdanau", GRUCell)
    x, states, source = parts(layer)
    differ(*(one(x, states, one.make_memory(source, MASK))[0] for one in (layer, plain)))


@pytest.mark.parametrize("kind", ["bahdanau", "general", "general_fed"])
def test_padding_of_the_source_changes_nothing_and_weighs_nothing(kind):
    layer = decoder_of(kind)
    x, states, source = parts(layer)
    outputs, weights, _ = layer(x, states, layer.make_memory(source, MASK))
    other = np.where(MASK[..., None], source, 100.0).astype("float32")
    close(layer(x, states, layer.make_memory(other, MASK))[0], outputs, 1e-5)
    assert (numpy(weights)[~np.broadcast_to(MASK[:, None], weights.shape)] == 0).all()
    nothing = np.zeros_like(MASK)
    outputs, weights, _ = layer(x, states, layer.make_memory(source, nothing))
    assert np.isfinite(numpy(outputs)).all() and not numpy(weights).any()


def test_a_row_can_be_forced_to_look_somewhere():
    layer = decoder_of("bahdanau")
    x, states, source = parts(layer)
    memory = layer.make_memory(source, MASK)
    told = np.eye(S, dtype="float32")[[2, 0, 3]]
    free, _, _ = layer.step(x[:, 0], states, memory)
    output, weights, _ = layer.step(x[:, 0], states, memory, (np.array([True, False, True]), told))
    close(numpy(weights)[[0, 2]], told[[0, 2]], 1e-6)
    close(numpy(output)[1], numpy(free)[1], 1e-6)
    differ(numpy(output)[0], numpy(free)[0])


def test_hard_attention_takes_the_places_that_are_drawn_in_one_step_as_in_all():
    layer = decoder_of("hard")
    x, states, source = parts(layer)
    memory = layer.make_memory(source, MASK)
    noise = numpy(HardAttention.draw((B, T, S), seed=4))
    outputs, weights, _ = layer(x, states, memory, noise=noise)
    differ(outputs, layer(x, states, memory)[0])
    for t in range(T):
        output, seen, states = layer.step(x[:, t], states, memory, noise=noise[:, t])
        close(output, numpy(outputs)[:, t], 1e-5)
        close(seen, numpy(weights)[:, t], 1e-5)


def test_soft_attention_has_no_use_for_noise():
    layer = decoder_of("bahdanau")
    x, states, source = parts(layer)
    with pytest.raises(ValueError, match="noise is for HardAttention"):
        layer(x, states, layer.make_memory(source, MASK), noise=np.zeros((B, T, S), "float32"))


def test_a_layer_normalised_cell_is_driven_too():
    layer = decoder_of("bahdanau", GRUCell, layer_norm=True)
    x, states, source = parts(layer)
    memory = layer.make_memory(source, MASK)
    outputs, _, _ = layer(x, states, memory)
    close(layer.step(x[:, 0], states, memory)[0], numpy(outputs)[:, 0], 1e-5)


def test_recurrent_dropout_is_there_in_training_only():
    layer = decoder_of("bahdanau", recurrent_dropout=0.5)
    x, states, source = parts(layer)
    memory = layer.make_memory(source, MASK)
    close(layer(x, states, memory)[0], layer(x, states, memory)[0], 0)
    differ(layer(x, states, memory, training=True)[0], layer(x, states, memory)[0])


@every_kind
def test_it_can_be_made_again_from_its_configuration(kind):
    layer = decoder_of(kind)
    other = AttentiveDecoder.from_config(layer.get_config())
    other.build_from_config(layer.get_build_config())
    other.set_weights(layer.get_weights())
    x, states, source = parts(layer)
    outputs, others = (one(x, states, one.make_memory(source, MASK))[0] for one in (layer, other))
    close(others, outputs, 1e-6)


def test_it_builds_itself_from_what_it_is_called_with():
    layer = AttentiveDecoder(GRUCell(H), BahdanauAttention(A), OUT)
    x, states, source = parts(layer)
    outputs, weights, _ = layer(x, states, layer.make_memory(source, MASK))
    assert tuple(outputs.shape) == (B, T, OUT) and tuple(weights.shape) == (B, T, S)
    assert len(layer.trainable_variables) == len(decoder_of("bahdanau", GRUCell).trainable_variables)


def test_half_precision_runs():
    keras.config.set_dtype_policy("mixed_float16")
    try:
        layer = decoder_of("bahdanau")
        x, states, source = parts(layer)
        outputs, _, _ = layer(x, states, layer.make_memory(source, MASK))
        assert outputs.dtype == "float16" or str(outputs.dtype).endswith("float16")
        assert np.isfinite(numpy(outputs)).all()
    finally:
        keras.config.set_dtype_policy("float32")


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"look": "sideways"}, "'before' or 'after'"),
        ({"look": "before", "input_feeding": True}, "look='after'"),
        ({"look": "after", "input_feeding": True, "attention": None}, "nothing to feed"),
        ({"units": 0}, "positive whole number"),
        ({"informed": True, "look": "after"}, "informed gives the input"),
        ({"gate": True, "attention": None}, "gate lets the context through"),
    ],
)
def test_options_that_do_not_go_together_are_refused(options, told):
    options = {"cell": GRUCell(H), "attention": BahdanauAttention(A), "units": OUT} | options
    with pytest.raises(ValueError, match=told):
        AttentiveDecoder(**options)


def test_other_shapes_are_refused():
    layer = decoder_of("bahdanau")
    x, states, source = parts(layer)
    memory = layer.make_memory(source, MASK)
    with pytest.raises(ValueError, match="expected rank 3"):
        layer(x[:, 0], states, memory)
    with pytest.raises(ValueError, match="holds 1 array"):
        layer(x, states[:1], memory)
    with pytest.raises(ValueError, match="batch of the sequences"):
        layer(x, [s[:2] for s in states], memory)


# The scores of Luong -------------------------------------------------------------------------------------


def test_dot_scores_are_products_and_general_ones_go_through_a_matrix():
    query, source = normal(B, H, seed=1), normal(B, S, H, seed=2)
    dot = LuongAttention(H, "dot")
    _, weights = dot(query, dot.project_keys(source), source)
    close(weights, [oracles.softmax(source[row] @ query[row]) for row in range(B)], 1e-5)
    general = LuongAttention(H)
    general.key_projection.build((None, None, H))
    general.key_projection.kernel.assign(np.eye(H))
    close(general(query, general.project_keys(source), source)[1], weights, 1e-5)
    assert len(dot.weights) == 0 and len(general.weights) == 1


def test_luong_refuses_what_it_cannot_score():
    with pytest.raises(ValueError, match="'general' or 'dot'"):
        LuongAttention(H, "cosine")
    with pytest.raises(ValueError, match="of one width"):
        LuongAttention(H, "dot").project_keys(normal(B, S, H + 1))
