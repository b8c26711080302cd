"""A day of captured requests in numbers."""

from collections import Counter
from typing import Any, Final

import numpy as np
import pandas as pd

ANSWERED: Final = 200


class Figures:
    """The numbers of a ``CollectedRef`` that follow from a day's rows, which are told in pieces.

    Latencies are those of answered requests, in ms; each is kept, in eight bytes, for a quantile needs them all.
    """

    def __init__(self) -> None:
        self._num_rows = self._num_failed = self._num_feedback = 0
        self._latencies: list[np.ndarray] = [np.empty(0)]
        self._arms: Counter[str] = Counter()

    @property
    def num_rows(self) -> int:
        """Of all pieces."""
        return self._num_rows

    def add(self, rows: pd.DataFrame) -> None:
        """One piece, of ``capture_rows``."""
        requests = rows[rows["review_index"] == 0]
        has_failed = (requests["status"] != ANSWERED).fillna(True)
        self._num_rows += len(rows)
        self._num_failed += int(has_failed.sum())
        self._num_feedback += int(rows["feedback"].notna().sum())
        self._latencies.append(requests.loc[~has_failed, "latency_ms"].dropna().to_numpy("float64"))
        self._arms.update(requests["arm"].dropna())

    def to_ref(self, num_requests: int, num_shadowed: int) -> dict[str, Any]:
        """By the names of the ref. A request that one arm could not answer and the other did then is one of ``num_requests``, with
        a row of each arm."""
        latencies = np.concatenate(self._latencies)
        p50, p99 = np.quantile(latencies, [0.5, 0.99]).tolist() if len(latencies) else (None, None)
        return {
            "num_requests": num_requests,
            "num_rows": self._num_rows,
            "num_failed": self._num_failed,
            "num_shadowed": num_shadowed,
            "num_feedback": self._num_feedback,
            "latency_p50_ms": p50,
            "latency_p99_ms": p99,
            "arms": {str(arm): num for arm, num in sorted(self._arms.items())},
        }
