"""What a data set is: texts, pictures or clips with labels, sentence pairs, captions; three splits of each."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from training.data.errors import DataError

SPLITS = ("train", "validation", "test")
UNLABELLED = -1
"""The class number of a frame or a clip without a label."""


@dataclass(frozen=True)
class PublicDataset:
    """What the front matter of a trained model's card says of a public data set.

    Attributes:
        hub_id: its name on the Hugging Face Hub ("": it is not there).
        language: of its texts, as the Hub writes it: "en", "ko", "code"; "": of a translator, which names its own.
        licence_name, licence_link: a name for terms that are not free, and where they stand, if that has an address.
    """

    hub_id: str = ""
    language: str = ""
    licence_name: str = ""
    licence_link: str = ""


@dataclass(frozen=True)
class Labelled:
    """Texts with a class number each: `labels` is (N,) int32."""

    texts: list[str]
    labels: np.ndarray


@dataclass(frozen=True)
class LabelledData:
    """A labelled data set: its splits, and what the class numbers mean.

    Attributes:
        label_names: the name of class 0, of class 1, and so on.
        source, licence: for a trained model's card.
        notes: what was left out and why, a sentence each, with the counts.
        repeated: the numbers of the test texts that also stand in the training file as it is published.
    """

    name: str
    train: Labelled
    validation: Labelled
    test: Labelled
    label_names: list[str]
    source: str
    licence: str
    notes: list[str]
    repeated: Sequence[int] = ()


@dataclass(frozen=True)
class Images:
    """Pictures of one size with a class number each: `images` is (N, H, W) uint8, `labels` (N,) int32."""

    images: np.ndarray
    labels: np.ndarray


@dataclass(frozen=True)
class ImageData:
    """A set of labelled pictures: its splits, and what it is.

    Attributes:
        label_names: the name of class 0, of class 1, and so on.
        source, licence: for a trained model's card.
        notes: what was left out and why, a sentence each, with the counts.
    """

    name: str
    train: Images
    validation: Images
    test: Images
    label_names: list[str]
    source: str
    licence: str
    notes: list[str]


@dataclass(frozen=True)
class Clips:
    """Clips of frames: `frames[n]` is (T_n, ...), `labels[n]` (T_n,) int32, `clip_labels` (N,) int32.

    A frame or a clip without a label has the class number `UNLABELLED`.
    """

    frames: list[np.ndarray]
    labels: list[np.ndarray]
    clip_labels: np.ndarray


@dataclass(frozen=True)
class Flip:
    """What a clip's labels become where the clip is mirrored, or played backwards: the class number for each class."""

    labels: tuple[int, ...]
    clip_labels: tuple[int, ...] = ()


@dataclass(frozen=True)
class ClipData:
    """A set of clips with a label for every frame, for every clip, or both: its splits, and what it is.

    Attributes:
        inputs: what a frame is: "points", "joints", "pixels" or "features", see `rnn_models.VideoLabeler`.
        label_names, clip_label_names: the name of class 0, of class 1, and so on, of frames and of clips.
        rate: frames a second.
        source, licence: for a trained model's card.
        notes: what was left out and why, a sentence each, with the counts.
        across: for "joints", the numbers of the left and the right shoulder.
        sides: for "joints", the number of each joint's counterpart on the other side; none: not known.
        mirror, reverse: the labels of mirrored clips and of clips that are played backwards; None: not known.
        relabel: gives the labels of frames (T, ...) that were varied; None: they keep those that they had.
        render: for "pixels", draws a clip of `train`, which is then stored as joints (T, J, 3) and varied as such.
        joined: each clip has one label, and streams of several clips are what frames are labelled in.
        more: further parts that are scored, by name.
    """

    name: str
    inputs: str
    train: Clips
    validation: Clips
    test: Clips
    label_names: list[str]
    clip_label_names: list[str]
    rate: float
    source: str
    licence: str
    notes: list[str]
    across: tuple[int, int] | None = None
    sides: tuple[int, ...] = ()
    mirror: Flip | None = None
    reverse: Flip | None = None
    relabel: Callable[[np.ndarray], np.ndarray] | None = None
    render: Callable[[np.ndarray], np.ndarray] | None = None
    joined: bool = False
    more: dict[str, Clips] = field(default_factory=dict)

    @property
    def frame_shape(self) -> tuple[int, ...]:
        """The shape of one frame."""
        return self.validation.frames[0].shape[1:]

    def part(self, name: str) -> Clips:
        """A split, or one of `more`."""
        return self.more[name] if name in self.more else getattr(self, name)


@dataclass(frozen=True)
class Pairs:
    """Sentences and their translations, one for one; `origins` says where each pair comes from ("": unknown)."""

    sources: list[str]
    targets: list[str]
    origins: list[str]


@dataclass(frozen=True)
class PairData:
    """A set of sentence pairs: its splits, and what it is.

    Attributes:
        source_language, target_language: their names, such as "en" and "ko".
        source, licence: for a trained model's card.
        notes: what was left out and why, a sentence each, with the counts.
    """

    name: str
    train: Pairs
    validation: Pairs
    test: Pairs
    source_language: str
    target_language: str
    source: str
    licence: str
    notes: list[str]


@dataclass(frozen=True)
class Captioned:
    """Pictures with their captions, as they were written: `captions[n]` are those of `pictures[n]`.

    A picture of train or validation has one caption at least. Those of `test` may have none (an empty list) where they
    are not published: see `CaptionData.scored`.
    """

    pictures: list[Path]
    captions: list[list[str]]


@dataclass(frozen=True)
class CaptionData:
    """A set of captioned pictures: its splits, and what it is.

    Attributes:
        source, licence: for a trained model's card.
        notes: what was left out and why, a sentence each, with the counts.
    """

    name: str
    train: Captioned
    validation: Captioned
    test: Captioned
    source: str
    licence: str
    notes: list[str]

    def scored(self, split: str) -> Captioned:
        """The split 'train', 'validation' or 'test', to score captions with.

        Raises:
            ValueError: another name.
            DataError: pictures of it have no captions.
        """
        if split not in SPLITS:
            raise ValueError(f"There is no split {split!r}; expected one of {', '.join(SPLITS)}.")
        part = getattr(self, split)
        without = [path.name for path, texts in zip(part.pictures, part.captions, strict=True) if not texts]
        if without:
            raise DataError(
                f"{self.name}: {len(without):,} of the {len(part.pictures):,} pictures of {split} have no captions "
                f"here, for example {without[0]}. Choose on validation; to score {split}, add its captions to the file "
                "of captions."
            )
        return part
