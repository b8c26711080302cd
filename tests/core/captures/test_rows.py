"""Rows, where records are not as they should be; what they are where they are is tested through Athena."""

from typing import Any

import pytest
from tests.helpers.captured import answer, feedback, numbered, review, shadow

from reviewloop.adapters.lake.frames import from_parquet, to_parquet
from reviewloop.config.data.names import OURS
from reviewloop.core.captures.rows import COLUMNS, COMMENTS, capture_rows


def rows(*records: dict[str, Any]) -> list[dict[str, Any]]:
    frame = capture_rows(numbered(record, seq=at) for at, record in enumerate(records, start=1))
    found = from_parquet(to_parquet(frame)).astype("object")
    return [{str(name): value for name, value in row.items()} for row in found.where(found.notna(), None).to_dict("records")]


def test_every_column_has_its_comment_and_no_dataset_takes_the_day_of_a_review() -> None:
    assert COLUMNS.keys() == COMMENTS.keys()
    assert "review_day" in OURS


def test_a_day_without_answers_has_columns_and_no_row() -> None:
    assert list(capture_rows([]).columns) == list(COLUMNS)
    assert rows(shadow("r1")) == []


def test_the_product_is_the_callers_word() -> None:
    assert [row["product"] for row in rows(answer("r1", review() | {"product": "1078"}, review()))] == ["1078", None]


@pytest.mark.parametrize(
    ("wrong", "column"),
    [
        ({"latency_ms": float("nan")}, "latency_ms"), ({"latency_ms": "fast"}, "latency_ms"), ({"generation": 2**70}, "generation"),
        ({"generation": True}, "generation"), ({"unit": 5}, "unit"), ({"stage": ""}, "stage"), ({"sticky": "yes"}, "sticky"),
        ({"predictions": []}, "sentiment"), ({"predictions": "x"}, "sentiment"), ({"predictions": [None]}, "p_neutral"),
        ({"predictions": [{"sentiment": "neutral", "probabilities": 5}]}, "p_neutral"),
    ],
)  # fmt: skip
def test_a_value_of_another_kind_is_missing_and_stops_nothing(wrong: dict[str, Any], column: str) -> None:
    (row,) = rows(answer("r1", **wrong))
    assert row[column] is None


def test_text_that_is_none_to_parquet_is_kept_as_far_as_it_is() -> None:
    assert [row["text"] for row in rows(answer("r1", review("half \ud800 pair"), review("nul \0")))] == ["half ? pair", "nul \0"]
    assert rows(answer("r1", reviews="none")) == []


def test_of_a_request_that_one_arm_failed_and_the_other_answered_the_one_that_was_seen_is_told_of() -> None:
    seen, failed = rows(answer("r1"), answer("r1", said=None, status=500, arm="challenger"), feedback("r1"), shadow("r1"))
    assert (seen["arm"], seen["feedback"], seen["shadow_sentiment"]) == ("champion", "neutral", "negative")
    assert (failed["arm"], failed["feedback"], failed["shadow_sentiment"]) == ("challenger", None, None)


@pytest.mark.parametrize("wrong", [{"index": 1}, {"index": "0"}, {"sentiment": "great"}, {"sentiment": None}, {"request_id": "r2"}])
def test_feedback_to_nothing_is_none(wrong: dict[str, Any]) -> None:
    (row,) = rows(answer("r1"), {**feedback("r1"), **wrong})
    assert row["feedback"] is None
