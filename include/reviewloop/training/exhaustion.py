"""Running out of memory or of disk, told from other failures."""

import errno
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import torch

from reviewloop.errors import PermanentError

NO_MEMORY: Final = ("can't allocate memory", "CUBLAS_STATUS_ALLOC_FAILED")
"""In a ``RuntimeError``: the CPU's allocator, and the matrix library of a GPU that had nothing left for its workspace."""
NO_SPACE: Final = ("No space left on device", "Disk quota exceeded")
"""Rust libraries (safetensors, tokenizers) and ``shutil`` carry the system's words in exceptions of their own."""


def is_out_of_memory(error: BaseException) -> bool:
    """Whether ``error`` is a lack of memory, on the GPU or off it."""
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    return isinstance(error, RuntimeError) and any(text in str(error) for text in NO_MEMORY)


def is_disk_full(error: BaseException) -> bool:
    """Whether ``error`` is a lack of disk."""
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return True
    return any(text in str(error) for text in NO_SPACE)


@contextmanager
def disk_needed(folder: Path, num_bytes: int) -> Iterator[None]:
    """A disk that fills up inside ends in a ``PermanentError`` that says how much ``folder`` needs and how much is free."""
    try:
        yield
    except Exception as error:
        if not is_disk_full(error):
            raise
        needed, free = (f"{size / 1e6:,.0f} MB" for size in (num_bytes, shutil.disk_usage(folder).free))
        what = f"{folder}: the disk is full: it takes about {needed} in all, {free} are free now"
        raise PermanentError(f"{what}; make room and start again: the run goes on from its last checkpoint") from error
