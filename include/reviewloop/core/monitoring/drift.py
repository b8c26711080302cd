"""The decision: has the day moved away from the champion's reference, or has the champion become wrong on it?"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from reviewloop.config import MonitorConfig
from reviewloop.core.statistics.metrics import confusion, f1
from reviewloop.errors import PermanentError


@dataclass(frozen=True)
class ColumnDrift:
    """One column's distance between reference and day, and whether the method calls that drift."""

    column: str
    method: str
    value: float
    threshold: float
    drifted: bool

    def __str__(self) -> str:
        sign = "reaches" if self.drifted else "is under"
        return f"{self.column}: {self.method} distance {self.value:.3f} {sign} {self.threshold:g}"


@dataclass(frozen=True)
class DriftVerdict:
    """Whether DRIFT fires, and in words why or why not."""

    fired: bool
    reasons: tuple[str, ...]
    num_rows: int
    live_macro_f1: float
    columns: tuple[ColumnDrift, ...]

    def as_json(self) -> dict[str, Any]:
        """The verdict as plain JSON values."""
        return asdict(self)


def live_macro_f1(labels: npt.ArrayLike, predictions: npt.ArrayLike) -> float:
    """Unweighted mean F1 over the classes, given as ids, that the day holds; NaN for a day without rows.

    A class that a small day happens not to hold is left out: counted as 0 it would look like a broken model.
    """
    scores = f1(confusion(labels, predictions))
    return float(scores[~np.isnan(scores)].mean()) if not np.isnan(scores).all() else float("nan")


def decide(columns: Sequence[ColumnDrift], num_rows: int, macro_f1: float, limits: MonitorConfig) -> DriftVerdict:
    """Fires when ``min_drifted_columns`` columns drifted, or ``macro_f1`` is under ``min_live_macro_f1``.

    A day of fewer than ``min_rows`` rows never fires: its distances are mostly noise. Raises ``PermanentError`` when a
    configured column has no outcome or carries NaN, since a missing measurement must not read as calm.
    """
    unmeasured = set(limits.columns) - {c.column for c in columns if np.isfinite(c.value)}
    if unmeasured or not np.isfinite(macro_f1):
        raise PermanentError(f"no drift verdict without a measurement of {', '.join(sorted(unmeasured)) or 'live macro-F1'}")
    drifted = [c for c in columns if c.drifted]
    wrong = macro_f1 < limits.min_live_macro_f1
    quality = f"live macro-F1 {macro_f1:.3f} on {num_rows} rated reviews; at least {limits.min_live_macro_f1:g} is asked"
    counted = f"{len(drifted)} of {len(columns)} columns drifted; {limits.min_drifted_columns} are needed to fire"
    moved = [str(c) for c in drifted]
    if num_rows < limits.min_rows:
        fired, reasons = False, [f"not enough evidence: {num_rows} rows, {limits.min_rows} are needed"]
    elif len(drifted) >= limits.min_drifted_columns:
        fired, reasons = True, [*moved, *([quality] if wrong else [])]
    else:
        fired, reasons = wrong, [*([quality] if wrong else []), counted, *moved, *([] if wrong else [quality])]
    return DriftVerdict(fired, tuple(reasons), num_rows, macro_f1, tuple(columns))
