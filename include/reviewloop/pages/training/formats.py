"""How the training report writes numbers and durations."""

import numpy as np


def format_value(value: float, form: str = ".4f") -> str:
    """A number for a table; a dash for what is not known."""
    return format(value, form) if np.isfinite(value) else "–"


def format_seconds(seconds: float) -> str:
    """A duration in the unit that suits it."""
    if not np.isfinite(seconds) or seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"
