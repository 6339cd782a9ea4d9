"""A package whose names are imported when they are used.

Its import loads no module of its own. Two threads may then import a package and one of its modules at once: else each
can hold what the other waits for, and Python ends one of the two imports (`_DeadlockError`).
"""

import importlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any


def exports(
    package: str, homes: Mapping[str, Sequence[str]]
) -> tuple[Callable[[str], Any], Callable[[], list[str]], list[str]]:
    """The package's `__getattr__`, `__dir__` and `__all__` (PEP 562).

    Args:
        package: its `__name__`.
        homes: for each module the names that the package shows of it. A name must not be that of a module.
    """
    home = {name: module for module, names in homes.items() for name in names}

    def getattr_(name: str) -> Any:
        if name not in home:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        return getattr(importlib.import_module(home[name]), name)

    return getattr_, lambda: sorted(home), sorted(home)
