"""Video: a label for every frame (aligned many to many), and one for the clip (many to one), on the same states."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from keras import ops

from rnn_models.backend import by_rows, compiled
from rnn_models.checks import check_choice, check_count, check_rate, check_units, is_number
from rnn_models.layers import Bidirectional, Stacked
from rnn_models.layers.catalogue import CELLS
from rnn_models.layers.recurrent_cell import PACKAGE
from rnn_models.tasks.video_stream import FrameStream
from rnn_models.vision.frames import FrameEncoder, check_frame_shape, facing, fitted_pictures, turned

NETWORKS = ("causal", "bidirectional", "single_frame", "shuffled")
"""What a model can hold: the causal network, and those to compare it with.

causal: h_t of the frames up to t. bidirectional: also of those after t. single_frame: no memory; a frame's label is of
that frame alone, and a clip's of the mean over its frames. shuffled: as causal, and trained on frames in random order.
"""

_BATCH = 32
_SHORTEST = 16


@dataclass(frozen=True)
class FrameLabels:
    """What a network says of one clip of T frames.

    Attributes:
        labels: (T,) names, the likeliest class of each frame.
        probabilities: (T, C), of all classes of frames.
        classes: the names of the C classes of frames.
        clip: the likeliest class of the clip; None where the model has no classes of clips.
        clip_probabilities: (K,), of all classes of clips, or None.
        clip_classes: the names of the K classes of clips.
        rate: frames a second.
        inputs: what a frame is: "points", "joints", "pixels" or "features".
        network: whose labels these are, of `NETWORKS`.
    """

    labels: list[str]
    probabilities: np.ndarray
    classes: list[str]
    clip: str | None
    clip_probabilities: np.ndarray | None
    clip_classes: list[str]
    rate: float
    inputs: str
    network: str = "causal"

    def table(self) -> str:
        """A row for each frame as CSV: number from 0, second, label, and the probability of each class."""
        stream = io.StringIO()
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(["frame", "second", "label", *self.classes])
        for n, (label, row) in enumerate(zip(self.labels, self.probabilities, strict=True)):
            writer.writerow([n, f"{n / self.rate:.3f}", label, *(f"{p:.4f}" for p in row)])
        return stream.getvalue()


@keras.saving.register_keras_serializable(package=PACKAGE)
class LabelingNetwork(keras.layers.Layer):
    """A recurrence over encoded frames, and two heads on its states.

        h_t = stacked recurrent layers (e_t, h_{t-1})
        p(class of frame t) = softmax(h_t V + b),    p(class of the clip) = softmax(h_T V' + b')

    Without memory ("single_frame") h_t = relu(e_t W + c), and the clip's class is of the mean of h_t.

    Args:
        kind: of `NETWORKS`.
        cell, units, layers, dropout: of the recurrence.
        classes, clip_classes: C and K; with K = 0 there is no head for clips.

    Shapes: (B, T, E) give logits (B, T, C) and (B, K), the latter None with K = 0.
    """

    def __init__(
        self,
        kind: str,
        cell: str,
        units: int,
        layers: int,
        dropout: float,
        classes: int,
        clip_classes: int,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        self.settings = {
            "kind": check_choice("kind", kind, NETWORKS),
            "cell": cell,
            "units": units,
            "layers": layers,
            "dropout": dropout,
            "classes": classes,
            "clip_classes": clip_classes,
        }
        self.kind = kind
        if kind == "single_frame":
            self.recurrence = keras.layers.Dense(units, activation="relu", name="hidden")
        else:
            cells = [CELLS[cell](units, name=f"cell_{n}") for n in range(layers)]
            if kind == "bidirectional":
                cells = [Bidirectional(one, return_sequences=True, name=f"layer_{n}") for n, one in enumerate(cells)]
            self.recurrence = Stacked(cells, dropout=dropout, return_sequences=True, name="recurrence")
        self.drop = keras.layers.Dropout(dropout)
        self.frame_head = keras.layers.Dense(classes, dtype="float32", name="frame_head")
        self.clip_head = keras.layers.Dense(clip_classes, dtype="float32", name="clip_head") if clip_classes else None

    def build(self, encoded_shape: Sequence[int | None]) -> None:
        self.recurrence.build((None, None, encoded_shape[-1]))
        width = self.settings["units"] * (2 if self.kind == "bidirectional" else 1)
        self.frame_head.build((None, width))
        if self.clip_head is not None:
            self.clip_head.build((None, width))
        self.built = True

    def call(self, encoded: Any, mask: Any, training: bool = False) -> tuple[Any, Any]:
        """Logits of the frames and of the clip; the mask (B, T) says which frames there are."""
        if self.kind == "single_frame":
            h = by_rows(self.recurrence, encoded)
            share = ops.cast(mask, h.dtype)[..., None]
            summary = ops.sum(h * share, axis=1) / ops.maximum(ops.sum(share, axis=1), 1)
        else:
            start = self.recurrence.get_initial_state(ops.shape(encoded)[0])
            h, summary, _ = self.recurrence.run(encoded, start, mask, training)
        return self.heads(h, summary, training)

    def heads(self, h: Any, summary: Any, training: bool = False) -> tuple[Any, Any]:
        """Logits of states (..., H), and of what stands for the clip, (B, H)."""
        frames = by_rows(self.frame_head, self.drop(h, training=training))
        if self.clip_head is None:
            return frames, None
        return frames, self.clip_head(self.drop(summary, training=training))

    def get_config(self) -> dict:
        return {**super().get_config(), **self.settings}


@keras.saving.register_keras_serializable(package=PACKAGE)
class VideoLabeler(keras.Model):
    """Labels every frame of a clip, and the clip, with a recurrence over encoded frames.

        e_t = encoder(x_t),    h_t = recurrence(e_t, h_{t-1}),    see `LabelingNetwork`

    With `differences` the recurrence reads [e_t, e_t − e_{t-1}], the latter zero at the first frame: what moved is
    then plain in its input. The same encoder serves the causal network and those that it is compared with; the one
    without memory reads e_t alone.

    Args:
        inputs: what a frame is. "points": a place (x, y) in units of the picture's width and height, y downwards; read
            is the step from the frame before, so that the place does not matter. "joints": (J, 3), x y z in
            centimetres, y upwards, x and z relative to the hips; each clip is turned so that its first frame faces
            along z.
            "pixels": (H, W, C) from 0 to 255. "features": a vector (D,).
        frame_shape: the shape of one frame.
        classes: the names of the C classes of frames.
        clip_classes: the names of the K classes of clips; none: no head for clips.
        rate: frames a second of the training data.
        cell: a name of `CELLS`.
        units: width of each recurrent layer.
        layers: number of recurrent layers.
        encoder_units: width of an encoded frame.
        differences: the recurrence reads the differences of encoded frames, too.
        dropout: rate on the encoded frames, between layers and before the heads.
        comparisons: which of `NETWORKS` there are beside the causal one.
        across: for "joints", the numbers of a left joint and the right one beside it, by which a clip is turned; None:
            clips are not turned.

    Raises:
        ValueError: unknown names, numbers out of range, fewer than two classes.
    """

    def __init__(
        self,
        inputs: str = "points",
        frame_shape: Sequence[int] = (2,),
        classes: Sequence[str] = ("no", "yes"),
        clip_classes: Sequence[str] = (),
        rate: float = 30.0,
        cell: str = "gru",
        units: int = 64,
        layers: int = 1,
        encoder_units: int = 32,
        differences: bool = False,
        dropout: float = 0.0,
        comparisons: Sequence[str] = NETWORKS[1:],
        across: Sequence[int] | None = None,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        shape = check_frame_shape(inputs, frame_shape)
        check_choice("cell", cell, CELLS)
        for name in comparisons:
            check_choice("comparisons", name, NETWORKS[1:])
        self.classes, self.clip_classes = _names("classes", classes), _names("clip_classes", clip_classes, 0)
        if not (is_number(rate) and 0 < rate < 1000):
            raise ValueError(f"rate is {rate!r}; expected frames a second, more than 0 and less than 1000.")
        self.settings = {
            "inputs": inputs,
            "frame_shape": list(shape),
            "rate": float(rate),
            "cell": cell,
            "units": check_units(units),
            "layers": check_count("layers", layers),
            "encoder_units": check_units(encoder_units),
            "differences": bool(differences),
            "dropout": check_rate("dropout", dropout),
            "comparisons": [name for name in NETWORKS[1:] if name in comparisons],
            "across": _across(inputs, shape, across),
        }
        self.encoder = FrameEncoder(inputs, encoder_units, dropout, name="encoder")
        sizes = (len(self.classes), len(self.clip_classes))
        self.parts = [
            LabelingNetwork(name, cell, units, layers, dropout, *sizes, name=name)
            for name in ("causal", *self.settings["comparisons"])
        ]
        self._programs: dict[str, Any] = {}

    @property
    def networks(self) -> list[str]:
        """The names of the networks in this model; the causal one is the first."""
        return [part.kind for part in self.parts]

    @property
    def inputs_kind(self) -> str:
        """What a frame is: "points", "joints", "pixels" or "features"."""
        return self.settings["inputs"]

    @property
    def frame_shape(self) -> tuple[int, ...]:
        """The shape of one frame."""
        return tuple(self.settings["frame_shape"])

    @property
    def rate(self) -> float:
        """Frames a second of the training data."""
        return self.settings["rate"]

    def build(self, frames_shape: Any = None) -> None:
        self.encoder.build((None, None, *self.frame_shape))
        for part in self.parts:
            part.build((None, None, self.input_width(part)))
        self.built = True

    def call(self, frames: Any, mask: Any = None, order: Any = None, training: bool = False) -> dict[str, tuple]:
        """Logits of the frames (B, T, C) and of the clip (B, K) or None, from every network.

        Args:
            frames: (B, T, ...), as `prepared` gives them.
            mask: (B, T), True where there is a frame; None: everywhere.
            order: (B, T), for the network "shuffled": its step s reads the frame order[s]. Its logits are given in the
                order of the frames. None: as they are.
        """
        if mask is None:
            mask = ops.ones(ops.shape(frames)[:2], "bool")
        encoded = self.encoded(frames, training)
        return {part.kind: self._logits(part, frames, encoded, mask, order, training) for part in self.parts}

    def encoded(self, frames: Any, training: bool = False) -> Any:
        """e_t of frames (B, T, ...): (B, T, E)."""
        if self.inputs_kind == "points":
            frames = _steps(frames)
        return self.encoder(frames, training=training)

    def input_width(self, part: LabelingNetwork) -> int:
        """The width of what one of the networks reads at each frame."""
        with_differences = self.settings["differences"] and part.kind != "single_frame"
        return self.settings["encoder_units"] * (2 if with_differences else 1)

    def read_by(self, part: LabelingNetwork, encoded: Any) -> Any:
        """What one of the networks reads of encoded frames (B, T, E)."""
        if self.input_width(part) == encoded.shape[-1]:
            return encoded
        return ops.concatenate([encoded, _steps(encoded)], axis=-1)

    def _logits(self, part: LabelingNetwork, frames: Any, encoded: Any, mask: Any, order: Any, training: bool) -> tuple:
        if part.kind != "shuffled" or order is None:
            return part(self.read_by(part, encoded), mask, training=training)
        order = ops.cast(order, "int32")
        # a step is that between two frames which now stand side by side
        mixed = self.encoded(_in_order(frames, order), training) if self.inputs_kind == "points" else None
        mixed = _in_order(encoded, order) if mixed is None else mixed
        of_frames, of_clip = part(
            self.read_by(part, mixed), ops.take_along_axis(mask, order, axis=1), training=training
        )
        return _in_order(of_frames, ops.argsort(order, axis=1)), of_clip

    # Clips -----------------------------------------------------------------------------------------------

    def prepared(self, clip: Any) -> np.ndarray:
        """A clip as the network reads it, (T, ...): checked, pictures in its size, poses turned.

        Raises:
            ValueError: no frames, frames of another shape or with numbers that are not finite.
        """
        if self.inputs_kind == "pixels":
            return fitted_pictures(clip, self.frame_shape)
        frames = np.asarray(clip)
        if frames.dtype.kind not in "iuf" or frames.shape[1:] != self.frame_shape or len(frames) == 0:
            raise ValueError(
                f"The clip has shape {frames.shape} and type {frames.dtype}; expected one frame or more of numbers, "
                f"{self.inputs_kind} of shape {('T', *self.frame_shape)}.".replace("'T'", "T")
            )
        if not np.isfinite(frames).all():
            raise ValueError("The clip holds numbers that are not finite; expected finite ones.")
        frames = frames.astype("float32")
        if self.settings["across"] is not None:
            frames = turned(frames, facing(frames[0], self.settings["across"]))
        return frames

    def label(self, clip: Any, network: str = "causal", order: Sequence[int] | None = None) -> FrameLabels:
        """The label of every frame of a clip, and of the clip.

        Args:
            clip: (T, ...), frames as `inputs` says; pictures may have any size.
            network: of `networks`.
            order: the network reads the frames in this order, a permutation of 0 ... T − 1; the labels are given in the
                order of the clip.

        Raises:
            ValueError: a clip or an order that is none, a network that the model does not have.
        """
        frames = self.prepared(clip)
        ways = None if order is None else [_permutation(order, len(frames))]
        of_frames, of_clips = self.probabilities([frames], network, ways)
        best = of_frames[0].argmax(axis=1)
        of_clip = None if of_clips is None else of_clips[0]
        return FrameLabels(
            [self.classes[n] for n in best],
            of_frames[0],
            self.classes,
            None if of_clip is None else self.clip_classes[int(of_clip.argmax())],
            of_clip,
            self.clip_classes,
            self.rate,
            self.inputs_kind,
            network,
        )

    def probabilities(
        self, clips: Sequence[np.ndarray], network: str = "causal", orders: Sequence[np.ndarray] | None = None
    ) -> tuple[list[np.ndarray], np.ndarray | None]:
        """Probabilities of many `prepared` clips: a list of (T, C), and (N, K) or None.

        Args:
            orders: a permutation of 0 ... T − 1 for each clip; probabilities come in the order of the clip.
        """
        check_choice("network", network, self.networks)
        if orders is not None:
            mixed = [clip[order] for clip, order in zip(clips, orders, strict=True)]
            of_frames, of_clips = self.probabilities(mixed, network)
            return [found[np.argsort(order)] for found, order in zip(of_frames, orders, strict=True)], of_clips
        of_frames: list[Any] = [None] * len(clips)
        of_clips = np.zeros((len(clips), len(self.clip_classes)), "float32")
        for numbers, frames, mask in _batches(clips, self.frame_shape):
            found = self._program(network)(ops.convert_to_tensor(frames), ops.convert_to_tensor(mask))
            found = [ops.convert_to_numpy(array) for array in found]
            for row, n in enumerate(numbers):
                of_frames[n] = found[0][row, : len(clips[n])]
                if self.clip_classes:
                    of_clips[n] = found[1][row]
        return of_frames, of_clips if self.clip_classes else None

    def _program(self, network: str) -> Any:
        if network not in self._programs:
            part = self.parts[self.networks.index(network)]

            def run(frames: Any, mask: Any) -> list:
                logits = part(self.read_by(part, self.encoded(frames)), mask)
                return [ops.softmax(ops.cast(one, "float32"), axis=-1) for one in logits if one is not None]

            self._programs[network] = compiled(run, [self])
        return self._programs[network]

    def stream(self, state: dict | None = None) -> FrameStream:
        """The causal network frame by frame; `state` of another stream goes on from there."""
        return FrameStream(self, state)

    def get_config(self) -> dict:
        return {
            **super().get_config(),
            "classes": self.classes,
            "clip_classes": self.clip_classes,
            **self.settings,
        }


def _names(name: str, names: Iterable[str], least: int = 2) -> list[str]:
    found = [str(one) for one in names]
    if len(found) < least or len(found) == 1 or len(set(found)) != len(found):
        raise ValueError(f"{name} is {found!r}; expected two or more different names" + " or none" * (least == 0) + ".")
    return found


def _across(inputs: str, shape: tuple[int, ...], across: Sequence[int] | None) -> list[int] | None:
    if across is None:
        return None
    found = [int(n) for n in across]
    if inputs != "joints" or len(set(found)) != 2 or len(found) != 2 or not all(0 <= n < shape[0] for n in found):
        raise ValueError(f"across is {across!r} with inputs={inputs!r}; expected two joints' numbers, with 'joints'.")
    return found


def _permutation(order: Sequence[int], count: int) -> np.ndarray:
    found = np.asarray(order)
    if found.shape != (count,) or found.dtype.kind not in "iu" or sorted(found.tolist()) != list(range(count)):
        raise ValueError(f"order has {found.size} numbers; expected 0 to {count - 1}, each once.")
    return found


def _steps(sequence: Any) -> Any:
    """What changed since the step before, (B, T, ...): zero at the first."""
    return ops.concatenate([ops.zeros_like(sequence[:, :1]), sequence[:, 1:] - sequence[:, :-1]], axis=1)


def _in_order(sequence: Any, order: Any) -> Any:
    """(B, T, ...) with its steps in the order (B, T)."""
    index = ops.reshape(order, (*ops.shape(order), *[1] * (len(sequence.shape) - 2)))
    return ops.take_along_axis(sequence, index, axis=1)


def _batches(clips: Sequence[np.ndarray], shape: tuple[int, ...]) -> Iterable[tuple]:
    """(numbers of the clips, frames (B, T, ...), mask (B, T)) of clips of like length; B and T have few values."""
    lengths = [_padded(len(clip)) for clip in clips]
    for length in sorted(set(lengths)):
        numbers = [n for n, other in enumerate(lengths) if other == length]
        for start in range(0, len(numbers), _BATCH):
            part = numbers[start : start + _BATCH]
            rows = 1 if len(part) == 1 else _BATCH
            frames = np.zeros((rows, length, *shape), clips[part[0]].dtype)
            mask = np.zeros((rows, length), bool)
            mask[:, 0] = True  # a row of nothing has no last step
            for row, n in enumerate(part):
                frames[row, : len(clips[n])] = clips[n]
                mask[row, : len(clips[n])] = True
            yield part, frames, mask


def _padded(length: int) -> int:
    """The next power of two, at least 16: few programs are compiled."""
    return max(_SHORTEST, 1 << (length - 1).bit_length())
