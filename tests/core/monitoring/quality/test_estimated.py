import numpy as np
import pytest
from tests.helpers.answered import USUAL, Floats, judged_otherwise, reviews

from reviewloop.core.monitoring.quality.calibration import fit
from reviewloop.core.monitoring.quality.estimated import BLIND_SPOTS, Estimate, estimate, gaps, shares_for
from reviewloop.core.monitoring.quality.marks import MARKS, marks
from reviewloop.core.statistics.metrics import confusion

ALPHA = 0.01


def estimated(probabilities: Floats, reference: tuple[np.ndarray, Floats], seed: int = 1) -> Estimate:
    calibration = fit(*reference)
    return estimate(probabilities, calibration, shares_for(probabilities, calibration), 499, seed)


def test_the_interval_holds_the_realised_marks_and_the_chance_of_a_small_day() -> None:
    rng = np.random.default_rng(1)
    inside: dict[str, list[bool]] = {name: [] for name in MARKS}
    halves: dict[str, list[float]] = {name: [] for name in MARKS}
    right = []
    for day in range(50):
        labels, probabilities = reviews(USUAL, 200, rng)
        found = estimated(probabilities, reviews(USUAL, 3000, rng), day)
        seen = marks(confusion(labels, probabilities.argmax(axis=1)))
        right.append(seen["accuracy"])
        for one in found.marks:
            inside[one.name].append(bool(one.low <= seen[one.name] <= one.high))
            halves[one.name].append((one.high - one.low) / 2)
    for name in ("accuracy", "macro_f1"):
        assert 0.88 <= np.mean(inside[name]) <= 1
    # The chance of 200 labels alone, by the formula for a share, but for what their answers tell of them.
    alone = 1.96 * np.sqrt(np.mean(right) * (1 - np.mean(right)) / 200)
    assert 0.7 * alone < np.mean(halves["accuracy"]) < 1.4 * alone
    assert np.mean(halves["macro_f1"]) > np.mean(halves["accuracy"])


@pytest.mark.parametrize("shares", [USUAL, [0.3, 0.1, 0.6]], ids=["usual", "many complaints"])
def test_labels_as_they_were_leave_no_gap_whatever_their_shares(shares: list[float]) -> None:
    rng = np.random.default_rng(2)
    fired = 0
    for day in range(50):
        labels, probabilities = reviews(shares, 200, rng)
        found = estimated(probabilities, reviews(USUAL, 3000, rng), day)
        fired += any(one.fired for one in gaps(found, confusion(labels, probabilities.argmax(axis=1)), ALPHA))
    assert fired <= 3  # more, at 1 %, in 3 of 1,000 runs


def test_under_concept_drift_the_estimate_stays_the_realised_mark_falls_and_the_gap_fires() -> None:
    rng = np.random.default_rng(3)
    fired, moved, fell = 0, [], []
    for day in range(20):
        labels, probabilities = reviews(USUAL, 400, rng)
        found = estimated(probabilities, reviews(USUAL, 3000, rng), day)
        answers = probabilities.argmax(axis=1)
        before = marks(confusion(labels, answers))["macro_f1"]
        counts = confusion(judged_otherwise(labels, 0.15, rng), answers)
        found_gaps = gaps(found, counts, ALPHA)
        fired += any(one.fired for one in found_gaps)
        moved.append(found.marks[1].value - before)
        fell.append(marks(counts)["macro_f1"] - before)
    assert fired >= 16
    assert abs(np.mean(moved)) < 0.04 < 0.1 < -np.mean(fell)
    assert any("concept drift" in line for line in BLIND_SPOTS)


def test_the_chance_of_a_gap_is_never_0_and_says_so_in_words() -> None:
    rng = np.random.default_rng(4)
    probabilities = reviews(USUAL, 100, rng)[1]
    found = estimated(probabilities, reviews(USUAL, 1000, rng))
    wrong = confusion((probabilities.argmax(axis=1) + 1) % 3, probabilities.argmax(axis=1))
    for one in gaps(found, wrong, ALPHA):
        assert 0 < one.chance <= 2 / 500
        assert one.fired
        assert "lies below what the answers let expect" in str(one)


def test_calibrated_on_other_rows_the_estimate_is_right_where_the_models_own_word_is_not() -> None:
    rng = np.random.default_rng(5)
    labels, probabilities = reviews(USUAL, 20000, rng)
    truth = float((probabilities.argmax(axis=1) == labels).mean())
    found = estimated(probabilities[:2000], reviews(USUAL, 4000, rng))
    assert abs(found.marks[0].value - truth) < 0.02 < abs(float(probabilities.max(axis=1).mean()) - truth)


def test_a_class_without_rows_leaves_its_recall_unknown_and_the_same_seed_gives_the_same() -> None:
    rng = np.random.default_rng(6)
    reference, probabilities = reviews(USUAL, 1000, rng), reviews([0, 0, 1], 30, rng)[1]
    first, second = (estimated(probabilities, reference).as_json() for _ in range(2))
    assert first == second
    assert np.isnan(marks(np.diag([0, 0, 5]))["recall.negative"])


def test_of_many_rows_the_counts_are_drawn_by_their_normal_law_and_mean_the_same() -> None:
    rng = np.random.default_rng(7)
    reference, probabilities = reviews(USUAL, 3000, rng), reviews(USUAL, 2001, rng)[1]
    few, many = (estimated(probabilities[:rows], reference) for rows in (2000, 2001))
    for one, other in zip(few.marks, many.marks, strict=True):
        assert (one.low, one.high) == pytest.approx((other.low, other.high), abs=0.02)
