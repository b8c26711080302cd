"""Evidently: its page of charts, with the distances of each column. It decides nothing: see ``core.monitoring.drift.decision``.

Methods are always given: left to itself, Evidently changes its method with the number of reference rows
(``findings/evidently-switches-method.sh``).
"""

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import pandas as pd

from reviewloop.errors import PermanentError

log = logging.getLogger(__name__)

NUMBERS, CATEGORIES = "wasserstein", "jensenshannon"
_NEVER: Final = 1e9
"""A threshold that no distance reaches: two verdicts on one day would be one too many."""


@dataclass(frozen=True)
class EvidentlyReport:
    """The distance of each column, Evidently's self-contained page and its snapshot as JSON."""

    distances: Mapping[str, float]
    page: bytes
    snapshot: bytes


def compare(reference: pd.DataFrame, current: pd.DataFrame) -> EvidentlyReport:
    """Draw every column that both frames have: floats as numbers, everything else as categories.

    Raises ``PermanentError`` for a frame without rows, and where Evidently leaves a column without a distance.
    """
    if not len(reference) or not len(current):
        raise PermanentError(f"{len(current)} reviews beside {len(reference)}: nothing to draw")
    from evidently import DataDefinition, Dataset, Report
    from evidently.metrics import ValueDrift

    names = [name for name in reference.columns if name in current.columns]
    numbers = [name for name in names if reference[name].dtype.kind == "f"]
    definition = DataDefinition(numerical_columns=numbers, categorical_columns=[name for name in names if name not in numbers])
    metrics = [ValueDrift(column=name, method=NUMBERS if name in numbers else CATEGORIES, threshold=_NEVER) for name in names]
    snapshot = Report(metrics).run(
        Dataset.from_pandas(_harmless(current[names]), data_definition=definition),
        Dataset.from_pandas(_harmless(reference[names]), data_definition=definition),
    )
    text: str = snapshot.json()
    found = {metric["config"]["column"]: float(metric["value"]) for metric in json.loads(text)["metrics"]}
    if absent := [name for name in names if name not in found]:
        raise PermanentError(f"Evidently gave no distance of {', '.join(absent)}")
    return EvidentlyReport(found, snapshot.get_html_str(as_iframe=False).encode(), text.encode())


def _harmless(frame: pd.DataFrame) -> pd.DataFrame:
    """Evidently writes category names as they are into a <script> of the page: a producer's cell could end it and run."""
    return frame.map(lambda value: value.replace("<", "\u2039") if isinstance(value, str) else value)
