"""The monitored days as a drawing: a mark a day, and the champion's macro-F1 on the day's own ratings below it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from markupsafe import Markup

from reviewloop.pages import kit

_LEFT: Final = 62
_WIDTH: Final = 900
_TOP: Final = 26
_LANE: Final = 18
_GAP: Final = 22
_HEIGHT: Final = 150
_BELOW: Final = 24
"""Lengths in px: left of the days, of all days, above the marks, of a mark, between marks and curve, of the curve, below it."""
_NARROWEST: Final = 14
"""Days that share the width at least: of a few days none becomes a broad bar."""
_STEP: Final = 0.1
_CAPTION: Final = (
    "Red: the day moved away from what the champion was judged on; green: it did not; grey: too few reviews to say. Macro-F1 is on "
    "the day's own ratings. Point at a mark for its numbers; it leads to the day's report."
)


@dataclass(frozen=True)
class DayMark:
    """A monitored day: what the monitor said of it (``fail``: it moved), and how well the champion did on its rated reviews."""

    day: str
    kind: kit.Kind
    word: str
    told: str
    num_rows: int
    macro_f1: float | None
    """None for a day without ratings."""
    version: str
    href: str


def history_plot(days: Sequence[DayMark]) -> Markup:
    """The days on an axis of time, oldest first; a day that was not monitored is a gap. Each mark links its report."""
    if not days:
        return kit.paragraph("No day was monitored yet.", "soft")
    first, last = date.fromisoformat(days[0].day), date.fromisoformat(days[-1].day)
    slot = _WIDTH / max((last - first).days + 1, _NARROWEST)
    rated = [one.macro_f1 for one in days if one.macro_f1 is not None]
    low, high = _range(rated)
    top = _TOP + _LANE + _GAP
    xs = [_LEFT + slot * (date.fromisoformat(one.day) - first).days for one in days]
    marks = [
        {
            "x": x, "kind": one.kind, "href": one.href, "tip": _tip(one),
            "y": None if one.macro_f1 is None else top + _HEIGHT * (high - one.macro_f1) / (high - low),
        }
        for x, one in zip(xs, days, strict=True)
    ]  # fmt: skip
    ticks = [round(low + _STEP * step, 1) for step in range(round((high - low) / _STEP) + 1)] if rated else []
    end = [{"x": xs[-1] + slot, "name": days[-1].day, "anchor": "end"}] if len(days) > 1 else []
    plot = kit.drawing(
        "history.html", marks=marks, slot=slot, lane=_LANE, lane_top=_TOP, top=top, bottom=top + _HEIGHT, left=_LEFT,
        right=_LEFT + _WIDTH, width=_LEFT + _WIDTH + 12, height=top + _HEIGHT + _BELOW, radius=max(2.0, min(4.0, slot / 3)),
        ticks=[{"y": top + _HEIGHT * (high - value) / (high - low), "name": f"{value:.1f}"} for value in ticks],
        ends=[{"x": xs[0], "name": days[0].day, "anchor": "start"}, *end],
        label=f"{len(days)} monitored days, {days[0].day} to {days[-1].day}",
    )  # fmt: skip
    return kit.join([plot, kit.paragraph(_CAPTION, "soft")])


def _range(values: Sequence[float]) -> tuple[float, float]:
    """Whole tenths around the values."""
    if not values:
        return 0.0, 1.0
    low, high = int(min(values) / _STEP) * _STEP, min(1.0, (int(max(values) / _STEP) + 1) * _STEP)
    return round(low, 1), round(max(high, low + _STEP), 1)


def _tip(one: DayMark) -> str:
    quality = "no ratings" if one.macro_f1 is None else f"macro-F1 {one.macro_f1:.3f}"
    return f"{one.day}: {one.word}, {one.num_rows:,} reviews, {quality}, version {one.version}. {kit.shorten(one.told, 200)}"
