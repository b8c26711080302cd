"""A review is never among those that tell of its product: no more than chance is to be had from what earlier ones said."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from reviewloop.core.features.as_of import CREATED, EVENT, TAKEN_BACK, as_of
from reviewloop.core.features.products import NAMES, product_history


def reviews(num_rows: int = 3000, num_products: int = 400, seed: int = 3) -> pd.DataFrame:
    """Of many products with few reviews each, where a leak shows most; stars are drawn whatever the product."""
    draw = np.random.default_rng(seed)
    days = pd.Timestamp("2026-01-01") + pd.to_timedelta(draw.integers(0, 40, num_rows), unit="D")
    rows = {"product_id": draw.integers(0, num_products, num_rows), "day": days.strftime("%Y-%m-%d")}
    return pd.DataFrame({**rows, "rating": draw.choice([1, 2, 3, 4, 5], num_rows)})


def before_each(rows: pd.DataFrame) -> pd.DataFrame:
    """What was known of each review's product at the start of its day."""
    history = product_history(rows)
    held = history.assign(**{CREATED: history[EVENT], TAKEN_BACK: False})
    return as_of(held, rows.assign(**{EVENT: pd.to_datetime(rows["day"], utc=True)}), "product_id", NAMES, None)


def test_earlier_days_are_counted_and_the_day_itself_is_not() -> None:
    days = ["2026-01-01", "2026-01-01", "2026-01-02", "2026-01-05"]
    found = before_each(pd.DataFrame({"product_id": [7, 7, 7, 7], "day": days, "rating": [1, 5, 3, 2]}))
    assert found["num_reviews"].fillna(0).tolist() == [0, 0, 2, 3]
    assert found["negative_share"].iloc[2:].tolist() == pytest.approx([1 / 2, 1 / 3])
    assert found["mean_rating"].iloc[2:].tolist() == pytest.approx([3, 3])


def test_stars_that_say_nothing_of_a_product_give_no_lift_and_with_the_row_itself_they_would() -> None:
    rows = reviews()
    found, is_negative = before_each(rows), rows["rating"] <= 2
    known = found["negative_share"].notna()
    # Hanley and McNeil (1982): the standard error of an area of 0.5 is sqrt((m + n + 1) / 12mn).
    num, rest = int((known & is_negative).sum()), int((known & ~is_negative).sum())
    error = np.sqrt((num + rest + 1) / (12 * num * rest))
    area = roc_auc_score(is_negative[known], found.loc[known, "negative_share"])
    assert abs(area - 0.5) < 3 * error
    with_itself = rows.groupby("product_id")["rating"].transform(lambda stars: (stars <= 2).mean())
    assert roc_auc_score(is_negative, with_itself) > 0.5 + 10 * error, "the test would see a leak"
