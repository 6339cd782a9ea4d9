"""Scenes as files, so that they are read like any other captioned pictures."""

import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from rnn_models.files import write_atomic
from rnn_models.vision.scenes.scene import Scene, draw, scene_data
from training.data.download import cache_dir
from training.data.records import CaptionData, Captioned
from training.data.scenes.grammar import captions

COUNTS = {"train": 30_000, "validation": 500, "test": 1000}
CAPTIONS = 5
"""So many different captions has each scene."""


@dataclass(frozen=True)
class SceneSet(CaptionData):
    """Captioned pictures of scenes; `scenes` has those of each split by its name."""

    scenes: dict[str, list[Scene]] = field(default_factory=dict)


def scene_pictures(counts: dict[str, int] | None = None, seed: int = 0, folder: Path | None = None) -> SceneSet:
    """Scenes with their captions, drawn into `folder` (by default in the cache) where they are not there yet."""
    counts = COUNTS if counts is None else counts
    made = scene_data(**counts, seed=seed)
    if folder is None:
        look = hashlib.sha256(draw(made.train[0]).tobytes()).hexdigest()[:8]  # another version may draw otherwise
        folder = cache_dir() / "scenes" / f"seed-{seed}-{look}"
    folder = Path(folder)
    scenes = {name: getattr(made, name) for name in ("train", "validation", "test")}
    parts = {name: _drawn(folder / name, part, [seed, number]) for number, (name, part) in enumerate(scenes.items())}
    return SceneSet("scenes", **parts, source=made.source, licence=made.licence, notes=made.notes, scenes=scenes)


def _drawn(folder: Path, scenes: Sequence[Scene], seed: list[int]) -> Captioned:
    from PIL import Image

    folder.mkdir(parents=True, exist_ok=True)
    there = {path.name for path in folder.iterdir()}
    paths, texts = [], []
    for n, scene in enumerate(scenes):
        path = folder / f"{n:06d}.png"
        if path.name not in there:
            content = io.BytesIO()
            Image.fromarray(draw(scene)).save(content, format="png")
            write_atomic(path, content.getvalue())
        paths.append(path)
        texts.append(captions(scene, np.random.default_rng([*seed, n]), CAPTIONS))
    return Captioned(paths, texts)
