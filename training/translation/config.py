"""Train and evaluate a translator, on public sentence pairs or on any file of pairs.

python -m training.translation train --dataset multi30k --source de --target en
python -m training.translation train --dataset reverse
python -m training.translation train --pairs my.tsv --source en --target ko
python -m training.translation evaluate pretrained/translation/de-en --dataset multi30k
python -m training.translation ood pretrained/translation/de-en --dataset multi30k
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import tyro

from rnn_models.cell_names import DecoderCellName
from training.core.command_line import Script
from training.core.options import FitOptions, require, require_counts, require_recurrent_dropout, require_shares

Dataset = Literal["en-ko", "multi30k", "copy", "reverse"]
PIPELINE = "translation"
"""What the Hugging Face Hub calls the task."""


@dataclass
class Train(FitOptions):
    """Train a translator on sentence pairs."""

    dataset: Dataset = "en-ko"
    """English-Korean pairs, Multi30k (German and English picture captions), or strings of digits to be copied or
    reversed."""
    pairs: Path | None = None
    """Your own tab-separated file (UTF-8) instead: two columns, or a header row that names --source and --target."""
    source: str | None = None
    """The language (or column) to translate from; default: the data set's first."""
    target: str | None = None
    """The language (or column) to translate into."""
    vocabulary: int = 8000
    """How many sub-words, for both languages together."""
    cell: DecoderCellName = "lstm"
    """The recurrent cell."""
    units: int = 256
    """H, the width of the decoder's state, and of the encoder's in each direction."""
    layers: int = 1
    """How many recurrent layers the encoder has."""
    bidirectional: bool = True
    """The encoder reads from both ends."""
    embedding: int = 256
    """The width of the tokens' embedding."""
    attention: Literal["bahdanau", "general", "dot", "none"] = "bahdanau"
    """How the decoder looks at the source; none: it knows the encoder's last state only."""
    attention_units: int = 256
    """The width in which Bahdanau's queries and keys meet."""
    informed: bool = False
    """With bahdanau: the question where to look knows the token before; the paper's does not."""
    input_feeding: bool = False
    """With general and dot: the last output is read with the next token (Luong et al. 2015)."""
    reverse_source: bool = False
    """Read the source backwards (Sutskever et al. 2014)."""
    tied: bool = True
    """One matrix for both embeddings and the output layer."""
    dropout: float = 0.3
    """Dropout on the embeddings, on the encoder's states and before the output layer."""
    recurrent_dropout: float = 0.0
    """Dropout on the state (one mask a sentence)."""
    subword_dropout: float = 0.1
    """BPE-dropout on both sides: the share of merges skipped at random, so that each epoch cuts the sentences
    otherwise. The cuts have no seed: two runs differ a little."""
    label_smoothing: float = 0.1
    """This share of each target is spread over all tokens."""
    scheduled_sampling: float = 0.0
    """The share of target tokens that are replaced by the model's own guesses in the last epoch; it grows from 0 in
    the first (Bengio et al. 2015)."""
    batch_size: int = 128
    """B, sentence pairs in a batch."""
    train_tokens: int = 80
    """Pairs with a longer side are left out of training."""
    beam: int = 5
    """The width of the beam in the final scores; in between, on the validation pairs, it is 1."""
    length_penalty: float = 1.0
    """Its length penalty."""

    def check(self) -> None:
        super().check()
        require_counts(self, "units", "layers", "embedding", "attention_units", "beam")
        require_counts(self, "train_tokens", least=2)
        require_shares(self, "dropout", "recurrent_dropout", "subword_dropout", "label_smoothing", "scheduled_sampling")
        require_recurrent_dropout(self)
        suits = not self.informed or self.attention == "bahdanau"
        require(suits, "--informed", self.informed, f"--no-informed with --attention {self.attention}")
        require(self.length_penalty >= 0, "--length-penalty", self.length_penalty, "0 or more")

    @property
    def name(self) -> str:
        """The data set's name, for folders."""
        name = self.pairs.stem if self.pairs else self.dataset
        return f"{name}-{self.source}-{self.target}" if self.source and self.target else name


@dataclass
class Evaluate:
    """Score a bundle as it is loaded: BLEU and chrF, by source and by length."""

    bundle: tyro.conf.Positional[str]
    """The bundle's folder or name, for example pretrained/translation/de-en."""
    dataset: Dataset = "en-ko"
    """The data set."""
    pairs: Path | None = None
    """Your own tab-separated file instead; the splits are those of training."""
    source: str | None = None
    """As in training; default: the bundle's."""
    target: str | None = None
    """As in training; default: the bundle's."""
    split: Literal["validation", "test"] = "test"
    """Which part of the data set."""
    beam: int = 5
    """The width of the beam; 1 is greedy."""
    length_penalty: float = 1.0
    """Its length penalty."""


@dataclass
class Ood:
    """Which sentences a translator's page doubts, and whether rightly: the limits, and what lies beyond them."""

    bundle: tyro.conf.Positional[str]
    """The bundle's folder or name, for example pretrained/translation/en-ko."""
    dataset: Dataset = "en-ko"
    """The data set that it was trained on."""
    pairs: Path | None = None
    """Your own tab-separated file instead; the splits are those of training."""
    source: str | None = None
    """As in training; default: the bundle's."""
    target: str | None = None
    """As in training; default: the bundle's."""
    others: Path | None = None
    """A UTF-8 file with sentences of another kind, one a line."""
    write: bool = False
    """Put the limits and the words of the training text into the bundle's folder, as a training does."""
    beam: int = 5
    """The width of the beam."""
    length_penalty: float = 1.0
    """Its length penalty."""


_DIGITS: dict[str, Any] = {
    "units": 64,
    "embedding": 32,
    "attention_units": 64,
    "vocabulary": 270,  # bytes, digits and special tokens: no pieces of two digits
    "dropout": 0.0,
    "subword_dropout": 0.0,
    "label_smoothing": 0.0,
    "epochs": 6,
    "learning_rate": 1e-2,
    "beam": 1,
}

# What a data set wants other than the defaults above.
PRESETS: dict[str, dict[str, Any]] = {
    "en-ko": {
        "cell": "gru",
        "attention_units": 192,
        "informed": True,
        "vocabulary": 6500,
        "dropout": 0.15,
        "subword_dropout": 0.0,
        "epochs": 15,
    },
    "multi30k": {"cell": "gru", "attention_units": 192, "vocabulary": 6000, "dropout": 0.4},
    "copy": _DIGITS,
    "reverse": _DIGITS,
}

SCRIPT = Script("training.translation", Train, Evaluate, PRESETS, set(), __doc__, own="pairs", others=(Ood,))
