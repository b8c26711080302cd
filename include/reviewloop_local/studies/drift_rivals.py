"""What others make of the same days: the fixed distances that this project used before, and Evidently's own tests."""

from typing import Final

import numpy as np
import pandas as pd

from reviewloop.core.monitoring.live import live_macro_f1
from reviewloop.core.monitoring.sample import Sample
from reviewloop.core.reviews import SENTIMENTS

FIXED: Final = {"text_length": 0.35, "unknown_word_share": 0.5, "prediction": 0.15, "department": 0.2, "age_band": 0.2}
"""Wasserstein distances in standard deviations, and Jensen-Shannon ones: what the configuration had until 0.2."""
MIN_COLUMNS, MIN_ROWS, MIN_MACRO_F1 = 2, 100, 0.4


def columns_of(rows: Sample) -> pd.DataFrame:
    """What the monitor describes, and the champion's answers."""
    return rows.columns.assign(prediction=np.array(SENTIMENTS)[rows.answers.argmax(axis=1)])


def fixed_fires(reference: pd.DataFrame, day: pd.DataFrame, labels: np.ndarray, answers: np.ndarray) -> bool:
    """Two of five columns beyond a fixed distance, or macro-F1 under a floor; nothing under 100 rows."""
    from scipy.spatial.distance import jensenshannon
    from scipy.stats import wasserstein_distance

    if len(day) < MIN_ROWS:
        return False
    moved = 0
    for name, limit in FIXED.items():
        if name not in reference.columns:
            continue
        then, now = reference[name], day[name]
        if then.dtype.kind == "f":
            found = wasserstein_distance(then, now) / max(float(then.std()), 0.001)
        else:
            shares = pd.concat([rows.value_counts(normalize=True) for rows in (then, now)], axis=1).fillna(0).to_numpy()
            found = jensenshannon(shares[:, 0], shares[:, 1])
        moved += found >= limit
    return moved >= MIN_COLUMNS or live_macro_f1(labels, answers) < MIN_MACRO_F1


def evidently_drifted(reference: pd.DataFrame, day: pd.DataFrame) -> tuple[int, float]:
    """How many columns, and what share of them, ``DataDriftPreset`` calls drifted, everything left as it comes."""
    import json
    import warnings

    from evidently import DataDefinition, Dataset, Report
    from evidently.presets import DataDriftPreset

    numbers = [str(name) for name in reference.columns if reference[name].dtype.kind == "f"]
    definition = DataDefinition(
        numerical_columns=numbers, categorical_columns=[str(name) for name in reference.columns if name not in numbers]
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        snapshot = Report([DataDriftPreset()]).run(
            *(Dataset.from_pandas(rows.reset_index(drop=True), data_definition=definition) for rows in (day, reference))
        )
    (value,) = [one["value"] for one in json.loads(snapshot.json())["metrics"] if "DriftedColumnsCount" in one["metric_name"]]
    return int(value["count"]), float(value["share"])
