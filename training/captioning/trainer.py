"""The loss of a captioner: cross-entropy, and what soft and hard attention add."""

from typing import TYPE_CHECKING, Any

import keras
from keras import ops

from rnn_models.losses import SmoothedCrossEntropy
from rnn_models.tasks.captioning import Captioner
from training.captioning.hard_attention import reinforce_terms

if TYPE_CHECKING:
    from training.captioning.config import Train


BASELINE_MEMORY = 0.9
"""How much of the moving average of REINFORCE's baseline stays at each step (Xu et al. 2015, eq. 12)."""


class Trainer(keras.Model):
    """A `Captioner` with its loss: cross-entropy, and what soft or hard attention adds to it.

    Args:
        captioner: the model.
        options: the training script's.
        seed: of the places that hard attention draws.
    """

    def __init__(self, captioner: Captioner, options: "Train"):
        super().__init__(name="trainer")
        self.captioner, self.options = captioner, options
        self.cross_entropy = SmoothedCrossEntropy(options.label_smoothing)
        self.is_hard = options.attention == "hard"
        if self.is_hard:
            self.draws = keras.random.SeedGenerator(options.seed)
            self.baseline = self.add_weight(name="baseline", shape=(), initializer="zeros", trainable=False)
        self.built = True

    def call(self, inputs: dict, training: bool = False) -> tuple:
        grid, target = inputs["grid"], inputs["target"]
        if not (self.is_hard and training):
            return *self.captioner(grid, target, training=training), None
        attention = self.captioner.decoder.attention
        noise = attention.draw((*ops.shape(target), grid.shape[1]), self.draws)
        logits, weights = self.captioner(grid, target, noise=noise, training=True)
        return logits, weights, attention.place(weights, noise)

    def compute_loss(
        self, x: Any = None, y: Any = None, y_pred: Any = None, sample_weight: Any = None, training: bool = True
    ) -> Any:
        """The mean over the words of a batch."""
        logits, weights, place = y_pred
        counted = ops.cast(sample_weight, "float32")
        losses = self.cross_entropy(y, logits)
        if place is not None and training:
            right = ops.log_softmax(ops.cast(logits, "float32"), axis=-1)
            right = ops.squeeze(ops.take_along_axis(right, ops.cast(y, "int32")[..., None], axis=-1), -1)
            options = self.options
            terms, mean = reinforce_terms(right, weights, place, counted, self.baseline, options.entropy)
            losses = losses + options.reinforce * terms
            self.baseline.assign(BASELINE_MEMORY * self.baseline + (1 - BASELINE_MEMORY) * mean)
        loss = ops.sum(losses * counted) / ops.maximum(ops.sum(counted), 1.0)
        if weights is not None and not self.is_hard and training and self.options.penalty:
            loss = loss + self.options.penalty * doubly_stochastic(weights, counted)
        return loss


def doubly_stochastic(weights: Any, counted: Any) -> Any:
    """The mean over captions and places of (1 − Σ_t α_ti)²: every place is attended to (Xu et al. 2015, eq. 14).

    Args:
        weights: (..., T, L), the α.
        counted: (..., T), 1 for the steps of the caption; a caption of none does not count.
    """
    attended = ops.sum(ops.cast(weights, "float32") * counted[..., None], axis=-2)
    there = ops.max(counted, axis=-1)
    missing = ops.mean(ops.square(1 - attended), axis=-1)
    return ops.sum(missing * there) / ops.maximum(ops.sum(there), 1.0)
