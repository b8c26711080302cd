"""What is watched: each signal is some columns of a row's features, and a statistic of the means of a day and of a reference."""

from dataclasses import dataclass
from typing import Final, Literal, assert_never

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]
Family = Literal["columns", "answers", "text", "labels", "slices"]
Kind = Literal["ks", "categories", "mmd", "domain", "share"]
Block = Literal["plain", "rated", "halved"]
"""Of which rows the means are: all of them, the rated ones, or two halves apart."""
NEVER: Final = -np.inf
"""The statistic of a slice that too few rows are in."""


@dataclass(frozen=True)
class Signal:
    """Columns ``start`` to ``stop`` of a block of the features."""

    name: str
    slice: str | None
    family: Family
    kind: Kind
    block: Block
    start: int
    stop: int
    weight: float = 1.0
    """Share of a signal's chance of a false alarm: the slices of a kind have one together."""

    @property
    def key(self) -> str:
        """Unlike every other signal's."""
        return self.name if self.slice is None else f"{self.name}, {self.slice}"


@dataclass(frozen=True)
class Means:
    """Mean features of B samples, a block each: of all rows (B, F), of the rated ones (B, L), of the rows' two halves (2, B, H)."""

    plain: Array
    rated: Array
    halved: Array
    num_rows: int
    num_rated: int

    def rows_of(self, signal: Signal) -> int:
        """How many rows the signal's means are of."""
        return self.num_rated if signal.block == "rated" else self.num_rows


def statistic(signal: Signal, day: Means, reference: Means, min_slice_rows: int) -> NDArray[np.float64]:
    """How far the day's means lie from the reference's, shape (B,); 0 where they are the same, but for ``domain``.

    - ``ks``: the squared Kolmogorov-Smirnov distance, on a grid of cumulative shares.
    - ``categories``: Pearson's chi-square of homogeneity (1900), divided by the rows.
    - ``mmd``: the squared distance of the means.
    - ``domain``: a linear classifier fitted on one half and asked about the other, and the other way round: the inner product of
      the differences of both halves, 0 on average where nothing moved (Kim and Ramdas, Dimension-agnostic inference, 2020).
    - ``share``: the squared z of two shares, of columns (rows, hits); ``NEVER`` where a slice has under ``min_slice_rows`` rows.
    """
    now, then = (getattr(means, signal.block)[..., signal.start : signal.stop] for means in (day, reference))
    num_now, num_then = day.rows_of(signal), reference.rows_of(signal)
    found: Array
    match signal.kind:
        case "ks":
            found = np.abs(now - then).max(axis=1) ** 2
        case "mmd":
            found = ((now - then) ** 2).sum(axis=1)
        case "domain":
            found = ((now - then)[0] * (now - then)[1]).sum(axis=1)
        case "categories":
            pooled = (num_now * now + num_then * then) / (num_now + num_then)
            found = np.divide((now - then) ** 2, pooled, out=np.zeros_like(pooled), where=pooled > 0).sum(axis=1)
        case "share":
            rows_now, rows_then = num_now * now[:, 0], num_then * then[:, 0]
            hits_now, hits_then = num_now * now[:, 1], num_then * then[:, 1]
            with np.errstate(divide="ignore", invalid="ignore"):
                pooled = (hits_now + hits_then) / (rows_now + rows_then)
                variance = pooled * (1 - pooled) * (1 / rows_now + 1 / rows_then)
                z = (hits_now / rows_now - hits_then / rows_then) ** 2 / variance
            enough = np.minimum(rows_now, rows_then) > (min_slice_rows - 0.5 if signal.slice else 0.5)
            found = np.where(enough, np.where(variance > 0, z, 0.0), NEVER)
        case _:
            assert_never(signal.kind)
    return found.astype(np.float64)
