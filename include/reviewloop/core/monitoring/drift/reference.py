"""The champion's reference, ready to be compared with days, and for how many rows a day needs to know what luck does."""

from dataclasses import dataclass

from reviewloop.config import MonitorConfig
from reviewloop.core.monitoring.drift.complaints import Complaints
from reviewloop.core.monitoring.drift.feature_map import FeatureMap, Features
from reviewloop.core.monitoring.drift.null import Null, grid_rows, simulate
from reviewloop.core.monitoring.sample import Sample


@dataclass(frozen=True)
class Reference:
    """Its rows, the map that they define, their features; and how common complaints are."""

    rows: Sample
    map: FeatureMap
    features: Features
    complaints: Complaints

    @classmethod
    def of(cls, rows: Sample, config: MonitorConfig, complaints: Complaints | None = None) -> "Reference":
        """Define the features by these rows. ``complaints`` are those of the whole snapshot, of which the reference is a random
        part: their share needs no sealed row, and more rows know it better; by default those of the rows."""
        fitted = FeatureMap.fit(rows, config.min_slice_rows, config.seed)
        known = complaints or Complaints(rows.num_complaints, rows.num_rated)
        return cls(rows, fitted, fitted.features(rows), known)

    def null(self, num_rows: int, num_rated: int, config: MonitorConfig) -> Null:
        """Simulate it for days of so many rows: ask ``null_rows``."""
        return simulate(self.map, self.features, num_rows, num_rated, config.min_slice_rows, config.num_draws, config.seed)


def null_rows(day: Sample, config: MonitorConfig) -> tuple[int, int] | None:
    """For how many rows, and rated ones, the day needs a null; None where it has too few to be judged."""
    if len(day) < config.min_rows:
        return None
    return grid_rows(len(day)), grid_rows(day.num_rated) if has_ratings(day, config) else 0


def has_ratings(day: Sample, config: MonitorConfig) -> bool:
    """Whether enough of the day is rated for the ratings to be judged."""
    return day.num_rated >= config.min_rows
