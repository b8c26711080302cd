"""A delivery through every step, each in a process of its own, on an S3 of its own."""

import json
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from reviewloop.adapters.lake import places, s3
from reviewloop.config import load_config
from reviewloop_local.bench_data.costs import Cost, measured

STEPS: Final = ("land", "parse", "validate", "check_bias", "curate", "check_counts", "publish_day")
FEATURES: Final = "build_features"
SCORING: Final = "read_for_scoring"
GATES: Final = ("validate", "check_bias")
MAX_FEATURE_ROWS: Final = 200_000
"""A snapshot is held in memory, some 4 kB a review: of larger days it is not measured."""


def deliver(path: Path, day: str) -> None:
    """Put the file into the inbox of ``day``, and wait until it counts as wholly written."""
    dataset = load_config().dataset
    s3.upload(path, places.inbox(dataset.inbox_prefix, day, "reviews.csv"), "text/csv")
    time.sleep(dataset.quiet_seconds + 0.5)  # a step's own waiting is no cost


def ingest(
    day: str, include: Path | None = None, steps: Sequence[str] = STEPS, has_features: bool = True
) -> Iterator[tuple[str, Cost]]:
    """Each step of the day with its cost, and of our own what reads the day then, the features where ``has_features``. The steps
    are those of ``include``, where it is given, as far as it has them."""
    ref: Any = day
    batch = None
    for step in (step for step in steps if include is None or list((include / "reviewloop" / "steps").rglob(f"{step}.py"))):
        cost, found = measured("step.py", [step, json.dumps(batch if step in (*GATES, "curate") else ref)], include)
        batch = found if step == "parse" else batch
        ref = found
        yield step, cost
    if include is None:
        yield SCORING, measured("step.py", [SCORING, json.dumps(ref)])[0]
    if include is None and has_features:
        yield FEATURES, measured("step.py", [FEATURES, json.dumps(day)])[0]


def plain(path: Path) -> Iterator[tuple[str, Cost]]:
    """The same file through pandas, Great Expectations and Clarify's formulas, as one would write it in an hour."""
    for step in ("read_csv", "quality", "bias"):
        yield step, measured("plain.py", [str(path), step])[0]
