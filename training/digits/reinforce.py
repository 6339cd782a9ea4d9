"""REINFORCE for glimpses: how a network learns where to look (Williams 1992; Mnih et al. 2014, section 3)."""

import math
from typing import TYPE_CHECKING, Any

import keras
from keras import ops

if TYPE_CHECKING:
    from rnn_models.tasks.glimpses import GlimpseReader
    from training.digits.config import Train


def log_density(places: Any, means: Any, sigma: float) -> Any:
    """ln N(l; μ, σ²) of places in the plane, (..., 2) give (...,): its gradient for μ is (l − μ)/σ²."""
    distances = ops.sum(ops.square(places - means), axis=-1)
    return -distances / (2 * sigma**2) - math.log(2 * math.pi * sigma**2)


def rewards_to_go(gains: Any, share: float) -> Any:
    """R_t, what comes after the choice of place t: (B, T) gains after each glimpse give (B, T).

        R_t = (1 − share) · gain after the last glimpse + share/T · Σ_{t' ≥ t} gain after glimpse t'

    With share = 0 this is the paper's one reward at the end.
    """
    left = ops.flip(ops.cumsum(ops.flip(gains, axis=1), axis=1), axis=1)
    return (1 - share) * gains[:, -1:] + share / gains.shape[1] * left


def reinforce_terms(places: Any, means: Any, rewards: Any, baselines: Any, sigma: float) -> Any:
    """What to add to the loss of each place so that its gradient is that of the expected reward.

        −(R_t − b_t) ln N(l_t; μ_t, σ²),    no gradient through l_t, R_t or b_t

    The mean of its gradient for μ_t is −∂E[R_t]/∂μ_t, for any b_t that does not depend on l_t.

    Args:
        places, means: (..., 2).
        rewards, baselines: (...,).
        sigma: σ.
    """
    advantages = ops.stop_gradient(rewards - baselines)
    return -advantages * log_density(ops.stop_gradient(places), means, sigma)


class GlimpseTrainer(keras.Model):
    """A `GlimpseReader` with its loss: cross-entropy, and REINFORCE with a learnt baseline for its places.

        L = cross-entropy + λ Σ_t [−(R_t − b_t) ln N(l_t; μ_t, σ²)] + Σ_t (R_t − b_t)²,    b_t = h_{t-1} · v + v_0

    b_t is learnt by the last term alone, and no gradient of it reaches h. Each picture is looked at several times, each
    time at places of their own (`--samples`); the loss is the mean.

    Args:
        reader: the model.
        options: the training script's.
        seed: of the places.
    """

    def __init__(self, reader: "GlimpseReader", options: "Train"):
        super().__init__(name="trainer")
        self.reader, self.options = reader, options
        self.draws = keras.random.SeedGenerator(options.seed)
        self.baseline = keras.layers.Dense(1, dtype="float32", name="baseline")
        self.baseline.build((None, reader.cell.output_size))
        self.built = True

    def call(self, pictures: Any, training: bool = False) -> dict[str, Any]:
        """Logits (N, T, C), places and means (N, T, 2), baselines (N, T − 1); N = B · samples in training, else B."""
        noise, steps = None, self.reader.steps
        if training:
            pictures = ops.repeat(pictures, self.options.samples, axis=0)
            noise = keras.random.normal((ops.shape(pictures)[0], steps - 1, 2), seed=self.draws)
        found = self.reader.unroll(pictures, noise, training)
        before = ops.stop_gradient(ops.cast(found.states[:, :-1], "float32"))
        baselines = ops.reshape(self.baseline(ops.reshape(before, (-1, before.shape[-1]))), (-1, steps - 1))
        return {
            "logits": ops.cast(found.logits, "float32"),
            "places": found.places,
            "means": found.means,
            "baselines": baselines,
        }

    def compute_loss(
        self, x: Any = None, y: Any = None, y_pred: Any = None, sample_weight: Any = None, training: bool = True
    ) -> Any:
        """The mean over the pictures of a batch; outside training the cross-entropy alone."""
        options, logits = self.options, y_pred["logits"]
        labels = ops.reshape(ops.cast(y, "int32"), (-1,))
        weights = None if sample_weight is None else ops.cast(ops.reshape(sample_weight, (-1,)), "float32")
        if training:
            labels = ops.repeat(labels, options.samples, axis=0)
            weights = None if weights is None else ops.repeat(weights, options.samples, axis=0)
        chosen = ops.one_hot(labels, logits.shape[-1])[:, None]
        log_probs = ops.sum(chosen * ops.log_softmax(logits, axis=-1), axis=-1)
        share = options.every_step
        losses = -(1 - share) * log_probs[:, -1] - share * ops.mean(log_probs, axis=1)
        if training and self.reader.steps > 1:
            losses = losses + self._of_places(y_pred, labels, log_probs)
        return ops.mean(losses if weights is None else losses * weights)

    def _of_places(self, found: dict[str, Any], labels: Any, log_probs: Any) -> Any:
        options, baselines = self.options, found["baselines"]
        answers = ops.cast(ops.argmax(found["logits"], axis=-1), "int32")
        right = ops.cast(answers == labels[:, None], "float32")
        gains = ops.stop_gradient(right if options.reward == "right" else log_probs)
        rewards = rewards_to_go(gains, options.every_step)[:, 1:]  # the first place is always the centre
        places, means = found["places"][:, 1:], found["means"][:, 1:]
        terms = reinforce_terms(places, means, rewards, baselines, self.reader.settings["sigma"])
        return ops.sum(options.reinforce * terms + ops.square(rewards - baselines), axis=-1)

    def compute_metrics(self, x: Any, y: Any, y_pred: Any, sample_weight: Any = None) -> dict[str, Any]:
        """Of the first look at each picture."""
        rows = ops.shape(ops.reshape(y, (-1,)))[0]
        logits = y_pred["logits"]
        first = ops.reshape(logits, (rows, -1, *logits.shape[1:]))[:, 0]
        return super().compute_metrics(x, y, first, sample_weight)
