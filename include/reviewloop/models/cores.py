"""The cores that there are."""

import os


def num_cores() -> int:
    """Cores that this process may use, which a container or ``taskset`` may have bounded."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # macOS
        return os.cpu_count() or 1
