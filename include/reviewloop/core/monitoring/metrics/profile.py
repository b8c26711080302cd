"""What a scored day was like: counts, shares and means, of all its reviews and of each group of every facet."""

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from reviewloop.core.facets import MISSING
from reviewloop.core.monitoring.descriptors import NUMBERS
from reviewloop.core.monitoring.sample import Sample
from reviewloop.core.reviews import SENTIMENTS
from reviewloop.core.statistics.proportions import Z95, rate

Figure = dict[str, Any]
"""Columns of the table ``metrics`` by name."""
MAX_GROUPS: Final = 40
"""Of a facet, the largest: a column of thousands of values is no facet to look at."""
_ALL: Final = (None, None)


def profile(day: Sample) -> list[Figure]:
    """A figure for each signal and slice, as plain JSON values; a share or mean without rows is left out."""
    found = [_figure("reviews_repeated", _ALL, day.num_repeated, len(day))]
    found += _counts(day, _ALL, np.ones(len(day), dtype=bool))
    for name in day.columns.columns:
        values = day.columns[name]
        if name in NUMBERS:
            found += _mean(name, values.to_numpy(dtype=np.float64))
            continue
        found += _share(f"missing.{name}", _ALL, (values == MISSING).to_numpy(dtype=bool))
        counts = values[values != MISSING].value_counts()
        for value in sorted(counts.index, key=lambda one: (-counts[one], one))[:MAX_GROUPS]:
            found += _counts(day, (name, str(value)), (values == value).to_numpy(dtype=bool))
    return found


def _counts(day: Sample, group: tuple[str | None, str | None], rows: NDArray[np.bool_]) -> Iterator[Figure]:
    """Reviews, labels that have arrived, and each sentiment's share by the ratings and by the champion's answers."""
    rated = rows & day.is_rated
    yield _figure("reviews", group, int(rows.sum()), int(rows.sum()))
    yield from _share("labels_arrived", group, day.is_rated[rows])
    for label, name in enumerate(SENTIMENTS):
        yield from _share(f"rated.{name}", group, day.labels[rated] == label)
        if day.probabilities is not None:
            yield from _share(f"answered.{name}", group, day.probabilities[rows].argmax(axis=1) == label)


def _share(signal: str, group: tuple[str | None, str | None], hits: NDArray[np.bool_]) -> Iterator[Figure]:
    if len(hits):
        found = rate(int(hits.sum()), len(hits))
        yield _figure(signal, group, found.value, len(hits)) | {"lower": found.low, "upper": found.high}


def _mean(signal: str, values: NDArray[np.float64]) -> Iterator[Figure]:
    if len(values):
        half = Z95 * float(values.std()) / len(values) ** 0.5
        mean = float(values.mean())
        yield _figure(signal, _ALL, mean, len(values)) | {"lower": mean - half, "upper": mean + half}


def _figure(signal: str, group: tuple[str | None, str | None], value: float, num_rows: int) -> Figure:
    return {"signal": signal, "slice_key": group[0], "slice_value": group[1], "value": float(value), "num_rows": num_rows}
