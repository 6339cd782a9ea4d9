"""Splits into train, validation and test: by place, by a hash, class by class. Copies of a text stay together."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from training.data.errors import DataError


def check_shares(**shares: float) -> None:
    """Check shares of the data that are not for training: each is above 0, their sum below 1.

    Raises:
        ValueError: names the shares.
    """
    if not (all(0 < share < 1 for share in shares.values()) and sum(shares.values()) < 1):
        given = " and ".join(f"{name}={share!r}" for name, share in shares.items())
        raise ValueError(
            f"{given}; expected shares of the data with something left to train on: each above 0, their sum below 1, "
            "for example 0.05."
        )


def text_key(text: str) -> str:
    """What counts as the same text: runs of white space are one space, none at the ends."""
    return " ".join(text.split())


def group_by_text(texts: Sequence[str]) -> dict[str, list[int]]:
    """The row numbers of each different text, by its `text_key`, in the order of the first ones."""
    groups: dict[str, list[int]] = {}
    for index, text in enumerate(texts):
        groups.setdefault(text_key(text), []).append(index)
    return groups


def split_text(text: str, train: float, validation: float) -> tuple[str, str, str]:
    """The first, middle and last part of a text, as shares of its characters."""
    first = int(len(text) * train)
    second = int(len(text) * (train + validation))
    return text[:first], text[first:second], text[second:]


def split_by_hash(groups: dict[str, list[Any]], validation: float, test: float) -> list[list[Any]]:
    """The members of train, validation and test, sorted; a group is in one split.

    The groups are put in the order of the SHA-256 of their keys: the order in which they are given makes no
    difference, and a group that is added moves few others.

    Args:
        groups: members by key, at least three groups.
        validation, test: shares of the groups; each split has at least one.
    """
    keys = sorted(groups, key=lambda key: hashlib.sha256(key.encode()).digest())
    held, tested = _counts(len(keys), validation, test)
    cuts = (keys[tested + held :], keys[tested : tested + held], keys[:tested])
    return [sorted(member for key in part for member in groups[key]) for part in cuts]


def split_stratified(
    path: Path,
    groups: Sequence[list[int]],
    labels: np.ndarray,
    names: list[str],
    validation: float,
    test: float,
    seed: int,
) -> list[list[int]]:
    """The row numbers of train, validation and test, drawn class by class, so that each class is in each split.

    Args:
        path: of the file, for the error.
        groups: row numbers that stay together; a group counts for the class of its first row.
        labels: (N,) class numbers.
        names: of the classes.
        validation, test: shares of each class's groups.

    Raises:
        DataError: a class with fewer than three groups.
    """
    classes: list[list[list[int]]] = [[] for _ in names]
    for group in groups:
        classes[labels[group[0]]].append(group)
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
        held, tested = _counts(len(members), validation, test)
        for place, chosen in enumerate(rng.permutation(len(members))):
            side = 2 if place < tested else 1 if place < tested + held else 0
            parts[side].extend(members[chosen])
    return [sorted(part) for part in parts]


def _counts(count: int, validation: float, test: float) -> tuple[int, int]:
    """How many of `count`, three or more, are for validation and for test; at least one is for each split."""
    tested = min(max(1, round(count * test)), count - 2)
    held = min(max(1, round(count * validation)), count - tested - 1)
    return held, tested
