"""The same arm for the same unit, whoever asks, and as long as the rollout lasts."""

import subprocess
import sys
import unicodedata

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chi2_contingency

from reviewloop.core.rollout.assignment import NUM_BUCKETS, assign, bucket

UNITS = [f"review-{number}" for number in range(20_000)]


def arms(salt: str, share: float) -> list[str]:
    return [assign(salt, unit, {"challenger": share, "champion": 1 - share}) for unit in UNITS]


@given(st.text(), st.sampled_from([0.01, 0.05, 0.25, 0.5]))
def test_raising_a_share_keeps_every_unit_that_it_has(unit: str, share: float) -> None:
    low = assign("salt", unit, {"challenger": share, "champion": 1 - share})
    high = assign("salt", unit, {"challenger": 2 * share, "champion": 1 - 2 * share})
    assert (low, high) != ("challenger", "champion")


@pytest.mark.parametrize("share", [0.0, 0.01, 0.1, 0.5, 1.0])
def test_the_arms_hold_their_shares(share: float) -> None:
    found = np.mean([arm == "challenger" for arm in arms("salt", share)])
    assert found == pytest.approx(share, abs=4 * np.sqrt(share * (1 - share) / len(UNITS)))


def test_another_rollout_draws_anew() -> None:
    one, other = (np.array(arms(salt, 0.5)) == "champion" for salt in ("first", "second"))
    table = [[(one & other).sum(), (one & ~other).sum()], [(~one & other).sum(), (~one & ~other).sum()]]
    assert chi2_contingency(table).pvalue > 1e-3
    again = np.array(arms("first", 0.5)) == "champion"
    assert (one == again).all()


def test_equal_names_are_one_unit_and_others_are_not() -> None:
    assert bucket("s", 7) == bucket("s", "7")
    composed, parts = unicodedata.normalize("NFC", "é"), unicodedata.normalize("NFD", "é")
    assert composed != parts
    assert bucket("s", composed) == bucket("s", parts)
    assert len({bucket("s", unit) for unit in ("a", "A", "a ", "")}) == 4
    assert all(0 <= bucket("s", unit) < NUM_BUCKETS for unit in UNITS)


def test_every_process_says_the_same_whatever_its_hash_seed() -> None:
    ask = "from reviewloop.core.rollout.assignment import bucket; print(bucket('salt', 'review-1'))"
    env = {"PYTHONPATH": ":".join(sys.path)}
    found = {
        subprocess.run(
            [sys.executable, "-c", ask], env={**env, "PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True
        ).stdout
        for seed in ("0", "1", "random")
    }
    assert found == {f"{bucket('salt', 'review-1')}\n"}


def test_a_third_arm_takes_from_the_champion_alone() -> None:
    before = [assign("s", unit, {"one": 0.1, "champion": 0.9}) for unit in UNITS]
    after = [assign("s", unit, {"one": 0.1, "two": 0.2, "champion": 0.7}) for unit in UNITS]
    assert {(b, a) for b, a in zip(before, after, strict=True)} == {("one", "one"), ("champion", "two"), ("champion", "champion")}


def test_what_is_no_share_or_no_salt_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match=r"shares: .* must each be 0 or more, and sum to 1"):
        assign("s", "u", {"challenger": 0.1, "champion": 0.8})
    with pytest.raises(ValueError, match="shares"):
        assign("s", "u", {"challenger": -0.1, "champion": 1.1})
    for salt in ("", "a" * 17, "é" * 9):
        with pytest.raises(ValueError, match="salt: .* allowed are 1 to 16"):
            bucket(salt, "u")
