"""Small captioners and made-up features, for the tests of training."""

import keras
import numpy as np

from rnn_models import Captioner, WordTokenizer
from tests.support.helpers import normal
from training.captioning.config import Train
from training.captioning.trainer import Trainer
from training.data.features import Features

WORDS = WordTokenizer(["a", "dog", "runs", "two", "dogs"], ("<s>", "</s>"))
START, END = WORDS.id_of("<s>"), WORDS.id_of("</s>")


def pictures(count=7, flips=False):
    grid = normal(count, 4, 3, seed=1).astype("float16")
    generator = np.random.default_rng(2)
    captions = [
        [generator.integers(3, 8, generator.integers(1, 9)).astype("int32") for _ in range(generator.integers(1, 4))]
        for _ in range(count)
    ]
    return Features(grid, grid.mean(1), (grid[:, ::-1].copy(),) if flips else ()), captions


def trainer_of(**options):
    small = {"units": 24, "embedding": 12, "attention_units": 8, "features": 8, "dropout": 0.0, "label_smoothing": 0.0}
    options = Train(**small | options)
    names = ("inject", "attention", "attention_units", "gate", "features", "batch_norm", "cell", "units", "embedding")
    names += ("dropout",)
    model = Captioner(WORDS, depth=6, places=(2, 2), **{name: getattr(options, name) for name in names})
    model.build()
    trainer = Trainer(model, options)
    trainer.compile(keras.optimizers.Adam(3e-2))
    return model, trainer
