"""Output into a pipe whose reader has had enough, as in ``... | head``."""

import os
import sys
from collections.abc import Callable


def until_closed(command: Callable[[], int], closed: int = 0) -> int:
    """``command``'s exit status; ``closed``, and no traceback, where the reader of its output left."""
    try:
        status = command()
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or the interpreter complains once more as it ends
        return closed
    return status
