"""Bahdanau attention: against the oracle, and what must hold of any soft attention."""

import warnings

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import ops

from rnn_models import BahdanauAttention, HardAttention
from tests.support import oracles
from tests.support.gradients import double_precision, finite_differences, numpy, slopes, value_and_gradients, weighed
from tests.support.helpers import close, differ, normal

B, S, A, DQ, DK, DV = 4, 5, 3, 2, 6, 7
MASK = np.array([[1, 1, 1, 1, 1], [1, 1, 1, 0, 0], [0, 1, 0, 1, 0], [0, 0, 0, 0, 1]], bool)


def parts(dtype="float32"):
    """A query, a source and its values."""
    return (
        normal(B, DQ, seed=1, dtype=dtype),
        normal(B, S, DK, seed=2, dtype=dtype),
        normal(B, S, DV, seed=3, dtype=dtype),
    )


def attention_of(**options):
    layer = BahdanauAttention(A, **options)
    layer.key_projection.build((None, None, DK))
    layer.build((None, DQ), (None, None, A), (None, None, DV))
    for n, v in enumerate(layer.trainable_variables):
        v.assign(normal(*v.shape, seed=10 + n))
    return layer


def attend(layer, query, source, values, mask=None):
    return layer(query, layer.project_keys(source), values, mask=mask)


def oracle(layer, query, source, values, mask=None):
    keys = source.astype("float64") @ numpy(layer.key_projection.kernel)
    return oracles.attention(query, keys, values, numpy(layer.score_vector), numpy(layer.query_projection.kernel), mask)


@pytest.mark.parametrize("mask", [None, MASK], ids=["", "masked"])
def test_context_and_weights_are_those_of_the_oracle(mask):
    layer = attention_of()
    context, weights = attend(layer, *parts(), mask)
    assert tuple(context.shape) == (B, DV) and tuple(weights.shape) == (B, S)
    close([context, weights], list(oracle(layer, *parts(), mask)), 2e-6)


@settings(max_examples=20, deadline=None)
@given(mask=st.lists(st.lists(st.booleans(), min_size=S, max_size=S), min_size=B, max_size=B), scale=st.floats(0, 100))
def test_weights_are_a_distribution_over_the_places_that_count(mask, scale):
    mask = np.array(mask)
    query, source, values = parts()
    context, weights = (numpy(a) for a in attend(attention_of(), query * scale, source * scale, values, mask))
    assert (weights >= 0).all() and not weights[~mask].any()
    close(weights.sum(axis=1), mask.any(axis=1), 1e-6)
    close(context, np.einsum("bs,bsd->bd", weights, values), 1e-5)


def test_many_queries_at_once_are_queries_one_by_one():
    layer = attention_of()
    _, source, values = parts()
    queries = normal(B, 3, DQ, seed=5)
    context, weights = attend(layer, queries, source, values, MASK)
    assert tuple(context.shape) == (B, 3, DV) and tuple(weights.shape) == (B, 3, S)
    for t in range(3):
        close([context[:, t], weights[:, t]], list(attend(layer, queries[:, t], source, values, MASK)), 1e-6)


def test_weights_of_zero_give_the_mean():
    layer = attention_of()
    layer.score_vector.assign(np.zeros(A))
    query, source, values = parts()
    context, weights = attend(layer, query, source, values)
    close(weights, np.full((B, S), 1 / S), 1e-6)
    close(context, values.mean(axis=1), 1e-6)
    context, _ = attend(layer, query, source, values, MASK)
    close(context[1], values[1, :3].mean(axis=0), 1e-6)


def test_permuting_the_places_permutes_the_weights():
    layer, order = attention_of(), [3, 0, 4, 1, 2]
    query, source, values = parts()
    context, weights = attend(layer, query, source, values, MASK)
    moved, moved_weights = attend(layer, query, source[:, order], values[:, order], MASK[:, order])
    close(moved_weights, numpy(weights)[:, order], 1e-6)
    close(moved, context, 1e-6)
    differ(moved_weights, weights)


def test_what_stands_in_masked_places_does_not_matter():
    layer = attention_of()
    query, source, values = parts()
    hidden = np.where(MASK[..., None], 0, 1e3).astype("float32")
    expected = attend(layer, query, source, values, MASK)
    close(list(attend(layer, query, source + hidden, values + hidden, MASK)), list(expected), 0)


def test_the_query_turns_the_head():
    layer = attention_of()
    query, source, values = parts()
    differ(attend(layer, query + 1, source, values)[1], attend(layer, query, source, values)[1])


@pytest.mark.parametrize("policy", ["float32", "mixed_float16", "mixed_bfloat16"])
def test_a_source_of_padding_only_gives_zeros_and_no_nan(policy):
    layer, nothing = attention_of(dtype=policy), np.zeros((B, S), bool)

    def loss(query, source, values):
        context, weights = attend(layer, query, source, values, nothing)
        return ops.sum(ops.cast(context, "float32")) + ops.sum(ops.cast(weights, "float32") ** 2)

    value, d_inputs, d_weights = value_and_gradients(loss, list(parts()), layer.trainable_variables)
    assert value == 0
    assert not any(g.any() for g in [*d_inputs, *d_weights])


@pytest.mark.parametrize("mask", [None, MASK], ids=["", "masked"])
def test_gradients_are_those_of_finite_differences(mask):
    with double_precision():
        layer = attention_of(dtype="float64")
        factors = [normal(B, DV, seed=20, dtype="float64"), normal(B, S, seed=21, dtype="float64")]
        arrays = list(parts("float64"))
        given = None if mask is None else ops.convert_to_tensor(mask)
        variables = [layer.query_projection.kernel, layer.key_projection.kernel, layer.score_vector]

        def loss(query, source, values):
            return weighed(attend(layer, query, source, values, given), factors)

        value, d_inputs, d_weights = value_and_gradients(loss, arrays, variables)
        weights = [numpy(v).copy() for v in variables]

    def expected(query, source, values, w, u, v):
        results = oracles.attention(query, source @ u, values, v, w, mask)
        return sum(np.sum(f * r) for f, r in zip(factors, results, strict=True))

    assert abs(value - expected(*arrays, *weights)) < 1e-10
    close(slopes([*d_inputs, *d_weights]), finite_differences(expected, [*arrays, *weights]), 1e-7)


@pytest.mark.parametrize(("policy", "tolerance"), [("mixed_float16", 0.01), ("mixed_bfloat16", 0.06)])
def test_half_precision_comes_close_to_single(policy, tolerance):
    single, half = attention_of(), attention_of(dtype=policy)
    context, weights = attend(half, *parts(), MASK)
    assert {keras.backend.standardize_dtype(a.dtype) for a in (context, weights)} == {policy.removeprefix("mixed_")}
    expected = list(oracle(single, *parts(), MASK))
    close([ops.cast(a, "float32") for a in (context, weights)], expected, tolerance * 2)
    assert not numpy(ops.cast(weights, "float32"))[~MASK].any()


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
def test_many_places_in_half_precision(policy):
    """Three hundred weights still sum to one: bfloat16 alone cannot count beyond 256."""
    layer, places = attention_of(dtype=policy), 300
    source = normal(B, places, DK, seed=2) * 0.01
    _, weights = attend(layer, parts()[0], source, normal(B, places, DV, seed=3))
    close(numpy(ops.cast(weights, "float32")).sum(axis=1), np.ones(B), 0.01)


def test_the_mask_of_the_source_is_not_that_of_the_outputs():
    layer, (query, source, values) = attention_of(), parts()
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # Keras warns where a mask gets lost
        results = attend(layer, ops.convert_to_tensor(query), source, values, MASK)
    assert all(getattr(r, "_keras_mask", None) is None for r in results)


def test_in_a_model_with_any_batch_and_any_number_of_places():
    layer = attention_of()
    query, source = keras.Input((DQ,)), keras.Input((None, DK))
    values, mask = keras.Input((None, DV)), keras.Input((None,), dtype="bool")
    results = layer(query, layer.project_keys(source), values, mask=mask)
    assert [r.shape for r in results] == [(None, DV), (None, None)]
    model = keras.Model([query, source, values, mask], results)
    close(list(model([*parts(), MASK])), list(oracle(layer, *parts(), MASK)), 2e-6)
    short = [parts()[0][:2], *(a[:2, :3] for a in (*parts()[1:], MASK))]
    close(list(model(short)), list(oracle(layer, *short)), 2e-6)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"query": (B, 1, 1, DQ)}, r"query has shape .*; expected \(batch, features\), or \(batch, time, features\)"),
        ({"keys": (B, S, DK)}, r"keys have shape \(4, 5, 6\); expected \(batch, places, 3\). Project the source once"),
        ({"keys": (B, A)}, r"keys have shape \(4, 3\); expected \(batch, places, 3\)"),
        ({"values": (B, S + 1, DV)}, r"values have shape \(4, 6, 7\) and the keys \(4, 5, 3\); expected one value"),
        ({"values": (B, DV)}, r"values have shape \(4, 7\)"),
        ({"mask": (B, S + 1)}, r"mask has shape \(4, 6\); expected \(4, 5\)"),
        ({"mask": (B, 1, S)}, r"mask has shape \(4, 1, 5\); expected \(4, 5\)"),
    ],
    ids=lambda v: "-".join(v) if isinstance(v, dict) else "",
)
def test_bad_input(change, message):
    shapes = {"query": (B, DQ), "keys": (B, S, A), "values": (B, S, DV), "mask": (B, S), **change}
    arrays = {name: np.ones(shape, "float32") for name, shape in shapes.items()}
    with pytest.raises(ValueError, match=message):
        attention_of()(**arrays)


@pytest.mark.parametrize("units", [0, -1, 1.5])
def test_units_must_be_a_positive_whole_number(units):
    with pytest.raises(ValueError, match=f"units is {units}; expected a positive whole number"):
        BahdanauAttention(units)


def test_configuration_makes_the_same_layer_again():
    layer = attention_of()
    again = BahdanauAttention.from_config(layer.get_config())
    assert again.get_config() == layer.get_config()


# Hard attention ------------------------------------------------------------------------------------------


def test_hard_attention_draws_each_place_as_often_as_its_weight_says():
    """χ² of 20,000 draws against α; masked places are never drawn."""
    weights = np.array([0.5, 0.3, 0.0, 0.15, 0.05], "float32")
    count = 20_000
    noise = HardAttention.draw((count, 5), seed=11)
    drawn = numpy(HardAttention.place(np.tile(weights, (count, 1)), noise)).sum(0)
    assert drawn[2] == 0 and drawn.sum() == count
    there = weights > 0
    expected = count * weights[there]
    assert ((drawn[there] - expected) ** 2 / expected).sum() < 16.3  # 3 degrees of freedom: p = 0.001


@pytest.mark.parametrize("many", [False, True])
def test_hard_attention_gives_the_value_of_one_place(many):
    layer = HardAttention(A)
    layer.key_projection.build((None, None, DK))
    layer.build((None, DQ), (None, None, A), (None, None, DV))
    query, source, values = parts()
    query = np.stack([query, -query], 1) if many else query
    context, weights = layer(query, layer.project_keys(source), values, mask=MASK)
    best = numpy(weights).argmax(-1)
    expected = np.stack([values[row][best[row]] for row in range(B)])
    close(context, expected, 1e-6)
    nothing, _ = layer(query, layer.project_keys(source), values, mask=np.zeros_like(MASK))
    assert not numpy(nothing).any()


def test_no_gradient_flows_through_the_choice_of_a_place():
    layer = HardAttention(A)
    query, source, values = parts()
    keys = layer.project_keys(source)
    layer(query, keys, values)

    def loss(query, values):
        return ops.sum(layer(query, keys, values)[0])

    _, (d_query, d_values), _ = value_and_gradients(loss, [query, values])
    assert not d_query.any()
    assert d_values.sum() == B * DV
