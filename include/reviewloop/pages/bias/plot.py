"""One facet as an inline SVG: how large each group is, what it says, and how far it lies from the rest."""

import math
from collections.abc import Sequence
from html import escape
from typing import Final

from reviewloop.config import LimitConfig
from reviewloop.core.bias.verdicts import GroupReport, Mark, MarkVerdict
from reviewloop.core.reviews import SENTIMENTS

COLOURS: Final = {"negative": "#c8553d", "neutral": "#c9b458", "positive": "#4a7fb5"}
MARKS: Final[dict[MarkVerdict, str]] = {"ok": "#1b7a3d", "warn": "#8a6100", "reject": "#b3261e", "not enough evidence": "#9aa5b1"}
"""Colour of each verdict."""

_ROW: Final = 24
_TOP: Final = 46
_NAME: Final = 190
_BAR: Final = 250
_PANEL: Final = 190
_GAP: Final = 30
_WIDTH: Final = _NAME + _BAR + len(SENTIMENTS) * (_PANEL + _GAP) + _GAP // 2
MAX_NAME: Final = 24
"""Characters of a group's name that fit before its bar."""


def facet_plot(
    groups: Sequence[GroupReport], limit: LimitConfig, measure: str = "DPL", ends: tuple[str, str] = ("more", "fewer")
) -> str:
    """SVG, ``_WIDTH`` px wide: a row per group with its label shares, and ``measure`` with its interval for each sentiment.

    ``measure`` must be a signed one; ``ends`` are words for a negative and a positive value. The bands behind it are the limits:
    white up to warn, yellow up to reject, red beyond. Empty for no groups.
    """
    if not groups:
        return ""
    height = _TOP + _ROW * len(groups) + 26
    reach = _reach(groups, limit, measure)
    parts = [_legend()]
    parts += [_panel(place, f"{measure}, {name}", ends, len(groups), limit, reach) for place, name in enumerate(SENTIMENTS)]
    for row, group in enumerate(groups):
        y = _TOP + row * _ROW
        parts += [_name(group, y), _shares(group, y)]
        marks = [mark for mark in group.marks if mark.measure == measure]
        parts += [_interval(mark, place, y + _ROW / 2, reach) for place, mark in enumerate(marks)]
    label = f"Label shares and differences from the rest, {len(groups)} groups of {groups[0].facet}"
    return (
        f'<svg class="plot" viewBox="0 0 {_WIDTH} {height}" role="img" aria-label="{escape(label)}" '
        f'xmlns="http://www.w3.org/2000/svg">{"".join(parts)}</svg>'
    )


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


def _text(x: float, y: float, words: str, *, anchor: str = "start", colour: str = "#1f2933", size: int = 12) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}" font-size="{size}">{escape(words)}</text>'


def _rect(x: float, y: float, width: float, height: float, colour: str, title: str = "") -> str:
    tip = f"<title>{escape(title)}</title>" if title else ""
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(width, 0):.1f}" height="{height:.1f}" fill="{colour}">{tip}</rect>'


def _legend() -> str:
    parts = [_text(0, 16, "Group (its reviews)", colour="#52606d")]
    x = float(_NAME)
    for name in SENTIMENTS:
        parts += [_rect(x, 7, 10, 10, COLOURS[name]), _text(x + 14, 16, name, colour="#52606d")]
        x += 82
    return "".join(parts)


def _panel(place: int, title: str, ends: tuple[str, str], num_groups: int, limit: LimitConfig, reach: float) -> str:
    height = _ROW * num_groups
    left = _left(place)
    zones = [
        _rect(left, _TOP, _PANEL, height, "#f7dedb"),
        _rect(_x(place, -limit.reject, reach), _TOP, _span(2 * limit.reject, reach), height, "#faf0cf"),
        _rect(_x(place, -limit.warn, reach), _TOP, _span(2 * limit.warn, reach), height, "#f7f9fa"),
        f'<line x1="{_x(place, 0, reach):.1f}" x2="{_x(place, 0, reach):.1f}" y1="{_TOP}" y2="{_TOP + height}" stroke="#9aa5b1"/>',
    ]
    middle = left + _PANEL / 2
    words = [
        _text(middle, 16, title, anchor="middle", colour="#52606d"),
        _text(left, 36, f"← {ends[0]}", colour="#52606d", size=11),
        _text(left + _PANEL, 36, f"{ends[1]} →", anchor="end", colour="#52606d", size=11),
    ]
    ticks = [
        _text(
            _x(place, value, reach), _TOP + height + 15, f"{value:+g}" if value else "0", anchor="middle", colour="#52606d", size=11
        )
        for value in (-reach, -limit.reject, 0.0, limit.reject, reach)
        if abs(value) != limit.reject or reach > 1.6 * limit.reject
    ]
    return "".join([*zones, *words, *ticks])


def _left(place: int) -> float:
    return _NAME + _BAR + _GAP + place * (_PANEL + _GAP)


def _span(width: float, reach: float) -> float:
    return min(width / (2 * reach), 1.0) * _PANEL


def _x(place: int, value: float, reach: float) -> float:
    return _left(place) + _PANEL / 2 + min(max(value / reach, -1.0), 1.0) * _PANEL / 2


def _name(group: GroupReport, y: float) -> str:
    name = group.group if len(group.group) <= MAX_NAME else group.group[: MAX_NAME - 1] + "…"
    return _text(0, y + 16, f"{name} ({group.num_rows:,})", colour=MARKS["not enough evidence"] if _is_small(group) else "#1f2933")


def _is_small(group: GroupReport) -> bool:
    return group.verdict == "not enough evidence"


def _shares(group: GroupReport, y: float) -> str:
    parts = []
    x = float(_NAME)
    for place, name in enumerate(SENTIMENTS):
        width = group.share(place) * _BAR
        tip = f"{group.group}: {group.labels[place]:,} of {group.num_rows:,} reviews are {name} ({group.share(place):.1%})"
        parts.append(_rect(x, y + 4, width, _ROW - 8, COLOURS[name], tip))
        if width > 34:
            parts.append(_text(x + width / 2, y + 16, f"{group.share(place):.0%}", anchor="middle", colour="#fff", size=11))
        x += width
    return f'<g opacity="{0.45 if _is_small(group) else 1}">{"".join(parts)}</g>'


def _interval(mark: Mark, place: int, y: float, reach: float) -> str:
    if mark.value is None or mark.verdict == "not enough evidence":
        return ""
    colour = MARKS[mark.verdict]
    x = _x(place, mark.value, reach)
    line = ""
    if mark.low is not None and mark.high is not None:
        ends = f'x1="{_x(place, mark.low, reach):.1f}" x2="{_x(place, mark.high, reach):.1f}"'
        line = f'<line {ends} y1="{y:.1f}" y2="{y:.1f}" stroke="{colour}" stroke-width="2"/>'
    tip = escape(f"{mark.in_words()}: {mark.verdict}")
    return f'{line}<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{colour}"><title>{tip}</title></circle>'
