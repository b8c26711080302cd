"""For whoever runs the shop: what customers say, where it changes, how many they are."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np
import pandas as pd
from markupsafe import Markup

from reviewloop.core.reviews import SENTIMENTS
from reviewloop.core.statistics.proportions import Z95
from reviewloop.pages import kit
from reviewloop.pages.dashboards import charts
from reviewloop.pages.dashboards.charts import Chart
from reviewloop.pages.dashboards.days import WINDOW, Days, pooled, together
from reviewloop.pages.links import Link

TITLE: Final = "What customers say"
LATELY: Final = 28
"""Days that are compared with as many before them: four weeks."""
_LEAST: Final = 20
"""Rated reviews of a group in either stretch of days; of fewer nothing is said."""
_SHOWN: Final = 12


@dataclass(frozen=True)
class Rise:
    """A group whose share of complaints was ``before`` and is ``now``, with the difference's 95 % interval."""

    facet: str
    group: str
    before: float
    now: float
    num_rated: int
    low: float
    high: float


def business_page(days: Days, links: Sequence[Link], scripts: Sequence[str]) -> str:
    """HTML."""
    sections = [
        kit.section("complaints", "Complaints", lambda: charts.chart(_complaints(days))),
        kit.section("sentiment", "How reviews sound", lambda: charts.chart(_sentiment(days))),
        kit.section("reviews", "How many reviews came", lambda: charts.chart(_reviews(days))),
        kit.section("rises", "Where complaints rose", lambda: _rises(days)),
        *(kit.section(f"by-{key}", f"Complaints by {key.replace('_', ' ')}", partial(_by, days, key)) for key in days.facets()),
        kit.section("newest", "The newest days", lambda: charts.newest(days)),
    ]
    top = charts.top(days, links, lambda: _tiles(days))
    return kit.page(TITLE, None, kit.judged(lambda: _verdict(days)), top, sections, scripts)


def _verdict(days: Days) -> kit.Verdict:
    shares = pooled(days.of("profile", "rated.negative"), LATELY).dropna()
    if shares.empty:
        return kit.Verdict("none", "no rated day yet", "complaints are reviews of one or two stars")
    last = shares.iloc[-1]
    told = f"complaints in the last {LATELY} days: {last['value']:.1%} ({last['lower']:.1%} to {last['upper']:.1%})"
    rose = rises(days)
    if rose:
        return kit.Verdict("warn", "complaints rose", f"{told}; most in {rose[0].facet.replace('_', ' ')} {rose[0].group}")
    return kit.Verdict("pass", "as before", told)


def _tiles(days: Days) -> Markup:
    reviews = days.of("profile", "reviews")["value"].fillna(0.0)
    week, before = reviews.iloc[-WINDOW:].sum(), reviews.iloc[-2 * WINDOW : -WINDOW].sum()
    rated = pooled(days.of("profile", "rated.negative")).dropna()
    answered = pooled(days.of("profile", "answered.negative")).dropna()
    moved = days.verdicts.iloc[-30:]["verdict"].eq("moved").sum() if len(days.verdicts) else 0
    return kit.tiles(
        (days.calendar[-1] if days.calendar else "none", "newest monitored day"),
        (f"{rated['value'].iloc[-1]:.1%}" if len(rated) else "–", f"complaints by the ratings, {WINDOW} days"),
        (f"{answered['value'].iloc[-1]:.1%}" if len(answered) else "–", f"complaints by the champion's reading, {WINDOW} days"),
        (f"{week:,.0f}", f"reviews in {WINDOW} days; {before:,.0f} in the {WINDOW} before"),
        (str(moved), "of the last 30 monitored days moved"),
    )


def _complaints(days: Days) -> Chart:
    rated, answered = days.of("profile", "rated.negative"), days.of("profile", "answered.negative")
    week, read = pooled(rated), pooled(answered)["value"]
    told = [
        "" if np.isnan(share) else f"{share:.1%} of {total:,.0f} rated reviews"
        for share, total in zip(rated["value"], rated["num_rows"].astype(float), strict=True)
    ]
    colours, dashed = charts.colours_of(days, "neutral"), {"dash": "dash", "width": 1}
    traces = [
        *charts.band(days, week, "negative"),
        charts.dots(days, "a day (red: it moved)", rated["value"], colours, text=told, hovertemplate="%{text}"),
        charts.line(days, f"by the ratings, {WINDOW} days", week["value"], "negative", hovertemplate=charts.SHARE),
        charts.line(days, f"as the champion reads them, {WINDOW} days", read, "c1", hovertemplate=charts.SHARE),
        charts.line(days, "champion's sealed reviews", rated["reference"], "soft", line=dashed, hovertemplate=charts.SHARE),
    ]
    caption = (
        "Share of complaints: reviews of one or two stars, and those that the champion reads as negative. The band is the 95 % "
        "interval of the ratings."
    )
    return Chart("complaints", caption, traces, charts.percent() | charts.versions(days), height=340)


def _sentiment(days: Days) -> Chart:
    stack = {"stackgroup": "all", "line": {"width": 0}, "hovertemplate": charts.SHARE}
    traces = []
    for name in SENTIMENTS:
        shares = pooled(days.of("profile", f"answered.{name}"))["value"]
        traces.append(charts.line(days, name, shares, name, fillcolor=charts.colour(name), **stack))
    caption = f"Shares of all reviews as the champion reads them, {WINDOW} days together."
    return Chart("sentiment", caption, traces, {"yaxis": {"tickformat": ".0%", "range": [0, 1]}})


def _reviews(days: Days) -> Chart:
    counts = days.of("profile", "reviews")["value"]
    traces = [charts.bars(days, "reviews", counts, "c1", hovertemplate="%{y:,}")]
    return Chart("reviews", "Distinct reviews a day. A gap: the day was not monitored.", traces, height=200)


def _by(days: Days, key: str) -> str | Markup:
    hits, rows = days.groups("rated.negative", key)
    if rows.empty:
        return kit.paragraph("No group of this facet has rated reviews.", "soft")
    shown = list(hits.columns[:_SHOWN])
    num, of = together(hits[shown], LATELY), together(rows[shown], LATELY)
    is_unsaid = ((of < _LEAST) | rows.isna().all(axis=1).to_numpy()[:, np.newaxis]).to_numpy(dtype=bool)
    shares = (num / of).mask(is_unsaid)
    texts = pd.DataFrame(
        {name: [_share(*cell) for cell in zip(shares[name], of[name], strict=True)] for name in shown}, index=shares.index
    )
    traces = [
        charts.heat(days, shares, texts, colorscale=charts.ramp("track", "negative"), colorbar={"tickformat": ".0%"}),
    ]
    caption = (
        f"Share of complaints among the rated reviews, {LATELY} days together; the largest groups. Empty: fewer than {_LEAST} "
        "reviews."
    )
    return charts.chart(Chart(f"by-{key}", caption, traces, charts.NO_LINES, height=60 + 24 * max(len(shown), 3)))


def _share(share: float, total: float) -> str:
    return f"{total:,.0f} rated reviews: too few" if np.isnan(share) else f"{share:.1%} of {total:,.0f} rated reviews"


def rises(days: Days) -> list[Rise]:
    """Groups whose complaints rose from the ``LATELY`` days before to the last ones by more than luck, the largest rise first.

    The interval is that of two independent shares, at the level that as many groups as there are need together (Bonferroni).
    """
    found = []
    for key in days.facets():
        hits, rows = days.groups("rated.negative", key)
        now, then = slice(-LATELY, None), slice(-2 * LATELY, -LATELY)
        sums = [frame.iloc[part].sum() for part in (now, then) for frame in (hits, rows)]
        counts = {str(name): [float(one[name]) for one in sums] for name in rows.columns}
        found += [(key, name, one) for name, one in counts.items() if min(one[1], one[3]) >= _LEAST]
    level = _quantile(len(found))
    rose = [one for one in (_rise(key, name, counts, level) for key, name, counts in found) if one.low > 0]
    return sorted(rose, key=lambda one: one.before - one.now)


def _quantile(num_groups: int) -> float:
    """The normal quantile of a 95 % interval that holds for all groups together."""
    from scipy.stats import norm

    return float(norm.ppf(1 - 0.025 / num_groups)) if num_groups > 1 else Z95


def _rise(facet: str, group: str, counts: Sequence[float], level: float) -> Rise:
    """``counts``: complaints and rated reviews now, and the same before."""
    hits, rows, hits_before, rows_before = counts
    now, before = hits / rows, hits_before / rows_before
    # As if two more rows of each were known, one of them a complaint: Agresti and Caffo, The American Statistician 54, 2000.
    p, q = (hits + 1) / (rows + 2), (hits_before + 1) / (rows_before + 2)
    half = level * float(np.sqrt(p * (1 - p) / (rows + 2) + q * (1 - q) / (rows_before + 2)))
    return Rise(facet, group, before, now, int(rows), p - q - half, p - q + half)


def _rises(days: Days) -> Markup:
    found = rises(days)
    told = kit.paragraph(
        f"Groups whose complaints rose from the {LATELY} days before to the last {LATELY}, by more than luck does to any of all "
        "groups.",
        "soft",
    )
    if not found:
        return kit.join([told, kit.paragraph("None.")])
    head = ["Group", "Of", "Before", "Now", "Difference (95 %)", "Rated now"]
    rows = []
    for one in found:
        ends = f"{one.low:+.1%} to {one.high:+.1%}"
        rows.append([one.group, one.facet.replace("_", " "), f"{one.before:.1%}", f"{one.now:.1%}", ends, f"{one.num_rated:,}"])
    return kit.join([told, kit.table(head, rows, numeric=(2, 3, 4, 5))])
