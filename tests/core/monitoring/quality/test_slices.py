"""A group of the reviews that is answered worse is found on pooled days; luck, another mix and too few rows are no fall."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import pytest
from tests.helpers.contracts import CONTRACT
from tests.helpers.live_quality import LIMITS

from reviewloop.core.monitoring.quality.slices import RATED, Groups, SliceFall, groups_of, slice_falls
from reviewloop.core.reviews import SENTIMENTS

SHARES = {"Tops": 0.45, "Dresses": 0.28, "Bottoms": 0.17, "Jackets": 0.1}
RIGHT = np.array([0.64, 0.56, 0.9])
"""By label, as on the real reviews."""


def groups(
    num_rows: int, rng: np.random.Generator, less: Mapping[str, float] | None = None, mix: tuple[float, ...] = (0.1, 0.12, 0.78)
) -> Groups:
    """Of a day: in the departments of ``less`` the champion is right so much less often."""
    labels = rng.choice(3, num_rows, p=mix)
    departments = rng.choice(list(SHARES), num_rows, p=list(SHARES.values()))
    right = RIGHT[labels] - np.array([(less or {}).get(name, 0.0) for name in departments])
    answers = np.where(rng.random(num_rows) < right, labels, (labels + 1) % 3)
    reviews = pd.DataFrame(
        {
            "department": departments, "division": "General", "age": rng.integers(18, 80, num_rows),
            "class_name": rng.choice(["Knits", "Jeans", "Pants"], num_rows),
        }
    )  # fmt: skip
    return groups_of(reviews, labels.astype(float), answers, CONTRACT)


SEALED = groups(3487, np.random.default_rng(1))


def weeks(num_weeks: int, less: Mapping[str, float] | None = None) -> list[tuple[SliceFall, ...]]:
    return [
        slice_falls([groups(200, np.random.default_rng([week, day]), less) for day in range(5)], SEALED, LIMITS)
        for week in range(num_weeks)
    ]


def worse(found: tuple[SliceFall, ...]) -> set[str]:
    return {one.value for one in found if one.standing == "worse"}


def test_a_fall_of_a_fifth_in_a_department_of_a_tenth_is_found_in_five_days_of_200() -> None:
    found = [worse(one) for one in weeks(40, {"Jackets": 0.2})]
    assert sum("Jackets" in one for one in found) >= 32


def test_five_days_as_ever_name_no_group() -> None:
    assert sum(bool(worse(one)) for one in weeks(60)) <= 2


def test_a_sentiment_is_a_group_of_its_own() -> None:
    rng = np.random.default_rng(3)
    labels = rng.choice(3, 1000, p=[0.1, 0.12, 0.78])
    answers = np.where((labels == 0) & (rng.random(1000) < 0.7), 2, labels)
    day = groups_of(pd.DataFrame({"text": ["a"] * 1000}), labels.astype(float), answers, CONTRACT)
    assert set(day) == {(RATED, name) for name in SENTIMENTS}, "of another contract the sentiments alone are known"
    assert worse(slice_falls([day], SEALED, LIMITS)) == {"negative"}


def test_another_mix_of_labels_alone_is_no_fall() -> None:
    days = [groups(200, np.random.default_rng([9, day]), mix=(0.5, 0.3, 0.2)) for day in range(5)]
    found = slice_falls(days, SEALED, LIMITS)
    assert worse(found) == set()
    jackets = next(one for one in found if one.value == "Jackets")
    assert jackets.sealed is not None
    assert jackets.sealed < 0.75, "at the same mix the sealed accuracy is lower, too"


def test_of_too_few_rated_reviews_nothing_is_said() -> None:
    found = slice_falls([groups(60, np.random.default_rng(2), {"Jackets": 0.5})], SEALED, LIMITS)
    jackets = next(one for one in found if one.value == "Jackets")
    assert jackets.num_rated < LIMITS.min_slice_rated
    assert (jackets.standing, jackets.live, jackets.chance) == ("not enough evidence", None, None)
    assert str(jackets) == f"not enough evidence: {jackets.num_rated} rated reviews of department Jackets in the last 1 days"


def test_the_chance_is_fisher_s_where_there_is_one_label() -> None:
    from scipy.stats import fisher_exact

    live = {("department", "A"): np.array([[40, 22], [0, 0], [0, 0]])}
    sealed = {("department", "A"): np.array([[90, 70], [0, 0], [5, 5]])}
    (found,) = slice_falls([live], sealed, LIMITS)
    assert found.chance == pytest.approx(fisher_exact([[22, 18], [70, 20]], alternative="less").pvalue)


def test_without_labels_there_are_no_groups() -> None:
    assert groups_of(pd.DataFrame({"text": ["a"]}), np.array([np.nan]), np.array([0]), CONTRACT) == {}
    assert slice_falls([{}], SEALED, LIMITS) == ()
