"""Plots as data: what ``templates/charts.js`` hands to plotly.js, with colours by the names of the stylesheet.

Nothing of it is HTML or code: numbers, and texts that are escaped, since plotly reads a few tags of its own in a text.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import pandas as pd
from markupsafe import Markup, escape

from reviewloop.core.monitoring.metrics.rows import DAY
from reviewloop.pages import kit
from reviewloop.pages.dashboards.days import VERDICTS, Days
from reviewloop.pages.links import Link

Trace = dict[str, Any]
SERIES: Final = ("c1", "c2", "c3", "c4", "c5")
HOW: Final = (
    "Point at a plot for its numbers, drag over it to zoom all plots into these days; the buttons lead back. A click opens the "
    "report of the day."
)
SHARE: Final = "%{y:.1%}"
"""What a point of a share says on hover."""
NO_LINES: Final = {"hovermode": "closest", "yaxis": {"autorange": "reversed", "type": "category"}}
"""Of the layout of a heat map: a row a name, the first on top."""
_PALE: Final = "33"
_MOST_CHARACTERS: Final = 120
_MOST_WORDS: Final = 100
"""Characters of a day's reasons in a table: on a phone, more of them would make its rows tall."""


@dataclass(frozen=True)
class Chart:
    """Traces over days, and what of the layout is not every plot's. ``height`` in px."""

    name: str
    caption: str
    traces: Sequence[Trace]
    layout: Mapping[str, Any] = field(default_factory=dict)
    height: int = 280


def chart(made: Chart) -> Markup:
    """The place that the script draws the plot into, with its data."""
    spec = {"traces": list(made.traces), "layout": dict(made.layout)}
    return kit.drawing("chart.html", name=made.name, caption=made.caption, spec=spec, height=made.height)


def top(days: Days, links: Sequence[Link], tiles: Callable[[], Markup]) -> Markup:
    """What stands above the plots: where the page leads, its numbers, how to ask a plot, and where each day's report is read."""
    spans = kit.drawing("spans.html", hrefs=dict(days.hrefs))
    return kit.join([kit.ways(links), kit.safely("Numbers", tiles), kit.paragraph(HOW, "soft"), spans])


def colour(name: str, alpha: str = "") -> dict[str, str]:
    """A colour of the stylesheet, in the theme that the reader has; ``alpha`` is its opacity in two hex digits."""
    return {"var": name, "alpha": alpha}


def text(value: object) -> str:
    """A text of the data: of what plotly would read as a tag, nothing is left."""
    return str(escape(kit.shorten(str(value), _MOST_CHARACTERS)))


def numbers(values: "Iterable[Any]") -> list[float | None]:
    """Values with four digits; None where one is missing."""
    return [None if pd.isna(value) or math.isinf(value) else float(f"{value:.4g}") for value in values]


def line(days: Days, name: str, values: "pd.Series[float]", colour_of: str, **more: Any) -> Trace:
    """A line through the days; a gap where nothing is known."""
    style = {"color": colour(colour_of), "width": 2} | more.pop("line", {})
    return {"type": "scatter", "mode": "lines", "name": name, "x": days.calendar, "y": numbers(values), "line": style} | more


def dots(days: Days, name: str, values: "pd.Series[float]", colours: str | Sequence[str], **more: Any) -> Trace:
    """A mark a day."""
    shown = colour(colours) if isinstance(colours, str) else [colour(one) for one in colours]
    marker = {"color": shown, "size": 5} | more.pop("marker", {})
    return {"type": "scatter", "mode": "markers", "name": name, "x": days.calendar, "y": numbers(values), "marker": marker} | more


def bars(days: Days, name: str, values: "pd.Series[float]", colour_of: str, **more: Any) -> Trace:
    """A bar a day."""
    return {
        "type": "bar", "name": name, "x": days.calendar, "y": numbers(values), "marker": {"color": colour(colour_of)}
    } | more  # fmt: skip


def band(days: Days, ends: pd.DataFrame, colour_of: str) -> list[Trace]:
    """A 95 % interval as a pale band, drawn before its line: the ``lower`` and ``upper`` of ``ends``, an area a stretch of days."""
    is_known = ends[["lower", "upper"]].notna().all(axis=1).to_numpy()
    starts = np.flatnonzero(np.diff(is_known.astype(int), prepend=0) == 1)
    stops = np.flatnonzero(np.diff(is_known.astype(int), append=0) == -1) + 1
    x: list[str | None] = []
    y: list[float | None] = []
    for start, stop in zip(starts, stops, strict=True):
        there = days.calendar[start:stop]
        x += [*there, *there[::-1], None]
        y += [*numbers(ends["upper"].iloc[start:stop]), *numbers(ends["lower"].iloc[start:stop].iloc[::-1]), None]
    return [
        {
            "type": "scatter", "mode": "lines", "x": x, "y": y, "fill": "toself", "fillcolor": colour(colour_of, _PALE),
            "line": {"width": 0}, "showlegend": False, "hoverinfo": "skip",
        }
    ]  # fmt: skip


def heat(days: Days, cells: pd.DataFrame, texts: pd.DataFrame, **more: Any) -> Trace:
    """Calendar by row, the first column on top; ``texts`` are shown on hover."""
    told = [[text(value) for value in texts[name]] for name in texts]
    bar = {"thickness": 10, "outlinewidth": 0, "nticks": 4} | more.pop("colorbar", {})
    return {
        "type": "heatmap", "x": days.calendar, "y": [text(name) for name in cells], "z": [numbers(cells[name]) for name in cells],
        "text": told, "hovertemplate": "%{x|%Y-%m-%d}<br>%{y}<br>%{text}<extra></extra>", "ygap": 1, "colorbar": bar,
    } | more  # fmt: skip


def ramp(low: str, high: str) -> list[list[Any]]:
    """A scale of colours from one to the other."""
    return [[0, colour(low)], [1, colour(high)]]


def colours_of(days: Days, calm: str = "c1") -> list[str]:
    """A colour for each day of the calendar: red where it moved, grey where nobody could say."""
    words = days.of("drift", DAY)["verdict"].astype(object)
    shown = {"moved": "fail", "as before": calm}
    return [shown.get(word, "none") if isinstance(word, str) else "none" for word in words]


def versions(days: Days) -> dict[str, Any]:
    """Of a layout: a line where another version began to answer, with its name."""
    shapes, notes = [], []
    for day, version in days.version_changes():
        mark = {"color": colour("soft"), "width": 1, "dash": "dot"}
        shapes.append({"type": "line", "x0": day, "x1": day, "yref": "paper", "y0": 0, "y1": 1, "line": mark})
        font = {"size": 10, "color": colour("soft")}
        place = {"x": day, "yref": "paper", "y": 1, "yanchor": "bottom", "xanchor": "left", "showarrow": False}
        notes.append(place | {"text": f"v{text(version)}", "font": font})
    return {"shapes": shapes, "annotations": notes}


def percent() -> dict[str, Any]:
    """Of a layout: shares in per cent, from 0 on."""
    return {"yaxis": {"tickformat": ".0%", "rangemode": "tozero"}}


def newest(days: Days, most: int = 14) -> Markup:
    """The newest days as a table: what a mouse asks of the plots, for whoever has none."""
    found = days.verdicts.iloc[::-1][:most]
    rows = [
        [linked(days, str(day)), kit.mark(VERDICTS.get(str(row.verdict), "none"), str(row.verdict)), f"{row.num_rows:,.0f}",
         str(row.model_version), kit.shorten(str(row.words), _MOST_WORDS)]
        for day, row in zip(found.index, found.itertuples(), strict=True)
    ]  # fmt: skip
    return kit.table(["Day", "Verdict", "Reviews", "Version", "Why"], rows, numeric=(2,), kind="roomy")


def linked(days: Days, day: str) -> Markup:
    """The day as a link to its report, where there is one."""
    href = days.hrefs.get(day, "")
    return (
        Markup('<a class="line" href="{}">{}</a>').format(href, day) if href else Markup('<span class="line">{}</span>').format(day)
    )
