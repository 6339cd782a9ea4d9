"""The names of the cells, without Keras: command lines read them before it is loaded."""

from typing import Literal, get_args

# Any numbers may be the first states of these: a decoder learns its own from the source.
DecoderCellName = Literal[
    "lstm",
    "gru",
    "vanilla",
    "mut1",
    "mut2",
    "mut3",
    "mgu",
    "peephole_lstm",
    "nig_lstm",
    "nfg_lstm",
    "nog_lstm",
    "niaf_lstm",
    "noaf_lstm",
    "cifg_lstm",
    "np_lstm",
    "fgr_lstm",
    "mogrifier_lstm",
    "irnn",
    "indrnn",
    "sru",
    "min_lstm",
    "min_gru",
    "rg_lru",
]
CellName = Literal[DecoderCellName, "slstm", "mlstm"]

CELL_NAMES: tuple[str, ...] = get_args(CellName)
DECODER_CELL_NAMES: tuple[str, ...] = get_args(DecoderCellName)
NO_RECURRENT_PRODUCT = ("indrnn", "sru", "min_lstm", "min_gru", "rg_lru", "mlstm")
"""Cells without a product h U, so without recurrent dropout."""
