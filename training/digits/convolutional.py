"""A small convolutional network of like cost: what stands beside the glimpses."""

import math
from typing import TYPE_CHECKING, Any

import keras

from training.core.options import make_optimizer
from training.digits.inputs import PictureBatches
from training.metrics.classification import classification_scores

if TYPE_CHECKING:
    from training.data.records import ImageData
    from training.digits.config import Train

EPOCHS = 10
"""Passes over the training pictures, or those of the options where they are fewer."""

MOST_CHANNELS = 64


def fit_convolutional(options: "Train", data: "ImageData", multiplications: int) -> dict[str, Any]:
    """Fit a network of about so many multiplications a picture, as the glimpses were; its scores on the test."""
    epochs = min(EPOCHS, options.epochs)
    keras.utils.set_random_seed(options.seed)
    network = network_of_cost(options.canvas, len(data.label_names), multiplications)
    batches = PictureBatches(
        data.train, options.batch_size, options.seed, options.shift, None, options.canvas, options.clutter
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    network.compile(make_optimizer(options, epochs * len(batches)), loss)
    for epoch in range(epochs):
        batches.epoch = epoch
        network.fit(batches, epochs=1, shuffle=False, verbose=0)
    logits = network.predict(data.test.images.astype("float32") / 255, batch_size=options.batch_size, verbose=0)
    probabilities = keras.ops.convert_to_numpy(keras.ops.softmax(logits))
    return {
        "name": f"convolutional network, {network.channels} and {2 * network.channels} channels, {epochs} epochs",
        "parameters": network.count_params(),
        "multiplications": multiplications_of(network),
        **classification_scores(probabilities, data.test.labels),
    }


class ConvolutionalNetwork(keras.Sequential):
    """Two convolutions of 5 × 5, each with a maximum over 2 × 2, and one hidden layer (after LeCun et al. 1998).

    Args:
        side: of the pictures, (B, side, side).
        classes: C.
        channels: of the first convolution; the second has twice as many.
    """

    def __init__(self, side: int, classes: int, channels: int):
        layers = keras.layers
        super().__init__(
            [
                layers.Reshape((side, side, 1)),
                layers.Conv2D(channels, 5, activation="relu"),
                layers.MaxPooling2D(),
                layers.Conv2D(2 * channels, 5, activation="relu"),
                layers.MaxPooling2D(),
                layers.Flatten(),
                layers.Dense(8 * channels, activation="relu"),
                layers.Dense(classes),
            ]
        )
        self.channels = channels
        self.build((None, side, side))


def network_of_cost(side: int, classes: int, multiplications: int) -> ConvolutionalNetwork:
    """The network whose number of multiplications a picture is nearest to this."""
    counts = {n: cost(side, classes, n) for n in range(1, MOST_CHANNELS + 1)}
    return ConvolutionalNetwork(side, classes, min(counts, key=lambda n: abs(counts[n] - multiplications)))


def cost(side: int, classes: int, channels: int) -> int:
    """The multiplications of a `ConvolutionalNetwork` for one picture."""
    first = side - 4
    second = first // 2 - 4
    flat = (second // 2) ** 2 * 2 * channels
    return first**2 * 25 * channels + second**2 * 50 * channels**2 + flat * 8 * channels + 8 * channels * classes


def multiplications_of(network: keras.Model) -> int:
    """The same, counted from the layers: a weight of a matrix counts once for each place it is used at."""
    layers = [layer for layer in network.layers if layer.weights]
    return sum(math.prod(layer.kernel.shape) * math.prod(layer.output.shape[1:-1]) for layer in layers)
