"""Spaces with a shared GPU ("ZeroGPU"): what uses a model runs in a process that holds the GPU for the time of a call.

The package `spaces`, which is there, forks that process, and hands arguments and results over as pickles. What does
not survive the way is packed and unpacked here, so that the pages need not know where they run.
"""

import functools
import inspect
import os
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr
from gradio import processing_utils
from gradio.blocks import Block
from gradio.utils import get_upload_folder

WITHOUT_A_TASK = ("gradients",)
"""Pages without a trained model that run Keras all the same."""


@dataclass(frozen=True)
class _Event:
    """A `gr.EventData`, which cannot be pickled, without the component that it belongs to."""

    data: Any


def is_zerogpu() -> bool:
    """Whether this is a Space with a shared GPU."""
    return os.environ.get("SPACES_ZERO_GPU", "").lower() in ("1", "t", "true")


def decorate_handlers(demo: gr.Blocks) -> int:
    """Let the handlers of `demo` that use a model run where the GPU is; call it before the app is launched.

    Returns:
        How many handlers: none where there is no shared GPU, or no package `spaces`.
    """
    if not is_zerogpu():
        return 0
    try:
        import spaces
    except ImportError:
        return 0
    using = [event for event in demo.fns.values() if event.fn is not None and uses_a_model(event)]
    for event in using:
        event.fn = _on_gpu(event.fn, spaces.GPU)
    return len(using)


def uses_a_model(event: Any) -> bool:
    """Whether a handler waits in the queue of a page with Keras ("char_lm", "sentiment-table", "gradients", ...)."""
    from rnn_models.bundles import TASKS

    return str(event.concurrency_id).split("-")[0] in (*TASKS, *WITHOUT_A_TASK)


def _on_gpu(handler: Callable, gpu: Callable) -> Callable:
    """`handler`, run by `gpu`, with everything packed for the way there and back."""
    if inspect.isgeneratorfunction(handler):

        @functools.wraps(handler)
        def there(*arguments: Any) -> Iterator[Any]:
            for result in handler(*map(_unpacked, arguments)):
                yield _packed(result)

        there = gpu(there)

        @functools.wraps(handler)
        def streamed(*arguments: Any) -> Iterator[Any]:
            yield from there(*map(_packed_argument, arguments))

        return streamed

    @functools.wraps(handler)
    def once(*arguments: Any) -> Any:
        return _packed(handler(*map(_unpacked, arguments)))

    once = gpu(once)

    @functools.wraps(handler)
    def called(*arguments: Any) -> Any:
        return once(*map(_packed_argument, arguments))

    return called


def _packed_argument(argument: Any) -> Any:
    return _Event(argument._data) if isinstance(argument, gr.EventData) else argument


def _unpacked(argument: Any) -> Any:
    return gr.EventData(None, argument.data) if isinstance(argument, _Event) else argument


def _packed(result: Any) -> Any:
    """A result of a handler: components as the updates that they stand for, files where they stay."""
    if isinstance(result, tuple):
        return tuple(map(_packed, result))
    if isinstance(result, Block):
        return _packed({**result.constructor_args, "__type__": "update"})
    if isinstance(result, dict) and result.get("__type__") == "update":
        return {name: _kept(value) for name, value in result.items()}
    return _kept(result)


def _kept(value: Any) -> Any:
    """A temporary file is gone when the page asks for it, as the process that made it runs on: Gradio keeps a copy."""
    if isinstance(value, str) and value.startswith(tempfile.gettempdir() + os.sep) and Path(value).is_file():
        return processing_utils.save_file_to_cache(value, cache_dir=get_upload_folder())
    return value
