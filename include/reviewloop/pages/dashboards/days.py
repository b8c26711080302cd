"""The table ``metrics`` as plots take it: a series a figure, on a calendar in which a day that was not monitored is a gap."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache, cached_property
from typing import Final

import numpy as np
import pandas as pd

from reviewloop.core.monitoring.metrics.rows import DAY
from reviewloop.core.statistics.proportions import wilson
from reviewloop.pages import kit

WINDOW: Final = 7
"""Days that are pooled where one alone says little: a week, so that its days weigh alike."""
VERDICTS: Final[Mapping[str, kit.Kind]] = {"moved": "fail", "as before": "pass", "not enough evidence": "none"}


@dataclass(frozen=True)
class Days:
    """Rows of the table with their ``day``, and by day where its report is read (empty where nobody may)."""

    rows: pd.DataFrame
    hrefs: Mapping[str, str]

    @cached_property
    def calendar(self) -> list[str]:
        """Every day from the first monitored one to the last."""
        known = sorted(self.rows["day"].astype(str).unique())
        if not known:
            return []
        first, last = date.fromisoformat(known[0]), date.fromisoformat(known[-1])
        return [(first + timedelta(days=number)).isoformat() for number in range((last - first).days + 1)]

    @cached_property
    def verdicts(self) -> pd.DataFrame:
        """A row a monitored day: what the monitor said of it."""
        return self.of("drift", DAY).dropna(subset=["verdict"])

    @cached_property
    def _whole(self) -> pd.DataFrame:
        """The rows that are of all reviews."""
        return self.rows[self.rows["slice_key"].isna()]

    def of(self, metric_type: str, signal: str, family: str = "") -> pd.DataFrame:
        """The figure of all reviews, a row a day of the calendar; missing where there is none."""
        found = self._whole
        found = found[(found["signal"] == signal) & (found["metric_type"] == metric_type)]
        if family:
            found = found[found["family"] == family]
        return found.set_index(found["day"].astype(str)).reindex(self.calendar)

    def signals(self) -> pd.DataFrame:
        """Every signal of drift of all reviews: the day, its name, chance, threshold, verdict and words."""
        found = self._whole
        found = found[(found["metric_type"] == "drift") & found["threshold"].notna()]
        names = found["signal"].astype(str).str.replace("_", " ")
        return found.assign(day=found["day"].astype(str), name=names)

    @cached_property
    def groups(self) -> Callable[[str, str], tuple[pd.DataFrame, pd.DataFrame]]:
        """By signal and facet: of each group the rows that are meant, and all of its rows: two frames, calendar by group, largest
        first.

        The rows are told apart once, and each answer is kept: a verdict, a list and a plot ask for the same.
        """
        found = self.rows[self.rows["slice_key"].notna()]
        parts = found.groupby([found["signal"].astype(str), found["slice_key"].astype(str)], sort=False)
        of = {(str(signal), str(key)): rows for (signal, key), rows in parts}
        none, calendar = found.iloc[:0], self.calendar
        return cache(lambda signal, key: _pivot(of.get((signal, key), none), calendar))

    def facets(self) -> list[str]:
        """The facets that have groups, by name."""
        found = self.rows.loc[(self.rows["metric_type"] == "profile") & self.rows["slice_key"].notna(), "slice_key"]
        return sorted(found.astype(str).unique())

    def version_changes(self) -> list[tuple[str, str]]:
        """The first day of each stretch of days that one version scored, and the version."""
        versions = self.verdicts["model_version"].astype(str)
        is_first = versions != versions.shift()
        return list(zip(versions.index[is_first], versions[is_first], strict=True))


def pooled(shares: pd.DataFrame, days: int = WINDOW) -> pd.DataFrame:
    """Shares with their ``num_rows``, each day with the days before it: ``value``, ``num_rows`` and a 95 % interval (Wilson)."""
    rows = shares["num_rows"].astype("float64")
    hits = _together(shares["value"] * rows, days)
    rows = _together(rows, days).where(shares["value"].notna())
    ends = [
        wilson(float(hit), int(num)) if num > 0 else (np.nan, np.nan)
        for hit, num in zip(hits.to_numpy(), rows.to_numpy(), strict=True)
    ]
    lower, upper = zip(*ends, strict=True) if ends else ((), ())
    return pd.DataFrame({"value": hits / rows, "num_rows": rows, "lower": lower, "upper": upper}, index=shares.index)


def together(counts: pd.DataFrame, days: int = WINDOW) -> pd.DataFrame:
    """Counts of the ``days`` up to each day; a day without any counts as none."""
    return counts.fillna(0.0).rolling(days, min_periods=1).sum()


def _pivot(found: pd.DataFrame, calendar: list[str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    found = found.assign(day=found["day"].astype(str), slice_value=found["slice_value"].astype(str))
    rows = found.pivot(index="day", columns="slice_value", values="num_rows").astype("float64").reindex(calendar)
    hits = rows * found.pivot(index="day", columns="slice_value", values="value").reindex(calendar)
    order = rows.sum().sort_values(ascending=False, kind="stable").index
    return hits[order], rows[order]


def _together(counts: "pd.Series[float]", days: int) -> "pd.Series[float]":
    return counts.fillna(0.0).rolling(days, min_periods=1).sum()
