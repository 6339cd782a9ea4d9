"""How well a captioner knows pictures of another kind than it was trained on."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from rnn_models.vision.scenes.scene import draw, make_scenes
from training.data.errors import DataError

if TYPE_CHECKING:
    from rnn_models.tasks.captioning import Captioner

SIDE = 224


def kinds(count: int, seed: int = 0) -> dict[str, Callable[[], list[np.ndarray]]]:
    """Pictures of other kinds than photographs of people outdoors, `count` of each, as (224, 224, 3) uint8 arrays.

    "scenes" are drawn shapes, "digits" handwritten ones (scikit-learn's), "textures" are stripes, checks, noise and
    gradients, and "rooms" DAQUAR's indoor photographs, where RNN_DATA_DIR has them in daquar/images.
    """
    found: dict[str, Callable[[], list[np.ndarray]]] = {
        "scenes": lambda: [draw(scene) for scene in make_scenes(count, seed + 99)],
        "digits": lambda: _digits(count, seed),
        "textures": lambda: [texture(np.random.default_rng([seed, n])) for n in range(count)],
    }
    rooms = Path(os.environ.get("RNN_DATA_DIR", "")) / "daquar" / "images"
    if os.environ.get("RNN_DATA_DIR") and rooms.is_dir():
        found["rooms"] = lambda: _photographs(rooms, count, seed)
    return found


def _digits(count: int, seed: int) -> list[np.ndarray]:
    from PIL import Image
    from sklearn.datasets import load_digits

    images = load_digits().images
    chosen = np.random.default_rng(seed).choice(len(images), min(count, len(images)), replace=False)
    large = [Image.fromarray((255 - images[n] * 15.9).astype(np.uint8)).resize((SIDE, SIDE)) for n in chosen]
    return [np.asarray(picture.convert("RGB")) for picture in large]


def texture(generator: np.random.Generator) -> np.ndarray:
    """A picture without things: stripes, checks, noise of some grain, or a gradient, in two random colours."""
    y, x = np.mgrid[:SIDE, :SIDE] / SIDE
    angle, waves = generator.uniform(0, np.pi), generator.integers(2, 25)
    along = x * np.cos(angle) + y * np.sin(angle)
    kind = generator.integers(4)
    if kind == 0:
        mix = (np.sin(2 * np.pi * waves * along) + 1) / 2
    elif kind == 1:
        mix = (np.floor(x * waves) + np.floor(y * waves)) % 2
    elif kind == 2:
        cells = generator.random((waves, waves))
        mix = np.kron(cells, np.ones((-(-SIDE // waves),) * 2))[:SIDE, :SIDE]
    else:
        mix = (along - along.min()) / np.ptp(along)
    one, other = generator.integers(0, 256, (2, 3))
    return (one + mix[..., None] * (other - one)).astype(np.uint8)


def _photographs(folder: Path, count: int, seed: int) -> list[np.ndarray]:
    from rnn_models.vision.pictures import open_picture

    paths = sorted(path for path in folder.iterdir() if path.suffix.lower() in (".jpg", ".png"))
    chosen = np.random.default_rng(seed).choice(len(paths), min(count, len(paths)), replace=False)
    return [open_picture(paths[n]) for n in chosen]


def report(model: "Captioner", usual: Sequence[Path], count: int, seed: int = 0) -> dict[str, dict[str, float]]:
    """For each kind how many pictures are called strange, and the AUROC between them and the usual ones.

    The AUROC is the chance that a picture of the other kind is stranger than a usual one: of the whole score, and of
    each of its two halves alone.

    Raises:
        DataError: a model without a reference set.
    """
    from sklearn.metrics import roc_auc_score

    from rnn_models.vision.pictures import open_picture

    if model.reference_set is None:
        raise DataError("This model keeps no reference set of its training pictures; train with --album.")
    chosen = np.random.default_rng(seed).choice(len(usual), min(count, len(usual)), replace=False)
    known = _measured(model, [open_picture(usual[n]) for n in chosen])
    found = {"usual": {"pictures": len(chosen), "strange": float(np.mean(known[0] > model.reference_set.limit))}}
    for name, make in kinds(count, seed).items():
        other = _measured(model, make())
        truth = np.repeat([0, 1], [len(known[0]), len(other[0])])
        parts = zip(("auroc", "auroc_distance", "auroc_doubt"), known, other, strict=True)
        aurocs = {part: float(roc_auc_score(truth, np.concatenate([a, b]))) for part, a, b in parts}
        strange = float(np.mean(other[0] > model.reference_set.limit))
        found[name] = {"pictures": len(other[0]), "strange": strange, **aurocs}
    return found


def _measured(model: "Captioner", pictures: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Strangeness, distance and mean NLL of each picture."""
    encoded = model.encoder().encode(pictures)
    captions = model.describe(encoded.grid, encoded.pooled, beam=1)
    distances, _ = model.reference_set.distances(encoded.pooled)
    nlls = np.array([caption.mean_nll for caption in captions])
    return np.array([caption.strangeness for caption in captions]), distances, nlls


def format_report(found: dict[str, dict[str, float]]) -> str:
    """The report as lines."""
    lines = [f"usual     {100 * found['usual']['strange']:5.1f} % called strange ({found['usual']['pictures']:,})"]
    for name, row in found.items():
        if name != "usual":
            lines.append(
                f"{name:<9} {100 * row['strange']:5.1f} % called strange ({row['pictures']:,}); "
                f"AUROC {row['auroc']:.3f} (distance alone {row['auroc_distance']:.3f}, doubt alone "
                f"{row['auroc_doubt']:.3f})"
            )
    return "\n".join(lines)
