"""The form in which a model is served: whether it is what was evaluated, how fast it answers, and how large it is."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from reviewloop.core.dataset.snapshots import model_texts
from reviewloop.core.evaluation.evaluation import PROBABILITIES

NUM_RUNS: Final = 50
"""Single texts that are timed: the 95th percentile then lies between the third and the fourth slowest."""
NUM_WARM_UP: Final = 5
"""Texts read before, untimed: the first answers wait for lazy set-up."""

Predict = Callable[[Sequence[str]], npt.NDArray[Any]]


@dataclass(frozen=True)
class Answered:
    """Texts answered one at a time, as requests come: probabilities (n, 3), and the seconds of each."""

    probabilities: npt.NDArray[Any]
    seconds: npt.NDArray[np.float64]


def spread(rows: pd.DataFrame, most: int = NUM_RUNS) -> pd.DataFrame:
    """Up to ``most`` rows from all over the part, the same ones every time."""
    places = np.linspace(0, len(rows) - 1, min(most, len(rows))).round().astype(int)
    return rows.iloc[places].reset_index(drop=True)


def answer_singly(predict: Predict, texts: Sequence[str], clock: Callable[[], float] = time.perf_counter) -> Answered:
    """Warm up, then time every text. ``clock`` gives seconds; the times depend on the machine and what else it does."""
    for text in texts[:NUM_WARM_UP]:
        predict([text])
    answers, seconds = [], []
    for text in texts:
        start = clock()
        answers.append(np.asarray(predict([text]), dtype=np.float64))
        seconds.append(clock() - start)
    return Answered(np.concatenate(answers), np.array(seconds))


def latency(seconds: npt.NDArray[np.float64]) -> dict[str, float]:
    """``served.latency_median_ms`` and ``served.latency_p95_ms``, of one text."""
    values = {"median": np.quantile(seconds, 0.5), "p95": np.quantile(seconds, 0.95)}
    return {f"served.latency_{name}_ms": float(value) * 1000 for name, value in values.items()}


def largest_gap(evaluated: pd.DataFrame, probabilities: npt.NDArray[Any]) -> float:
    """The largest difference between a probability that was evaluated and the same one as served; NaN if one is no number."""
    return float(np.abs(evaluated[list(PROBABILITIES)].to_numpy(dtype=np.float64) - probabilities).max())


def measure_answers(predict: Predict, evaluated: pd.DataFrame, clock: Callable[[], float] = time.perf_counter) -> dict[str, float]:
    """``served.max_probability_gap`` and the latencies, on some of the rows that were ``evaluated`` (see ``core.evaluation``)."""
    some = spread(evaluated)
    answered = answer_singly(predict, model_texts(some), clock)
    return {"served.max_probability_gap": largest_gap(some, answered.probabilities), **latency(answered.seconds)}


def is_evaluated(evaluated: Mapping[str, Any], uri: str, digest: str, stored_digest: str) -> bool:
    """Whether the model at ``uri`` with ``digest`` is the one that the report ``evaluated`` is of, and still lies there."""
    return (evaluated.get("model_uri"), evaluated.get("model_digest")) == (uri, digest) and digest == stored_digest
