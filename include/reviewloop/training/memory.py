"""How the process holds its memory."""

import ctypes
import sys
from typing import Final

_M_MMAP_MAX: Final = -4
_M_TRIM_THRESHOLD: Final = -1
"""Parameters of ``mallopt`` (malloc.h of the GNU C library)."""


def keep_freed_memory() -> bool:
    """Let the C library keep what is freed for the next step, instead of giving it back to the kernel; for the whole process.

    A training step frees some hundred MB of activations and gradients and asks for as much again. By default large blocks go
    back to the kernel, and each page of the new ones is zeroed: about 5 % of a step of MiniLM on two cores. Returns whether
    the C library took it; another one than GNU's has no such knobs, and nothing changes.
    """
    if not sys.platform.startswith("linux"):
        return False
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except AttributeError:
        return False
    return bool(mallopt(_M_MMAP_MAX, 0)) and bool(mallopt(_M_TRIM_THRESHOLD, -1))
