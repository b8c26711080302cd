"""From a request to the endpoint, as it is run, to a row that Athena reads."""

from pathlib import Path

import pytest
from tests.helpers.endpoint import Endpoint, until
from tests.serving.test_app import TEXTS, release

from reviewloop.adapters.catalog import athena
from reviewloop.steps.captures.collect_captures import collect_captures

pytestmark = pytest.mark.contract


def test_what_the_endpoint_answered_is_what_the_table_says(endpoint: Endpoint, tmp_path: Path) -> None:
    version = release(tmp_path / "one", 1)
    until(lambda: endpoint.health()[0] == 200)
    answers = [endpoint.predict(TEXTS[0], TEXTS[2]).json(), endpoint.predict(TEXTS[1]).json()]
    endpoint.stop()
    found = collect_captures()
    assert (found.num_records, found.num_lost, found.num_dropped, found.warnings) == (2, 0, 0, ())
    rows = athena.run("test", "SELECT * FROM captures ORDER BY received_at, review_index")
    assert list(rows["request_id"]) == [answers[0]["request_id"]] * 2 + [answers[1]["request_id"]]
    assert list(rows["text"]) == [TEXTS[0], TEXTS[2], TEXTS[1]]
    told = [one for answer in answers for one in answer["predictions"]]
    assert list(rows["sentiment"]) == [one["sentiment"] for one in told]
    assert list(rows["p_negative"]) == [one["probabilities"]["negative"] for one in told]
    assert set(rows["version"]) == {version}
    assert set(rows["arm"]) == {"champion"}
    assert set(rows["status"]) == {200}
