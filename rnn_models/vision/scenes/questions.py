"""Questions about scenes, by their meaning: what is asked, of which objects, and the one right answer.

`question_texts` puts them into words, `question_set` draws them.
"""

import functools
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace

from rnn_models.vision.scenes.scene import COLOURS, NEW_PAIRS, RELATIONS, SHAPES, SIZE, SIZES, Scene, SceneObject, holds

KINDS = ("exist", "count", "colour", "shape", "size", "place", "compare", "relate")
COMPARISONS = ("larger", "smaller", "same colour")
PLACES = ("left", "right", "top", "bottom")
"""Halves of the picture: an object lies wholly in one of a pair, or is not asked about."""
COUNTS = ("0", "1", "2", "3")
ANSWERS = ("yes", "no", *COUNTS, *COLOURS, *SHAPES, *SIZES)
"""All 21."""


@dataclass(frozen=True)
class Referent:
    """What a question says of an object; None where it does not say it."""

    size: str | None = None
    colour: str | None = None
    shape: str | None = None

    def fits(self, thing: SceneObject) -> bool:
        """Whether an object is like that."""
        if self.shape not in (None, thing.shape) or self.colour not in (None, thing.colour):
            return False
        return self.size is None or self.size == thing.size

    def among(self, scene: Scene) -> list[int]:
        """The numbers of the objects that are like that."""
        return [n for n, thing in enumerate(scene.objects) if self.fits(thing)]


@dataclass(frozen=True)
class Query:
    """What a question means.

    Attributes:
        kind: of `KINDS`.
        one: the object that is asked about; "exist" and "count" ask for any that fits.
        other: the second object of "compare" and "relate".
        relation: of `PLACES` for "place", else of `COMPARISONS` or `RELATIONS`.
    """

    kind: str
    one: Referent
    other: Referent | None = None
    relation: str = ""

    @property
    def reversed(self) -> "Query":
        """The other way round: the same words, "is B left of A" for "is A left of B"."""
        return replace(self, one=self.other, other=self.one)

    @property
    def ordered(self) -> bool:
        """Whether the other way round it has the opposite answer."""
        return self.kind == "relate" or self.relation in ("larger", "smaller")

    def asked(self, scene: Scene) -> list[int]:
        """The numbers of the objects that it is about."""
        return [n for referent in (self.one, self.other) if referent for n in referent.among(scene)]

    def answer(self, scene: Scene) -> str | None:
        """The right answer, of `ANSWERS`; None where there is none: an object is not there, or not the only one."""
        found = self.one.among(scene)
        if self.kind == "exist":
            return "yes" if found else "no"
        if self.kind == "count":
            return str(len(found))
        others = [] if self.other is None else self.other.among(scene)
        if len(found) != 1 or (self.other is not None and (len(others) != 1 or others == found)):
            return None
        thing = scene.objects[found[0]]
        if self.kind in ("colour", "shape", "size"):
            return getattr(thing, self.kind)
        if self.kind == "place":
            return _in_half(self.relation, thing)
        return _yes_or_no(self.relation, thing, scene.objects[others[0]])

    @functools.cache  # noqa: B019  of a value
    def possible(self, pairs: str = "all") -> tuple[str, ...]:
        """The answers that it can have where scenes have these pairs of colour and shape (`scene.PAIRS`)."""
        if self.kind == "count":
            return COUNTS
        if self.kind == "colour":
            shape = self.one.shape
            return tuple(c for c in COLOURS if shape is None or is_allowed((c, shape), pairs))
        if self.kind == "shape":
            colour = self.one.colour
            return tuple(s for s in SHAPES if colour is None or is_allowed((colour, s), pairs))
        return tuple(SIZES) if self.kind == "size" else ("yes", "no")


def is_allowed(pair: tuple[str, str], pairs: str) -> bool:
    """Whether questions about these pairs of colour and shape may be about this one."""
    return pairs == "all" or (pair in NEW_PAIRS) == (pairs == "new")


def _in_half(half: str, thing: SceneObject) -> str | None:
    axis = 0 if half in ("left", "right") else 1
    low, high = thing.box[axis], thing.box[axis + 2]
    if low < SIZE / 2 < high:
        return None
    return "yes" if (high <= SIZE / 2) == (half in ("left", "top")) else "no"


def _yes_or_no(relation: str, thing: SceneObject, other: SceneObject) -> str | None:
    if relation == "same colour":
        return "yes" if thing.colour == other.colour else "no"
    if relation in COMPARISONS:
        if thing.size == other.size:
            return None
        return "yes" if (thing.size == "large") == (relation == "larger") else "no"
    if holds(relation, thing, other):
        return "yes"
    return "no" if holds(relation, other, thing) else None


# --- all questions that a scene answers


def queries(scene: Scene, kind: str, pairs: str = "all") -> dict[Query, str]:
    """All questions of a kind that have one right answer, and that answer.

    Args:
        pairs: "seen": no question names a pair of `scene.NEW_PAIRS`; "new": each is about an object of such a pair.
    """
    found = {"exist": _exist, "count": _count}.get(kind)
    made = found() if found else _unique(scene, kind)
    answers = {query: query.answer(scene) for query in made if pairs == "all" or _is_about(query, scene, pairs)}
    return {query: answer for query, answer in answers.items() if answer is not None}


def _is_about(query: Query, scene: Scene, pairs: str) -> bool:
    named = [(r.colour, r.shape) for r in (query.one, query.other) if r and r.colour and r.shape]
    if pairs == "seen":
        return not set(named) & set(NEW_PAIRS)
    of_new = any((scene.objects[n].colour, scene.objects[n].shape) in NEW_PAIRS for n in query.asked(scene))
    if query.kind in ("colour", "shape"):
        return of_new and query.answer(scene) in query.possible("new")
    return bool(set(named) & set(NEW_PAIRS)) or (of_new and query.kind not in ("exist", "count"))


@functools.cache
def _exist() -> list[Query]:
    named = itertools.product((None, *SIZES), COLOURS, SHAPES)
    return [Query("exist", one) for one in (*_of_one_word(), *itertools.starmap(Referent, named))]


@functools.cache
def _count() -> list[Query]:
    return [Query("count", one) for one in (*_of_one_word(), *map(Referent, SIZES))]


def _of_one_word() -> list[Referent]:
    return [*(Referent(colour=colour) for colour in COLOURS), *(Referent(shape=shape) for shape in SHAPES)]


_SAID = {
    "colour": (("shape",), ("size", "shape"), ("size",)),
    "shape": (("colour",), ("size", "colour"), ("size",)),
    "size": (("colour", "shape"), ("colour",), ("shape",)),
    "place": (("colour", "shape"), ("shape",), ("colour",)),
    "compare": (("colour", "shape"), ("shape",), ("colour",)),
    "relate": (("colour", "shape"), ("shape",), ("colour",)),
}
"""What the referents of a kind say."""


def _unique(scene: Scene, kind: str) -> Iterator[Query]:
    """Questions about one object or two, some of which may not be the only one of their kind."""
    for said in _SAID[kind]:
        if kind == "place":
            yield from (
                Query(kind, _referent(thing, said), relation=half) for thing in scene.objects for half in PLACES
            )
            continue
        if kind not in ("compare", "relate"):
            yield from (Query(kind, _referent(thing, said)) for thing in scene.objects)
            continue
        relations = RELATIONS if kind == "relate" else COMPARISONS
        for one, other in itertools.permutations(scene.objects, 2):
            for relation in relations:
                if relation != "same colour" or "colour" not in said:
                    yield Query(kind, _referent(one, said), _referent(other, said), relation)


def _referent(thing: SceneObject, said: tuple[str, ...]) -> Referent:
    return Referent(**{name: getattr(thing, name) for name in said})
