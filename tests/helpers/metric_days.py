"""Made-up monitored days for the pages on the table of metrics."""

from collections.abc import Iterator
from typing import Any

import pandas as pd

from reviewloop.core.monitoring.metrics.rows import rows_of
from reviewloop.pages.dashboards.days import Days
from reviewloop_local.bench_pages.days import verdicts

REPORT = "s3://lake/reports/drift/day={}/ab/report.html"


def named(num_days: int, name: str) -> Iterator[dict[str, Any]]:
    """Days of which a group, every reason, and the version are called ``name``."""
    for verdict in verdicts(num_days):
        verdict |= {"reasons": [name], "model_version": name}
        for one in [*verdict["profile"], *verdict["signals"]]:
            one |= {key: value.replace("Dresses", name) for key, value in one.items() if isinstance(value, str)}
        yield verdict


def table(days: "list[dict[str, Any]] | Iterator[dict[str, Any]]") -> pd.DataFrame:
    """The table's rows of these verdicts."""
    frames = [rows_of(one, "ab12", REPORT.format(one["day"])).assign(day=one["day"]) for one in days]
    return pd.concat(frames, ignore_index=True)


def days_of(rows: pd.DataFrame) -> Days:
    """With a report for every day."""
    return Days(rows, {day: f"/reports/{day}.html" for day in rows["day"].unique()})
