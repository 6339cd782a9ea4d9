"""Recurrences with a rectifier: the IRNN and the IndRNN."""

from typing import Any

import keras
from keras import ops

from rnn_models.layers.cells import VanillaRNNCell
from rnn_models.layers.recurrent_cell import PACKAGE, RecurrentCell, Weights


@keras.saving.register_keras_serializable(package=PACKAGE)
class IRNNCell(VanillaRNNCell):
    """The vanilla recurrence with a rectifier that begins as the identity (Le et al. 2015, arXiv:1504.00941).

        h_t = relu(x_t W + h_{t-1} U + b),    at first U = I and b = 0

    Shapes: x (B, D), h (B, H); W (D, H), U (H, H), b (H,).
    """

    short_name = "irnn"
    keras_layer = None

    def __init__(self, units: int, recurrent_initializer: Any = "identity", **kwargs: Any):
        super().__init__(units, activation="relu", recurrent_initializer=recurrent_initializer, **kwargs)

    def get_config(self) -> dict:
        config = super().get_config()
        del config["activation"]
        return config


@keras.saving.register_keras_serializable(package=PACKAGE)
class IndRNNCell(RecurrentCell):
    """Every unit sees only itself (Li et al. 2018, arXiv:1803.04831); no recurrent dropout, no layer normalisation.

        h_t = relu(x_t W + u ⊙ h_{t-1} + b)

    Shapes: x (B, D), h (B, H); W (D, H), u (H,), b (H,). u begins uniform in [0, 1].
    """

    short_name = "indrnn"
    recurrent_product = False

    def __init__(self, units: int, recurrent_initializer: Any = None, **kwargs: Any):
        start = recurrent_initializer or keras.initializers.RandomUniform(0.0, 1.0)
        super().__init__(units, recurrent_initializer=start, **kwargs)

    def weight_shapes(self, input_width: int) -> dict[str, tuple[int, ...]]:
        shapes = super().weight_shapes(input_width)
        del shapes["recurrent_kernel"]
        return shapes | {"recurrent_weights": (self.units,)}

    @staticmethod
    def advance(projected: Any, states: list, w: Weights, variant: str) -> tuple[list, list]:
        return [ops.relu(projected + w.recurrent_weights * states[0])], []
