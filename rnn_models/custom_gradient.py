"""Gradients that are written by hand, on each Keras backend.

with_gradient   a function whose backward pass is written by hand
vjp             the gradients of one call, inside a backward pass
"""

import functools
import itertools
import os
from collections.abc import Callable
from typing import Any

import keras

from rnn_models import backend
from rnn_models.open_sizes import OpenSizes

SMALLEST_SPLIT = 16
"""Batches from this size on are run as two halves side by side on a CPU with TensorFlow."""


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
    used = backend.name()
    if used == "tensorflow":
        return _with_gradient_tensorflow(program, batched, shared, keep, split)
    if used == "jax":
        return _with_gradient_jax(program)(batched, shared)
    return _with_gradient_torch(program, batched, shared)


@functools.cache
def _tensorflow_programs(program: Any, xla: bool) -> tuple[Callable, Callable]:
    """Both passes, each one XLA program. The model around them is not compiled: that was slower."""
    import tensorflow as tf

    backend.keep_memory()
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
        run = _eager_tensorflow(program, keep, split, widths, rows, backend.xla())
        return list(run(*[a for a in arguments if a is not None]))
    forward, backward = _tensorflow_programs(program, backend.xla())
    present = [a is not None for a in [*batched, *shared]]
    padding = OpenSizes.of(program, batched) if backend.xla() else None

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
            found = iter(tf.custom_gradient(once)(*known) if backend.xla() else once(*known)[0])
            return [next(found) if is_there else None for is_there in there]

        return tuple(outputs), gradient

    def whole(rows: list) -> list:
        return list(run(*[a for a in [*rows, *shared] if a is not None]))

    rows = batched if padding is None else padding.pad(batched)
    halved = split and (os.cpu_count() or 1) > 1 and not backend.tensorflow_has_gpu()
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
    stand inside a backward pass, inside `scan`, and inside a function that is `compiled(..., differentiates=True)`.

    Raises:
        RuntimeError: PyTorch is in inference mode, which records nothing: all gradients would be zeros.
    """
    used = backend.name()
    if used == "jax":
        import jax

        return list(jax.vjp(function, *arguments)[1](list(gradients)))
    flat = keras.tree.flatten(arguments)
    if used == "tensorflow":
        import tensorflow as tf

        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(flat)
            results = function(*keras.tree.pack_sequence_as(arguments, flat))
        found = tape.gradient(results, flat, list(gradients), tf.UnconnectedGradients.ZERO)
        return keras.tree.pack_sequence_as(arguments, found)
    import torch

    if torch.is_inference_mode_enabled():
        raise RuntimeError("A gradient was asked for in PyTorch's inference mode. Use torch.no_grad() instead.")
    with torch.enable_grad():
        flat = [a.detach().requires_grad_() for a in flat]
        results = function(*keras.tree.pack_sequence_as(arguments, flat))
    pairs = [(r, g) for r, g in zip(results, gradients, strict=True) if r.requires_grad]
    found = torch.autograd.grad([r for r, _ in pairs], flat, [g for _, g in pairs], allow_unused=True)
    found = [torch.zeros_like(a) if g is None else g for a, g in zip(flat, found, strict=True)]
    return keras.tree.pack_sequence_as(arguments, found)
