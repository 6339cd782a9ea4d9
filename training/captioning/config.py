"""Train and evaluate a captioner: pictures in, sentences out.

python -m training.captioning train --dataset flickr8k
python -m training.captioning train --dataset scenes --attention hard
python -m training.captioning train --images photos/ --captions captions.csv
python -m training.captioning evaluate captioning/flickr8k-soft --dataset flickr8k --split validation
python -m training.captioning evaluate captioning/flickr8k-soft captioning/flickr8k-hard
python -m training.captioning ood pretrained/captioning/flickr8k-soft
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import tyro

from rnn_models.cell_names import DecoderCellName
from training.core.command_line import Script
from training.core.options import FitOptions, require, require_counts, require_recurrent_dropout, require_shares

Dataset = Literal["flickr8k", "scenes"]
PIPELINE = "image-to-text"
"""What the Hugging Face Hub calls the task."""


@dataclass
class Train(FitOptions):
    """Train a captioner on pictures with captions."""

    dataset: Dataset = "flickr8k"
    """Photographs with five captions each, or drawn scenes with captions of a known grammar."""
    images: Path | None = None
    """Your own pictures instead: the folder; needs --captions."""
    captions: Path | None = None
    """The captions of --images: Flickr8k's token file, a CSV or TSV with columns image and caption, or COCO's JSON."""
    backbone: str = "efficientnet-lite0"
    """The network that sees; others by their names in keras.applications are downloaded by Keras."""
    grid: Literal["7x7", "14x14"] = "7x7"
    """How finely it sees: 7x7 places of high-level features, or 14x14 of a lower level."""
    fit: Literal["squash", "crop"] = "squash"
    """How a picture that is not square is made so: all of it, squashed, or its middle."""
    flips: bool = True
    """Train on the mirrored pictures, too (not for captions that tell left from right)."""
    crops: int = 0
    """Train on so many crops of each picture, too (not for captions that say where things are)."""
    tokens: Literal["words", "subwords"] = "words"
    """What is written."""
    least: int = 5
    """Words that stand fewer times in the training captions are unknown; with sub-words: not used."""
    vocabulary: int = 2000
    """How many sub-words."""
    inject: Literal["h0", "first", "per_step", "merge"] = "h0"
    """How the picture as a whole enters: as first state, as first input, at every step, or after the network."""
    attention: Literal["soft", "hard", "none"] = "soft"
    """Whether the network looks at places of the picture: at all with weights, at one, or not."""
    attention_units: int = 128
    """The width in which queries and keys meet."""
    informed: bool = True
    """The question where to look knows the word before; the paper's does not."""
    gate: bool = True
    """A learnt number scales what attention gives (Xu et al. 2015)."""
    features: int = 192
    """The width to which the features of a place are projected; 0: not."""
    normalise: bool = False
    """What is seen at a place is divided by its root mean square."""
    positions: bool = False
    """What is seen at a place says where the place is, too; for captions that say where things are."""
    batch_norm: bool = True
    """The picture as a whole is standardised, each number over the pictures."""
    cell: DecoderCellName = "lstm"
    """The recurrent cell."""
    units: int = 256
    """H, the width of its state."""
    embedding: int = 192
    """The width of the words' embedding."""
    tied: bool = True
    """One matrix for embedding and output layer."""
    dropout: float = 0.3
    """Dropout on features, embeddings and before the output layer."""
    recurrent_dropout: float = 0.0
    """Dropout on the state (one mask a sentence)."""
    label_smoothing: float = 0.1
    """This share of each target is spread over all words."""
    penalty: float = 0.0
    """Soft attention: the weight of the doubly stochastic penalty, mean (1 − Σ_t α_t)² (Xu et al. 2015, eq. 14)."""
    reinforce: float = 1.0
    """Hard attention: the weight of REINFORCE's term; 1 follows the gradient of the expected log-likelihood."""
    entropy: float = 0.01
    """Hard attention: the weight of the entropy of α, which keeps it looking around."""
    self_critical_epochs: int = 0
    """So many more epochs in which the model draws captions and learns from their CIDEr-D (Rennie et al. 2017).
    Hard attention goes on looking where it has learnt to."""
    self_critical_rate: float = 1.5e-4
    """Their learning rate."""
    self_critical_temperature: float = 0.5
    """The temperature at which the captions are drawn: below 1 they are more like those that a search finds."""
    start: str | None = None
    """Begin with the words and weights of this bundle, for example captioning/flickr8k-soft; it must be made alike.
    With --epochs 0 there are only self-critical epochs."""
    batch_size: int = 24
    """Pictures in a batch, each with its captions."""
    drawn: int = 0
    """So many captions of each picture are drawn for an epoch; 0: all."""
    train_words: int = 40
    """Longer captions are left out of training."""
    beam: int = 5
    """The width of the beam in the final scores; in between, on the validation pictures, it is 1."""
    length_penalty: float = 1.0
    """Its length penalty."""
    album: bool = True
    """The bundle keeps training pictures in few numbers, to tell pictures of another kind."""
    album_pictures: int = 6000
    """So many of them at most."""
    features_dir: Path | None = None
    """Where the features of the pictures are kept; default: the cache folder."""

    def check(self) -> None:
        super().check()
        names = ("units", "embedding", "attention_units", "beam", "least", "train_words")
        require_counts(self, *names, "album_pictures")
        require_counts(self, "features", "self_critical_epochs", "crops", "drawn", least=0)
        for name in ("self_critical_rate", "self_critical_temperature"):
            require(getattr(self, name) > 0, f"--{name.replace('_', '-')}", getattr(self, name), "more than 0")
        # What was drawn is cut into tokens again; only words are sure to become the same ones.
        same = not self.self_critical_epochs or self.tokens == "words"
        require(same, "--self-critical-epochs", self.self_critical_epochs, "0 with --tokens subwords")
        require_shares(self, "dropout", "recurrent_dropout", "label_smoothing")
        require_recurrent_dropout(self)
        for name in ("penalty", "reinforce", "entropy", "length_penalty"):
            require(getattr(self, name) >= 0, f"--{name.replace('_', '-')}", getattr(self, name), "0 or more")
        check_own(self)

    @property
    def least_epochs(self) -> int:
        """None, where the self-critical ones go on from a bundle."""
        return 0 if self.start and self.self_critical_epochs else 1

    @property
    def name(self) -> str:
        """The data set's name, for folders."""
        return self.images.name if self.images else self.dataset


@dataclass
class Evaluate:
    """Score a bundle as it is loaded: BLEU, ROUGE-L, CIDEr-D, METEOR where Java is found, variety."""

    bundles: tyro.conf.Positional[tuple[str, ...]]
    """The bundle's folder or name, for example pretrained/captioning/flickr8k-soft; of several: they write together."""
    dataset: Dataset = "flickr8k"
    """The data set."""
    images: Path | None = None
    """Your own pictures instead; the splits are those of training."""
    captions: Path | None = None
    """Their captions."""
    split: Literal["validation", "test"] = "validation"
    """Which part of the data set."""
    beam: int = 5
    """The width of the beam; 1 is greedy."""
    length_penalty: float = 1.0
    """Its length penalty."""
    features_dir: Path | None = None
    """Where the features of the pictures are kept; default: the cache folder."""
    seed: int = 0
    """The seed of the split of your own pictures, as in training."""


@dataclass
class Ood:
    """How well a captioner tells pictures of another kind: scenes, digits, textures, rooms against its own kind."""

    bundle: tyro.conf.Positional[str]
    """The bundle's folder or name, for example pretrained/captioning/flickr8k-soft."""
    dataset: Dataset = "flickr8k"
    """The data set whose validation pictures are the usual ones."""
    count: int = 500
    """Pictures of each kind."""
    seed: int = 0
    """Seed of the choice."""


# What a data set wants other than the defaults above.
PRESETS: dict[str, dict[str, Any]] = {
    "flickr8k": {"crops": 4, "epochs": 12, "self_critical_epochs": 6},
    "scenes": {
        "flips": False,  # "left of"
        "least": 1,
        "grid": "14x14",
        "normalise": True,
        "positions": True,
        "batch_norm": False,
        "units": 128,
        "embedding": 64,
        "features": 96,
        "attention_units": 96,
        "label_smoothing": 0.0,
        "dropout": 0.0,
        "learning_rate": 3e-3,
        "beam": 3,
        "length_penalty": 0.0,  # the likeliest sentence; a longer one is none the truer
        "drawn": 2,
        "epochs": 30,
        "album_pictures": 1000,
    },
}


def check_own(options: Train | Evaluate) -> None:
    """Raise ValueError unless --images and --captions stand together, or neither does."""
    both = (options.images is None) == (options.captions is None)
    require(both, "--images", options.images, "--images FOLDER and --captions FILE together")


SCORING_OPTIONS = {"beam", "length_penalty", "features_dir", "album", "album_pictures"}
FREE = SCORING_OPTIONS | {"self_critical_epochs", "self_critical_rate", "self_critical_temperature"}
"""Options that may differ when a run is gone on with: those of scoring always, the others until those epochs begin."""

SCRIPT = Script(
    "training.captioning",
    Train,
    Evaluate,
    PRESETS,
    {"features_dir"},
    __doc__,
    own="images",
    others=(Ood,),
    aliases={"strangers": "ood"},
)
