"""What people write instead: pandas, Great Expectations on the frame, bias measures by hand. ``python plain.py CSV STEP``.

It checks less than the loop does (a file's dialect, its limits, readable and repeated texts, quarantined rows, how sure a bias
measure is), and keeps nothing: no copy of the delivery, no report, no manifest.
"""

import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from reviewloop_local.bench_data.programs.step import peak_mb

FACETS = ("Division Name", "Department Name", "Class Name", "Age band")


def read(path: Path) -> pd.DataFrame:
    """The file as pandas reads it, without the rows that have no text."""
    frame = pd.read_csv(path)
    return frame.dropna(subset=["Review Text"])


def quality(frame: pd.DataFrame) -> bool:
    """A dozen of Great Expectations' own expectations."""
    import great_expectations as gx
    import great_expectations.expectations as gxe

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    batch = context.data_sources.add_pandas("reviews").add_dataframe_asset("day").add_batch_definition_whole_dataframe("day")
    suite = gx.ExpectationSuite("day")
    suite.add_expectation(gxe.ExpectColumnValuesToBeUnique(column="Unnamed: 0"))
    for column in ("Review Text", "Rating", "Age"):
        suite.add_expectation(gxe.ExpectColumnValuesToNotBeNull(column=column))
    for column, low, high in (("Rating", 1, 5), ("Age", 10, 120), ("Recommended IND", 0, 1)):
        suite.add_expectation(gxe.ExpectColumnValuesToBeBetween(column=column, min_value=low, max_value=high))
    for column in ("Division Name", "Department Name", "Class Name"):
        known = sorted(frame[column].dropna().unique())
        suite.add_expectation(gxe.ExpectColumnValuesToBeInSet(column=column, value_set=known, mostly=0.95))
    suite.add_expectation(gxe.ExpectColumnValueLengthsToBeBetween(column="Review Text", min_value=20, max_value=3000, mostly=0.95))
    suite.add_expectation(gxe.ExpectTableRowCountToBeBetween(min_value=50))
    return bool(batch.get_batch({"dataframe": frame}).validate(context.suites.add(suite)).success)


def bias(frame: pd.DataFrame) -> list[tuple[float, ...]]:
    """Of every group of every facet: class imbalance, difference in proportions of labels, KL, JS, Lp, TVD and KS.

    The formulas are smclarify's, a group at a time, as its ``bias_report`` goes through them.
    """
    bands = pd.cut(frame["Age"], [0, 29, 39, 49, 59, 200]).astype(str)
    frame["Age band"], frame["label"] = bands, np.select([frame["Rating"] <= 2, frame["Rating"] == 3], [0, 1], 2)
    return [_measures(frame, facet, group) for facet in FACETS for group in frame[facet].dropna().unique()]


def _measures(frame: pd.DataFrame, facet: str, group: Any) -> tuple[float, ...]:
    is_group = frame[facet] == group
    here, there = frame.loc[is_group, "label"], frame.loc[~is_group, "label"]
    p, q = (part.value_counts(normalize=True).reindex(range(3), fill_value=1e-12).to_numpy() for part in (there, here))
    mean = (p + q) / 2
    kl, js = (p * np.log(p / q)).sum(), ((p * np.log(p / mean)).sum() + (q * np.log(q / mean)).sum()) / 2
    ci, gap = (len(there) - len(here)) / len(frame), np.abs(p - q)
    return ci, *(p - q), kl, js, float(np.sqrt((gap**2).sum())), gap.sum() / 2, gap.max()


def main() -> None:
    """Print one line of JSON a part: ``read_csv`` alone, then with each of the gates, each from the file."""
    path, step = Path(sys.argv[1]), sys.argv[2]
    clock, processor = time.perf_counter(), time.process_time()
    if step == "read_csv":
        pd.read_csv(path)
    else:
        {"quality": quality, "bias": bias}[step](read(path))
    found = {"seconds": time.perf_counter() - clock, "processor": time.process_time() - processor, "peak_mb": peak_mb()}
    print(json.dumps({**found, "ref": None}))


if __name__ == "__main__":
    main()
