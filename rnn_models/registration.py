"""Keras knows the classes of this library as soon as both are imported, in either order.

    import rnn_models
    keras.models.load_model("mine.keras")  # finds "rnn_models>Recurrent"

Importing this package must not import Keras, and a class can only be registered once Keras is there. So what imports
Keras is watched: when it is done, the modules with registered classes are imported.
"""

import importlib
import sys
import threading
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

# The modules that hold or import every registered class.
MODULES = (
    "rnn_models.layers.attentive",
    "rnn_models.layers.bidirectional",
    "rnn_models.layers.catalogue",
    "rnn_models.layers.stacked",
    "rnn_models.layers.truncation",
    "rnn_models.tasks.captioning",
    "rnn_models.tasks.char_lm",
    "rnn_models.tasks.digits",
    "rnn_models.tasks.draw",
    "rnn_models.tasks.glimpses",
    "rnn_models.tasks.sentiment",
    "rnn_models.tasks.translation",
    "rnn_models.tasks.video",
)

_lock = threading.Lock()


def register_with_keras() -> None:
    """Import `MODULES` now, if Keras is imported; else as soon as it is."""
    if "keras" not in sys.modules or not _import_all():
        sys.meta_path.insert(0, _Watcher())


def _import_all() -> bool:
    """Import `MODULES`; False where another thread is in the middle of one of them, and waits for this one."""
    try:
        for name in MODULES:
            importlib.import_module(name)
    except RuntimeError as error:
        if type(error).__name__ != "_DeadlockError":  # Python's own, which has no public name
            raise
        return False
    return True


class _Watcher:
    """A finder that finds nothing of its own: it learns when Keras, or a module of this library, has been imported.

    Modules of this library count, because one of them may be what imports Keras. Then the others must wait until it
    is whole: they import it, too.
    """

    def __init__(self) -> None:
        self.under_way = 0

    def find_spec(self, name: str, path: Any = None, target: ModuleType | None = None) -> ModuleSpec | None:
        """What the other finders find. Only if it is executed, too, the watcher hears of it."""
        if name != "keras" and not name.startswith("rnn_models."):
            return None
        found = (f.find_spec(name, path, target) for f in list(sys.meta_path) if f is not self)
        spec = next((one for one in found if one is not None), None)
        if spec is not None and hasattr(spec.loader, "exec_module"):
            self._watch(spec.loader)
        return spec

    def _watch(self, loader: Any) -> None:
        execute = loader.exec_module

        def exec_module(module: ModuleType) -> None:
            loader.exec_module = execute
            with _lock:
                self.under_way += 1
            try:
                execute(module)
            finally:
                with _lock:
                    self.under_way -= 1
            self._perhaps_register()

        loader.exec_module = exec_module

    def _perhaps_register(self) -> None:
        if "keras" not in sys.modules or self.under_way or self not in sys.meta_path:
            return
        sys.meta_path.remove(self)
        try:
            done = _import_all()
        except ImportError:
            done = False
        if not done:  # another thread is in the middle of one of them: it finishes, and tries again
            sys.meta_path.insert(0, self)
