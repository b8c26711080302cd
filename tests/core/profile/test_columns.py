import pandas as pd
import pytest
from tests.helpers.contracts import CONTRACT
from tests.helpers.profiled import curated, profiled

from reviewloop.core.dataset.splits import part_of
from reviewloop.core.facets import bands
from reviewloop.core.profile.columns import crossings, described, profile_columns
from reviewloop.core.texts import text_digest


def test_a_column_tells_what_is_missing_what_is_frequent_and_how_it_is_spread() -> None:
    columns = {column.name: column for column in profile_columns(profiled(curated(200)), CONTRACT, num_top=2)}
    assert columns["title"].num_missing == 50
    assert columns["class_name"].top == (("Knits", 100),)
    assert columns["rating"].top == (("5", 100), ("1", 60))
    spread = columns["rating"].spread
    assert spread is not None
    assert (spread.low, spread.median, spread.high) == (1, 4, 5)
    assert spread.mean == pytest.approx(0.3 * 1 + 0.2 * 3 + 0.5 * 5)
    assert columns["text"].num_distinct == 200


def test_words_are_counted_at_white_space_and_parts_are_those_of_the_split() -> None:
    rows = curated(50)
    rows.loc[0, "text"] = "don't  buy\nthis-one"
    found = profiled(rows)
    assert found.loc[0, "num_words"] == 3
    assert found["part"].tolist() == [part_of(text_digest(text), 0.1, 0.2) for text in found["text"]]
    assert set(found["part"]) == {"train", "validation", "test"}


def test_the_last_days_are_a_part_of_their_own_by_the_first_day_of_a_text() -> None:
    rows = pd.concat([curated(50), curated(70, day="2026-01-02")])  # the first 50 texts come again
    found = described(rows, 0.1, 0.2, "2026-01-02")
    assert set(found.loc[found["review_id"] >= 50, "part"]) == {"test", "future"}
    assert "future" not in set(found.loc[found["review_id"] < 50, "part"])


def test_sentiment_by_group_is_sorted_by_the_negative_share_and_knows_the_missing() -> None:
    rows = profiled(curated(200))
    rows["department"] = rows["sentiment"].map({"negative": "Bad", "neutral": None, "positive": "Good"}).astype("string")
    found = crossings({"department": rows["department"], "age_band": bands(rows["age"], [0, 40])}, rows["sentiment"])
    departments = [(line.value, line.num_rows, line.shares) for line in found if line.facet == "department"]
    assert departments == [("Bad", 60, (1, 0, 0)), ("(missing)", 40, (0, 1, 0)), ("Good", 100, (0, 0, 1))]
    assert sum(line.num_rows for line in found if line.facet == "age_band") == 200
