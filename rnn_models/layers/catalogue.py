"""All cells by the names that models and command lines give them."""

from rnn_models.layers.cells import GRUCell, LSTMCell, VanillaRNNCell
from rnn_models.layers.recurrent_cell import RecurrentCell
from rnn_models.layers.variants import VARIANTS

CELLS: dict[str, type[RecurrentCell]] = {
    **{cell.short_name: cell for cell in (LSTMCell, GRUCell, VanillaRNNCell)},
    **VARIANTS,
}
"""The lecture's three, and the others."""
