"""REINFORCE for hard attention: how the places that a network looks at are learnt (Xu et al. 2015, section 4.1)."""

from typing import Any

from keras import ops


def reinforce_terms(
    log_probs: Any, weights: Any, place: Any, counted: Any, baseline: Any, entropy: float = 0.0
) -> tuple[Any, Any]:
    """What to add to the loss of each step so that its gradient is that of the expected log-likelihood.

    With places l_t ~ Categorical(α_t) and R_t = Σ_{t' ≥ t} log p(word t'), what came after the look at l_t,

        ∇ E[Σ_t log p(word t)] = E[Σ_t ∇ log p(word t) + (R_t − b_t) ∇ log α_{t, l_t}]

    for any b_t that does not depend on l_t (Williams 1992); here b_t = baseline · (steps that are left). Steps before
    t are no matter of l_t, so that R_t leaves them out: less variance, the same mean. The term of step t is
    −(R_t − b_t) log α_{t, l_t} − entropy · H(α_t), with no gradient through R_t.

    Args:
        log_probs: (..., T) of the right words, in single precision or better.
        weights: (..., T, L), the α.
        place: (..., T, L), a 1 where it looked.
        counted: (..., T), 1 for the steps of the caption, 0 for padding.
        baseline: what a word's log p is on average, a number.
        entropy: the weight of the entropy H(α_t) = −Σ_i α_ti log α_ti.

    Returns:
        The terms (..., T), and the mean log p of a word in this batch, for a moving average of baselines.
    """
    counted = ops.cast(counted, log_probs.dtype)
    log_probs = ops.stop_gradient(log_probs) * counted
    advantage = _left(log_probs) - baseline * _left(counted)
    weights = ops.cast(weights, log_probs.dtype)
    log_weights = ops.log(ops.maximum(weights, 1e-20))
    log_chosen = ops.sum(ops.cast(place, log_probs.dtype) * log_weights, axis=-1)
    spread = -ops.sum(weights * log_weights, axis=-1)
    mean = ops.sum(log_probs) / ops.maximum(ops.sum(counted), 1.0)
    return (-advantage * log_chosen - entropy * spread) * counted, mean


def _left(values: Any) -> Any:
    """Σ_{t' ≥ t} of (..., T)."""
    return ops.flip(ops.cumsum(ops.flip(values, axis=-1), axis=-1), axis=-1)
