"""How common each sentiment may be on a day: what is usual, what the monitor is to see, and what the gate takes for a fault.

One configuration of the gate and of the monitor, so that it cannot contradict itself: a day that the monitor is there to find must
not be refused before it gets there, must be told to people, and a scale that is read upside down must still be refused.
"""

import math
from collections.abc import Iterator, Mapping
from typing import Any, Final

from pydantic import model_validator

from reviewloop.config.sections import Band, Section

_MAX_REFUSED: Final = 0.01
"""Of days whose true share lies at the end of ``monitored``: how many of the smallest ones the gate may refuse by luck."""
_SHOWN: Final = 200
"""Rows of the day that an error speaks of."""


class LabelShareConfig(Section):
    """The bands of one sentiment's share of the accepted rows."""

    usual: Band
    """Beyond it the day is told as unusual, and a person looks; it goes on."""
    monitored: Band
    """True shares that the shop may come to: such a day must reach the monitor."""
    possible: Band
    """Beyond it the day is refused: rather a fault of the delivery than of the goods."""

    @model_validator(mode="after")
    def _told(self) -> "LabelShareConfig":
        if self.usual.low < self.possible.low or self.usual.high > self.possible.high:
            raise ValueError(
                f"usual {_told(self.usual)} reaches beyond possible {_told(self.possible)}: what is refused cannot be usual; "
                "widen possible or narrow usual"
            )
        if self.usual.low <= self.monitored.low and self.usual.high >= self.monitored.high:
            raise ValueError(
                f"usual {_told(self.usual)} holds all of monitored {_told(self.monitored)}: no change that the monitor is to see "
                "would be told as unusual; narrow usual or widen monitored"
            )
        return self


def contradictions(shares: Mapping[Any, LabelShareConfig], min_rows: int) -> Iterator[str]:
    """Why these bands cannot stand together, a line each; ``min_rows`` is of the smallest day that the gate lets through."""
    for name, bands in shares.items():
        for share in (bands.monitored.low, bands.monitored.high):
            many, few = (_refused(share, bands.possible, rows) for rows in (_SHOWN, min_rows))
            if few > _MAX_REFUSED:
                yield (
                    f"label_shares.{name}: the gate refuses {many:.0%} of days of {_SHOWN} reviews with {share:.0%} {name} ones, "
                    f"and {few:.0%} of {min_rows}, which are monitored: they never reach the monitor; "
                    f"widen possible ({_told(bands.possible)}) or narrow monitored ({_told(bands.monitored)})"
                )
    worst, best = shares["negative"], shares["positive"]
    if best.usual.low <= worst.possible.high and worst.usual.high >= best.possible.low:
        yield (
            f"label_shares: a scale that is read upside down would pass: it makes {best.usual.low:.0%} positive reviews negative, "
            f"where {worst.possible.high:.0%} are possible, and {worst.usual.high:.0%} negative ones positive, "
            f"where {best.possible.low:.0%} are; lower negative.possible.high or raise positive.possible.low"
        )


def _refused(share: float, band: Band, num_rows: int) -> float:
    """The chance that of ``num_rows`` with a true ``share`` too few or too many are drawn (binomial)."""
    low, high = math.ceil(band.low * num_rows - 1e-9), math.floor(band.high * num_rows + 1e-9)
    inside = sum(math.comb(num_rows, count) * share**count * (1 - share) ** (num_rows - count) for count in range(low, high + 1))
    return max(1 - inside, 0.0)


def _told(band: Band) -> str:
    return f"{band.low:g} to {band.high:g}"
