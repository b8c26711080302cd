"""Evidently: the distances, and its page.

Methods and thresholds are always given: left to itself, Evidently changes its method with the number of reference rows
(``findings/evidently-switches-method.sh``).
"""

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from reviewloop.config import DriftMethodConfig
from reviewloop.core.monitoring.drift import ColumnDrift
from reviewloop.errors import ConfigError, PermanentError

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class EvidentlyReport:
    """Evidently's outcome for each column, its self-contained page and its snapshot as JSON."""

    columns: tuple[ColumnDrift, ...]
    page: bytes
    snapshot: bytes


def compare(reference: pd.DataFrame, current: pd.DataFrame, methods: Mapping[str, DriftMethodConfig]) -> EvidentlyReport:
    """Measure every column of ``methods`` on both frames (the columns of ``core.monitoring.descriptors``).

    Raises ``ConfigError`` for a column that is not described and ``PermanentError`` when Evidently leaves one without a
    verdict.
    """
    unknown = set(methods) - set(reference.columns)
    if unknown:
        raise ConfigError(f"monitor.columns: no such column {sorted(unknown)}; allowed: {', '.join(reference.columns)}")
    from evidently import DataDefinition, Dataset, Report
    from evidently.metrics import ValueDrift

    names = list(methods)
    definition = DataDefinition(
        numerical_columns=[name for name in names if methods[name].kind == "numerical"],
        categorical_columns=[name for name in names if methods[name].kind == "categorical"],
    )
    metrics = [ValueDrift(column=name, method=m.method, threshold=m.threshold) for name, m in methods.items()]
    snapshot = Report(metrics, include_tests=True).run(
        Dataset.from_pandas(_harmless(current[names]), data_definition=definition),
        Dataset.from_pandas(_harmless(reference[names]), data_definition=definition),
    )
    text: str = snapshot.json()
    columns = tuple(_outcome(json.loads(text), name, method) for name, method in methods.items())
    return EvidentlyReport(columns, snapshot.get_html_str(as_iframe=False).encode(), text.encode())


def _harmless(frame: pd.DataFrame) -> pd.DataFrame:
    """Evidently writes category names as they are into a <script> of the page: a producer's cell could end it and run."""
    return frame.map(lambda value: value.replace("<", "\u2039") if isinstance(value, str) else value)


def _outcome(snapshot: Mapping[str, Any], column: str, method: DriftMethodConfig) -> ColumnDrift:
    """The test's status decides; the value is only shown, since what it means depends on the method."""
    found = [test for test in snapshot["tests"] if test["metric_config"]["params"].get("column") == column]
    if len(found) != 1 or found[0]["status"] not in ("SUCCESS", "FAIL"):
        told = "; ".join(f"{test['status']}: {test['description']}" for test in found) or "no test ran"
        raise PermanentError(f"drift of column {column!r}: Evidently gave no verdict ({told})")
    values = {metric["id"]: float(metric["value"]) for metric in snapshot["metrics"]}
    value = values[found[0]["metric_config"]["metric_id"]]
    return ColumnDrift(column, method.method, value, method.threshold, drifted=found[0]["status"] == "FAIL")
