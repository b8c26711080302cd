"""From a day's verdict, as the monitor keeps it, to the rows of the table ``metrics``."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import pandas as pd

from reviewloop.core.monitoring.metrics.table import frame

DAY: Final = "day"
"""The signal of the monitor's word on the whole day."""
_WORDS: Final = {True: "moved", False: "as before"}


def rows_of(verdict: Mapping[str, Any], predictions_batch: str, report_uri: str) -> pd.DataFrame:
    """The rows of one day. A verdict of older code has no profile, and no quality but macro-F1: what it has not said is no row."""
    rows = [*_profile(verdict), *_drift(verdict), *_quality(verdict)]
    return frame(rows, model_version=str(verdict["model_version"]), predictions_batch=predictions_batch, report_uri=report_uri)


def _profile(verdict: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    known = {"rated.negative": verdict["smallest_change"]["before"]}
    for one in verdict.get("profile", ()):
        reference = None if one["slice_key"] else known.get(one["signal"])
        yield {**one, "metric_type": "profile", "reference": reference}


def _drift(verdict: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    signals = verdict["signals"]
    is_judged = any(one["verdict"] in _WORDS.values() for one in signals)
    smallest = verdict["smallest_change"]
    kind = verdict["kind"]["name"] if verdict["fired"] and verdict.get("kind") else None
    yield {
        "metric_type": "drift", "family": kind, "signal": DAY, "value": float(verdict["fired"]),
        "num_rows": verdict["num_rows"], "verdict": _WORDS[verdict["fired"]] if is_judged else "not enough evidence",
        "words": "; ".join(verdict["reasons"]),
    }  # fmt: skip
    for way in ("rated", "answered"):
        yield {
            "metric_type": "drift", "family": way, "signal": "smallest_complaint_share", "value": smallest[way],
            "reference": smallest["before"], "num_rows": verdict["num_rows"], "words": smallest["words"],
        }  # fmt: skip
    for one in signals:
        key, _, value = (one["slice"] or "").partition(" ")
        yield {
            "metric_type": "drift", "family": one["family"], "signal": one["name"], "slice_key": key or None,
            "slice_value": value or None, "value": one["statistic"], "chance": one["chance"], "threshold": one["alpha"],
            "verdict": one["verdict"], "words": one["words"],
        }  # fmt: skip


def _quality(verdict: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Marks with intervals where the monitor keeps them under ``quality``, else the macro-F1 on the day's ratings alone."""
    told = verdict.get("quality") or {}
    for family in ("realised", "estimated"):
        found = told.get(family) or {}
        for mark in found.get("marks", ()):
            if mark["value"] is None:  # of a class without rows
                continue
            yield {
                "metric_type": "quality", "family": family, "signal": mark["name"], "value": mark["value"], "lower": mark["low"],
                "upper": mark["high"], "num_rows": found.get("num_rated", verdict["num_rows"]),
            }  # fmt: skip
    for one in told.get("slices", ()):
        yield {
            "metric_type": "quality", "family": "realised", "signal": "accuracy", "slice_key": one["facet"],
            "slice_value": one["value"], "value": one["live"], "reference": one["sealed"], "chance": one["chance"],
            "num_rows": one["num_rated"], "verdict": one["standing"], "words": one["words"],
        }  # fmt: skip
    if "realised" not in told and verdict.get("live_macro_f1") is not None:
        yield {
            "metric_type": "quality", "family": "realised", "signal": "macro_f1", "value": verdict["live_macro_f1"],
            "num_rows": verdict["num_rated"],
        }  # fmt: skip
