"""For an auditor: what was said of every day, by which version, on what evidence, and whether it was said too often."""

from collections.abc import Sequence
from typing import Final

import pandas as pd
from markupsafe import Markup

from reviewloop.core.monitoring.metrics.rows import DAY
from reviewloop.core.statistics.proportions import wilson
from reviewloop.pages import kit
from reviewloop.pages.dashboards import charts
from reviewloop.pages.dashboards.charts import Chart
from reviewloop.pages.dashboards.days import VERDICTS, Days
from reviewloop.pages.links import Link

TITLE: Final = "What was said of every day"
_HEAD: Final = ["Day", "Verdict", "Version", "Reviews", "Macro-F1", "Predictions", "Why"]
_UNFOLDED: Final = 30
"""The newest days, which are seen without a click."""
_MOST_CHARACTERS: Final = 160
_HEIGHTS: Final = {"moved": 3.0, "not enough evidence": 2.0, "as before": 1.0}


def audit_page(days: Days, links: Sequence[Link], scripts: Sequence[str]) -> str:
    """HTML."""
    sections = [
        kit.section("verdicts", "Verdicts", lambda: charts.chart(_verdicts(days))),
        kit.section("fired", "Days that fired, and what luck does", lambda: charts.chart(_fired(days))),
        kit.section("arrived", "Ratings that have arrived", lambda: charts.chart(_arrived(days))),
        kit.section("days", "Every day", lambda: _days(days)),
    ]
    top = charts.top(days, links, lambda: _tiles(days))
    return kit.page(TITLE, None, kit.judged(lambda: _verdict(days)), top, sections, scripts)


def alphas(days: Days) -> "pd.Series[float]":
    """By day, the chance of a false alarm that the day was judged with.

    Complaints by the ratings have a share of their own where there are ratings; all other signals have one together.
    """
    judged = days.signals().dropna(subset=["chance"])
    is_own = (judged["signal"] == "complaints") & (judged["family"] == "labels")
    parts = [judged[rows].groupby("day")["threshold"].max().reindex(days.calendar).fillna(0.0) for rows in (is_own, ~is_own)]
    return parts[0] + parts[1]


def _verdict(days: Days) -> kit.Verdict:
    if days.verdicts.empty:
        return kit.Verdict("none", "no monitored day yet")
    unlinked = [day for day in days.verdicts.index if not days.hrefs.get(day)]
    if unlinked:
        return kit.Verdict("warn", f"{len(unlinked)} days have no report", f"the newest of them: {unlinked[-1]}")
    return kit.Verdict(
        "pass", "every day has its report", f"{len(days.verdicts)} monitored days, {days.calendar[0]} to {days.calendar[-1]}"
    )


def _tiles(days: Days) -> Markup:
    judged = days.verdicts["verdict"].isin(["moved", "as before"])
    fired = days.verdicts["verdict"].eq("moved")
    low, high = wilson(float(fired.sum()), int(judged.sum()))
    share = f"{fired.sum() / judged.sum():.1%} of the judged days fired ({low:.1%} to {high:.1%})" if judged.any() else "days fired"
    return kit.tiles(
        (f"{len(days.verdicts)}", f"monitored days of {len(days.calendar)}"),
        (f"{int((~judged).sum())}", "of them had too few reviews to be judged"),
        (f"{int(fired.sum())}", share),
        (f"{alphas(days).sum():.1f}", "would have fired by luck alone, were nothing ever to move"),
        (f"{days.verdicts['model_version'].nunique()}", "versions answered"),
    )


def _verdicts(days: Days) -> Chart:
    found = days.of("drift", DAY)
    words = found["verdict"].astype(object)
    told = [
        "" if pd.isna(word) else f"{word}, version {charts.text(version)}"
        for word, version in zip(words, found["model_version"], strict=True)
    ]
    marker = {"color": [charts.colour(one) for one in charts.colours_of(days, "pass")]}
    heights = words.map(_HEIGHTS).astype("float64")
    more = {"text": told, "textposition": "none", "hovertemplate": "%{text}", "marker": marker}
    axis = {"tickvals": list(_HEIGHTS.values()), "ticktext": list(_HEIGHTS), "range": [0, 3.2]}
    caption = "What the monitor said of each day. Where a dotted line stands another version began to answer."
    traces = [charts.bars(days, "verdict", heights, "c1", **more)]
    return Chart("verdicts", caption, traces, {"yaxis": axis} | charts.versions(days), height=220)


def _fired(days: Days) -> Chart:
    fired = (days.of("drift", DAY)["verdict"].astype(object) == "moved").astype(float).cumsum()
    traces = [
        charts.line(days, "days that fired", fired, "fail", line={"shape": "hv"}, hovertemplate="%{y}"),
        charts.line(days, "by luck alone", alphas(days).cumsum(), "soft", line={"dash": "dash"}, hovertemplate="%{y:.2f}"),
    ]
    caption = "Days that fired, added up, beside as many as luck would make were nothing ever to move. A steep part is a drift."
    return Chart("fired", caption, traces)


def _arrived(days: Days) -> Chart:
    found = days.of("profile", "labels_arrived")["value"]
    shown = {"mode": "lines+markers", "marker": {"size": 4}, "hovertemplate": "%{y:.0%}"}
    traces = [charts.line(days, "labels arrived", found, "c1", **shown)]
    caption = "Share of each day's reviews that had a rating when the day was looked at: what quality on ratings is worth."
    return Chart("arrived", caption, traces, {"yaxis": {"tickformat": ".0%", "range": [0, 1.05]}}, height=200)


def _days(days: Days) -> Markup:
    marks = days.of("quality", "macro_f1", "realised")["value"]
    rows = []
    for day, row in zip(days.verdicts.index[::-1], days.verdicts.iloc[::-1].itertuples(), strict=True):
        mark = kit.mark(VERDICTS.get(str(row.verdict), "none"), str(row.verdict))
        live = "–" if pd.isna(marks[day]) else f"{marks[day]:.3f}"
        why = kit.shorten(str(row.words), _MOST_CHARACTERS)
        rows.append(
            [charts.linked(days, str(day)), mark, row.model_version, f"{row.num_rows:,.0f}", live, row.predictions_batch, why]
        )
    tables = [kit.table(_HEAD, part, numeric=(3, 4)) for part in (rows[:_UNFOLDED], rows[_UNFOLDED:])]
    older = kit.details(f"{len(rows) - _UNFOLDED:,} days before", tables[1]) if len(rows) > _UNFOLDED else ""
    return kit.join([tables[0], older])
