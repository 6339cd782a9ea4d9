"""Truncated back-propagation through time: carrying state from one training chunk to the next."""

import inspect
from typing import Any

import keras
from keras import ops, tree

from rnn_models import backend
from rnn_models.layers.recurrent_cell import PACKAGE


@keras.saving.register_keras_serializable(package=PACKAGE)
class TruncatedBPTT(keras.layers.Layer):
    """Run a layer from where the last batch left it, inside `model.fit`.

    A long text is cut into `batch_size` streams and every stream into chunks; batch k holds chunk k of every
    stream. The state is carried forward for ever, the gradient stops at the chunk's edge (Williams and Peng
    1990). The carried state is a value in non-trainable variables of this wrapper, not of the wrapped layer.

    Args:
        layer: takes `initial_state` and gives `output, *states`: a layer of this library with
            `return_state=True`, or a model whose call has a `return_state` argument, such as `CharLM`.
        batch_size: number of streams, B.

    Call arguments:
        inputs: what `layer` takes, with B rows.
        reset: (B,) boolean: the streams that start anew with this batch, e.g. all at the start of an epoch.
        mask: (B, T), handed on; if None, the mask that a layer below attached to the inputs, if any.
        training: handed on.

    Raises:
        ValueError: a batch or a `reset` of another size, a layer that gives no states, a mask for a layer that
            takes none.
    """

    def __init__(self, layer: keras.layers.Layer, batch_size: int, **kwargs: Any):
        super().__init__(**kwargs)
        accepted = inspect.signature(layer.call).parameters
        takes_flag = "return_state" in accepted
        if not takes_flag and not getattr(layer, "return_state", False):
            raise ValueError(f"TruncatedBPTT: {layer.name} gives no states; make it with return_state=True.")
        if batch_size < 1:
            raise ValueError(f"TruncatedBPTT: batch_size is {batch_size}; expected the number of streams, 1 or more.")
        self.layer = layer
        self.batch_size = int(batch_size)
        self._flag = {"return_state": True} if takes_flag else {}
        self._takes_mask = "mask" in accepted
        self.supports_masking = True

    def build(self, inputs_shape: tuple, reset_shape: tuple | None = None) -> None:
        if not self.layer.built:
            self.layer.build(inputs_shape)
        initial = self.layer.get_initial_state(self.batch_size)
        self._structure = tree.map_structure(lambda _: 0, initial)
        # On read: with several replicas each carries the streams of its own.
        self.carried = [
            keras.Variable(
                initializer="zeros",
                shape=tuple(state.shape),
                dtype=keras.backend.standardize_dtype(state.dtype),
                trainable=False,
                autocast=False,
                synchronization="on_read",
                aggregation="only_first_replica",
                name=f"carried_{number}",
            )
            for number, state in enumerate(tree.flatten(initial))
        ]
        self.reset_state()
        self.built = True

    def call(
        self, inputs: Any, reset: Any = None, mask: Any = None, training: bool = False, inputs_mask: Any = None
    ) -> Any:
        # Keras fills in `inputs_mask` where `reset` is given too; on JAX nothing else tells of an attached mask.
        mask = inputs_mask if mask is None else mask
        options = {**self._flag, **self._mask_option(inputs, mask)}
        batch = inputs.shape[0]
        advice = (
            f"expected {self.batch_size}, one for each stream. Cut the text into that many streams, and drop or pad "
            "the last chunk."
        )
        if batch is not None and batch != self.batch_size:
            raise ValueError(f"{self.name}: the batch has {batch} rows; {advice}")
        inputs = backend.with_rows(
            inputs, self.batch_size, f"{self.name}: the batch has another number of rows; {advice}"
        )
        states = [ops.copy(v) for v in self.carried]  # PyTorch would write the new state over the old
        if reset is not None:
            if tuple(reset.shape) not in ((self.batch_size,), (self.batch_size, 1), (None,), (None, 1)):
                raise ValueError(
                    f"{self.name}: reset has shape {tuple(reset.shape)}; expected ({self.batch_size},), one truth "
                    "value for each stream: True where it starts anew."
                )
            restart = ops.reshape(ops.cast(reset, "bool"), (-1, 1))
            fresh = tree.flatten(self.layer.get_initial_state(self.batch_size))
            states = [ops.where(restart, f, s) for f, s in zip(fresh, states, strict=True)]
        packed = tree.pack_sequence_as(self._structure, states)
        output, *states = self.layer(inputs, initial_state=packed, training=training, **options)
        for variable, state in zip(self.carried, tree.flatten(states), strict=True):
            variable.assign(ops.cast(ops.stop_gradient(state), variable.dtype))
        return output

    def reset_state(self) -> None:
        """Let every stream start anew."""
        fresh = tree.flatten(self.layer.get_initial_state(self.batch_size))
        for variable, state in zip(self.carried, fresh, strict=True):
            variable.assign(state)

    def _mask_option(self, inputs: Any, mask: Any) -> dict:
        mask = getattr(inputs, "_keras_mask", None) if mask is None else mask
        if mask is None:
            return {}
        if not self._takes_mask:
            raise ValueError(f"{self.name}: a mask was given, but {self.layer.name} takes none. Leave the mask out.")
        return {"mask": mask}

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> Any:
        return keras.tree.flatten([self.layer.compute_mask(inputs, previous_mask)])[0]

    def compute_output_spec(
        self, inputs: Any, reset: Any = None, mask: Any = None, training: bool = False, inputs_mask: Any = None
    ) -> Any:
        return keras.tree.flatten(self.layer.compute_output_spec(inputs, **self._flag))[0]

    def get_config(self) -> dict:
        layer = keras.saving.serialize_keras_object(self.layer)
        return {**super().get_config(), "layer": layer, "batch_size": self.batch_size}

    @classmethod
    def from_config(cls, config: dict) -> "TruncatedBPTT":
        config = dict(config)
        return cls(keras.saving.deserialize_keras_object(config.pop("layer")), **config)


class ResetState(keras.callbacks.Callback):
    """Let the streams of every `TruncatedBPTT` of the model start anew at each epoch and each evaluation."""

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        self._reset()

    def on_test_begin(self, logs: dict | None = None) -> None:
        self._reset()

    def _reset(self) -> None:
        for layer in self.model._flatten_layers():
            if isinstance(layer, TruncatedBPTT):
                layer.reset_state()
