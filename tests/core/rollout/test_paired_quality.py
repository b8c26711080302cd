"""Evidence that may be looked at after every label."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad

from reviewloop.core.rollout.paired_quality import Pairs, Verdict, judge, log_evidence_no_worse, log_evidence_worse

COUNTS = st.integers(0, 60)


@settings(deadline=None, max_examples=40)
@given(COUNTS, COUNTS)
def test_the_closed_form_is_the_integral(champion_only: int, challenger_only: int) -> None:
    mixture, _ = quad(lambda p: 2 * (2 * p) ** champion_only * (2 * (1 - p)) ** challenger_only, 0.5, 1)
    assert float(log_evidence_worse(champion_only, challenger_only)) == pytest.approx(np.log(mixture), abs=1e-6)


@settings(deadline=None, max_examples=40)
@given(COUNTS, COUNTS)
def test_a_fair_pair_cannot_be_expected_to_raise_the_evidence(champion_only: int, challenger_only: int) -> None:
    """The very property that makes peeking harmless: the mean of the next value is this value."""
    now = np.exp(log_evidence_worse(champion_only, challenger_only))
    following = np.exp(log_evidence_worse([champion_only + 1, champion_only], [challenger_only, challenger_only + 1]))
    assert following.mean() == pytest.approx(float(now))


@settings(deadline=None, max_examples=40)
@given(COUNTS, COUNTS, st.integers(0, 300), st.floats(0.01, 0.2), st.floats(0, 0.5))
def test_a_loss_of_the_margin_cannot_be_expected_to_raise_the_other_evidence(
    a: int, b: int, t: int, margin: float, win: float
) -> None:
    lose = min(1 - win, win + margin)
    if lose < win + margin:
        return
    now = np.exp(log_evidence_no_worse(a, b, t, margin))
    following = np.exp(log_evidence_no_worse([a + 1, a, a], [b, b + 1, b], [t, t, t + 1], margin))
    assert following @ [lose, win, 1 - win - lose] <= float(now) * (1 + 1e-9)


def watched(loss: float, num_rollouts: int, num_labels: int, discordant: float = 0.12) -> np.ndarray:
    """Counts after every label: champion alone, challenger alone."""
    draw = np.random.default_rng(1).random((num_rollouts, num_labels))
    worse = (discordant + loss) / 2
    return np.stack([(draw < worse).cumsum(1), ((draw >= worse) & (draw < discordant)).cumsum(1)])


def test_a_challenger_as_good_is_called_worse_in_at_most_one_rollout_of_twenty_however_often_one_looks() -> None:
    ever = (log_evidence_worse(*watched(0.0, 1000, 2000)) >= np.log(20)).any(axis=1)
    assert ever.mean() <= 0.05


def test_a_challenger_five_points_worse_is_caught_by_600_labels_in_four_of_five() -> None:
    ever = (log_evidence_worse(*watched(0.05, 1000, 600)) >= np.log(20)).any(axis=1)
    assert ever.mean() >= 0.8


def test_a_challenger_worse_by_the_margin_is_seldom_called_no_worse_and_an_equal_one_is_in_time() -> None:
    for loss, low, high in ((0.05, 0.0, 0.05), (0.0, 0.8, 1.0)):
        champion_only, challenger_only = watched(loss, 200, 2000)
        ties = np.arange(1, 2001) - champion_only - challenger_only
        ever = (log_evidence_no_worse(champion_only, challenger_only, ties, 0.05) >= np.log(20)).any(axis=1)
        assert low <= ever.mean() <= high, loss


@pytest.mark.parametrize(
    ("pairs", "verdict"),
    [
        (Pairs(0, 0, 0), Verdict.OPEN),
        (Pairs(5, 4, 90), Verdict.OPEN),
        (Pairs(30, 5, 300), Verdict.WORSE),
        (Pairs(40, 40, 1200), Verdict.NO_WORSE),
        (Pairs(5, 60, 500), Verdict.NO_WORSE),
    ],
)
def test_the_three_verdicts(pairs: Pairs, verdict: Verdict) -> None:
    assert judge(pairs, margin=0.05, alpha=0.05) is verdict


def test_many_labels_break_nothing() -> None:
    assert np.isfinite(log_evidence_worse(10**6, 10**6 - 10))
    assert judge(Pairs(500_000, 100_000, 10**7), 0.02, 0.05) is Verdict.WORSE
    assert judge(Pairs(100_000, 500_000, 10**7), 0.02, 0.05) is Verdict.NO_WORSE
    with pytest.raises(ValueError, match="margin: 0 must be above 0"):
        log_evidence_no_worse(1, 1, 1, 0.0)
