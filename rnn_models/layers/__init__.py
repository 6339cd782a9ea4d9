"""Recurrent cells, the layers that drive them through time, and attention."""

from rnn_models.lazy_imports import exports

__getattr__, __dir__, __all__ = exports(
    __name__,
    {
        "rnn_models.layers.attention": ("BahdanauAttention", "HardAttention", "LuongAttention"),
        "rnn_models.layers.attentive": ("AttentiveDecoder",),
        "rnn_models.layers.bidirectional": ("Bidirectional",),
        "rnn_models.layers.catalogue": ("CELLS",),
        "rnn_models.layers.cells": ("GRUCell", "LSTMCell", "RecurrentCell", "VanillaRNNCell"),
        "rnn_models.layers.recurrent": ("Recurrent",),
        "rnn_models.layers.stacked": ("Stacked",),
        "rnn_models.layers.transfer": ("from_keras", "to_keras"),
        "rnn_models.layers.truncation": ("ResetState", "TruncatedBPTT"),
        "rnn_models.layers.variants.peephole": (
            "CIFGLSTMCell",
            "FGRLSTMCell",
            "NFGLSTMCell",
            "NIAFLSTMCell",
            "NIGLSTMCell",
            "NOAFLSTMCell",
            "NOGLSTMCell",
            "NPLSTMCell",
            "PeepholeLSTMCell",
        ),
        "rnn_models.layers.variants.rectified": ("IRNNCell", "IndRNNCell"),
        "rnn_models.layers.variants.gated": ("MGUCell", "MUT1Cell", "MUT2Cell", "MUT3Cell"),
        "rnn_models.layers.variants.linear": ("MinGRUCell", "MinLSTMCell", "RGLRUCell", "SRUCell"),
        "rnn_models.layers.variants.xlstm": ("MLSTMCell", "SLSTMCell"),
        "rnn_models.layers.variants.mogrifier": ("MogrifierLSTMCell",),
    },
)
