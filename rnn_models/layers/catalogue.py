"""All cells by the names that models and command lines give them."""

from rnn_models.checks import check_choice
from rnn_models.layers.cells import GRUCell, LSTMCell, VanillaRNNCell
from rnn_models.layers.recurrent_cell import RecurrentCell
from rnn_models.layers.variants.gated import MGUCell, MUT1Cell, MUT2Cell, MUT3Cell
from rnn_models.layers.variants.linear import MinGRUCell, MinLSTMCell, RGLRUCell, SRUCell
from rnn_models.layers.variants.mogrifier import MogrifierLSTMCell
from rnn_models.layers.variants.peephole import (
    CIFGLSTMCell,
    FGRLSTMCell,
    NFGLSTMCell,
    NIAFLSTMCell,
    NIGLSTMCell,
    NOAFLSTMCell,
    NOGLSTMCell,
    NPLSTMCell,
    PeepholeLSTMCell,
)
from rnn_models.layers.variants.rectified import IndRNNCell, IRNNCell
from rnn_models.layers.variants.xlstm import MLSTMCell, SLSTMCell

VARIANTS = {
    cell.short_name: cell
    for cell in (
        *(MUT1Cell, MUT2Cell, MUT3Cell, MGUCell),
        *(PeepholeLSTMCell, NIGLSTMCell, NFGLSTMCell, NOGLSTMCell, NIAFLSTMCell, NOAFLSTMCell, CIFGLSTMCell),
        *(NPLSTMCell, FGRLSTMCell, MogrifierLSTMCell, IRNNCell, IndRNNCell),
        *(SRUCell, MinLSTMCell, MinGRUCell, RGLRUCell, SLSTMCell, MLSTMCell),
    )
}
"""The cells of `rnn_models/layers/variants/` by the names that models and command lines give them."""

CELLS: dict[str, type[RecurrentCell]] = {
    **{cell.short_name: cell for cell in (LSTMCell, GRUCell, VanillaRNNCell)},
    **VARIANTS,
}
"""The lecture's three, and the others."""


def check_decoder_cell(name: str) -> None:
    """Whether a decoder that learns its first states may have the cell of this name.

    Raises:
        ValueError: there is no such cell, or not any numbers may be its states.
    """
    if not CELLS[check_choice("cell", name, CELLS)].free_states:
        known = ", ".join(name for name, cell in CELLS.items() if cell.free_states)
        raise ValueError(
            f"cell is {name!r}; a decoder learns its first states from the source, and not any numbers may be states "
            f"of this cell. Use one of {known}."
        )
