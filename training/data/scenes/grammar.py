"""What may be said of a scene: a small grammar of English, from scenes to captions and back to claims.

    caption  = [opening] object                                one object
             | opening object "and nothing else" | object "and nothing else"
             | [opening] object link object                    two
             | [opening] object link object "and" link object           three: both links are the first object's
             | [opening] object link object "which is" link object      three: the second link is the second object's
    opening  = "there is" | "a picture of"
    object   = "a" [size] [colour] shape
    link     = "left of" | "to the left of" | "right of" | "to the right of" | "above" | "below"

Without an opening the first link may have "is" before it: "a small red star is above a large blue square". Captions
that are made here give every object its size and its colour; without them a caption can be read, yet is not correct.
"""

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from rnn_models.vision.scenes.scene import COLOURS, RELATIONS, SHAPES, SIZES, Scene, SceneObject, holds

OPENINGS = ("there is", "a picture of")
LINKS = {
    "left of": ("left of", "to the left of"),
    "right of": ("right of", "to the right of"),
    "above": ("above",),
    "below": ("below",),
}
"""How each relation can be put."""

VOCABULARY = (
    *("a", "there", "is", "picture", "of", "and", "which", "nothing", "else", "to", "the"),
    *("left", "right", "above", "below"),
    *SIZES,
    *COLOURS,
    *SHAPES,
)
"""All words."""

_ALONE = "and nothing else"
_TAILS = {"and": 0, "which is": 1}  # the object of which the second link speaks
_RELATION = {link: relation for relation, links in LINKS.items() for link in links}


@dataclass(frozen=True)
class Described:
    """An object as a caption has it.

    Attributes:
        size, colour: None where the caption does not say them.
        words: (number of the word in the caption, the word) for each of size, colour and shape that is said.
    """

    size: str | None
    colour: str | None
    shape: str
    words: tuple[tuple[int, str], ...]


@dataclass(frozen=True)
class Claims:
    """What a caption says: its objects in their order, and (object number, one of `RELATIONS`, object number)."""

    objects: tuple[Described, ...]
    relations: tuple[tuple[int, str, int], ...]


# --- from a scene to captions


def captions(scene: Scene, generator: np.random.Generator, count: int = 5) -> list[str]:
    """`count` different captions of a scene, drawn from `all_captions`; the same generator draws the same ones.

    Raises:
        ValueError: more captions than there are: of a scene with one object there are 6.
    """
    every = all_captions(scene)
    if not 0 <= count <= len(every):
        raise ValueError(
            f"count is {count}; expected from 0 to {len(every)}: there are no more captions of this scene."
        )
    return [every[n] for n in generator.permutation(len(every))[:count]]


def all_captions(scene: Scene) -> list[str]:
    """Every correct caption of a scene: 6 with one object, from 8 with two, from 48 with three."""
    found: dict[str, None] = {}
    for order in itertools.permutations(scene.objects):
        for body in _bodies(order):
            found |= dict.fromkeys([body, *(f"{opening} {body}" for opening in OPENINGS)])
        if len(order) > 1:
            found |= dict.fromkeys(_bodies(order, verb="is "))
    return list(found)


def phrase(thing: SceneObject) -> str:
    """An object with all that is to be said: "a small red circle"."""
    return f"a {thing.size} {thing.colour} {thing.shape}"


def _bodies(order: tuple[SceneObject, ...], verb: str = "") -> Iterator[str]:
    """Captions without opening that name the objects in this order."""
    first, *others = map(phrase, order)
    if not others:
        yield from (first, f"{first} {_ALONE}")
        return
    for link in _true_links(order[0], order[1]):
        head = f"{first} {verb}{link} {others[0]}"
        if len(order) == 2:
            yield head
            continue
        for tail, about in _TAILS.items():
            for second in _true_links(order[about], order[2]):
                yield f"{head} {tail} {second} {others[1]}"


def _true_links(one: SceneObject, other: SceneObject) -> list[str]:
    return [link for relation in RELATIONS if holds(relation, one, other) for link in LINKS[relation]]


# --- from a caption to claims

_OBJECT = rf"a(?: ({'|'.join(SIZES)}))?(?: ({'|'.join(COLOURS)}))? ({'|'.join(SHAPES)})"
_LINK = rf"({'|'.join(_RELATION)})"
_SINGLE = re.compile(rf"(?:(?:{'|'.join(OPENINGS)}) )?{_OBJECT}(?: {_ALONE})?")
_SEVERAL = re.compile(
    rf"(?:(?:{'|'.join(OPENINGS)}) )?{_OBJECT}( is)? {_LINK} {_OBJECT}(?: ({'|'.join(_TAILS)}) {_LINK} {_OBJECT})?"
)


def parse(caption: str) -> Claims | None:
    """What a caption claims, or None for a text that is not in the grammar.

    Words are in lower case; it makes no difference how many spaces are between them.
    """
    text = " ".join(caption.split())
    if match := _SINGLE.fullmatch(text):
        return Claims((_described(match, 1),), ())
    match = _SEVERAL.fullmatch(text)
    if not match or (match[4] and text.startswith(OPENINGS)):  # "there is a star is above a cross"
        return None
    objects, relations = [_described(match, 1), _described(match, 6)], [(0, _RELATION[match[5]], 1)]
    if match[9]:
        objects.append(_described(match, 11))
        relations.append((_TAILS[match[9]], _RELATION[match[10]], 2))
    return Claims(tuple(objects), tuple(relations))


def _described(match: re.Match, group: int) -> Described:
    """The object whose size is this group of the match, its colour and shape the next two."""
    said = [(match.start(n), match[n]) for n in range(group, group + 3) if match[n]]
    words = tuple((match.string.count(" ", 0, start), word) for start, word in said)
    return Described(match[group], match[group + 1], match[group + 2], words)
