"""One facet as an inline SVG: how large each group is, what it says, and how far it lies from the rest."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from reviewloop.config import LimitConfig
from reviewloop.core.bias.verdicts import GroupReport, Mark
from reviewloop.core.reviews import SENTIMENTS
from reviewloop.pages import kit
from reviewloop.pages.bias.shared import KINDS

_ROW: Final = 24
_TOP: Final = 46
_BELOW: Final = 26
_NAME: Final = 194
_BAR: Final = 170
_PANEL: Final = 190
_GAP: Final = 26
_WIDTH: Final = _BAR + len(SENTIMENTS) * (_PANEL + _GAP) + _GAP // 2
_LEGEND: Final = 76
"""Lengths in px: of a row, the space above and below, a name, the bar, a panel and the space before it, a name of the legend."""
_MIN_WORDS: Final = 34
"""Width of a part of the bar that its share is written into."""
MAX_NAME: Final = 20
"""Characters of a group's name that fit before its bar."""


@dataclass(frozen=True)
class _Box:
    """Left edge and width in px; ``name`` is a sentiment or a zone."""

    x: float
    width: float
    name: str
    tip: str = ""
    words: str = ""


def facet_plot(
    groups: Sequence[GroupReport], limit: LimitConfig, measure: str = "DPL", ends: tuple[str, str] = ("more", "fewer")
) -> Markup:
    """A row per group with its label shares, and ``measure`` with its interval for each sentiment.

    ``measure`` must be a signed one; ``ends`` are words for a negative and a positive value. The bands behind it are the limits:
    plain up to warn, yellow up to reject, red beyond. Empty for no groups.
    """
    if not groups:
        return Markup()
    reach = _reach(groups, limit, measure)
    bottom = _TOP + _ROW * len(groups)
    return kit.drawing(
        "facet_plot.html",
        label=f"Label shares and differences from the rest, {len(groups)} groups of {groups[0].facet}",
        width=_WIDTH, name_width=_NAME, height=bottom + _BELOW, top=_TOP, bottom=bottom, row_height=_ROW, ends=ends,
        legend=[_Box(_LEGEND * place, 10, name) for place, name in enumerate(SENTIMENTS)],
        panels=[_panel(place, f"{measure}, {name}", limit, reach) for place, name in enumerate(SENTIMENTS)],
        rows=[_row(group, _TOP + _ROW * place, measure, reach) for place, group in enumerate(groups)],
    )  # fmt: skip


def _reach(groups: Sequence[GroupReport], limit: LimitConfig, measure: str) -> float:
    """Half the width of the axis: what is needed to show every interval and both limits, in steps of 0.1, at most 1."""
    seen = [
        abs(v)
        for group in groups
        for mark in group.marks
        if mark.measure == measure
        for v in (mark.low, mark.high, mark.value)
        if v
    ]
    return min(1.0, math.ceil(max([*seen, limit.reject * 1.3]) * 10) / 10)


def _panel(place: int, title: str, limit: LimitConfig, reach: float) -> Mapping[str, object]:
    left = _left(place)
    zones = [_Box(left, _PANEL, "reject")]
    for name, bound in (("warn", limit.reject), ("ok", limit.warn)):  # each lies upon the one before
        x = _x(place, -bound, reach)
        zones.append(_Box(x, _x(place, bound, reach) - x, name))
    values = [-reach, 0.0, reach] if reach <= 1.6 * limit.reject else [-reach, -limit.reject, 0.0, limit.reject, reach]
    anchors = {-reach: "start", reach: "end"}  # within the panel: the next one's ticks begin beside it
    ticks = [
        {"x": _x(place, value, reach), "name": f"{value:+g}" if value else "0", "anchor": anchors.get(value, "middle")}
        for value in values
    ]
    ends = {"left": left, "zero": left + _PANEL / 2, "right": left + _PANEL}
    return {"title": title, "zones": zones, "ticks": ticks, **ends}


def _left(place: int) -> float:
    return _BAR + _GAP + place * (_PANEL + _GAP)


def _x(place: int, value: float, reach: float) -> float:
    return _left(place) + _PANEL / 2 + min(max(value / reach, -1.0), 1.0) * _PANEL / 2


def _row(group: GroupReport, y: int, measure: str, reach: float) -> Mapping[str, object]:
    marks = [mark for mark in group.marks if mark.measure == measure]
    dots = [_dot(group, mark, place, reach) for place, mark in enumerate(marks)]
    return {
        "y": y, "name": f"{kit.shorten(group.group, MAX_NAME)} ({group.num_rows:,})",
        "tip": f"{group.group}: {group.num_rows:,} reviews", "is_small": group.verdict == "not enough evidence",
        "bars": _bars(group), "dots": [dot for dot in dots if dot],
    }  # fmt: skip


def _bars(group: GroupReport) -> list[_Box]:
    bars, x = [], 0.0
    for place, name in enumerate(SENTIMENTS):
        share = group.share(place)
        tip = f"{group.group}: {group.labels[place]:,} of {group.num_rows:,} reviews are {name} ({share:.1%})"
        bars.append(_Box(x, share * _BAR, name, tip, f"{share:.0%}" if share * _BAR > _MIN_WORDS else ""))
        x += share * _BAR
    return bars


def _dot(group: GroupReport, mark: Mark, place: int, reach: float) -> Mapping[str, object] | None:
    """``None`` for what cannot be judged."""
    if mark.value is None or mark.verdict == "not enough evidence":
        return None
    has_interval = mark.low is not None and mark.high is not None
    low, high = (_x(place, end or 0.0, reach) if has_interval else None for end in (mark.low, mark.high))
    tip = f"{group.group}: {mark.in_words()}: {mark.verdict}"
    return {"x": _x(place, mark.value, reach), "low": low, "high": high, "kind": KINDS[mark.verdict], "tip": tip}
