"""What is asked of the store comes back row for row: Feast's own join drops what is expired or to come, and merges equal rows."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from tests.adapters.features.test_publish import ref

from reviewloop.adapters.features import offline, reading
from reviewloop.adapters.features.views import group_named
from reviewloop.core.features.as_of import EVENT

pytestmark = pytest.mark.contract

NUM = 1000
GROUP = "product_history"
NOW = pd.Timestamp(datetime.now(UTC)).floor("s")
FRESH, EXPIRED, TO_COME = NOW - timedelta(days=10), NOW - timedelta(days=400), NOW + timedelta(days=30)
ASKED = NOW + timedelta(days=1)


def said(products: list[int], at: pd.Timestamp, more: int = 0) -> pd.DataFrame:
    """``num_reviews`` of a product is its number, and ``more``."""
    numbers = [product + more for product in products]
    values = {"num_reviews": numbers, "negative_share": 0.5, "mean_rating": [float(number) for number in numbers]}
    return pd.DataFrame({"product_id": products, EVENT: at, **values})


@pytest.fixture
def published(lake: str) -> dict[int, int | None]:
    """1,000 products in the store, a quarter each: fresh, expired, to come, and said twice of one time. Gives what counts at
    ``ASKED``."""
    group = group_named(GROUP)
    assert group.ttl_days == 365
    kinds = [list(range(kind, NUM, 4)) for kind in range(4)]
    fresh, expired, to_come, twice = kinds
    plain = [said(fresh, FRESH), said(expired, EXPIRED), said(to_come, TO_COME)]
    first, second = (pd.concat([*plain, said(twice, FRESH, more)], ignore_index=True) for more in (0, NUM))
    for generation, rows in enumerate((first, second), 1):
        assert offline.grow(group, ref(f"s3://lake/features/{generation}", generation), lambda rows=rows: rows) is not None
    counts: dict[int, int | None] = {one: one for one in fresh} | {one: one + NUM for one in twice}
    return counts | dict.fromkeys([*expired, *to_come])


def test_as_many_rows_out_as_in_in_their_order(published: dict[int, int | None]) -> None:
    held = offline.rows(group_named(GROUP))
    assert held is not None
    assert held["product_id"].nunique() == NUM
    assert len(held) > NUM, "what was said otherwise of one time stands beside it"

    draw = np.random.default_rng(5)
    keys: list[int | None] = [*published, *published, *range(NUM, NUM + 50), *[None] * 10]  # each twice, unknown ones, none
    keys = [keys[place] for place in draw.permutation(len(keys))]
    asked = pd.DataFrame(
        {"mine": [f"row {number}" for number in range(len(keys))], "product_id": pd.array(keys, "Int64"), EVENT: ASKED},
        index=draw.permutation(len(keys)) * 3,
    )
    found = reading.batch(GROUP, asked)
    pd.testing.assert_frame_equal(found[asked.columns], asked)
    expected = [None if key is None else published.get(key) for key in keys]
    assert [None if pd.isna(value) else int(value) for value in found["mean_rating"]] == expected
    assert found["num_reviews"].tolist() == [value or 0 for value in expected], "its null rule"

    before = reading.batch(GROUP, asked.assign(**{EVENT: NOW - timedelta(days=1)}))
    assert len(before) == len(asked)
    assert before["mean_rating"].isna().all(), "it was so by then, and the store did not know it yet"
    later = reading.batch(GROUP, asked.assign(**{EVENT: TO_COME}))
    to_come = asked["product_id"].mod(4).eq(2).fillna(False) & asked["product_id"].lt(NUM).fillna(False)
    assert later.loc[to_come, "num_reviews"].tolist() == asked.loc[to_come, "product_id"].tolist(), "once its time is there"
