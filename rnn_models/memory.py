"""Keeping freed memory: a setting of the C library that matters to recurrent layers on a CPU."""

import ctypes
import os
import sys

# From malloc.h of the GNU C library.
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3


def keep_freed_memory() -> bool:
    """Let the C library reuse freed blocks of up to 32 MiB instead of handing them back to the kernel.

    TensorFlow's matrix products take and free a packing buffer of some hundred kilobytes at every step of a
    loop over time. The GNU C library maps each anew, and the kernel has to clear its pages: that took half
    of a training's time where it was measured (`docs/speed.md`). The library makes the setting when it compiles its
    first program with TensorFlow on a CPU, unless RNN_KEEP_FREED_MEMORY=0 stands in the environment. It is that of
    the whole process.

    Returns:
        Whether the setting was made; False where the C library is another one, or the environment says no.
    """
    if os.environ.get("RNN_KEEP_FREED_MEMORY") == "0" or not sys.platform.startswith("linux"):
        return False
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is None:
        return False
    return mallopt(_M_MMAP_THRESHOLD, 32 << 20) == 1 and mallopt(_M_TRIM_THRESHOLD, 1 << 30) == 1
