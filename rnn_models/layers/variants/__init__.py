"""Cells beyond the lecture's three: those of its slide about variants, and those that came after."""

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
"""The cells of this folder by the names that models and command lines give them."""
