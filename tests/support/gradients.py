"""Gradients on whichever backend runs, as NumPy arrays."""

import contextlib
import warnings
from unittest import mock

import keras
import numpy as np
from keras import ops
from keras.src.backend.common import dtypes


def numpy(array) -> np.ndarray:
    return ops.convert_to_numpy(array)


def value_and_gradients(function, arrays, variables=()):
    """∂L/∂arrays and ∂L/∂variables of a scalar L = function(*arrays).

    Args:
        function: takes backend arrays, gives a scalar.
        arrays: a list of NumPy arrays.
        variables: Keras variables that `function` reads.

    Returns:
        L, the gradients of `arrays`, and those of `variables`. Where L does not depend on one: zeros.
    """
    arrays = [ops.convert_to_tensor(a) for a in arrays]
    run = {"tensorflow": _tensorflow, "jax": _jax, "torch": _torch}[keras.backend.backend()]
    value, gradients = run(function, arrays, list(variables))
    everything = [*arrays, *variables]
    filled = [np.zeros(tuple(a.shape)) if g is None else numpy(g) for g, a in zip(gradients, everything, strict=True)]
    return float(value), filled[: len(arrays)], filled[len(arrays) :]


def _tensorflow(function, arrays, variables):
    import tensorflow as tf

    with tf.GradientTape() as tape:
        tape.watch(arrays)
        value = function(*arrays)
    return value, tape.gradient(value, [*arrays, *[v.value for v in variables]])


def _jax(function, arrays, variables):
    import jax

    def pure(arrays, values):
        with keras.StatelessScope(state_mapping=list(zip(variables, values, strict=True))):
            return function(*arrays)

    # One program: operation by operation JAX would compile each of them.
    run = jax.jit(jax.value_and_grad(pure, argnums=(0, 1)))
    value, (d_arrays, d_values) = run(arrays, [v.value for v in variables])
    return value, [*d_arrays, *d_values]


def _torch(function, arrays, variables):
    import torch

    arrays = [a.detach().clone().requires_grad_(True) for a in arrays]
    value = function(*arrays)
    inputs = [*arrays, *[v.value for v in variables]]
    return value.detach(), torch.autograd.grad(value, inputs, allow_unused=True)


def weighed(arrays, weights):
    """Σ_k Σ weights_k ⊙ arrays_k: a scalar whose gradient reaches every entry with another factor."""
    total = 0.0
    for array, weight in zip(arrays, weights, strict=True):
        total = total + ops.sum(array * ops.cast(ops.convert_to_tensor(weight), array.dtype))
    return total


def finite_differences(function, arrays, step=1e-6):
    """The slopes of `function` by central differences, one for each array, in `directions` of that array.

    One random direction reaches every entry with another factor, so that a gradient that is wrong anywhere has
    another slope; two evaluations an array do what two an entry would. NumPy in double precision.
    """
    found = []
    for n, direction in enumerate(directions(arrays)):
        above, below = (
            function(*arrays[:n], arrays[n] + sign * step * direction, *arrays[n + 1 :]) for sign in (1, -1)
        )
        found.append((above - below) / (2 * step))
    return found


def directions(arrays):
    """A random direction in the space of each array, the same at every call."""
    generator = np.random.default_rng(60)
    return [generator.standard_normal(np.shape(array)) for array in arrays]


def slopes(gradients):
    """How steep functions with these gradients are in `directions`."""
    return [np.sum(g * direction) for g, direction in zip(gradients, directions(gradients), strict=True)]


@contextlib.contextmanager
def double_precision():
    """Compute in 64 bits where the dtype says so.

    JAX holds no 64-bit numbers unless told to, and on JAX and PyTorch Keras rounds some results (of `tanh`,
    of `matmul`) to 32 bits on purpose, so that all backends give the same types.
    """
    rounds = mock.patch.dict(dtypes.BIT64_TO_BIT32_DTYPE, float64="float64")
    if keras.backend.backend() != "jax":
        with rounds:
            yield
        return
    import jax

    with rounds, jax.enable_x64(True):
        yield


@contextlib.contextmanager
def uncompiled():
    """Make TensorFlow compile no program (1 to 3 s each), for tests that try many or ask for numbers only.

    JAX compiles whatever it does, and is quickest where it may compile whole functions.
    """
    if keras.backend.backend() != "tensorflow":
        yield
        return
    import tensorflow as tf

    tf.config.run_functions_eagerly(True)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Even though the")  # batches of `fit` are made by a graph all the same
            yield
    finally:
        tf.config.run_functions_eagerly(False)
