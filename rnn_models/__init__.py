"""Recurrent networks for Keras 3: exact and fast layers, and the models of the recurrent-network lecture.

    import rnn_models
    lm = rnn_models.load("char_lm/shakespeare")
    print(lm.generate("ROMEO:", length=200, temperature=0.8, seed=1))

Importing the package is cheap: Keras is loaded when the first name is used. Once Keras is loaded, by whom ever, it
knows the layers and models of this package: `keras.models.load_model` finds them.
"""

from rnn_models.lazy_imports import exports
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
    "rnn_models.tasks.draw": ("DRAW",),
    "rnn_models.tasks.dynamic_evaluation": ("Adaptation",),
    "rnn_models.tasks.glimpses": ("GlimpseReader",),
    "rnn_models.tasks.sentiment": ("Sentiment", "SentimentClassifier"),
    "rnn_models.tasks.translation": ("Translator",),
    "rnn_models.tasks.video": ("FrameLabels", "VideoLabeler"),
    "rnn_models.text.characters": ("CharVocabulary",),
    "rnn_models.text.tokenizers": ("CharTokenizer", "MorphemeTokenizer", "SubwordTokenizer"),
    "rnn_models.vision.encoder": ("ImageEncoder",),
    "rnn_models.text.words": ("WordTokenizer",),
}
__getattr__, __dir__, __all__ = exports(__name__, _HOMES)

register_with_keras()
