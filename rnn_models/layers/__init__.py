"""Recurrent cells, the layers that drive them through time, and attention."""

from rnn_models.layers.attention import BahdanauAttention, HardAttention, LuongAttention
from rnn_models.layers.attentive import AttentiveDecoder
from rnn_models.layers.bidirectional import Bidirectional
from rnn_models.layers.catalogue import CELLS
from rnn_models.layers.cells import GRUCell, LSTMCell, RecurrentCell, VanillaRNNCell
from rnn_models.layers.recurrent import Recurrent
from rnn_models.layers.stacked import Stacked
from rnn_models.layers.transfer import from_keras, to_keras
from rnn_models.layers.truncation import ResetState, TruncatedBPTT
from rnn_models.layers.variants import (
    CIFGLSTMCell,
    FGRLSTMCell,
    IndRNNCell,
    IRNNCell,
    MGUCell,
    MinGRUCell,
    MinLSTMCell,
    MLSTMCell,
    MogrifierLSTMCell,
    MUT1Cell,
    MUT2Cell,
    MUT3Cell,
    NFGLSTMCell,
    NIAFLSTMCell,
    NIGLSTMCell,
    NOAFLSTMCell,
    NOGLSTMCell,
    NPLSTMCell,
    PeepholeLSTMCell,
    RGLRUCell,
    SLSTMCell,
    SRUCell,
)

__all__ = [
    "AttentiveDecoder",
    "BahdanauAttention",
    "Bidirectional",
    "CELLS",
    "CIFGLSTMCell",
    "FGRLSTMCell",
    "GRUCell",
    "HardAttention",
    "IRNNCell",
    "IndRNNCell",
    "LSTMCell",
    "LuongAttention",
    "MGUCell",
    "MLSTMCell",
    "MUT1Cell",
    "MUT2Cell",
    "MUT3Cell",
    "MinGRUCell",
    "MinLSTMCell",
    "MogrifierLSTMCell",
    "NFGLSTMCell",
    "NIAFLSTMCell",
    "NIGLSTMCell",
    "NOAFLSTMCell",
    "NOGLSTMCell",
    "NPLSTMCell",
    "PeepholeLSTMCell",
    "RGLRUCell",
    "Recurrent",
    "RecurrentCell",
    "ResetState",
    "SLSTMCell",
    "SRUCell",
    "Stacked",
    "TruncatedBPTT",
    "VanillaRNNCell",
    "from_keras",
    "to_keras",
]
