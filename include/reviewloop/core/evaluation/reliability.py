"""Does a model that says 0.9 turn out right nine times in ten? The table behind a reliability plot."""

from typing import Any, TypedDict

import numpy as np
import numpy.typing as npt

from reviewloop.core.statistics.metrics import CALIBRATION_BINS, bin_places
from reviewloop.core.statistics.proportions import wilson


class Bin(TypedDict):
    """The rows whose confidence (their highest probability) lies in ``(low, high]``.

    ``confidence`` is their mean confidence, ``accuracy`` the share that is right with its 95 % interval.
    """

    low: float
    high: float
    num_rows: int
    confidence: float
    accuracy: float
    accuracy_low: float
    accuracy_high: float


def reliability(labels: npt.ArrayLike, probabilities: npt.NDArray[Any], bins: int = CALIBRATION_BINS) -> list[Bin]:
    """The bins of ``core.statistics.metrics.calibration_error`` that hold rows, the least confident first."""
    confidence = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == np.asarray(labels)
    places = bin_places(confidence, bins)
    found: list[Bin] = []
    for place in np.unique(places):
        here = places == place
        num_rows, num_right = int(here.sum()), int(right[here].sum())
        low, high = wilson(num_right, num_rows)
        found.append(
            {
                "low": float(place / bins), "high": float((place + 1) / bins), "num_rows": num_rows,
                "confidence": float(confidence[here].mean()), "accuracy": num_right / num_rows,
                "accuracy_low": low, "accuracy_high": high,
            }
        )  # fmt: skip
    return found
