"""A day's rows as the gates go through them: piece by piece, so that no day must fit into memory."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Final

import pandas as pd

PIECE: Final = 50_000
"""Rows of a piece."""


@dataclass(frozen=True)
class Rows:
    """``head`` has the columns with their types and no row; ``pieces`` goes through all rows, in their order, once a call.

    In ``head`` texts are ``str`` objects, missing ones ``None``; the pieces may hold them as pandas strings.
    """

    head: pd.DataFrame
    pieces: Callable[[], Iterator[pd.DataFrame]]

    def seen_as(self, view: Callable[[pd.DataFrame], pd.DataFrame]) -> "Rows":
        """The same rows, each piece as ``view`` makes it."""
        return replace(self, head=view(self.head), pieces=lambda: map(view, self.pieces()))


def rows_of(frame: pd.DataFrame) -> Rows:
    """The rows of a frame that is held anyway."""
    texts = [str(name) for name, dtype in frame.dtypes.items() if isinstance(dtype, pd.StringDtype)]
    plain = frame.assign(**{name: frame[name].astype(object).where(frame[name].notna(), None) for name in texts})
    return Rows(plain.iloc[:0], lambda: (plain.iloc[first : first + PIECE] for first in range(0, len(plain), PIECE)))
