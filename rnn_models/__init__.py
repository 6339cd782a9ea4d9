"""Recurrent networks for Keras 3: exact and fast layers, and the models of the recurrent-network lecture.

    import rnn_models
    lm = rnn_models.load("char_lm/shakespeare")
    print(lm.generate("ROMEO:", length=200, temperature=0.8, seed=1))

Importing the package is cheap: Keras is loaded when the first name is used. Once Keras is loaded, by whom ever, it
knows the layers and models of this package: `keras.models.load_model` finds them.
"""

import importlib
from typing import Any

from rnn_models.registration import register_with_keras

_HOMES = {
    "rnn_models.layers": (
        "AttentiveDecoder",
        "BahdanauAttention",
        "Bidirectional",
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
    ),
    "rnn_models.bundles": ("available", "load", "save_bundle"),
    "rnn_models.decoding.decoder": ("Decoder",),
    "rnn_models.vision.pictures": ("open_picture",),
    "rnn_models.decoding.strategies": ("Beam", "Greedy", "Sample"),
    "rnn_models.tasks.captioning": ("Captioner",),
    "rnn_models.tasks.char_lm": ("CharLM",),
    "rnn_models.tasks.digits": ("DigitReader",),
    "rnn_models.tasks.dynamic_evaluation": ("Adaptation",),
    "rnn_models.tasks.sentiment": ("Sentiment", "SentimentClassifier"),
    "rnn_models.tasks.translation": ("Translator",),
    "rnn_models.text.characters": ("CharVocabulary",),
    "rnn_models.text.tokenizers": ("CharTokenizer", "MorphemeTokenizer", "SubwordTokenizer"),
    "rnn_models.vision.encoder": ("ImageEncoder",),
    "rnn_models.text.words": ("WordTokenizer",),
}
_HOME = {name: module for module, names in _HOMES.items() for name in names}

__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return [*globals(), *__all__]


register_with_keras()
