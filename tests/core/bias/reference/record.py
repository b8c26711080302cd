"""Writes what AWS's package says about every table of ``tables.py``; imports nothing of ours.

Run it in an environment with requirements.txt (``pip install --no-deps -r requirements.txt``), in this folder:

    python record.py smclarify-0.5.json

A measure that the package refuses (it raises ValueError) is recorded as null.
"""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pandas as pd
from smclarify.bias.metrics import pretraining
from tables import NUM_LABELS, NUM_TABLES, table


def rows(counts: list[list[list[int]]]) -> pd.DataFrame:
    """One row per counted review, as the package takes them."""
    cells = [
        (side, stratum, label)
        for side, strata in enumerate(counts)
        for stratum, labels in enumerate(strata)
        for label, count in enumerate(labels)
        for _ in range(count)
    ]
    return pd.DataFrame(cells, columns=["side", "stratum", "label"])


def or_null(call: Callable[[], float]) -> float | None:
    """The value, or None where the package refuses."""
    try:
        return float(call())
    except ValueError:
        return None


def measures(counts: list[list[list[int]]]) -> dict[str, float | None]:
    """All eight measures; DPL and CDDL once per favourable label, as ``DPL:0``."""
    frame = rows(counts)
    sensitive, label = frame["side"] == 1, frame["label"]
    found = {"CI": or_null(lambda: pretraining.CI(frame["side"], sensitive))}
    for name in ("KL", "JS", "LP", "TVD", "KS"):
        found[name] = or_null(lambda name=name: getattr(pretraining, name)(label, sensitive))
    for favourable in range(NUM_LABELS):
        positive = label == favourable
        found[f"DPL:{favourable}"] = or_null(lambda p=positive: pretraining.DPL(frame["side"], sensitive, p))
        found[f"CDDL:{favourable}"] = or_null(lambda p=positive: pretraining.CDDL(frame["side"], sensitive, p, frame["stratum"]))
    return found


if __name__ == "__main__":
    recorded = {str(seed): measures(table(seed)) for seed in range(NUM_TABLES)}
    Path(sys.argv[1]).write_text(json.dumps(recorded, indent=1) + "\n", encoding="utf-8")
