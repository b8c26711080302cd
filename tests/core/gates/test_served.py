"""The served form: what it answers, one text at a time, and how long that takes."""

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
import pytest

from reviewloop.core.gates.served import (
    NUM_RUNS,
    NUM_WARM_UP,
    answer_singly,
    is_evaluated,
    largest_gap,
    latency,
    measure_answers,
    spread,
)

ROWS = pd.DataFrame(
    {"title": None, "text": [f"text {place}" for place in range(200)], "p_negative": 0.2, "p_neutral": 0.3, "p_positive": 0.5}
)


class Model:
    """Answers the same to everything, and remembers what it was asked."""

    def __init__(self, *answer: float) -> None:
        self.answer, self.asked = answer or (0.2, 0.3, 0.5), list[str]()

    def __call__(self, texts: Sequence[str]) -> np.ndarray:
        assert len(texts) == 1, "requests come one at a time"
        self.asked += texts
        return np.array([self.answer])


def ticking(*steps: float) -> Iterator[float]:
    """A clock that stands at the start and at the end of each answer."""
    now = 0.0
    for step in steps:
        yield now
        now += step
        yield now


def test_the_rows_come_from_all_over_the_part() -> None:
    some = spread(ROWS)
    assert len(some) == NUM_RUNS
    assert [some["text"].iloc[0], some["text"].iloc[-1]] == ["text 0", "text 199"]
    assert len(spread(ROWS.head(3))) == 3


def test_the_slowest_answers_show_in_the_95th_percentile_and_the_warm_up_is_not_timed() -> None:
    clock = ticking(*[0.01] * 47, 2.0, 2.0, 2.0)
    model = Model()
    found = measure_answers(model, ROWS, lambda: next(clock))
    assert found["served.latency_median_ms"] == pytest.approx(10)
    assert found["served.latency_p95_ms"] > 1000
    assert len(model.asked) == NUM_RUNS + NUM_WARM_UP


def test_one_hiccup_is_no_slow_model() -> None:
    assert latency(np.array([0.01] * 49 + [5.0]))["served.latency_p95_ms"] == pytest.approx(10)


def test_the_same_answers_have_no_gap_and_swapped_ones_have() -> None:
    assert measure_answers(Model(), ROWS)["served.max_probability_gap"] == pytest.approx(0)
    assert measure_answers(Model(0.5, 0.3, 0.2), ROWS)["served.max_probability_gap"] == pytest.approx(0.3)


def test_an_answer_that_is_no_number_leaves_the_gap_unknown() -> None:
    answered = answer_singly(Model(float("nan"), 0.3, 0.5), ["a", "b"])
    assert np.isnan(largest_gap(ROWS.head(2), answered.probabilities))


@pytest.mark.parametrize(
    ("report", "stored", "same"),
    [
        ({"model_uri": "s3://m", "model_digest": "d"}, "d", True),
        ({"model_uri": "s3://m", "model_digest": "other"}, "d", False),
        ({"model_uri": "s3://other", "model_digest": "d"}, "d", False),
        ({"model_uri": "s3://m", "model_digest": "d"}, "replaced", False),
        ({"model_uri": "s3://m"}, "d", False),
    ],
)
def test_another_artifact_is_not_the_evaluated_one(report: dict[str, str], stored: str, same: bool) -> None:
    assert is_evaluated(report, "s3://m", "d", stored) == same
