"""The pages on the table of metrics: what they count, what they warn of, and that a gap is a gap."""

import json
import re
from typing import Any

import pandas as pd
import pytest
from tests.helpers.metric_days import days_of, table

from reviewloop.core.monitoring.metrics.table import frame
from reviewloop.core.statistics.proportions import wilson
from reviewloop.pages.dashboards import audit, business, charts, engineering
from reviewloop.pages.dashboards.days import Days, pooled
from reviewloop.pages.dashboards.menu import DASHBOARDS
from reviewloop_local.bench_pages.days import verdicts

NOTHING = Days(frame([]).assign(day=pd.Series(dtype="object")), {})


@pytest.fixture(scope="module")
def year() -> Days:
    return days_of(table(verdicts(365)))


@pytest.fixture(scope="module")
def fortnight() -> Days:
    return days_of(table(verdicts(14)))


def page(name: str, days: Days) -> str:
    return DASHBOARDS[name].make(days, [], [])


def verdict_of(text: str) -> str:
    return text.partition('<meta name="verdict" content="')[2].partition('"')[0]


def data(text: str, name: str) -> dict[str, Any]:
    found = re.search(rf'id="chart-{name}">(.*?)</script>', text, re.DOTALL)
    assert found
    return json.loads(found[1])


def trace(text: str, chart: str, begins: str) -> dict[str, Any]:
    (found,) = [one for one in data(text, chart)["traces"] if one.get("name", "").startswith(begins)]
    return found


@pytest.mark.parametrize("name", DASHBOARDS)
def test_every_part_is_drawn_of_a_year_of_two_weeks_and_of_nothing(name: str, year: Days, fortnight: Days) -> None:
    for days in (year, fortnight, NOTHING):
        assert "could not be shown" not in page(name, days)
    assert verdict_of(page(name, NOTHING)).startswith("none: no ")
    assert "<script" not in re.sub(r'<script type="application/json".*?</script>', "", page(name, fortnight), flags=re.DOTALL)


def test_a_day_that_was_not_monitored_is_a_gap_and_no_zero(year: Days) -> None:
    assert len(year.calendar) == 365
    assert engineering.gaps(year) == ["2025-03-19", "2025-03-20", "2025-10-29"]
    reviews = trace(page("ml-engineer", year), "volume", "reviews")
    assert [day for day, value in zip(reviews["x"], reviews["y"], strict=True) if value is None] == engineering.gaps(year)


def test_a_week_is_pooled_by_its_rows_and_its_interval_is_wilsons() -> None:
    shares = pd.DataFrame({"value": [0.5, 0.0, None, 0.25], "num_rows": [10, 30, None, 4]})
    found = pooled(shares, 3)
    assert found["value"].tolist()[:2] == [0.5, 5 / 40]
    assert pd.isna(found["value"][2]), "of a day without the figure nothing is drawn"
    assert (found["value"][3], found["num_rows"][3]) == (1 / 34, 34)
    assert (found["lower"][3], found["upper"][3]) == wilson(1, 34)


def test_the_share_of_complaints_is_that_of_the_table(fortnight: Days) -> None:
    drawn = trace(page("business", fortnight), "complaints", "a day")
    stored = fortnight.of("profile", "rated.negative")["value"]
    assert drawn["y"] == [float(f"{value:.4g}") for value in stored]
    assert drawn["x"] == fortnight.calendar
    assert drawn["text"][0].endswith("rated reviews")


def test_a_group_that_falls_apart_is_the_first_of_those_that_rose_and_calm_weeks_have_none(year: Days) -> None:
    found = business.rises(year)
    assert [(one.facet, one.group) for one in found] == [("class_name", "Jeans")]
    assert found[0].now > 2 * found[0].before
    assert found[0].low > 0
    assert verdict_of(page("business", year)) == "warn: complaints rose"
    calm = days_of(year.rows[year.rows["day"] < "2025-07-01"])
    assert business.rises(calm) == []
    assert verdict_of(page("business", calm)) == "pass: as before"


def test_luck_among_many_groups_is_no_rise() -> None:
    seasons = [days_of(table(verdicts(60, seed))) for seed in range(2, 5)]
    assert sum(len(business.rises(days)) for days in seasons) == 0


def test_missing_and_unjudged_days_are_warned_of_while_they_are_new(year: Days) -> None:
    assert verdict_of(page("ml-engineer", year)) == "pass: every day is there"
    gap = days_of(year.rows[year.rows["day"] <= "2025-04-01"])
    assert verdict_of(page("ml-engineer", gap)) == "warn: 2 of the last 30 days are missing"
    small = days_of(year.rows[year.rows["day"] <= "2025-02-20"])
    assert verdict_of(page("ml-engineer", small)) == "warn: 2 of the last 30 days could not be judged"


def test_an_auditor_sees_what_luck_would_have_done_and_which_day_has_no_report(year: Days) -> None:
    alphas = audit.alphas(year)
    assert alphas["2025-01-01"] == pytest.approx(0.005), "complaints by the ratings, and all others together"
    assert alphas["2025-02-10"] == 0, "a day that could not be judged cannot fire"
    text = page("auditor", year)
    assert verdict_of(text) == "pass: every day has its report"
    assert text.count('<a class="line" href="/reports/') == 362
    closed = Days(year.rows, {**year.hrefs, "2025-12-31": ""})
    assert verdict_of(page("auditor", closed)) == "warn: 1 days have no report"


def test_versions_are_told_apart_and_their_days_counted(year: Days) -> None:
    assert year.version_changes() == [("2025-01-01", "1"), ("2025-05-01", "2"), ("2025-09-20", "3")]
    assert [note["text"] for note in charts.versions(year)["annotations"]] == ["v1", "v2", "v3"]


def test_of_a_name_plotly_reads_no_tag() -> None:
    assert charts.text('<a href="http://evil">x</a>') == "&lt;a href=&#34;http://evil&#34;&gt;x&lt;/a&gt;"
