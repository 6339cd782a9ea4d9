"""Attention: a query gives each place of a source a weight; the context is the weighted mean of the places."""

from typing import Any

import keras
from keras import ops

from rnn_models.backend import by_rows
from rnn_models.checks import check_units
from rnn_models.layers.cells import PACKAGE
from rnn_models.layers.checks import check_mask

Array = Any


class SoftAttention(keras.layers.Layer):
    """What the attentions share: scores e_tj become weights α_t = softmax(e_t) and a context z_t = Σ_j α_tj value_j.

    A place where the mask is False has the weight zero. `project_keys(source)` makes the keys, once for a source;
    the call takes them:

        keys = attention.project_keys(encoded)                              # (B, S, A)
        context, weights = attention(query, keys, encoded, mask=mask)       # (B, Dv), (B, S)

    Shapes: query (B, Dq), or (B, T, Dq) for T queries at once; keys (B, S, A); values (B, S, Dv); mask
    (B, S), True where a place counts. Context (B, Dv) or (B, T, Dv), weights (B, S) or (B, T, S). A source of
    padding only gets weights and context of zero.
    """

    def __init__(self, units: int, **kwargs: Any):
        super().__init__(**kwargs)
        self.units = check_units(units)

    def project_keys(self, source: Array) -> Array:
        """What the scores need of a source: (B, S, Dk) gives (B, S, A)."""
        raise NotImplementedError

    def project_query(self, query: Array) -> Array:
        """What the scores need of a query: (..., Dq) gives (..., A)."""
        return query

    def scores(self, query: Array, keys: Array) -> Array:
        """e (B, T, S) of projected queries (B, T, A) and keys (B, S, A)."""
        raise NotImplementedError

    def call(self, query: Array, keys: Array, values: Array, mask: Array | None = None) -> tuple[Array, Array]:
        self._check(query, keys, values, mask)
        weights = self.weigh(query, keys, mask)
        return gathered(weights, values), weights

    def weigh(self, query: Array, keys: Array, mask: Array | None = None) -> Array:
        """α of one query (B, Dq) or of many (B, T, Dq)."""
        many = len(query.shape) == 3
        query = self.project_query(query if many else query[:, None])
        scores = self.scores(query, keys)
        # The softmax of half-precision scores is made in single precision.
        scores = ops.cast(scores, "float32") if self.compute_dtype in ("float16", "bfloat16") else scores
        weights = masked_softmax(scores, None if mask is None else mask[:, None])
        weights = ops.cast(weights, self.compute_dtype)
        return weights if many else weights[:, 0]

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


@keras.saving.register_keras_serializable(package=PACKAGE)
class BahdanauAttention(SoftAttention):
    """Additive soft attention (Bahdanau et al. 2015, arXiv:1409.0473, appendix A.1.2).

        e_tj = vᵀ tanh(s_{t-1} W + k_j U)           the score of place j
        α_t  = softmax(e_t)                         weights, zero where the mask is False
        z_t  = Σ_j α_tj value_j                     the context

    `project_keys(source)` is k U, made once for a source; the call takes it as `keys`:

        keys = attention.project_keys(encoded)                              # (B, S, A)
        context, weights = attention(query, keys, encoded, mask=mask)       # (B, Dv), (B, S)

    Shapes: as in `SoftAttention`; W (Dq, A), U (Dk, A), v (A,).

    Args:
        units: A, the width in which query and keys meet.

    Raises:
        ValueError: keys that were not projected, or a mask of another length.
    """

    def __init__(self, units: int, **kwargs: Any):
        super().__init__(units, **kwargs)
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
        return by_rows(self.key_projection, source)

    def project_query(self, query: Array) -> Array:
        """s W for every query: (..., Dq) gives (..., A)."""
        return by_rows(self.query_projection, query)

    def scores(self, query: Array, keys: Array) -> Array:
        """vᵀ tanh(q + k), (B, T, S)."""
        hidden = ops.tanh(query[:, :, None] + keys[:, None])
        return ops.sum(hidden * ops.cast(self.score_vector, hidden.dtype), axis=-1)


@keras.saving.register_keras_serializable(package=PACKAGE)
class HardAttention(BahdanauAttention):
    """Stochastic hard attention (Xu et al. 2015, arXiv:1502.03044, section 4.1): one place is looked at.

        α_t = softmax(e_t), as in `BahdanauAttention`
        l_t ~ Categorical(α_t)                      the place
        z_t = value_{l_t}                           the context

    The place is drawn with the Gumbel numbers `noise`, l = argmax (log α + noise); without them it is the
    likeliest. No gradient of z flows into α: REINFORCE (Williams 1992) learns it, from log α_{t, l_t}.

        noise = HardAttention.draw((B, S), seed)
        context, weights = attention(query, keys, encoded, mask=mask, noise=noise)
        looked_at = attention.place(weights, noise)                         # (B, S), one 1 in each row

    Shapes: as in `SoftAttention`; noise like the weights, which are the α.
    """

    def call(
        self, query: Array, keys: Array, values: Array, mask: Array | None = None, noise: Array | None = None
    ) -> tuple[Array, Array]:
        self._check(query, keys, values, mask)
        weights = self.weigh(query, keys, mask)
        return gathered(self.place(weights, noise), values), weights

    def compute_output_spec(self, query: Any, keys: Any, values: Any, mask: Any = None, noise: Any = None) -> tuple:
        return super().compute_output_spec(query, keys, values, mask)

    @staticmethod
    def draw(shape: tuple, seed: Any = None) -> Array:
        """Gumbel numbers −log(−log u)."""
        uniform = keras.random.uniform(shape, 1e-20, 1.0, dtype="float32", seed=seed)
        return -ops.log(-ops.log(uniform))

    @staticmethod
    def place(weights: Array, noise: Array | None = None) -> Array:
        """Where it looks, as a 1 among zeros: (..., S) like the weights; a source of padding only gives zeros."""
        weights = ops.stop_gradient(ops.convert_to_tensor(weights))
        scores = ops.log(ops.maximum(ops.cast(weights, "float32"), 1e-30))
        best = ops.argmax(scores if noise is None else scores + ops.cast(noise, "float32"), axis=-1)
        places = ops.arange(ops.shape(weights)[-1], dtype=best.dtype)
        chosen = ops.cast(ops.expand_dims(best, -1) == places, weights.dtype)
        return ops.where(weights > 0, chosen, ops.zeros_like(chosen))


@keras.saving.register_keras_serializable(package=PACKAGE)
class LuongAttention(SoftAttention):
    """Multiplicative soft attention (Luong et al. 2015, arXiv:1508.04025, eq. 8).

        e_tj = h_tᵀ k_j                             score "dot": queries and source of one width
        e_tj = h_tᵀ (k_j U)                         score "general"

    Call and shapes: as in `SoftAttention`; U (Dk, Dq) without a bias.

    Args:
        units: the width of the queries.
        score: "general" or "dot".

    Raises:
        ValueError: an unknown score, with "dot" a source of another width than `units`, and as in the call.
    """

    def __init__(self, units: int, score: str = "general", **kwargs: Any):
        super().__init__(units, **kwargs)
        if score not in ("dot", "general"):
            raise ValueError(f"score is {score!r}; expected 'general' or 'dot'.")
        self.score = score
        self.key_projection = None
        if score == "general":
            options = {"use_bias": False, "dtype": self.dtype_policy}
            self.key_projection = keras.layers.Dense(self.units, name="keys", **options)

    def build(
        self, query_shape: tuple, keys_shape: tuple, values_shape: tuple | None = None, mask_shape: Any = None
    ) -> None:
        self.built = True

    def project_keys(self, source: Array) -> Array:
        """k U ("general") or k itself ("dot"), (B, S, Dq)."""
        if self.key_projection is not None:
            return by_rows(self.key_projection, source)
        if source.shape[-1] != self.units:
            raise ValueError(
                f"{self.name}: a source {source.shape[-1]} wide for queries of width {self.units}; the score 'dot' "
                "needs both of one width. Use score='general', or give both the same units."
            )
        return source

    def scores(self, query: Array, keys: Array) -> Array:
        """hᵀ k, (B, T, S)."""
        return ops.matmul(query, ops.transpose(keys, (0, 2, 1)))

    def get_config(self) -> dict:
        return {**super().get_config(), "score": self.score}


def masked_softmax(scores: Array, mask: Array | None) -> Array:
    """The softmax over the last axis of the places where the mask, of the scores' shape, is not 0; 0 elsewhere."""
    if mask is None:
        return ops.softmax(scores, axis=-1)
    mask = ops.cast(mask, "bool")
    # Finite, so that a source of padding only gives no NaN.
    weights = ops.softmax(ops.where(mask, scores, ops.full_like(scores, -1e9)), axis=-1)
    return ops.where(mask, weights, ops.zeros_like(weights))


def gathered(weights: Array, values: Array) -> Array:
    """Σ_j α_j value_j for weights (B, S) or (B, T, S)."""
    if len(weights.shape) == 3:
        return ops.matmul(weights, values)
    return ops.matmul(weights[:, None], values)[:, 0]
