"""Whether a caption is true of a scene, what is wrong with it, and whether attention lay on what was named."""

import itertools
from typing import NamedTuple

import numpy as np

from rnn_models.vision.scenes.scene import SIZE, Scene, SceneObject, holds
from training.data.scenes.grammar import Claims, Described, parse

ERRORS = ("grammar", "missing", "invented", "shape", "colour", "size", "relation")

Box = tuple[int, int, int, int]


class AttentionMass(NamedTuple):
    """Where attention lay while a caption's objects were named: means over `words` words, NaN if there is none.

    Attributes:
        inside: the share of the attention in the named object's box.
        uniform: the share that equal weights would have there, the box's share of the picture.
        best: the largest share that any weights can have: a small box may fill no cell of the grid.
        words: how many words were scored.
    """

    inside: float
    uniform: float
    best: float
    words: int


def is_correct(caption: str, scene: Scene) -> bool:
    """Whether a caption is fully correct; "a circle" is not.

    It is in the grammar and names every object of the scene once and nothing else; each has its size, its colour and
    its shape, all said and all true; and each relation that it claims holds (`scene.holds`). The grammar
    leaves no way to name two objects without a relation, or three without two.
    """
    return not errors(caption, scene)


def errors(caption: str, scene: Scene) -> list[str]:
    """The kinds of error in a caption, of `ERRORS` and in its order, each once; none for a correct one.

    "grammar" (and then nothing else): `parse` cannot read it. "missing", "invented": it names fewer or more objects
    than there are. "shape", "colour", "size": not true of an object, or not said. "relation": does not hold.
    Captioned objects are compared with those of the scene in the pairing that leaves the fewest wrong words, then
    the fewest wrong relations.
    """
    claims = parse(caption)
    if claims is None:
        return ["grammar"]
    pairing = _pairing(claims, scene)
    found = set()
    for said, thing in zip(claims.objects, pairing, strict=True):
        found |= {"invented"} if thing is None else set(_wrong(said, scene.objects[thing]))
    if len(claims.objects) < len(scene.objects):
        found.add("missing")
    if _false_relations(claims, scene, pairing):
        found.add("relation")
    return [kind for kind in ERRORS if kind in found]


def mentions(caption: str, scene: Scene) -> list[tuple[int, int]]:
    """(number of the word in the caption, number of the object in the scene) for sizes, colours and shapes.

    Objects are paired as in `errors`, and a word that is not true of its object is left out. Of a caption that is
    not in the grammar nothing is known: no mentions.
    """
    claims = parse(caption)
    if claims is None:
        return []
    return [
        (place, thing)
        for said, thing in zip(claims.objects, _pairing(claims, scene), strict=True)
        if thing is not None
        for place, word in said.words
        if word in (scene.objects[thing].size, scene.objects[thing].colour, scene.objects[thing].shape)
    ]


def _pairing(claims: Claims, scene: Scene) -> tuple[int | None, ...]:
    """The number of the scene's object for each that is described; None for one too many."""
    said, there = len(claims.objects), len(scene.objects)
    ways = [
        tuple(n if n < there else None for n in way) for way in itertools.permutations(range(max(said, there)), said)
    ]
    return min(ways, key=lambda way: (_wrong_words(claims, scene, way), _false_relations(claims, scene, way)))


def _wrong_words(claims: Claims, scene: Scene, way: tuple[int | None, ...]) -> int:
    pairs = zip(claims.objects, way, strict=True)
    return sum(len(_wrong(said, scene.objects[thing])) for said, thing in pairs if thing is not None)


def _wrong(said: Described, thing: SceneObject) -> list[str]:
    return [name for name in ("shape", "colour", "size") if getattr(said, name) != getattr(thing, name)]


def _false_relations(claims: Claims, scene: Scene, way: tuple[int | None, ...]) -> int:
    """How many relations between objects that are there do not hold."""
    pairs = [(way[one], relation, way[other]) for one, relation, other in claims.relations]
    return sum(
        not holds(relation, scene.objects[one], scene.objects[other])
        for one, relation, other in pairs
        if one is not None and other is not None
    )


# --- attention


def attention_mass(weights: np.ndarray, grid: tuple[int, int], caption: str, scene: Scene) -> AttentionMass:
    """The share of the attention in the box of the object that is being named.

        inside = mean over mentions (t, k) of Σ_l α_tl cover_kl

    cover_kl is the share of cell l that the box of object k covers. The grid lies over the whole picture, its cells
    row by row. Words that are not true of any object do not count (see `mentions`).

    Args:
        weights: α (T, L), a row for each word of the caption, in its order; each row sums to 1. A row for <END> is to
            be left out.
        grid: (rows, columns), with L = rows · columns.

    Raises:
        ValueError: another number of rows or of places, or rows that are no distributions.
    """
    weights = _checked(weights, grid, len(caption.split()))
    found = mentions(caption, scene)
    if not found:
        return AttentionMass(np.nan, np.nan, np.nan, 0)
    covers = np.stack([box_cover(scene.objects[thing].box, grid) for _, thing in found])
    inside = (weights[[place for place, _ in found]] * covers).sum(axis=1)
    shares = (float(part.mean()) for part in (inside, covers.mean(axis=1), covers.max(axis=1)))
    return AttentionMass(*shares, len(found))


def box_cover(box: Box, grid: tuple[int, int]) -> np.ndarray:
    """The share of each cell that a box covers, (L,), row by row; the grid lies over the whole picture."""
    x0, y0, x1, y1 = box
    down, across = (
        np.clip(np.minimum(high, edges[1:]) - np.maximum(low, edges[:-1]), 0, None) / np.diff(edges)
        for low, high, edges in ((y0, y1, _edges(grid[0])), (x0, x1, _edges(grid[1])))
    )
    return np.outer(down, across).ravel()


def _edges(cells: int) -> np.ndarray:
    return np.linspace(0, SIZE, cells + 1)


def _checked(weights: np.ndarray, grid: tuple[int, int], words: int) -> np.ndarray:
    weights = np.asarray(weights, dtype=np.float64)
    expected = (words, grid[0] * grid[1])
    if weights.shape != expected or min(grid) < 1:
        raise ValueError(
            f"weights has the shape {weights.shape}; expected {expected}: a row for each word of the caption, a column "
            f"for each cell of the grid {tuple(grid)}."
        )
    sums = weights.sum(axis=1)
    if not (np.isfinite(weights).all() and (weights >= 0).all() and (abs(sums - 1) < 0.01).all()):
        raise ValueError("weights holds a row that is no distribution; expected numbers of 0 or more with the sum 1.")
    return weights
