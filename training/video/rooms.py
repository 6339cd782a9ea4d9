"""Camera clips of people at home: a small network on the image encoder's features, one person left out at a time."""

from dataclasses import dataclass

import keras
import numpy as np

from rnn_models.tasks.video import VideoLabeler
from rnn_models.vision.encoder import ImageEncoder
from training.core.fit import SetEpoch
from training.data.records import UNLABELLED, ClipData, Clips
from training.data.rooms import LABELS, SOURCE, RoomClip, load_rooms
from training.video.evaluate import scores_of
from training.video.inputs import ClipBatches
from training.video.train import VideoTrainer

LENGTH = 64
RATE = 7.5


@dataclass(frozen=True)
class LeftOut:
    """The scores on one person's frames, of networks that were trained on the others: means over the seeds."""

    person: str
    frames: int
    majority: float
    causal: float
    bidirectional: float
    single_frame: float
    shuffled: float
    shuffled_input: float


def leave_one_out(epochs: int, seeds: int) -> list[LeftOut]:
    """One row a person."""
    clips = load_rooms()
    features = room_features(clips)
    return [_left_out(person, clips, features, epochs, seeds) for person in sorted({clip.person for clip in clips})]


def room_features(clips: list[RoomClip]) -> list[np.ndarray]:
    """The image encoder's features of every frame, the mean over its grid: (T, 1280) for each clip."""
    encoder = ImageEncoder()
    return [np.asarray(encoder.encode(list(clip.frames)).grid).mean(axis=1).astype("float32") for clip in clips]


def _left_out(person: str, clips: list[RoomClip], features: list[np.ndarray], epochs: int, seeds: int) -> LeftOut:
    rows = [n for n, clip in enumerate(clips) if clip.person != person]
    others = [n for n, clip in enumerate(clips) if clip.person == person]
    train, test = ([clips[n].labels for n in part] for part in (rows, others))
    mean = np.concatenate([features[n] for n in rows]).mean(axis=0)
    deviation = np.concatenate([features[n] for n in rows]).std(axis=0) + 1e-3

    def part(numbers: list[int], labels: list[np.ndarray]) -> Clips:
        frames = [(features[n] - mean) / deviation for n in numbers]
        return Clips(frames, labels, np.full(len(numbers), UNLABELLED, "int32"))

    data = ClipData(
        "rooms", "features", part(rows, train), part(others, test), part(others, test), list(LABELS), [], RATE,
        SOURCE, "MIT", [],
    )  # fmt: skip
    found = [_scores(data, epochs, seed) for seed in range(seeds)]
    known = np.concatenate(train)
    usual = np.bincount(known[known >= 0]).argmax()
    truth = np.concatenate(test)
    truth = truth[truth >= 0]
    means = {name: float(np.mean([one[name] for one in found])) for name in found[0]}
    return LeftOut(person, len(truth), float((truth == usual).mean()), **means)


def _scores(data: ClipData, epochs: int, seed: int) -> dict[str, float]:
    keras.utils.set_random_seed(seed)
    model = VideoLabeler("features", data.frame_shape, LABELS, rate=RATE, units=32, encoder_units=32, dropout=0.5)
    model.build()
    trainer = VideoTrainer(model, 0.0)
    trainer.compile(keras.optimizers.AdamW(2e-3, weight_decay=0.01, global_clipnorm=1.0))
    batches = ClipBatches(data, data.train, 8, LENGTH, seed)
    trainer.fit(batches, epochs=epochs, shuffle=False, callbacks=[SetEpoch(batches)], verbose=0)
    found = scores_of(model, data, data.test)
    return {"causal": found["accuracy"], **{name: row["frames"] for name, row in found["baselines"].items()}}


def table(rows: list[LeftOut]) -> str:
    """A line a person, and their mean, weighted by frames."""
    names = ("majority", "causal", "bidirectional", "single_frame", "shuffled", "shuffled_input")
    lines = ["left out  frames  " + "  ".join(f"{name:>14}" for name in names)]
    weights = np.array([row.frames for row in rows])
    for row in rows:
        values = "  ".join(f"{100 * getattr(row, name):>12.1f} %" for name in names)
        lines.append(f"{row.person:<9} {row.frames:>6}  {values}")
    means = (float(np.average([getattr(row, name) for row in rows], weights=weights)) for name in names)
    lines.append(f"{'all':<9} {weights.sum():>6}  " + "  ".join(f"{100 * mean:>12.1f} %" for mean in means))
    return "\n".join(lines)
