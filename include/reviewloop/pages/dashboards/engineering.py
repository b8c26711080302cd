"""For a machine-learning engineer: does every day come, whole and judged, and is what comes in what the model knows?"""

from collections.abc import Sequence
from typing import Final

from markupsafe import Markup

from reviewloop.pages import kit
from reviewloop.pages.dashboards import charts
from reviewloop.pages.dashboards.charts import Chart
from reviewloop.pages.dashboards.days import Days
from reviewloop.pages.links import Link

TITLE: Final = "Whether the loop runs"
_MISSING: Final = "missing."
_NEVER: Final = "9999-12-31"
_JUDGEMENTS: Final = {"as before": "c3", "moved": "fail", "not enough evidence": "c5", "not measured": "c2"}


def engineering_page(days: Days, links: Sequence[Link], scripts: Sequence[str]) -> str:
    """HTML."""
    sections = [
        kit.section("volume", "Reviews and ratings", lambda: charts.chart(_volume(days))),
        kit.section("judged", "Signals judged", lambda: charts.chart(_judged(days))),
        kit.section("texts", "What the model reads", lambda: kit.join(map(charts.chart, _texts(days)))),
        kit.section("missing", "What is missing", lambda: charts.chart(_missing(days))),
        kit.section("versions", "Which version answered", lambda: _versions(days)),
        kit.section("newest", "The newest days", lambda: charts.newest(days)),
    ]
    top = charts.top(days, links, lambda: _tiles(days))
    return kit.page(TITLE, None, kit.judged(lambda: _verdict(days)), top, sections, scripts)


def gaps(days: Days) -> list[str]:
    """Days between the first and the last monitored one that were not monitored."""
    return sorted(set(days.calendar) - set(days.verdicts.index))


def _verdict(days: Days) -> kit.Verdict:
    if not days.calendar:
        return kit.Verdict("none", "no monitored day yet")
    lately = [day for day in gaps(days) if day in days.calendar[-30:]]
    if lately:
        return kit.Verdict("warn", f"{len(lately)} of the last 30 days are missing", f"not monitored: {', '.join(lately[-5:])}")
    unjudged = days.verdicts.index[-30:][(days.verdicts["verdict"].iloc[-30:] == "not enough evidence").to_numpy()]
    if len(unjudged):
        return kit.Verdict(
            "warn", f"{len(unjudged)} of the last 30 days could not be judged", f"the newest of them: {unjudged[-1]}"
        )
    return kit.Verdict("pass", "every day is there", f"monitored without a gap for the last {min(30, len(days.calendar))} days")


def _tiles(days: Days) -> Markup:
    reviews, arrived = days.of("profile", "reviews")["value"].dropna(), days.of("profile", "labels_arrived")["value"].dropna()
    version = days.verdicts["model_version"].iloc[-1] if len(days.verdicts) else "–"
    return kit.tiles(
        (f"{len(days.verdicts)}", f"monitored days of {len(days.calendar)}"),
        (f"{reviews.iloc[-30:].median():,.0f}" if len(reviews) else "–", "reviews a day, median of the last 30"),
        (f"{arrived.iloc[-1]:.0%}" if len(arrived) else "–", "of the newest day's labels have arrived"),
        (f"version {version}", "scored the newest day"),
    )


def _volume(days: Days) -> Chart:
    reviews, arrived = days.of("profile", "reviews")["value"], days.of("profile", "labels_arrived")["value"]
    repeated = days.of("profile", "reviews_repeated")["value"]
    traces = [
        charts.bars(days, "reviews", reviews, "c5", hovertemplate="%{y:,}"),
        charts.bars(days, "of them rated", reviews * arrived, "c1", hovertemplate="%{y:,.0f}"),
        charts.bars(days, "repeated texts, left out", repeated, "c2", hovertemplate="%{y:,}", visible="legendonly"),
    ]
    caption = "Distinct reviews of each day, and those whose rating has arrived. A gap: the day was not monitored."
    return Chart("volume", caption, traces, {"barmode": "overlay"} | charts.versions(days))


def _judged(days: Days) -> Chart:
    signals = days.signals()
    counts = signals.groupby(["day", "verdict"], observed=True).size().unstack(fill_value=0).reindex(days.calendar)
    traces = [
        charts.bars(days, word, counts[word], colour, hovertemplate="%{y}")
        for word, colour in _JUDGEMENTS.items()
        if word in counts
    ]
    caption = "Signals of all reviews, by what was said of them. What was not measured is a part that the monitor does not see."
    return Chart("judged", caption, traces, {"barmode": "stack"})


def _texts(days: Days) -> list[Chart]:
    shown = {
        "text_length": ("Words a review, the mean of each day with its 95 % interval.", ""),
        "unknown_word_share": ("Share of words that the champion's training has not seen.", ".1%"),
    }
    made = []
    for name, (caption, form) in shown.items():
        found = days.of("profile", name)
        hover = f"%{{y:{form}}}" if form else "%{y:.1f}"
        traces = [
            *charts.band(days, found, "c1"),
            charts.line(days, name.replace("_", " "), found["value"], "c1", hovertemplate=hover),
        ]
        made.append(Chart(name, caption, traces, {"yaxis": {"tickformat": form}} | charts.versions(days), height=220))
    return made


def _missing(days: Days) -> Chart:
    known = days.rows["signal"].astype(str).unique()
    traces = []
    for place, name in enumerate(sorted(name for name in known if name.startswith(_MISSING))):
        column = charts.text(name.removeprefix(_MISSING).replace("_", " "))
        values, colour = days.of("profile", name)["value"], charts.SERIES[place % len(charts.SERIES)]
        traces.append(charts.line(days, column, values, colour, hovertemplate=charts.SHARE))
    return Chart("missing", "Share of reviews that have no value, by column.", traces, charts.percent())


def _versions(days: Days) -> Markup:
    starts = days.version_changes()
    if not starts:
        return kit.paragraph("None yet.", "soft")
    stops = [day for day, _ in starts[1:]] + [_NEVER]
    rows = []
    for (day, version), until in zip(starts, stops, strict=True):
        stretch = days.verdicts[(days.verdicts.index >= day) & (days.verdicts.index < until)]
        num_moved = int(stretch["verdict"].eq("moved").sum())
        rows.append([f"version {version}", charts.linked(days, day), f"{len(stretch):,}", f"{num_moved:,}"])
    return kit.table(["Version", "From", "Days", "Moved"], rows[::-1], numeric=(2, 3))
