"""Attention: where to look, given what one knows."""

from typing import Any

import keras
from keras import ops

from rnn_models.layers.cells import PACKAGE
from rnn_models.layers.checks import check_mask, check_units

Array = Any


@keras.saving.register_keras_serializable(package=PACKAGE)
class BahdanauAttention(keras.layers.Layer):
    """Additive soft attention (Bahdanau et al. 2015, arXiv:1409.0473, appendix A.1.2).

        e_tj = vᵀ tanh(s_{t-1} W + k_j U)           the score of place j
        α_t  = softmax(e_t)                         weights, zero where the mask is False
        z_t  = Σ_j α_tj value_j                     the context

    `project_keys(source)` is k U, made once for a source; the call takes it as `keys`:

        keys = attention.project_keys(encoded)                              # (B, S, A)
        context, weights = attention(query, keys, encoded, mask=mask)       # (B, Dv), (B, S)

    Shapes: query (B, Dq), or (B, T, Dq) for T queries at once; keys (B, S, A); values (B, S, Dv); mask
    (B, S), True where a place counts. W (Dq, A), U (Dk, A), v (A,). Context (B, Dv) or (B, T, Dv), weights
    (B, S) or (B, T, S). A source of padding only gets weights and context of zero.

    Args:
        units: A, the width in which query and keys meet.

    Raises:
        ValueError: keys that were not projected, or a mask of another length.
    """

    def __init__(self, units: int, **kwargs: Any):
        super().__init__(**kwargs)
        self.units = check_units(units)
        options = {"use_bias": False, "dtype": self.dtype_policy}
        self.key_projection = keras.layers.Dense(self.units, name="keys", **options)
        self.query_projection = keras.layers.Dense(self.units, name="query", **options)

    def build(
        self, query_shape: tuple, keys_shape: tuple, values_shape: tuple | None = None, mask_shape: Any = None
    ) -> None:
        self.query_projection.build(query_shape)
        self.score_vector = self.add_weight(name="score_vector", shape=(self.units,), initializer="glorot_uniform")
        self.built = True

    def project_keys(self, source: Array) -> Array:
        """k U for every place of a source: (B, S, Dk) gives (B, S, A)."""
        return self.key_projection(source)

    def call(self, query: Array, keys: Array, values: Array, mask: Array | None = None) -> tuple[Array, Array]:
        self._check(query, keys, values, mask)
        many = len(query.shape) == 3
        q = self.query_projection(query)
        if many:
            q, keys = q[:, :, None], keys[:, None]
        else:
            q = q[:, None]
        hidden = ops.tanh(q + keys)
        scores = ops.sum(hidden * ops.cast(self.score_vector, hidden.dtype), axis=-1)
        # The softmax of half-precision scores is made in single precision.
        scores = ops.cast(scores, "float32") if self.compute_dtype in ("float16", "bfloat16") else scores
        if mask is not None:
            mask = ops.cast(mask, "bool")
            mask = mask[:, None] if many else mask
            # Finite, so that a source of padding only gives no NaN.
            scores = ops.where(mask, scores, ops.full_like(scores, -1e9))
        weights = ops.softmax(scores, axis=-1)
        if mask is not None:
            weights = ops.where(mask, weights, ops.zeros_like(weights))
        weights = ops.cast(weights, self.compute_dtype)
        context = ops.matmul(weights if many else weights[:, None], values)
        return (context if many else context[:, 0]), weights

    def compute_output_spec(self, query: Any, keys: Any, values: Any, mask: Any = None) -> tuple:
        self._check(query, keys, values, mask)
        lead = tuple(query.shape[:-1])
        return (
            keras.KerasTensor((*lead, values.shape[-1]), dtype=self.compute_dtype),
            keras.KerasTensor((*lead, keys.shape[1]), dtype=self.compute_dtype),
        )

    def compute_mask(self, *arguments: Any, **options: Any) -> None:
        """None: the mask is that of the source's places, the outputs have others."""

    def _check(self, query: Array, keys: Array, values: Array, mask: Array | None) -> None:
        if len(query.shape) not in (2, 3):
            raise ValueError(
                f"{self.name}: the query has shape {tuple(query.shape)}; expected (batch, features), or (batch, time, "
                "features) for several queries at once."
            )
        if len(keys.shape) != 3 or keys.shape[-1] != self.units:
            raise ValueError(
                f"{self.name}: the keys have shape {tuple(keys.shape)}; expected (batch, places, {self.units}). "
                "Project the source once with `project_keys(source)` and pass what it gives."
            )
        if len(values.shape) != 3 or None not in (values.shape[1], keys.shape[1]) and values.shape[1] != keys.shape[1]:
            raise ValueError(
                f"{self.name}: the values have shape {tuple(values.shape)} and the keys {tuple(keys.shape)}; expected "
                "one value for each key, (batch, places, features)."
            )
        if mask is not None:
            check_mask(self, mask, keys.shape)

    def get_config(self) -> dict:
        return {**super().get_config(), "units": self.units}
