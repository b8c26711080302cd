"""The shape of the table ``metrics``: long, so that a new figure is a row and never another column.

It follows the profile and drift metric tables that Databricks' data profiling keeps (a row a window, slice and column, with the
slice as key and value), in one table: a day's figures, what they are compared with, and what was said of them stand side by side.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

import pandas as pd

COLUMNS: Final = {
    "metric_type": "string",
    "family": "string",
    "signal": "string",
    "slice_key": "string",
    "slice_value": "string",
    "value": "double",
    "lower": "double",
    "upper": "double",
    "reference": "double",
    "num_rows": "bigint",
    "chance": "double",
    "threshold": "double",
    "verdict": "string",
    "words": "string",
    "model_version": "string",
    "predictions_batch": "string",
    "report_uri": "string",
}
"""Columns and Hive types."""

COMMENTS: Final = {
    "metric_type": "profile (what the day was like), drift (what the monitor said of it) or quality (how well the champion did)",
    "family": "of a signal of drift, or the kind of the day's drift; of quality: realised (by ratings) or estimated (without)",
    "signal": "what was measured",
    "slice_key": "the facet whose group the row is of; empty for all reviews",
    "slice_value": "the group",
    "value": "what was measured: a share is 0 to 1; of drift the statistic",
    "lower": "lower end of the value's 95 % interval, where there is one",
    "upper": "upper end of the value's 95 % interval",
    "reference": "the same of the sealed reviews that the champion was judged on, where it is known",
    "num_rows": "reviews that the value is of, each text once",
    "chance": "of drift: how likely luck alone makes any signal so unusual",
    "threshold": "the chance from which down the signal fires",
    "verdict": "of drift: moved, as before, not enough evidence, not measured",
    "words": "the same for people",
    "model_version": "that scored the day",
    "predictions_batch": "the batch of the table predictions that was looked at",
    "report_uri": "the day's page",
}

_DTYPES: Final = {"string": "string", "double": "float64", "bigint": "Int64"}


def frame(rows: Iterable[Mapping[str, Any]], **same: str) -> pd.DataFrame:
    """Rows as the table has them; what one lacks is missing, and ``same`` stands in each. ``KeyError`` for a column it has not."""
    whole = [{**row, **same} for row in rows]
    if odd := {name for row in whole for name in row} - COLUMNS.keys():
        raise KeyError(f"the table metrics has no column {', '.join(sorted(odd))}")
    return pd.DataFrame(whole, columns=list(COLUMNS)).astype({name: _DTYPES[kind] for name, kind in COLUMNS.items()})
