import numpy as np
import pytest

from reviewloop.config import LiveQualityConfig, load_config
from reviewloop.core.monitoring.quality.marks import marks
from reviewloop.core.monitoring.quality.realised import DayCounts, falls, last_days, put, realised

RATES = np.array([[0.62, 0.28, 0.10], [0.18, 0.52, 0.30], [0.02, 0.07, 0.91]])
"""P(answer | label): macro-F1 is 0.675 at the usual mix."""
USUAL, COMPLAINTS = (0.103, 0.12, 0.777), (0.3, 0.1, 0.6)


def limits(**changes: object) -> LiveQualityConfig:
    return load_config().live_quality.model_copy(update={"num_draws": 499, **changes})


def drawn(rates: np.ndarray, mix: tuple[float, ...], num_rows: int, rng: np.random.Generator) -> np.ndarray:
    return np.stack([rng.multinomial(num, rate) for num, rate in zip(rng.multinomial(num_rows, mix), rates, strict=True)])


def day(number: int, counts: np.ndarray, num_rows: int | None = None, version: str = "1") -> DayCounts:
    return DayCounts(f"2026-01-{number:02}", version, tuple(map(tuple, counts.tolist())), num_rows or int(counts.sum()))


def worsened(to: float) -> np.ndarray:
    """The rates, mixed with answers that read nothing, until macro-F1 is ``to``."""
    nothing = np.array(USUAL) @ RATES
    for share in np.arange(0, 1, 0.005):
        rates = (1 - share) * RATES + share * nothing
        if marks(rates * np.array(USUAL)[:, np.newaxis])["macro_f1"] <= to:
            return np.asarray(rates)
    raise AssertionError(to)


def alarms(rates: np.ndarray, mix: tuple[float, ...], num_weeks: int, seed: int, num_rows: int = 200) -> list[int | None]:
    """The first of three days, 1 to 3, on which the champion is called worse; None: never."""
    rng, found = np.random.default_rng(seed), []
    for _ in range(num_weeks):
        sealed, kept, first = drawn(RATES, USUAL, 3487, rng), (), None
        for number in (1, 2, 3):
            new = day(number, drawn(rates, mix, num_rows, rng))
            if first is None and any(one.standing == "worse" for one in falls(kept, new, sealed, limits())):
                first = number
            kept = put(kept, new)
        found.append(first)
    return found


def test_a_fall_from_0_675_to_0_55_is_found_within_three_days_of_200() -> None:
    found = alarms(worsened(0.55), USUAL, 20, seed=1)
    assert sum(first is not None for first in found) >= 18


@pytest.mark.parametrize("mix", [USUAL, COMPLAINTS], ids=["usual", "many complaints"])
def test_a_champion_that_is_as_it_was_is_called_worse_at_most_as_often_as_told_whatever_the_mix(mix: tuple[float, ...]) -> None:
    found = alarms(RATES, mix, 40, seed=2)
    assert sum(first is not None for first in found) <= 4  # 120 days at 1 %


def test_a_fall_so_small_that_nobody_minds_is_no_finding_however_sure() -> None:
    rng = np.random.default_rng(3)
    sealed, large = drawn(RATES, USUAL, 50_000, rng), day(1, drawn(worsened(0.655), USUAL, 50_000, rng))
    (one,) = falls((), large, sealed, limits())
    assert one.chance < 0.01
    assert one.standing == "no worse"


def test_few_rated_reviews_are_no_evidence() -> None:
    rng = np.random.default_rng(4)
    (one,) = falls((), day(1, drawn(worsened(0.4), USUAL, 49, rng)), drawn(RATES, USUAL, 3000, rng), limits())
    assert one.standing == "not enough evidence"


def test_every_mark_says_how_many_labels_have_arrived_and_is_provisional_under_the_limit() -> None:
    rng = np.random.default_rng(5)
    counts, sealed = drawn(RATES, USUAL, 150, rng), drawn(RATES, USUAL, 3000, rng)
    for num_rows, early in ((200, True), (187, False)):
        found = realised([day(1, counts, num_rows)], limits())
        assert (found.labels_arrived, found.is_provisional) == (150 / num_rows, early)
        (one,) = falls((), day(1, counts, num_rows), sealed, limits())
        assert one.is_provisional == early
        assert ("provisional: 75% of the labels" in str(one)) == early


def test_a_day_whose_labels_come_later_is_replaced_and_not_appended() -> None:
    rng = np.random.default_rng(6)
    first, later = day(1, drawn(RATES, USUAL, 60, rng), 200), day(1, drawn(RATES, USUAL, 200, rng))
    kept = put(put((), first), day(2, drawn(RATES, USUAL, 200, rng)))
    assert [one.day for one in put(kept, later)] == ["2026-01-01", "2026-01-02"]
    assert put(kept, later)[0] == later
    assert realised(last_days(kept, later, 3), limits()).num_rated == 200


def test_the_window_is_of_the_last_days_of_the_same_version_in_whatever_order_they_came() -> None:
    days = [day(number, np.eye(3, dtype=int) * number) for number in (3, 1, 4, 2)]
    other = day(3, np.eye(3, dtype=int), version="2")
    found = last_days([*days, other], days[2], 3)
    assert [one.day[-2:] for one in found] == ["02", "03", "04"]
    assert [one.day[-2:] for one in last_days([*days, other], days[3], 3)] == ["01", "02"]


def test_the_intervals_hold_the_mark_of_the_world() -> None:
    rng, inside = np.random.default_rng(7), []
    truth = float(marks(RATES * np.array(USUAL)[:, np.newaxis])["macro_f1"])
    for _ in range(60):
        one = realised([day(1, drawn(RATES, USUAL, 400, rng))], limits()).marks[1]
        inside.append(one.low <= truth <= one.high)
    assert np.mean(inside) >= 0.87
