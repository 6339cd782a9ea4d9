"""Cells with weights and states that none of the library's own has."""

from keras import ops

from rnn_models import LSTMCell, RecurrentCell


class PeepholeCell(LSTMCell):
    """The forget gate sees the cell state: f_t = σ(... + p ⊙ c_{t-1}); only what differs from the LSTM is written."""

    def weight_shapes(self, input_width):
        return super().weight_shapes(input_width) | {"peephole": (self.units,)}

    @staticmethod
    def advance(projected, states, w, variant):
        z_i, z_f, z_o, z_g = ops.split(projected + w.product(states[0]), 4, axis=-1)
        c = ops.sigmoid(z_f + w.peephole * states[1]) * states[1] + ops.sigmoid(z_i) * ops.tanh(z_g)
        return [ops.sigmoid(z_o) * ops.tanh(c), c], []


class ProjectionCell(RecurrentCell):
    """LSTM whose output is narrower than its cell state: h_t = (o_t ⊙ tanh c_t) P, P (H, 3) (Sak et al. 2014)."""

    @property
    def state_sizes(self):
        return [3, self.units]

    def weight_shapes(self, input_width):
        width = 4 * self.units
        shapes = {"kernel": (input_width, width), "recurrent_kernel": (3, width), "bias": (width,)}
        return shapes | {"recurrent_projection": (self.units, 3)}

    @staticmethod
    def advance(projected, states, w, variant):
        i, f, o, g = ops.split(projected + w.product(states[0]), 4, axis=-1)
        c = ops.sigmoid(f) * states[1] + ops.sigmoid(i) * ops.tanh(g)
        return [w.product(ops.sigmoid(o) * ops.tanh(c), of="recurrent_projection"), c], []
