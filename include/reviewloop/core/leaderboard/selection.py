"""Which kind is best, and which is chosen: the simplest that is as good, as far as these rows can tell.

The rule of one standard error: Breiman, Friedman, Olshen and Stone, Classification and Regression Trees, 1984, section 3.4.3
(Hastie, Tibshirani and Friedman, The Elements of Statistical Learning, 2009, section 7.10 has it for any family of models).
"""

from collections.abc import Sequence
from math import isfinite

from reviewloop.core.leaderboard.row import Row


def ranked(rows: Sequence[Row]) -> list[Row]:
    """Those that are done by falling macro-F1, the simpler first where it is the same; then the others, from simple to complex."""
    return sorted(rows, key=lambda row: (row.marks is None, -row.marks.macro_f1.value if row.marks else 0.0, row.place))


def best(rows: Sequence[Row]) -> Row | None:
    """The highest macro-F1; None where no row is done."""
    first = ranked(rows)[0] if rows else None
    return first if first is not None and first.marks is not None else None


def simplest_within_one_standard_error(rows: Sequence[Row]) -> Row | None:
    """The simplest row whose macro-F1 is no more than the best one's standard error below the best one's.

    None where no row is done. A row without marks is never chosen, however simple.
    """
    top = best(rows)
    if top is None or top.marks is None:
        return None
    error = top.marks.standard_error
    least = top.marks.macro_f1.value - (error if isfinite(error) else 0.0)  # no standard error is no leave to choose a worse one
    return min((row for row in rows if row.marks and row.marks.macro_f1.value >= least), key=lambda row: row.place)
