"""Writes what AWS's package says of every answered table and every list of flips of ``tables.py``; imports nothing of ours.

Run it in an environment with requirements.txt (``pip install --no-deps -r requirements.txt``), in this folder:

    python record_after.py smclarify-0.5-after.json

A measure that the package refuses (it raises ValueError) is recorded as null, infinity as the text "inf" or "-inf".
"""

import json
import math
import sys
from collections.abc import Callable
from pathlib import Path

import pandas as pd
from smclarify.bias.metrics import posttraining
from tables import NUM_ANSWERED, NUM_FLIPPED, NUM_LABELS, answered_table, flipped

NUM_NEIGHBOURS = 5
"""Of the package's flip test, when facet a has more than nine rows."""


def rows(counts: list[list[list[list[int]]]]) -> pd.DataFrame:
    """One row per counted review, as the package takes them."""
    cells = [
        (side, stratum, label, answer)
        for side, strata in enumerate(counts)
        for stratum, matrix in enumerate(strata)
        for label, answers in enumerate(matrix)
        for answer, count in enumerate(answers)
        for _ in range(count)
    ]
    return pd.DataFrame(cells, columns=["side", "stratum", "label", "answer"])


def plain(call: Callable[[], float]) -> float | str | None:
    """The value as JSON takes it, or None where the package refuses."""
    try:
        value = float(call())
    except ValueError:
        return None
    return value if math.isfinite(value) else str(value)


def measures(counts: list[list[list[list[int]]]]) -> dict[str, float | str | None]:
    """All measures but the flip test, once per favourable label, as ``RD:0``."""
    frame = rows(counts)
    feature, sensitive = frame["side"], frame["side"] == 1
    found = {}
    for favourable in range(NUM_LABELS):
        label, answer = frame["label"] == favourable, frame["answer"] == favourable
        for name in ("DPPL", "DI"):
            found[f"{name}:{favourable}"] = plain(lambda n=name, p=answer: getattr(posttraining, n)(feature, sensitive, p))
        for name in ("DCA", "DCR", "SD", "RD", "DAR", "DRR", "AD", "TE"):
            call = getattr(posttraining, name)
            found[f"{name}:{favourable}"] = plain(lambda c=call, y=label, p=answer: c(feature, sensitive, y, p))
        found[f"CDDPL:{favourable}"] = plain(lambda p=answer: posttraining.CDDPL(feature, sensitive, p, frame["stratum"]))
        found[f"GE:{favourable}"] = plain(lambda y=label, p=answer: posttraining.GE(y, p))
    return found


def flips(before: list[int], after: list[int]) -> dict[str, float | str | None]:
    """FT per favourable label. Each text of facet d has as many rows of facet a at its own place as the package asks for."""
    place = [*range(len(before)), *(place for place in range(len(after)) for _ in range(NUM_NEIGHBOURS))]
    answers = [*before, *(answer for answer in after for _ in range(NUM_NEIGHBOURS))]
    frame = pd.DataFrame({"place": [10.0 * at for at in place]})
    sensitive = pd.Series([True] * len(before) + [False] * (len(after) * NUM_NEIGHBOURS))
    favourable = {label: pd.Series([answer == label for answer in answers]) for label in range(NUM_LABELS)}
    return {f"FT:{label}": plain(lambda p=answer: posttraining.FT(frame, sensitive, p)) for label, answer in favourable.items()}


if __name__ == "__main__":
    recorded = {
        "tables": {str(seed): measures(answered_table(seed)) for seed in range(NUM_ANSWERED)},
        "flips": {str(seed): flips(*flipped(seed)) for seed in range(NUM_FLIPPED)},
    }
    Path(sys.argv[1]).write_text(json.dumps(recorded, indent=1, allow_nan=False) + "\n", encoding="utf-8")
