"""Gradients: those of Keras, those of finite differences, and what an optimiser makes of them."""

import functools

import keras
import numpy as np
import pytest
from keras import ops

from rnn_models import Recurrent, Stacked
from rnn_models.layers.backpropagation import backpropagated
from tests.support import oracles
from tests.support.gradients import double_precision, finite_differences, numpy, slopes, value_and_gradients, weighed
from tests.support.helpers import (
    BACKEND,
    CELLS,
    MASKS,
    MIXED,
    B,
    H,
    T,
    built,
    close,
    normal,
    sequences,
    states_of,
    swapped,
    twin,
    values_of,
)

every_cell = pytest.mark.parametrize("kind", CELLS)


def weights_of_the_loss(cell):
    """One factor for each output and each final state."""
    return [normal(B, T, H, seed=20), *[normal(B, H, seed=21 + n) for n in range(cell.state_count)]]


def gradients_of(layer, x, states, factors, mask=None, reverse=False, training=True):
    """Outputs, states, and the gradients of x, initial states and weights, of Σ factors ⊙ outputs."""
    given = None if mask is None else ops.convert_to_tensor(mask)
    backwards = reverse and not hasattr(layer, "reverse")  # Keras: turn everything round by hand

    def turned(sequence):
        return ops.flip(sequence, axis=1) if backwards and sequence is not None else sequence

    def forward(x, *states):
        outputs, *final = layer(turned(x), mask=turned(given), initial_state=list(states), training=training)
        return [turned(outputs), *final]

    def loss(*arrays):
        return weighed(forward(*arrays), factors)

    _, d_inputs, d_weights = value_and_gradients(loss, [x, *states], layer.trainable_variables)
    results = forward(*[ops.convert_to_tensor(a) for a in (x, *states)])
    return results, d_inputs, d_weights


# ------------------------------------------------------------------------------------------------ those of Keras


@every_cell
@pytest.mark.parametrize("mask", [*MASKS, "mixed"])
@pytest.mark.parametrize("reverse", [False, True], ids=["", "reverse"])
def test_outputs_states_and_all_gradients_are_those_of_keras(kind, mask, reverse):
    mask = MIXED if mask == "mixed" else MASKS[mask]
    cell, x = built(CELLS[kind]()), sequences()
    ours, theirs = Recurrent(cell, True, True, reverse=reverse), twin(kind, cell)
    states, factors = states_of(cell), weights_of_the_loss(cell)
    if mask is not None:
        # Before the first step that counts, Keras gives zeros for outputs, and we the initial state.
        turn = slice(None, None, -1 if reverse else 1)
        began = np.logical_or.accumulate(mask[:, turn], axis=1)[:, turn]
        factors[0] = factors[0] * began[..., None]
    results, d_inputs, d_weights = gradients_of(ours, x, states, factors, mask, reverse)
    expected, expected_inputs, expected_weights = gradients_of(theirs, x, states, factors, mask, reverse)
    if mask is not None:
        results[0], expected[0] = (numpy(a) * began[..., None] for a in (results[0], expected[0]))
    close(results, expected)
    close(d_inputs, expected_inputs)
    close(d_weights, [swapped(kind, g) for g in expected_weights])


@every_cell
def test_gradients_are_right_even_where_nobody_announced_training(kind):
    """Without `training=True` the forward pass keeps nothing; the gradient must be the same."""
    cell = built(CELLS[kind]())
    layer, x = Recurrent(cell, True, True), sequences()
    states, factors = states_of(cell), weights_of_the_loss(cell)
    _, *announced = gradients_of(layer, x, states, factors, MIXED, training=True)
    _, *silent = gradients_of(layer, x, states, factors, MIXED, training=False)
    close(silent, announced, 1e-6)


def test_gradients_of_a_batch_that_is_run_as_two_halves():
    cell = built(CELLS["lstm"]())
    x, states = sequences(17), states_of(cell, 17)
    factors = [normal(17, T, H, seed=20), normal(17, H, seed=21), normal(17, H, seed=22)]
    _, *ours = gradients_of(Recurrent(cell, True, True), x, states, factors)
    _, d_inputs, d_weights = gradients_of(twin("lstm", cell), x, states, factors)
    close(ours, [d_inputs, [swapped("lstm", g) for g in d_weights]])


def test_a_padded_step_gets_no_gradient_and_hands_it_on():
    cell = built(CELLS["lstm"]())
    factors = weights_of_the_loss(cell)
    _, (dx, *d_states), _ = gradients_of(Recurrent(cell, True, True), sequences(), states_of(cell), factors, MIXED)
    assert not dx[~MIXED].any()
    assert (np.abs(dx[MIXED]).max(axis=-1) > 0).all()
    # The last row is padding only: its outputs and its final state are its initial state.
    close(d_states[0][-1], factors[0][-1].sum(axis=0) + factors[1][-1], 1e-6)
    close(d_states[1][-1], factors[2][-1], 1e-6)


# ----------------------------------------------------------------------------- finite differences, in 64 bits


CASES = {"plainly": (None, False, False), "masked, reversed, with recurrent dropout": (MIXED, True, True)}


@functools.cache
def differences(kind, layer_norm, case):
    """The loss and its slopes by the oracle alone: nothing of the library but the initial weights."""
    mask, reverse, dropped = CASES[case]
    cell = built(CELLS[kind](layer_norm=layer_norm))
    values, x = values_of(cell), sequences(dtype="float64")
    states = states_of(cell, dtype="float64")
    drop = (np.random.default_rng(1).random((B, H)) < 0.75) / 0.75 if dropped else None
    factors = [f.astype("float64") for f in weights_of_the_loss(cell)]

    def loss(x, *arrays):
        now, weights = arrays[: len(states)], dict(zip(values, arrays[len(states) :], strict=True))
        outputs, final = oracles.run(oracles.step_of(cell, weights), x, now, mask, reverse, drop)
        return sum(np.sum(f * r) for f, r in zip(factors, [outputs, *final], strict=True))

    arrays = [x, *states, *values.values()]
    value = loss(*arrays)
    return value, finite_differences(loss, arrays), arrays, drop, factors


@every_cell
@pytest.mark.parametrize("path", ["fast", "plain", "layer_norm"])
@pytest.mark.parametrize("case", CASES)
def test_gradients_are_those_of_finite_differences(kind, path, case):
    mask, reverse, _ = CASES[case]
    value, expected, arrays, drop, factors = differences(kind, path == "layer_norm", case)
    with double_precision():
        cell = CELLS[kind](layer_norm=path == "layer_norm", dtype="float64")
        cell.build((None, arrays[0].shape[-1]))
        for v, given in zip(cell.trainable_weights, arrays[1 + cell.state_count :], strict=True):
            v.assign(given)
        layer = Recurrent(cell, reverse=reverse, dtype="float64")
        layer.build(arrays[0].shape)
        fixed = [None if a is None else ops.convert_to_tensor(a) for a in (mask, drop)]

        def loss(x, *states):
            if path == "fast":
                outputs, final = backpropagated(cell, x, fixed[0], list(states), fixed[1], reverse, True)
            else:
                outputs, final = layer._plain(x, fixed[0], list(states), fixed[1])
            assert keras.backend.standardize_dtype(outputs.dtype) == "float64"
            return weighed([outputs, *final], factors)

        ours, d_inputs, d_weights = value_and_gradients(loss, arrays[: 1 + cell.state_count], cell.trainable_variables)
    assert abs(ours - value) < 1e-10 * (1 + abs(value))
    close(slopes([*d_inputs, *d_weights]), expected, 1e-7)


# ---------------------------------------------------------------------------------------- through whole stacks


def test_gradients_through_a_stack_are_those_of_stacked_keras_layers():
    cells = [built(CELLS["lstm"]()), built(CELLS["gru_after"](), H, seed=9)]
    ours, x = Stacked(cells, return_sequences=True), sequences()
    lower, upper = (twin(k, c, return_state=False) for k, c in zip(["lstm", "gru_after"], cells, strict=True))
    factor = normal(B, T, H, seed=20)
    mask = ops.convert_to_tensor(MASKS["right"])

    def keras_loss(x):
        return weighed([upper(lower(x, mask=mask), mask=mask)], [factor])

    variables = [*lower.trainable_variables, *upper.trainable_variables]
    ours(x)
    _, (dx,), d_ours = value_and_gradients(
        lambda x: weighed([ours(x, mask=mask, training=True)], [factor]), [x], ours.trainable_variables
    )
    _, (expected_dx,), d_theirs = value_and_gradients(keras_loss, [x], variables)
    close(dx, expected_dx)
    kinds = ["lstm"] * 3 + ["gru_after"] * 3
    close(d_ours, [swapped(k, g) for k, g in zip(kinds, d_theirs, strict=True)])


# --------------------------------------------------------------------------------- gradients of gradients, tangents


def penalty(layer, x, mask):
    """The gradient of |∂ Σ h² / ∂x|²: what a gradient penalty trains with."""
    mask = ops.convert_to_tensor(mask)

    def loss(x):
        return ops.sum(layer(x, mask=mask) ** 2)

    if BACKEND == "jax":
        import jax

        return jax.grad(lambda x: (jax.grad(loss)(x) ** 2).sum())(x)
    if BACKEND == "torch":
        import torch

        x = torch.tensor(x, requires_grad=True)
        (first,) = torch.autograd.grad(loss(x), x, create_graph=True)
        return torch.autograd.grad((first**2).sum(), x)[0]
    import tensorflow as tf

    x = tf.constant(x)
    with tf.GradientTape() as outer:
        outer.watch(x)
        with tf.GradientTape() as inner:
            inner.watch(x)
            value = loss(x)
        first = inner.gradient(value, x)
        whole = tf.reduce_sum(first**2)
    return outer.gradient(whole, x)


@pytest.mark.parametrize("kind", ["vanilla"] if BACKEND == "tensorflow" else CELLS)
def test_gradients_of_gradients_are_those_of_the_plain_loop(kind, monkeypatch):
    """On TensorFlow without XLA, whose programs TensorFlow cannot differentiate twice; one cell, for 4 s of tracing.

    With a mask, for without one PyTorch has kernels of its own.
    """
    monkeypatch.setenv("RNN_XLA", "0")
    cell = CELLS[kind]()
    ours, plain = Recurrent(cell), keras.layers.RNN(CELLS[kind]())
    for layer in (ours, plain):
        layer.build(sequences().shape)
    plain.set_weights(ours.get_weights())
    expected = penalty(plain, sequences(), MASKS["right"])
    assert np.abs(numpy(expected)).max() > 1e-3
    close(penalty(ours, sequences(), MASKS["right"]), expected, 1e-5)


@pytest.mark.skipif(BACKEND != "tensorflow", reason="the others have them")
def test_gradients_of_gradients_are_refused_in_words_where_programs_are_compiled():
    with pytest.raises(RuntimeError, match="Second derivatives .* RNN_XLA=0"):
        penalty(Recurrent(CELLS["lstm"]()), sequences(), MASKS["right"])


@pytest.mark.skipif(BACKEND != "jax", reason="JAX alone has tangents for every program")
def test_tangents_are_refused_by_the_hand_written_pass_and_right_in_the_plain_loop():
    import jax

    ours, plain = Recurrent(CELLS["lstm"]()), keras.layers.RNN(CELLS["lstm"]())
    for layer in (ours, plain):
        layer.build(sequences().shape)
    plain.set_weights(ours.get_weights())
    x, direction = jax.numpy.asarray(sequences()), jax.numpy.asarray(sequences(seed=1))

    def tangent(layer):
        return jax.jvp(lambda x: (layer(x) ** 2).sum(), (x,), (direction,))[1]

    with pytest.raises(TypeError, match="forward-mode"):
        tangent(ours)
    close(tangent(plain), (jax.grad(lambda x: (ours(x) ** 2).sum())(x) * direction).sum(), 1e-4)


# ------------------------------------------------------------------------------------ what the optimiser does


def update(clipnorm):
    """One step of gradient descent with rate 1: the gradients, and how the weights moved."""
    layer, x = Recurrent(built(CELLS["lstm"]())), sequences()
    layer(x)
    loss = lambda x: ops.sum(layer(x, training=True) ** 2)  # noqa: E731
    _, _, gradients = value_and_gradients(loss, [x], layer.trainable_variables)
    before = [numpy(v) for v in layer.trainable_variables]
    optimiser = keras.optimizers.SGD(1.0, global_clipnorm=clipnorm)
    optimiser.apply([ops.convert_to_tensor(g) for g in gradients], layer.trainable_variables)
    moved = [b - numpy(v) for b, v in zip(before, layer.trainable_variables, strict=True)]
    return flat(gradients), flat(moved)


def flat(arrays):
    return np.concatenate([a.ravel() for a in arrays]).astype("float64")


def test_clipping_keeps_the_direction_and_bounds_the_norm():
    gradient, moved = update(clipnorm=0.1)
    assert np.linalg.norm(gradient) > 0.2
    assert abs(np.linalg.norm(moved) - 0.1) < 1e-5
    cosine = gradient @ moved / np.linalg.norm(gradient) / np.linalg.norm(moved)
    assert cosine > 1 - 1e-6


def test_clipping_leaves_small_gradients_alone():
    """It is clipping, not normalising."""
    gradient, moved = update(clipnorm=1e3)
    assert np.linalg.norm(gradient) < 1e3
    close(moved, gradient, 1e-6)
