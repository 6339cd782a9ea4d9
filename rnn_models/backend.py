"""What each Keras backend does best, in one place.

    compiled        a whole function, loops included, as one program
    scan            a loop over time that stacks what every step gives
    parallel_in_time  whether O(log T) rounds beat T steps
    native_rnn      the backend's own recurrent kernel, where it has one
    by_rows         a product over the last axis of many rows as one product
    with_rows       the size of a batch made known, or an error in plain words

The rest of the library is written on `keras.ops`. TensorFlow is imported here, in `custom_gradient` and `open_sizes`,
and only when it is the backend in use. With RNN_XLA=0 in the environment its programs run as graphs, without XLA: each
is ready in a third of the time, and then slower. That suits tests and looking for mistakes, where a program runs once.
"""

import functools
import itertools
import os
from collections.abc import Callable, Sequence
from typing import Any

import keras
from keras import ops

from rnn_models.memory import keep_freed_memory

PARTS = 8
"""Products over the steps of a padded sequence are made in so many parts; parts without a real step are left out."""


def name() -> str:
    """The Keras backend in use: "tensorflow", "jax" or "torch".

    Raises:
        RuntimeError: any other backend.
    """
    backend = keras.backend.backend()
    if backend not in ("tensorflow", "jax", "torch"):
        raise RuntimeError(
            f"Keras runs on the backend {backend!r}; expected 'tensorflow', 'jax' or 'torch'. "
            "Set the environment variable KERAS_BACKEND to one of them before Keras is imported."
        )
    return backend


# ---------------------------------------------------------------------------------------------- compiling


def compiled(function: Callable, layers: Sequence[keras.layers.Layer] = (), differentiates: bool = False) -> Callable:
    """Compile `function` whole, loops included, for the backend in use.

    Args:
        function: takes arrays, or nested lists of arrays, by position, and returns the same. A Python number among
            the arguments would be baked into the program: pass an array.
        layers: the layers whose variables `function` reads. Their current values are used at every call.
        differentiates: `function` takes gradients itself (`custom_gradient.vjp`).

    Returns:
        A callable of the same signature. It is compiled once for every set of shapes and dtypes: by XLA on TensorFlow
        and JAX; on PyTorch it runs step by step without recording gradients.
    """
    backend = name()
    if backend == "tensorflow":
        return _compiled_tensorflow(function)
    if backend == "jax":
        return _compiled_jax(function, layers)
    import torch

    # Inference mode is about 5 % quicker, and knows no gradient, not even one that is asked for inside.
    return (torch.no_grad if differentiates else torch.inference_mode)()(function)


def xla() -> bool:
    """Whether TensorFlow's programs are compiled by XLA."""
    """Whether TensorFlow's programs are compiled by XLA."""
    return os.environ.get("RNN_XLA", "") != "0"


def _compiled_tensorflow(function: Callable) -> Callable:
    import tensorflow as tf

    keep_memory()
    traced = tf.function(function, jit_compile=xla(), autograph=False)
    programs: dict = {}

    def run(*arguments: Any) -> Any:
        # Called by its own name for each set of shapes: TensorFlow would warn of every new set as of a mistake.
        shapes = tuple((tuple(a.shape), a.dtype) for a in tf.nest.flatten(arguments))
        if shapes not in programs:
            programs[shapes] = traced.get_concrete_function(*arguments)
        return programs[shapes](*arguments)

    return run


def _compiled_jax(function: Callable, layers: Sequence[keras.layers.Layer]) -> Callable:
    import jax

    @jax.jit
    def pure(values: list, *arguments: Any) -> Any:
        variables = [variable for layer in layers for variable in layer.variables]
        with keras.StatelessScope(state_mapping=list(zip(variables, values, strict=True))):
            return function(*arguments)

    def run(*arguments: Any) -> Any:
        values = [variable.value for layer in layers for variable in layer.variables]
        return pure(values, *arguments)

    return run


# ------------------------------------------------------------------------------------------ looping in time


Steps = tuple[Any, Any]
"""Where the real steps of padded sequences lie: the first, and how many."""


def scan(
    step: Callable, carry: list, sequences: list, reverse: bool = False, steps: Steps | None = None
) -> tuple[list, list]:
    """Run `step` over the first axis of `sequences`, stacking what it gives.

    Args:
        step: `(carry, [x_t, ...]) -> (carry, [y_t, ...])`, lists of arrays of fixed shapes.
        carry: the state before the first step.
        sequences: arrays (T, ...), all of the same T; an entry may be None, and is handed on as None.
        reverse: run from T − 1 down to 0; `y` still lies in the order of `x`.
        steps: run over these steps only; `y` is zero at the others. On TensorFlow alone.

    Returns:
        The state after the last step, and the stacked `y`, each (T, ...).
    """
    backend = name()
    if backend == "jax":
        import jax

        return jax.lax.scan(step, list(carry), sequences, reverse=reverse)
    if backend == "tensorflow":
        return _scan_tensorflow(step, carry, sequences, reverse, steps)
    length = _first(sequences).shape[0]
    stacked: list = [None] * length
    for t in reversed(range(length)) if reverse else range(length):
        carry, stacked[t] = step(carry, [None if s is None else s[t] for s in sequences])
    return carry, [ops.stack(column) for column in zip(*stacked, strict=True)]


def _first(sequences: list) -> Any:
    return next(s for s in sequences if s is not None)


def _scan_tensorflow(
    step: Callable, carry: list, sequences: list, reverse: bool, steps: Steps | None
) -> tuple[list, list]:
    import tensorflow as tf

    length = tf.shape(_first(sequences))[0]
    first, count = (0, length) if steps is None else steps

    def at(t: Any) -> list:
        return [None if s is None else s[t] for s in sequences]

    # Tracing one step that never runs tells the number and the shapes of its outputs.
    probe = tf.function(lambda carry, t: step(carry, at(t))[1], autograph=False)
    outputs = probe.get_concrete_function(list(carry), tf.constant(0)).structured_outputs
    arrays = [tf.TensorArray(y.dtype, size=length, element_shape=y.shape) for y in outputs]

    # XLA would make a program for each value of a number that only the loop's place is counted from: t is carried.
    def body(n: Any, t: Any, carry: list, arrays: list) -> tuple:
        carry, outputs = step(carry, at(t))
        return (
            n + 1,
            t - 1 if reverse else t + 1,
            list(carry),
            [a.write(t, y) for a, y in zip(arrays, outputs, strict=True)],
        )

    begin = (0, first + count - 1 if reverse else first, list(carry), arrays)
    _, _, carry, arrays = tf.while_loop(lambda n, *_: n < count, body, begin, maximum_iterations=length)
    return carry, [a.stack() for a in arrays]


def over_time(function: Callable, sequences: list, steps: Steps | None) -> tuple[list, list]:
    """Run a function of whole sequences, in parts where they are padded, so that little of it is about padding.

    Args:
        function: `[x (T, ...), ...] -> (sums over time, arrays (T, ...))`, two lists.
        sequences: arrays (T, ...), zero where they are padded; an entry may be None.
        steps: where the real steps lie, or None if all are.
    """
    if steps is None:
        return function(sequences)
    size = ops.shape(_first(sequences))[0] // PARTS
    cut = [None if s is None else ops.reshape(s, (PARTS, size, *ops.shape(s)[1:])) for s in sequences]
    first, count = steps
    begin, end = first // size, (first + count + size - 1) // size
    sums, _ = function([None if s is None else s[0] for s in cut])  # tells which there are, and their shapes
    there = [total is not None for total in sums]

    def step(totals: list, now: list) -> tuple[list, list]:
        sums, arrays = function(now)
        return [total + part for total, part in zip(totals, itertools.compress(sums, there), strict=True)], arrays

    zeros = [ops.zeros_like(total) for total in itertools.compress(sums, there)]
    totals, arrays = scan(step, zeros, cut, steps=(begin, end - begin))
    totals = iter(totals)
    return [next(totals) if one else None for one in there], [
        ops.reshape(a, (PARTS * size, *ops.shape(a)[2:])) for a in arrays
    ]


# ------------------------------------------------------------------------------- a hand-written backward pass


def hoists() -> bool:
    """Whether the input's product for all steps is best made before the loop.

    On a GPU it is: one large product. On a CPU it only writes a large array that the loop reads back.
    """
    backend = name()
    if backend == "tensorflow":
        return tensorflow_has_gpu()
    if backend == "jax":
        import jax

        return jax.default_backend() != "cpu"
    return True


def parallel_in_time() -> bool:
    """Whether a recurrence that can be computed in O(log T) rounds should be, rather than step by step.

    It does more work in all: TensorFlow's compiled loop on a CPU is quicker. PyTorch's loop runs in Python.
    """
    return name() != "tensorflow" or tensorflow_has_gpu()


@functools.cache
def tensorflow_has_gpu() -> bool:
    """Whether TensorFlow sees a GPU."""
    import tensorflow as tf

    return bool(tf.config.list_physical_devices("GPU"))


@functools.cache
def keep_memory() -> None:
    """Keep freed memory for the next step, where TensorFlow runs on the CPU."""
    if not tensorflow_has_gpu():
        keep_freed_memory()


# -------------------------------------------------------------------------------- the backend's own kernels


def native_rnn(
    kernel: str, order: Sequence[int], x: Any, states: list, weights: list, reverse: bool
) -> tuple[Any, list] | None:
    """Run the backend's own recurrent kernel, or give None where the backend has none: only PyTorch has.

    Args:
        kernel: "lstm", "gru", "rnn_tanh" or "rnn_relu".
        order: where PyTorch's gates stand in this library's layout: i, f, g, o in its LSTM, r, z, n in its GRU.
        weights: [W, b, U, b'] in this library's layout; b and b' may be None.
    """
    if name() != "torch":
        return None
    import torch

    def permuted(w: Any) -> Any:
        return torch.cat([w.chunk(len(order), dim=-1)[k] for k in order], dim=-1)

    input_kernel, bias, recurrent_kernel, recurrent_bias = weights
    zeros = torch.zeros_like(recurrent_kernel[0])
    biases = [zeros if b is None else b for b in (bias, recurrent_bias)]
    flat = [permuted(input_kernel).T, permuted(recurrent_kernel).T, *map(permuted, biases)]
    flat = [w.contiguous() for w in flat]
    first = [s[None].contiguous() for s in states]
    x = torch.flip(x, [1]) if reverse else x
    # has_biases, num_layers, dropout, train, bidirectional, batch_first
    outputs, *final = getattr(torch, kernel)(
        x, first if len(first) > 1 else first[0], flat, True, 1, 0.0, torch.is_grad_enabled(), False, True
    )
    outputs = torch.flip(outputs, [1]) if reverse else outputs
    return outputs, [s[0] for s in final]


# ---------------------------------------------------------------------------------------------- one product


def by_rows(product: Callable, x: Any) -> Any:
    """`product` of (N, D) rows for x (..., D), such as x W for a matrix W.

    TensorFlow's gradient of a three-dimensional x W makes a gradient of W for every sequence of the batch, (B, D, V),
    and adds them up; that of the rows is a single product.
    """
    if len(x.shape) < 3 or name() != "tensorflow" or keras.backend.is_keras_tensor(x):
        return product(x)
    rows = product(ops.reshape(x, (-1, x.shape[-1])))
    return ops.reshape(rows, (*ops.shape(x)[:-1], rows.shape[-1]))


# ------------------------------------------------------------------------------------------ the size of a batch


def with_rows(x: Any, rows: int, message: str) -> Any:
    """`x`, its first axis known to be `rows` long.

    `fit` on TensorFlow leaves the size of a batch open. It is then checked when the graph runs: a batch of
    another size is an `InvalidArgumentError` that says `message`.
    """
    if x.shape[0] is not None:
        return x
    if name() != "tensorflow":
        return ops.reshape(x, (rows, *x.shape[1:]))
    import tensorflow as tf

    # Not a reshape alone: the graph's optimizer may drop it, and what comes after then fails in its own words.
    with tf.control_dependencies([tf.debugging.assert_equal(tf.shape(x)[0], rows, message)]):
        x = tf.identity(x)
    x.set_shape((rows, *x.shape[1:]))
    return x
