"""Train and evaluate a network that answers questions about pictures.

python -m training.vqa train --dataset scenes --language both --held-out
python -m training.vqa train --dataset scenes --bag                          # a bag of words instead of the recurrence
python -m training.vqa train --dataset daquar --repeats 3
python -m training.vqa train --dataset easy-vqa
python -m training.vqa train --questions questions.csv --images photos/     # your own: columns image, question, answer
python -m training.vqa evaluate vqa/scenes
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import tyro

from rnn_models.cell_names import CellName
from training.core.command_line import Script
from training.core.options import FitOptions, require, require_counts, require_recurrent_dropout, require_shares

Dataset = Literal["scenes", "daquar", "easy-vqa"]
PIPELINE = "visual-question-answering"
"""What the Hugging Face Hub calls the task."""


@dataclass
class Train(FitOptions):
    """Train a network that answers questions about pictures."""

    dataset: Dataset = "scenes"
    """Questions over scenes that are drawn here, DAQUAR (photographs of rooms), or easy-VQA (a smoke test)."""
    questions: Path | None = None
    """Your own questions instead: a CSV or TSV with columns image, question, answer; needs --images."""
    images: Path | None = None
    """The folder of the pictures of --questions."""
    language: Literal["en", "ko", "both"] = "en"
    """Scenes: the language of questions and answers."""
    scenes: int = 12_000
    """Scenes: so many to train on; validation, test and held-out pairs have numbers of their own."""
    held_out: bool = False
    """Scenes: some pairs of colour and shape are kept from training; a further test asks about these."""
    backbone: str = "convolutional"
    """What sees: a small network that learns with the rest, or "efficientnet-lite0" (or another of keras.applications),
    which has learnt on photographs."""
    side: int = 64
    """Convolutional: height and width of what it sees, in pixels; a multiple of 8."""
    channels: int = 32
    """Convolutional: the width of the first convolution; the next ones have 1.5 and 2 times as many."""
    grid: Literal["7x7", "14x14"] = "7x7"
    """Another backbone: how finely it sees."""
    fit: Literal["squash", "crop"] = "squash"
    """How a picture that is not square is made so: all of it, squashed, or its middle."""
    normalise: bool = False
    """What is seen at a place is divided by its root mean square."""
    positions: bool = True
    """What is seen at a place says where the place is, too."""
    features: int = 96
    """C, the width to which the features of a place are projected."""
    cell: CellName = "lstm"
    """The recurrent cell."""
    units: int = 128
    """H, the width of its state."""
    bidirectional: bool = True
    """Read the question from both ends; a network that looks before each word, and a bag of words, do not."""
    bag: bool = False
    """A bag of words stands for the recurrence, for comparison: order makes no difference."""
    embedding: int = 64
    """The width of the words' embedding."""
    join: Literal["product", "concatenation", "attention", "look"] = "attention"
    """How picture and question meet: multiplied, side by side, attention given the question, or a look at the picture
    before each word."""
    hops: int = 2
    """Attention: so many looks, 1 or 2."""
    attention_units: int = 64
    """The width in which queries and places meet."""
    joint: int = 256
    """The width in which picture and question meet."""
    dropout: float = 0.0
    """Dropout on what is seen, the words, the state and the hidden layer."""
    recurrent_dropout: float = 0.0
    """Dropout on the state (one mask a question)."""
    least: int = 1
    """Words that stand fewer times in the training questions are unknown."""
    least_answers: int = 1
    """Answers that are right fewer times in training are left out."""
    hidden: float = 0.05
    """In training this share of the questions is asked without the picture, and as large a share without the words, so
    that the same network can be asked what it would guess."""
    unknown: float = 0.005
    """In training this share of the words is unknown, so that the network can live with words that it does not know."""
    batch_size: int = 32
    """P, pictures in a batch, each with its questions."""
    drawn: int = 14
    """K, so many questions of each picture are drawn for an epoch, at most."""
    features_dir: Path | None = None
    """Where the features of the pictures are kept; default: the cache folder."""

    def check(self) -> None:
        super().check()
        names = ("units", "embedding", "features", "attention_units", "joint", "channels", "drawn", "scenes")
        require_counts(self, *names, "least", "least_answers")
        require_shares(self, "dropout", "recurrent_dropout", "hidden", "unknown")
        require_recurrent_dropout(self)
        require(self.hops in (1, 2), "--hops", self.hops, "1 or 2")
        require(self.hidden < 0.5, "--hidden", self.hidden, "less than 0.5: it counts twice")
        require(self.side >= 32 and self.side % 8 == 0, "--side", self.side, "a multiple of 8, 32 or more")
        require(not (self.bag and self.join == "look"), "--bag", True, "another --join than look, which reads in order")
        require(not (self.bag and self.gradients), "--gradients", True, "no --bag, which has no recurrence")
        both = (self.questions is None) == (self.images is None)
        given = self.questions or self.images
        require(both, "--questions" if self.questions else "--images", str(given), "--questions FILE --images FOLDER")
        own = self.questions is not None
        for name in ("held_out", "language"):
            usual = getattr(self, name) == Train.__dataclass_fields__[name].default
            flag = f"--{name.replace('_', '-')}"
            require(usual or (self.dataset == "scenes" and not own), flag, getattr(self, name), "--dataset scenes")

    @property
    def languages(self) -> tuple[str, ...]:
        """Of the questions over scenes."""
        return ("en", "ko") if self.language == "both" else (self.language,)

    @property
    def name(self) -> str:
        """The data set's name, for folders."""
        return self.questions.stem if self.questions else self.dataset


@dataclass
class Evaluate:
    """Score a bundle as it is loaded, by kind of question, beside what is guessed without the picture."""

    bundle: tyro.conf.Positional[str]
    """The bundle's folder or name, for example vqa/scenes."""
    dataset: Dataset = "scenes"
    """The data set; of scenes in the form that the bundle was trained on."""
    questions: Path | None = None
    """Your own questions instead; the splits are those of training."""
    images: Path | None = None
    """The folder of their pictures."""
    split: Literal["validation", "test", "new"] = "test"
    """Which part of the data set; new: the pairs of colour and shape that training never showed."""
    features_dir: Path | None = None
    """Where the features of the pictures are kept; default: the cache folder."""


PHOTOGRAPHS: dict[str, Any] = {
    "backbone": "efficientnet-lite0",
    "normalise": True,
    "dropout": 0.4,
    "units": 192,
    "embedding": 96,
    "features": 128,
    "least": 2,
    "hidden": 0.02,
    "unknown": 0.02,
    "learning_rate": 1e-3,
    "weight_decay": 1e-2,
}

PRESETS: dict[str, dict[str, Any]] = {
    "scenes": {"epochs": 30, "learning_rate": 5e-3},
    "daquar": {**PHOTOGRAPHS, "epochs": 20, "batch_size": 16, "drawn": 10},
    "easy-vqa": {"epochs": 8, "drawn": 10, "learning_rate": 4e-3},
}

SCRIPT = Script("training.vqa", Train, Evaluate, PRESETS, {"features_dir", "images"}, __doc__, own="questions")
