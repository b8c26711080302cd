"""For a data scientist: what moved, how surely, and how well the champion does."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import pandas as pd
from markupsafe import Markup

from reviewloop.pages import kit
from reviewloop.pages.dashboards import charts
from reviewloop.pages.dashboards.charts import Chart
from reviewloop.pages.dashboards.days import WINDOW, Days, pooled
from reviewloop.pages.links import Link

TITLE: Final = "What moved, and how well the champion does"
_FLOOR: Final = 1e-12
"""A chance below it is drawn as it: no logarithm of 0."""
_MOST_GROUPS: Final = 25
_DRAWN: Final = 3
"""Signals whose statistics are drawn from the start."""


def science_page(days: Days, links: Sequence[Link], scripts: Sequence[str]) -> str:
    """HTML."""
    sections = [
        kit.section("quality", "Quality", lambda: _quality(days)),
        kit.section("chances", "How unusual each signal was", lambda: charts.chart(_chances(days))),
        kit.section("statistics", "The statistics themselves", lambda: charts.chart(_statistics(days))),
        kit.section("sight", "What a day could have shown", lambda: charts.chart(_sight(days))),
        kit.section("groups", "Groups that moved", lambda: _groups(days)),
        kit.section("newest", "The newest days", lambda: charts.newest(days)),
    ]
    top = charts.top(days, links, lambda: _tiles(days))
    return kit.page(TITLE, None, kit.judged(lambda: _verdict(days)), top, sections, scripts)


def _verdict(days: Days) -> kit.Verdict:
    if days.verdicts.empty:
        return kit.Verdict("none", "no monitored day yet")
    last = days.verdicts.iloc[-1]
    kind: kit.Kind = {"moved": "fail", "as before": "pass"}.get(last["verdict"], "none")  # type: ignore[assignment]
    return kit.Verdict(kind, f"{days.verdicts.index[-1]}: {last['verdict']}", kit.shorten(str(last["words"]), 200))


def _tiles(days: Days) -> Markup:
    month = days.verdicts.iloc[-30:]
    marks = days.of("quality", "macro_f1", "realised")["value"].dropna()
    moved = month["verdict"].eq("moved")
    worst = _moved_most(days)
    return kit.tiles(
        (str(int(moved.sum())), f"of the last {len(month)} monitored days moved"),
        (
            f"{marks.iloc[-1]:.3f}" if len(marks) else "–",
            f"macro-F1 on the ratings of {marks.index[-1]}" if len(marks) else "no rated day",
        ),
        (f"{marks.iloc[-30:].median():.3f}" if len(marks) else "–", "median macro-F1 of the last 30 rated days"),
        (worst or "none", "moved most often in these days"),
    )


def _moved_most(days: Days) -> str:
    since = days.verdicts.index[-30:]
    signals = days.signals()
    moved = signals[signals["day"].isin(since) & (signals["verdict"] == "moved")]["name"].value_counts()
    return str(moved.index[0]) if len(moved) else ""


def _quality(days: Days) -> Markup:
    made = [_mark(days, "macro_f1", "Macro-F1"), _mark(days, "accuracy", "Accuracy")]
    shown = [charts.chart(one) for one in made if one is not None]
    return kit.join(shown) if shown else kit.paragraph("No day has ratings yet.", "soft")


def _mark(days: Days, name: str, title: str) -> Chart | None:
    realised, estimated = days.of("quality", name, "realised"), days.of("quality", name, "estimated")
    traces = []
    for ends, told, colour in ((estimated, "estimated without ratings", "c2"), (realised, "on the ratings", "c1")):
        if ends["value"].notna().any():
            words = [f"{_number(row.value)} ({_number(row.lower)} to {_number(row.upper)})" for row in ends.itertuples()]
            shown = {"mode": "lines+markers", "marker": {"size": 4}, "text": words, "hovertemplate": "%{text}"}
            traces += [*charts.band(days, ends, colour), charts.line(days, told, ends["value"], colour, **shown)]
    if not traces:
        return None
    caption = (
        f"{title} of each day, with its 95 % interval where it is kept. Where the ratings lie below the estimate, the labels may "
        "mean something else."
    )
    return Chart(name, caption, traces, charts.versions(days), height=300)


def _number(value: Any) -> str:
    return "–" if pd.isna(value) else f"{value:.3f}"


def _chances(days: Days) -> Chart:
    signals = days.signals()
    signals = signals.assign(far=-np.log10(signals["chance"].clip(lower=_FLOOR) / signals["threshold"]))
    order = signals.groupby("name", observed=True)["far"].max().sort_values(ascending=False, na_position="last").index
    far = signals.pivot(index="day", columns="name", values="far").reindex(index=days.calendar, columns=order)
    words = signals.assign(told=[_told(row) for row in signals.itertuples()]).pivot(index="day", columns="name", values="told")
    words = words.reindex(index=days.calendar, columns=order).fillna("")
    calm, over = charts.colour("track"), charts.colour("c2")
    scale = [[0, calm], [0.5, calm], [0.5, over], [1, charts.colour("fail")]]
    traces = [charts.heat(days, far, words, zmin=-3, zmax=3, colorscale=scale)]
    caption = (
        "Powers of ten by which a signal's chance lies beyond its limit: what is coloured fired. The most unusual signals stand on "
        "top."
    )
    return Chart("chances", caption, traces, charts.NO_LINES, height=90 + 22 * len(order))


def _told(row: Any) -> str:
    chance = "" if pd.isna(row.chance) else f", by luck {row.chance:.2g}"
    return f"{row.verdict}: {row.words}{chance}"


def _statistics(days: Days) -> Chart:
    signals = days.signals()
    values = signals.pivot(index="day", columns="name", values="value").reindex(days.calendar).dropna(axis=1, how="all")
    traces = []
    for place, name in enumerate(values.columns):
        more = {"hovertemplate": "%{y:.3g}", "visible": True if place < _DRAWN else "legendonly"}
        traces.append(charts.line(days, charts.text(name), values[name], charts.SERIES[place % len(charts.SERIES)], **more))
    caption = (
        "Each signal's statistic, in units of its own. A click on a name shows or hides the signal, a double click shows it alone."
    )
    return Chart("statistics", caption, traces, charts.versions(days), height=360)


def _sight(days: Days) -> Chart:
    rated, answered = (days.of("drift", "smallest_complaint_share", way) for way in ("rated", "answered"))
    now, dashed = pooled(days.of("profile", "rated.negative"))["value"], {"dash": "dash", "width": 1}
    lines = [
        ("by the ratings", rated["value"], "c1", {}),
        ("by the champion's answers", answered["value"], "c2", {}),
        ("complaints before", rated["reference"], "soft", {"line": dashed}),
        (f"complaints now, {WINDOW} days", now, "negative", {}),
    ]
    traces = [charts.line(days, name, values, colour, hovertemplate=charts.SHARE, **more) for name, values, colour, more in lines]
    caption = "The smallest share of complaints that the day would have shown: of a smaller rise, “no drift” says nothing."
    return Chart("sight", caption, traces, charts.percent() | charts.versions(days))


def _groups(days: Days) -> Markup:
    rows = days.rows
    of_groups = rows[(rows["metric_type"] == "drift") & rows["slice_key"].notna() & (rows["verdict"] == "moved")]
    moved = of_groups.assign(day=of_groups["day"].astype(str)).sort_values("day", ascending=False, kind="stable")
    if moved.empty:
        return kit.paragraph("No group of reviews moved by itself.", "soft")
    shown = []
    for row in moved.iloc[:_MOST_GROUPS].itertuples():
        group, signal = kit.below(str(row.slice_value), str(row.slice_key)), str(row.signal).replace("_", " ")
        shown.append([charts.linked(days, str(row.day)), group, signal, row.words, f"{row.chance:.2g}"])
    return kit.table(["Day", "Group", "Signal", "What it shows", "Chance"], shown, numeric=(4,), kind="roomy")
