"""An alarm for arms that hold the wrong number of units, and none for those that hold the right one."""

import numpy as np

from reviewloop.core.rollout.sample_ratio import SampleRatio, Stage, sample_ratio

HALF = {"challenger": 0.1, "champion": 0.9}


def counts(challenger: int, champion: int) -> dict[str, int]:
    return {"challenger": challenger, "champion": champion}


def of(*stages: Stage) -> SampleRatio:
    return sample_ratio(stages)


def test_right_shares_do_not_alarm_though_unequal_and_of_a_million() -> None:
    assert not of(Stage({"challenger": 0.05, "champion": 0.95}, counts(50_000, 950_000))).alarms()
    assert not of(Stage(HALF, {})).alarms()
    assert not of().alarms()


def test_a_tenth_that_is_a_twelfth_alarms_within_five_thousand_units() -> None:
    found = of(Stage(HALF, counts(400, 4600)))
    assert found.alarms()
    assert round(found.largest_gap, 3) == 0.02


def test_one_unit_in_an_arm_of_share_zero_is_an_alarm_and_so_is_an_arm_that_nobody_planned() -> None:
    none = {"challenger": 0.0, "champion": 1.0}
    assert of(Stage(none, counts(1, 10**6))).leaked == ("challenger",)
    assert of(Stage(none, counts(1, 10**6))).alarms()
    assert not of(Stage(none, counts(0, 10**6))).alarms()
    assert of(Stage(HALF, {**counts(100, 900), "ghost": 1})).leaked == ("ghost",)


def test_each_stage_is_held_to_its_own_shares_and_counts_are_never_added() -> None:
    """5 % of 10,000 and then 50 % of 1,000 is right, though 10 % of all is neither."""
    low, high = (
        Stage({"challenger": 0.05, "champion": 0.95}, counts(500, 9500)),
        Stage({"challenger": 0.5, "champion": 0.5}, counts(500, 500)),
    )
    assert not of(low, high).alarms()
    slight = Stage(HALF, counts(420, 4080 + 500))
    alone, thrice = of(slight), of(slight, slight, slight)
    assert not alone.alarms()
    assert thrice.alarms()


def test_watched_after_every_unit_right_shares_alarm_in_at_most_one_of_a_thousand() -> None:
    rng = np.random.default_rng(1)
    alarms = 0
    for _ in range(200):
        challenger = (rng.random(3000) < 0.1).cumsum()
        looks = range(50, 3000, 50)
        alarms += any(of(Stage(HALF, counts(int(challenger[at]), at + 1 - int(challenger[at])))).alarms() for at in looks)
    assert alarms <= 1
