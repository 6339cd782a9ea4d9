"""What each Keras backend does best, in one place.

    compiled        a whole function, loops included, as one program
    scan            a loop over time that stacks what every step gives
    with_gradient   a function whose backward pass is written by hand
    vjp             the gradients of one call, inside a backward pass
    parallel_in_time  whether O(log T) rounds beat T steps
    native_rnn      the backend's own recurrent kernel, where it has one
    by_rows         a product over the last axis of many rows as one product
    with_rows       the size of a batch made known, or an error in plain words

The rest of the library is written on `keras.ops`. TensorFlow is imported here and in `open_sizes`, and only when it is
the backend in use. With RNN_XLA=0 in the environment it runs its programs as graphs, without XLA: each is ready in a
third of the time, and then slower. That suits tests and looking for mistakes, where a program runs once.
"""

import functools
import itertools
import os
from collections.abc import Callable, Sequence
from typing import Any

import keras
from keras import ops

from rnn_models.memory import keep_freed_memory
from rnn_models.open_sizes import OpenSizes

SMALLEST_SPLIT = 16
"""Batches from this size on are run as two halves side by side on a CPU with TensorFlow."""

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


def compiled(function: Callable, layers: Sequence[keras.layers.Layer] = ()) -> Callable:
    """Compile `function` whole, loops included, for the backend in use.

    Args:
        function: takes arrays, or nested lists of arrays, by position, and returns the same. A Python number among
            the arguments would be baked into the program: pass an array.
        layers: the layers whose variables `function` reads. Their current values are used at every call.

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

    return torch.inference_mode()(function)


def _xla() -> bool:
    """Whether TensorFlow's programs are compiled by XLA."""
    return os.environ.get("RNN_XLA", "") != "0"


def _compiled_tensorflow(function: Callable) -> Callable:
    import tensorflow as tf

    _keep_memory()
    traced = tf.function(function, jit_compile=_xla(), autograph=False)
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
        return _tensorflow_has_gpu()
    if backend == "jax":
        import jax

        return jax.default_backend() != "cpu"
    return True


def parallel_in_time() -> bool:
    """Whether a recurrence that can be computed in O(log T) rounds should be, rather than step by step.

    It does more work in all: TensorFlow's compiled loop on a CPU is quicker. PyTorch's loop runs in Python.
    """
    return name() != "tensorflow" or _tensorflow_has_gpu()


def with_gradient(program: Any, batched: list, shared: list, keep: bool, split: bool = True) -> list:
    """Run `program.forward`, with `program.backward` as its gradient.

    Args:
        program: hashable, with `forward(batched, shared, keep) -> (outputs, kept)` and
            `backward(batched, shared, kept, gradients) -> (d_batched, d_shared)`, pure functions of arrays. One that
            runs over time says which of `batched` and of the outputs have a time axis (`timed`, `timed_outputs`),
            and whether it is `reverse`; both functions then take `steps` as `scan` does.
        batched: arrays whose first axis is the batch, or None.
        shared: arrays without a batch axis (weights), or None.
        keep: keep what the backward pass needs in the forward pass. Without it the forward pass is lighter,
            and is run again if a gradient is asked for after all.
        split: the batch may be run as two halves side by side: steps too small for two cores.

    Returns:
        The outputs, arrays whose first axis is the batch.
    """
    backend = name()
    if backend == "tensorflow":
        return _with_gradient_tensorflow(program, batched, shared, keep, split)
    if backend == "jax":
        return _with_gradient_jax(program)(batched, shared)
    return _with_gradient_torch(program, batched, shared)


@functools.cache
def _tensorflow_has_gpu() -> bool:
    import tensorflow as tf

    return bool(tf.config.list_physical_devices("GPU"))


@functools.cache
def _keep_memory() -> None:
    if not _tensorflow_has_gpu():
        keep_freed_memory()


@functools.cache
def _tensorflow_programs(program: Any, xla: bool) -> tuple[Callable, Callable]:
    """Both passes, each one XLA program. The model around them is not compiled: that was slower."""
    import tensorflow as tf

    _keep_memory()
    forward = tf.function(program.forward, jit_compile=xla, autograph=False)
    backward = tf.function(program.backward, jit_compile=xla, autograph=False)
    return forward, backward


@functools.cache
def _eager_tensorflow(program: Any, keep: bool, split: bool, widths: tuple, rows: int, xla: bool) -> Callable:
    """`_with_gradient_tensorflow` as a graph: a tape that records eagerly cannot look into XLA programs.

    `widths` are all sizes but those of the batch and of time, which the graph leaves open after the second.
    """
    import tensorflow as tf

    def run(*arguments: Any) -> list:
        queue = iter(arguments)
        everything = [None if width is None else next(queue) for width in widths]
        return _with_gradient_tensorflow(program, everything[:rows], everything[rows:], keep, split)

    return tf.function(run, autograph=False, reduce_retracing=True)


def _fixed(program: Any, n: int, array: Any, batched: bool) -> tuple:
    """The shape of a program's n-th array without what may differ from call to call: batch, steps, places."""
    free = {0} if batched else set()
    free |= {1} if n in getattr(program, "timed", ()) else set()
    free |= {getattr(program, "sourced", {}).get(n, 0)} if batched else set()
    return tuple(size for axis, size in enumerate(array.shape) if axis not in free)


def _with_gradient_tensorflow(program: Any, batched: list, shared: list, keep: bool, split: bool) -> list:
    import tensorflow as tf

    if tf.executing_eagerly() and not tf.config.functions_run_eagerly():
        arguments = [*batched, *shared]
        rows = len(batched)
        widths = tuple(None if a is None else _fixed(program, n, a, n < rows) for n, a in enumerate(arguments))
        run = _eager_tensorflow(program, keep, split, widths, rows, _xla())
        return list(run(*[a for a in arguments if a is not None]))
    forward, backward = _tensorflow_programs(program, _xla())
    present = [a is not None for a in [*batched, *shared]]
    padding = OpenSizes.of(program, batched) if _xla() else None

    def unpacked(arguments: tuple) -> tuple[list, list]:
        queue = iter(arguments)
        everything = [next(queue) if there else None for there in present]
        return everything[: len(batched)], everything[len(batched) :]

    options = {} if padding is None or padding.steps is None else {"steps": padding.steps}

    @tf.custom_gradient
    def run(*arguments: Any) -> tuple:
        rows, weights = unpacked(arguments)
        outputs, kept = forward(rows, weights, keep, **options)

        def gradient(*gradients: Any) -> list:
            saved = kept if keep else forward(rows, weights, True, **options)[1]
            nest = [rows, weights, saved, list(gradients)]
            there: list[bool] = []

            def once(*flat: Any) -> tuple:
                d_rows, d_weights = backward(*tf.nest.pack_sequence_as(nest, everything(flat)), **options)
                found = [g for g, is_there in zip([*d_rows, *d_weights], present, strict=True) if is_there]
                there[:] = [g is not None for g in found]
                return tuple(itertools.compress(found, there)), _no_second_derivative

            def everything(flat: tuple) -> list:
                queue = iter(flat)
                return [None if a is None else next(queue) for a in tf.nest.flatten(nest)]

            known = [a for a in tf.nest.flatten(nest) if a is not None]
            found = iter(tf.custom_gradient(once)(*known) if _xla() else once(*known)[0])
            return [next(found) if is_there else None for is_there in there]

        return tuple(outputs), gradient

    def whole(rows: list) -> list:
        return list(run(*[a for a in [*rows, *shared] if a is not None]))

    rows = batched if padding is None else padding.pad(batched)
    halved = split and (os.cpu_count() or 1) > 1 and not _tensorflow_has_gpu()
    outputs = _two_halves(whole, rows) if halved else whole(rows)
    return outputs if padding is None else padding.cut(outputs)


def _no_second_derivative(*_: Any, **__: Any) -> None:
    raise RuntimeError(
        "Second derivatives through a recurrent layer were asked for on TensorFlow, whose compiled backward pass has "
        "none. Set RNN_XLA=0 in the environment, or KERAS_BACKEND=jax or torch; or put the cell into keras.layers.RNN."
    )


def _two_halves(run: Callable, batched: list) -> list:
    """Run both halves of the batch side by side: one step's products are too small for two cores."""
    import tensorflow as tf

    size = batched[0].shape[0]
    if size is not None and size < SMALLEST_SPLIT:
        return run(batched)
    # Where the size is known only when the graph runs, a half may be empty; that is right, and cheap.
    middle = tf.shape(batched[0])[0] // 2
    first = run([None if a is None else a[:middle] for a in batched])
    second = run([None if a is None else a[middle:] for a in batched])
    return [tf.concat(pair, axis=0) for pair in zip(first, second, strict=True)]


@functools.cache
def _with_gradient_jax(program: Any) -> Callable:
    import jax

    @jax.custom_vjp
    def run(batched: list, shared: list) -> list:
        return program.forward(batched, shared, False)[0]

    def forward(batched: list, shared: list) -> tuple:
        outputs, kept = program.forward(batched, shared, True)
        return outputs, (batched, shared, kept)

    def backward(residuals: tuple, gradients: list) -> tuple:
        batched, shared, kept = residuals
        return program.backward(batched, shared, kept, gradients)

    run.defvjp(forward, backward)
    return run


def _with_gradient_torch(program: Any, batched: list, shared: list) -> list:
    import torch

    count = len(batched)
    if not torch.is_grad_enabled() or torch.onnx.is_in_onnx_export():
        return list(program.forward(batched, shared, False)[0])

    class Run(torch.autograd.Function):
        @staticmethod
        def forward(context: Any, *arguments: Any) -> tuple:
            rows, weights = list(arguments[:count]), list(arguments[count:])
            keep = any(context.needs_input_grad)
            outputs, kept = program.forward(rows, weights, keep)
            context.save_for_backward(*arguments, *kept)
            return tuple(outputs)

        @staticmethod
        def backward(context: Any, *gradients: Any) -> tuple:
            saved = list(context.saved_tensors)
            rows, weights, kept = (
                saved[:count],
                saved[count : count + len(shared)],
                saved[count + len(shared) :],
            )
            if torch.is_grad_enabled():  # of this gradient, another is wanted: what was kept does not lead to it
                kept = program.forward(rows, weights, True)[1]
            d_rows, d_weights = program.backward(rows, weights, kept, list(gradients))
            return (*d_rows, *d_weights)

    return list(Run.apply(*batched, *shared))


def vjp(function: Callable, arguments: list, gradients: list) -> list:
    """Gradients of `arguments` where `function(*arguments)`, a list of arrays, has those of `gradients`.

    `arguments` is a list of nests of arrays, and so is the result; an argument without an influence has zeros. It may
    stand inside a backward pass, and inside `scan`.
    """
    backend = name()
    if backend == "jax":
        import jax

        return list(jax.vjp(function, *arguments)[1](list(gradients)))
    flat = keras.tree.flatten(arguments)
    if backend == "tensorflow":
        import tensorflow as tf

        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(flat)
            results = function(*keras.tree.pack_sequence_as(arguments, flat))
        found = tape.gradient(results, flat, list(gradients), tf.UnconnectedGradients.ZERO)
        return keras.tree.pack_sequence_as(arguments, found)
    import torch

    with torch.enable_grad():
        flat = [a.detach().requires_grad_() for a in flat]
        results = function(*keras.tree.pack_sequence_as(arguments, flat))
    pairs = [(r, g) for r, g in zip(results, gradients, strict=True) if r.requires_grad]
    found = torch.autograd.grad([r for r, _ in pairs], flat, [g for _, g in pairs], allow_unused=True)
    found = [torch.zeros_like(a) if g is None else g for a, g in zip(flat, found, strict=True)]
    return keras.tree.pack_sequence_as(arguments, found)


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
