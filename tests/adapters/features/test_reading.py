"""A frame that is asked about comes back as it was, with the features beside it; one that does not fit gets a line."""

import pandas as pd
import pytest
from tests.core.features.test_as_of import HOUR, START

from reviewloop.adapters.features import offline, reading
from reviewloop.core.features.as_of import CREATED, EVENT, TAKEN_BACK
from reviewloop.errors import ConfigError, PermanentError


@pytest.fixture(autouse=True)
def _held(monkeypatch: pytest.MonkeyPatch) -> None:
    values = {"num_reviews": [3, 5], "negative_share": [0.5, 0.4], "mean_rating": [3.0, 3.5]}
    times = {EVENT: [START, START + HOUR], CREATED: [START, START + HOUR], TAKEN_BACK: False}
    monkeypatch.setattr(offline, "rows", lambda group: pd.DataFrame({"product_id": [7, 7], **times, **values}))


def test_rows_come_back_as_they_were_with_the_null_rule_of_each_feature() -> None:
    asked = pd.DataFrame(
        {"mine": list("abcd"), "product_id": [7, 8, None, 7], EVENT: [START + 2 * HOUR] * 3 + [START]}, index=[9, 3, 5, 1]
    )
    found = reading.batch("product_history", asked)
    pd.testing.assert_frame_equal(found[asked.columns], asked)
    assert found["num_reviews"].tolist() == [5, 0, 0, 3]
    assert found["mean_rating"].isna().tolist() == [False, True, True, False]


@pytest.mark.parametrize(
    ("asked", "line"),
    [
        (pd.DataFrame({"product_id": [7]}), "product_history: no column event_timestamp; give product_id and event_timestamp"),
        (pd.DataFrame({"product_id": [7], EVENT: [START], "num_reviews": 1}), "num_reviews is a column of what is asked, and"),
        (
            pd.DataFrame({"product_id": ["dress"], EVENT: [START]}),
            "product_id: object does not fit; give one product, by its number",
        ),
        (pd.DataFrame({"product_id": [7], EVENT: [pd.Timestamp("2026-01-01")]}), "event_timestamp: .* carries no time zone"),
    ],
)
def test_a_frame_that_does_not_fit_gets_a_line(asked: pd.DataFrame, line: str) -> None:
    with pytest.raises(PermanentError, match=line):
        reading.batch("product_history", asked)
    with pytest.raises(ConfigError, match="no group 'products'; there are review_text"):
        reading.batch("products", asked)
