"""Recurrent cells, the layers that drive them through time, and attention."""

from rnn_models.layers.attention import BahdanauAttention, HardAttention, LuongAttention
from rnn_models.layers.attentive import AttentiveDecoder
from rnn_models.layers.bidirectional import Bidirectional
from rnn_models.layers.cells import GRUCell, LSTMCell, RecurrentCell, VanillaRNNCell
from rnn_models.layers.recurrent import Recurrent
from rnn_models.layers.stacked import Stacked
from rnn_models.layers.transfer import from_keras, to_keras
from rnn_models.layers.truncation import ResetState, TruncatedBPTT

__all__ = [
    "AttentiveDecoder",
    "BahdanauAttention",
    "Bidirectional",
    "GRUCell",
    "HardAttention",
    "LSTMCell",
    "LuongAttention",
    "Recurrent",
    "RecurrentCell",
    "ResetState",
    "Stacked",
    "TruncatedBPTT",
    "VanillaRNNCell",
    "from_keras",
    "to_keras",
]
