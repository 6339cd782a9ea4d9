"""The Mogrifier LSTM."""

from typing import Any

import keras
from keras import ops

from rnn_models.checks import check_count
from rnn_models.layers.cells import LSTMCell
from rnn_models.layers.checks import check_width
from rnn_models.layers.recurrent_cell import PACKAGE, Weights


@keras.saving.register_keras_serializable(package=PACKAGE)
class MogrifierLSTMCell(LSTMCell):
    """An LSTM whose input and state gate each other before it reads them (Melis et al. 2020, arXiv:1909.01792).

        x ← 2σ(h M_k) ⊙ x    in round k = 1, 3, 5, ...
        h ← 2σ(x M_k) ⊙ h    in round k = 2, 4, ...

    Then the LSTM's equations with that x and that h. No rounds: the LSTM.

    Shapes: as the LSTM's, and M_k (H, D) in odd rounds, (D, H) in even ones. States: [h, c].

    Args:
        rounds: how often x and h gate each other.
        Others as in `LSTMCell`.
    """

    short_name = "mogrifier_lstm"
    keras_layer = None
    torch_kernel = None

    def __init__(self, units: int, rounds: int = 5, **kwargs: Any):
        self.rounds = check_count("rounds", rounds, least=0)
        super().__init__(units, **kwargs)

    @property
    def variant(self) -> str:
        return str(self.rounds)

    def weight_shapes(self, input_width: int) -> dict[str, tuple[int, ...]]:
        widths = (self.units, input_width)
        rounds = {f"mogrifier_{k}": widths[:: 1 if k % 2 else -1] for k in range(1, self.rounds + 1)}
        return super().weight_shapes(input_width) | rounds

    def initializer_of(self, name: str) -> Any:
        return self.kernel_initializer if name.startswith("mogrifier") else super().initializer_of(name)

    def raw_step_weights(self) -> dict[str, Any]:
        """W and b too: what x is when they read it depends on the state."""
        more = {"kernel": self.kernel, "bias": self.bias}
        return super().raw_step_weights() | more | ({"input_gain": self.input_gain} if self.layer_norm else {})

    def project(self, x: Any) -> Any:
        """x itself."""
        check_width(self, x, self.kernel.shape[0])
        return x

    @staticmethod
    def advance(projected: Any, states: list, w: Weights, variant: str) -> tuple[list, list]:
        x, (h, c) = projected, states
        for k in range(1, int(variant) + 1):
            if k % 2:
                x = 2 * ops.sigmoid(w.product(h, of=f"mogrifier_{k}")) * x
            else:
                h = 2 * ops.sigmoid(w.product(x, of=f"mogrifier_{k}")) * h
        from_input = w.product(x, of="kernel")
        if w.normalise is not None:
            from_input = w.normalise(from_input, w.input_gain)
        if w.bias is not None:
            from_input = from_input + w.bias
        return LSTMCell.advance(from_input, [h, c], w, "")

    def get_config(self) -> dict:
        return {**super().get_config(), "rounds": self.rounds}
