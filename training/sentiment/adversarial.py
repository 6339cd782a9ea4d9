"""Adversarial training of a text classifier (Miyato, Dai and Goodfellow 2017).

    g = ∂ loss / ∂ x, of the embeddings x (T, E) of a text
    r = ε σ g / ‖g‖
    loss = cross-entropy(x) + weight · cross-entropy(x + r)

The classifier has to be right also at the worst point nearby. Miyato et al. normalise the embeddings, lest they grow
until ε is nothing to them. Here they stay what they are and σ, the standard deviation of the batch's embeddings,
measures ε: that comes to the same, and the trained model is an ordinary one.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import keras
from keras import ops

if TYPE_CHECKING:
    from rnn_models.tasks.sentiment import SentimentClassifier


class AdversarialTrainer(keras.Model):
    """A classifier in `fit`, with the adversarial loss beside its own. Validation is without it.

    Args:
        classifier: whose weights are trained.
        epsilon: ε, the length of r in standard deviations of an embedding's number.
        weight: of the adversarial loss.
    """

    def __init__(self, classifier: "SentimentClassifier", epsilon: float, weight: float = 1.0, **kwargs: Any):
        super().__init__(**kwargs)
        self.classifier, self.epsilon, self.weight = classifier, epsilon, weight
        self.built = True

    def call(self, inputs: dict, training: bool = False) -> Any:
        """Logits (B, C) of {"tokens": (B, T), "mask": (B, T)}."""
        return self.classifier(inputs["tokens"], mask=inputs["mask"], training=training)

    def train_step(self, *arguments: Any) -> Any:
        """One step of `fit`. On TensorFlow r is made before Keras begins to record: no tape sees two derivatives."""
        if keras.backend.backend() != "tensorflow":
            return super().train_step(*arguments)
        x, y, sample_weight = keras.utils.unpack_x_y_sample_weight(*arguments)
        return super().train_step((x | {"r": self._perturbation(x, y, sample_weight)}, y, sample_weight))

    def compute_loss(
        self, x: Any = None, y: Any = None, y_pred: Any = None, sample_weight: Any = None, training: bool = True
    ) -> Any:
        own = super().compute_loss(x, y, y_pred, sample_weight, training)
        if not training:
            return own
        r = x["r"] if "r" in x else self._perturbation(x, y, sample_weight)
        logits = self.classifier.logits_of(self.classifier.embed(x["tokens"]) + r, _mask(x), True)
        return own + self.weight * super().compute_loss(x, y, logits, sample_weight, training)

    def _perturbation(self, x: dict, y: Any, sample_weight: Any) -> Any:
        mask, compute = _mask(x), super().compute_loss

        def loss(embedded: Any) -> Any:
            # without dropout: nothing random may be drawn inside of a derivative
            return compute(x, y, self.classifier.logits_of(embedded, mask), sample_weight, True)

        embedded = ops.stop_gradient(self.classifier.embed(x["tokens"]))
        return perturbation(gradient(loss, embedded), embedded, mask, self.epsilon)


def _mask(x: dict) -> Any:
    return ops.cast(x["mask"], "bool")


def perturbation(g: Any, embedded: Any, mask: Any, epsilon: float) -> Any:
    """r (B, T, E): along g, of length ε σ a text, and zero where the mask (B, T) is False.

    σ² is the mean square, over the numbers of all real tokens' embeddings, of their distance from the mean token's.
    """
    real = ops.cast(mask, embedded.dtype)[..., None]
    count = ops.maximum(ops.sum(real), 1.0)
    mean = ops.sum(real * embedded, axis=(0, 1), keepdims=True) / count
    variance = ops.sum(real * ops.square(embedded - mean)) / (count * ops.shape(embedded)[-1])
    g = g * real
    length = ops.sqrt(ops.sum(ops.square(g), axis=(1, 2), keepdims=True))
    return epsilon * ops.sqrt(variance) * g / ops.maximum(length, 1e-12)


def gradient(function: Callable[[Any], Any], x: Any) -> Any:
    """∂ function(x) / ∂x of a scalar function, taken for a constant by whoever differentiates what is made of it."""
    return ops.stop_gradient(_GRADIENTS[keras.backend.backend()](function, x))


def _tensorflow(function: Callable[[Any], Any], x: Any) -> Any:
    import tensorflow as tf

    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(x)
        value = function(x)
    return tape.gradient(value, x)


def _jax(function: Callable[[Any], Any], x: Any) -> Any:
    import jax

    return jax.grad(function)(x)


def _torch(function: Callable[[Any], Any], x: Any) -> Any:
    import torch

    with torch.enable_grad():
        x = x.detach().requires_grad_(True)
        return torch.autograd.grad(function(x), x)[0]


_GRADIENTS = {"tensorflow": _tensorflow, "jax": _jax, "torch": _torch}
