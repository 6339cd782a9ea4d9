"""Data-parallel training: all devices of a machine, or several hosts."""

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from training.core.options import FitOptions


@dataclass
class Distribution:
    """Who computes what.

    Attributes:
        replicas: devices that share a batch.
        index: the number of this process.
        processes: how many processes there are, each of which feeds its own rows of a batch.
        scope: makes a context in which the model is built.
        local: whether a model sees only its replica's rows of a batch (TensorFlow), not all of it (JAX).
    """

    replicas: int = 1
    index: int = 0
    processes: int = 1
    scope: Callable[[], Any] = contextlib.nullcontext
    local: bool = False

    @property
    def active(self) -> bool:
        return self.replicas > 1 or self.processes > 1

    @property
    def writer(self) -> bool:
        """Whether this process writes files and prints."""
        return self.index == 0

    def fit_scope(self) -> Any:
        """The context for `fit`: none on TensorFlow, where callbacks read variables outside the strategy."""
        return contextlib.nullcontext() if self.local else self.scope()

    def seen(self, batch_size: int) -> int:
        """The rows of a batch that the model sees at once."""
        return batch_size // self.replicas if self.local else batch_size

    def rows(self, batch_size: int) -> slice:
        """The rows of a batch that this process feeds."""
        if batch_size % self.replicas:
            raise ValueError(
                f"--batch-size {batch_size} cannot be shared equally by {self.replicas} devices. "
                f"Give a multiple of {self.replicas}."
            )
        share = batch_size // self.processes
        return slice(self.index * share, (self.index + 1) * share)


def set_up(options: FitOptions) -> Distribution:
    """Find the devices; call it before anything touches one.

    JAX: `keras.distribution.DataParallel`; with --coordinator the devices of all processes
    (`jax.distributed`; between CPUs through gloo). TensorFlow: `tf.distribute.MirroredStrategy`, one
    machine. PyTorch has neither in Keras.
    """
    if not options.distribute:
        return Distribution()
    import keras

    backend = keras.backend.backend()
    if backend == "jax":
        return _jax(options)
    if options.coordinator is not None:
        raise ValueError(
            f"Several hosts need JAX; Keras runs on {backend}. Set KERAS_BACKEND=jax, or leave out --coordinator."
        )
    if backend == "tensorflow":
        return _tensorflow()
    raise ValueError(f"--distribute works on JAX and TensorFlow; Keras runs on {backend}. Set KERAS_BACKEND.")


def _jax(options: FitOptions) -> Distribution:
    import jax
    import keras

    if options.coordinator is not None:
        jax.config.update("jax_cpu_collectives_implementation", "gloo")
        keras.distribution.initialize(options.coordinator, options.processes, options.process_index)
    devices = jax.devices()
    # each process feeds its own rows (`rows`), so Keras has nothing to share out
    parallel = keras.distribution.DataParallel(auto_shard_dataset=False)
    return Distribution(len(devices), jax.process_index(), jax.process_count(), parallel.scope)


def _tensorflow() -> Distribution:
    import tensorflow as tf

    kind = "GPU" if tf.config.list_logical_devices("GPU") else "CPU"
    strategy = tf.distribute.MirroredStrategy([device.name for device in tf.config.list_logical_devices(kind)])
    return Distribution(strategy.num_replicas_in_sync, scope=strategy.scope, local=True)
