"""The folder of uploads: one of the process's own, which nobody else can list, and which goes when the process ends.

Gradio's own is the same for all users of a machine: the first one owns it, and the uploads of all others fail.
"""

import os
import shutil
import signal
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

VARIABLE = "GRADIO_TEMP_DIR"
ENDINGS = ("SIGTERM", "SIGHUP")  # how a service, and a terminal that is closed, end a process


@contextmanager
def own_folder() -> Iterator[Path]:
    """The folder for all uploads while it is open; components must be made within.

    It has mode 700 and is removed at the end, however that comes, except by SIGKILL. A folder that GRADIO_TEMP_DIR
    names is used as it is, and stays.

    Raises:
        OSError: it cannot be made or written to.
    """
    given = os.environ.get(VARIABLE)
    if given:
        folder = Path(given)
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):  # else the first visitor would find out
            pass
        yield folder
        return
    folder = Path(tempfile.mkdtemp(prefix="rnn-uploads-")).resolve()
    os.environ[VARIABLE] = str(folder)
    owner, before = os.getpid(), {}

    def remove() -> None:
        if os.getpid() == owner:  # and not a process that was forked
            shutil.rmtree(folder, ignore_errors=True)

    def end(number: int, _: FrameType | None) -> None:
        remove()
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)  # as if nobody had listened

    if threading.current_thread() is threading.main_thread():  # no other may listen to signals
        for number in (getattr(signal, name) for name in ENDINGS if hasattr(signal, name)):
            if signal.getsignal(number) == signal.SIG_DFL:  # nohup ignores SIGHUP
                before[number] = signal.signal(number, end)
    try:
        yield folder
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        os.environ.pop(VARIABLE, None)
        remove()
