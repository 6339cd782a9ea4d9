"""Train and evaluate a sentiment classifier, on film reviews or on any file of texts with labels.

python -m training.sentiment train --dataset nsmc
python -m training.sentiment train --file my.csv --text-column review --label-column stars
python -m training.sentiment evaluate pretrained/sentiment/nsmc --dataset nsmc
"""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import tyro

from rnn_models.cell_names import CellName
from training.core.command_line import Script
from training.core.options import FitOptions, require, require_counts, require_recurrent_dropout, require_shares

Dataset = Literal["nsmc", "imdb"]
PIPELINE = "text-classification"
"""What the Hugging Face Hub calls the task."""
Tokens = Literal["subword", "jamo-subword", "syllable", "jamo", "morpheme"]


@dataclass
class Train(FitOptions):
    """Train a classifier on labelled texts."""

    epochs: int = 5
    """Passes over the training texts."""
    dataset: Dataset = "nsmc"
    """The data set: Naver film reviews (Korean) or IMDB (English)."""
    file: Path | None = None
    """Your own CSV or TSV (UTF-8, with a header) instead: a text and a label column, two or more classes."""
    text_column: str | None = None
    """The name of the text column in --file; guessed if not given."""
    label_column: str | None = None
    """The name of the label column in --file; guessed if not given."""
    tokens: Tokens = "subword"
    """What the network reads. morpheme is Korean and needs kiwipiepy; jamo-subword cuts Hangul below the syllable."""
    vocabulary: int = 8000
    """How many different tokens."""
    cell: CellName = "lstm"
    """The recurrent cell."""
    units: int = 128
    """H, the width of a layer's state in each direction."""
    layers: int = 1
    """How many recurrent layers."""
    bidirectional: bool = True
    """Read from both ends."""
    embedding: int = 96
    """The width of the tokens' embedding."""
    pooling: Literal["last", "attention", "max", "joined"] = "attention"
    """How the states become one vector."""
    attention_units: int = 64
    """The width in which attention scores are made."""
    dropout: float = 0.3
    """Dropout on the embeddings, between layers and before the output."""
    recurrent_dropout: float = 0.0
    """Dropout on the state (one mask a text)."""
    token_dropout: float = 0.1
    """The share of tokens whose embedding is dropped whole."""
    subword_dropout: float = 0.0
    """BPE-dropout: the share of merges skipped at random, so that each epoch cuts the texts otherwise. The cuts have
    no seed: two runs differ a little."""
    adversarial_epsilon: float = 0.0
    """Adversarial training (training/sentiment/adversarial.py): how far the embeddings are moved; 0: none."""
    teachers: list[str] = field(default_factory=list)
    """Names or folders of trained classifiers. Their mean probabilities are the targets of the texts without labels
    (training/sentiment/distillation.py), which the classifier then learns from, too."""
    teacher_weight: float = 0.5
    """The teachers' share of a labelled text's target; the rest is its label's."""
    label_count: int = 0
    """Use the labels of so many training texts alone, drawn by the seed; the others have none then. 0: all."""
    label_smoothing: float = 0.0
    """This share of each target is spread over all classes."""
    batch_size: int = 64
    """B, texts in a batch."""
    train_tokens: int = 256
    """In training the first and last half of so many tokens of a longer text are read."""
    max_tokens: int = 1024
    """The same for the finished model."""
    pretrain_epochs: float = 0
    """Start from a language model of the training texts, trained for so many passes over them; 0: from random weights.
    With --unlabelled also a part of a pass, such as 0.5."""
    pretrain_learning_rate: float = 4e-3
    """Its learning rate."""
    pretrain_dropout: float = 0.1
    """Its dropout, also that of whole tokens."""
    pretrain_window: int = 64
    """It reads longer texts in windows of so many tokens, each from an empty state."""
    unlabelled: str | None = None
    """Further texts without labels, for the language model, the tokens and a student: nsmc, imdb, or a UTF-8 text file,
    one a line."""
    pretrained: Path | None = None
    """Its folder, for example another run's RUN/pretraining: used, or made there, instead of in this run's."""
    calibrate: bool = True
    """Divide the output layer by the temperature that suits the validation texts best (Guo et al. 2017)."""
    baseline: bool = True
    """Score a majority vote and bag-of-words models on the same split at the end (needs scikit-learn)."""

    def check(self) -> None:
        super().check()
        require_counts(self, "units", "layers", "embedding", "attention_units")
        require_counts(self, "train_tokens", "max_tokens", "pretrain_window", least=2)
        require_counts(self, "vocabulary", least=50)
        require_shares(self, "dropout", "recurrent_dropout", "token_dropout", "subword_dropout")
        require_recurrent_dropout(self)
        require_shares(self, "label_smoothing", "pretrain_dropout")
        epsilon = self.adversarial_epsilon
        require(epsilon >= 0, "--adversarial-epsilon", epsilon, "0 (none) or more")
        require(not (epsilon and self.distribute), "--adversarial-epsilon", epsilon, "no --distribute beside it")
        weight = self.teacher_weight
        require(0 <= weight <= 1, "--teacher-weight", weight, "a share: 0 ≤ weight ≤ 1")
        require(self.label_count >= 0, "--label-count", self.label_count, "0 (all) or more")
        require(self.pretrain_epochs >= 0, "--pretrain-epochs", self.pretrain_epochs, "0 (none) or more")
        rate = self.pretrain_learning_rate
        require(rate > 0, "--pretrain-learning-rate", rate, "more than 0")
        alone = not self.bidirectional or self.layers == 1
        expected = "one bidirectional layer, or layers of one direction: a layer must not have seen what it guesses"
        require(not self.pretrain_epochs or alone, "--pretrain-epochs", self.pretrain_epochs, expected)
        together = self.pretrain_epochs and self.distribute
        require(not together, "--pretrain-epochs", self.pretrain_epochs, "no --distribute beside it")

    def later_seed(self, seed: int) -> "Train":
        """A later seed starts from the language model of the first."""
        return replace(super().later_seed(seed), pretrained=self.pretrained or self.run_dir / "pretraining")

    @property
    def name(self) -> str:
        """The data set's name, for folders."""
        return self.file.stem if self.file else self.dataset


@dataclass
class Evaluate:
    """Score a bundle as it is loaded: accuracy, F1, calibration error."""

    bundle: tyro.conf.Positional[str]
    """The bundle's folder or name, for example pretrained/sentiment/nsmc."""
    dataset: Dataset = "nsmc"
    """The data set."""
    file: Path | None = None
    """Your own CSV or TSV instead; the splits are those of training."""
    text_column: str | None = None
    """The name of the text column in --file; guessed if not given."""
    label_column: str | None = None
    """The name of the label column in --file; guessed if not given."""
    split: Literal["validation", "test"] = "test"
    """Which part of the data set."""


# What a data set wants other than the defaults above.
PRESETS: dict[str, dict[str, Any]] = {
    "nsmc": {
        "units": 192,
        "dropout": 0.4,
        "subword_dropout": 0.1,
        "batch_size": 128,
        "pretrain_epochs": 8,
    },
    "imdb": {
        "units": 192,
        "dropout": 0.4,
        "epochs": 4,
        "train_tokens": 384,
        "pretrain_epochs": 6,
    },
}

SCRIPT = Script("training.sentiment", Train, Evaluate, PRESETS, {"baseline"}, __doc__)
