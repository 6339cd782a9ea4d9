"""Splits that stay the same however the rows are ordered, and that keep equal texts together."""

from pathlib import Path

import numpy as np

from training.data.errors import DataError
from training.data.records import Labelled


def text_key(text: str) -> str:
    """What counts as the same text: runs of white space are one space, none at the ends."""
    return " ".join(text.split())


def _groups(rows: Labelled) -> list[list[int]]:
    """The row numbers of each different text, in the order of the first ones."""
    groups: dict[str, list[int]] = {}
    for index, text in enumerate(rows.texts):
        groups.setdefault(text_key(text), []).append(index)
    return list(groups.values())


def _stratified(
    path: Path,
    groups: list[list[int]],
    rows: Labelled,
    names: list[str],
    validation: float,
    test: float,
    seed: int,
) -> list[list[int]]:
    """The row numbers of train, validation and test; a group counts for the class of its first row."""
    classes: list[list[list[int]]] = [[] for _ in names]
    for group in groups:
        classes[rows.labels[group[0]]].append(group)
    few = [name for name, members in zip(names, classes, strict=True) if len(members) < 3]
    if few:
        listed = ", ".join(map(repr, few[:5])) + (f" and {len(few) - 5:,} more" if len(few) > 5 else "")
        raise DataError(
            f"{path}: fewer than 3 examples (different texts) of {listed}; each of the {len(names):,} classes needs "
            "one in train, one in validation and one in test. Add examples, take the class out, or check that the "
            "column of labels is the right one."
        )
    rng = np.random.default_rng(seed)
    parts: list[list[int]] = [[], [], []]
    for members in classes:
        count = len(members)
        tested = min(max(1, round(count * test)), count - 2)
        held = min(max(1, round(count * validation)), count - tested - 1)
        for place, chosen in enumerate(rng.permutation(count)):
            side = 2 if place < tested else 1 if place < tested + held else 0
            parts[side].extend(members[chosen])
    return [sorted(part) for part in parts]
