"""What a day was like: every figure counted by hand of a small day."""

import numpy as np
import pytest
from tests.helpers.monitored import Shop, shop

from reviewloop.core.monitoring.metrics.profile import MAX_GROUPS, profile
from reviewloop.core.statistics.proportions import wilson


def figures(day: Shop) -> dict[tuple[str, str | None, str | None], dict]:
    found = profile(day.sample())
    keyed = {(one["signal"], one["slice_key"], one["slice_value"]): one for one in found}
    assert len(keyed) == len(found), "a figure has one row"
    return keyed


def test_shares_are_counts_of_the_rows_they_say() -> None:
    day = shop(400, 5)
    found, frame = figures(day), day.frame
    tops = frame["department"] == "Tops"
    complaints = frame["rating"] == 1
    whole, of_tops = found["rated.negative", None, None], found["rated.negative", "department", "Tops"]
    assert (whole["value"], whole["num_rows"]) == (complaints.mean(), 400)
    assert (whole["lower"], whole["upper"]) == wilson(complaints.sum(), 400)
    assert (of_tops["value"], of_tops["num_rows"]) == (complaints[tops].mean(), tops.sum())
    answers = frame[["p_negative", "p_neutral", "p_positive"]].to_numpy().argmax(axis=1)
    assert found["answered.negative", None, None]["value"] == (answers == 0).mean()
    assert found["reviews", "department", "Tops"]["value"] == tops.sum()
    assert found["missing.title", None, None]["value"] == frame["title"].isna().mean()
    mean = found["text_length", None, None]
    assert mean["lower"] < mean["value"] < mean["upper"]


def test_a_label_that_has_not_arrived_is_no_label() -> None:
    day = shop(100, 5)
    ratings = day.frame["rating"].astype("Int64").where(np.arange(100) < 25)
    found = figures(day.changed(rating=ratings))
    assert found["labels_arrived", None, None]["value"] == 0.25
    assert found["rated.positive", None, None]["num_rows"] == 25
    assert found["answered.positive", None, None]["num_rows"] == 100


def test_what_has_no_rows_is_no_figure_and_never_a_zero() -> None:
    found = figures(shop(60, 5).changed(rating=None))
    assert found["reviews", None, None]["value"] == 60
    assert not any(signal.startswith("rated.") for signal, _, _ in found)
    assert all(one["num_rows"] > 0 for one in found.values())


def test_a_text_that_comes_again_counts_once() -> None:
    day = shop(50, 5)
    found = figures(day.changed(text=day.frame["text"].iloc[0]))
    assert found["reviews", None, None]["value"] == 1
    assert found["reviews_repeated", None, None]["value"] == 49


def test_a_facet_of_a_thousand_values_keeps_its_largest_groups() -> None:
    day = shop(400, 5)
    names = ["Tops"] * 100 + [f"name {row}" for row in range(300)]
    groups = {value for signal, key, value in figures(day.changed(department=names)) if (signal, key) == ("reviews", "department")}
    assert len(groups) == MAX_GROUPS
    assert "Tops" in groups


@pytest.mark.parametrize("seed", [3, 4])
def test_the_order_of_the_rows_says_nothing(seed: int) -> None:
    day = shop(120, 5)
    assert figures(day.shuffled(seed)) == figures(day)
