"""``POST /feedback``: a true label is kept as it came; what is none is refused with its field."""

from typing import Any

import pytest
from tests.helpers.slow_endpoint import MAX_BODY, Served, until

from reviewloop.core.captures.rows import capture_rows

ID = "0123456789abcdef0123456789abcdef"


def test_a_label_is_captured_as_a_record_of_its_own(served: Served) -> None:
    served.model.gate.set()
    answered = served.predict("fine", "bad").json()["request_id"]
    given = {"request_id": answered, "index": 1, "sentiment": "negative", "by": "Ann, <support>"}
    answer = served.http.post("/feedback", json=given)
    assert (answer.status_code, answer.json()) == (202, {"accepted": True})
    until(lambda: len(served.captured) == 2)
    record = served.captured[1]
    assert record.pop("received_at").endswith("+00:00")
    assert record == {"event": "feedback", **given, "correction": False, "caller": None, "traceparent": None}


def test_the_first_label_counts_until_somebody_corrects_it(served: Served) -> None:
    served.model.gate.set()
    answered = served.predict("fine").json()["request_id"]
    for fields, counts in (
        ({"sentiment": "negative"}, "negative"),
        ({"sentiment": "neutral"}, "negative"),
        ({"sentiment": "positive", "correction": True}, "positive"),
    ):
        assert served.http.post("/feedback", json={"request_id": answered, **fields}).status_code == 202
        numbered = [{"spool": "s", "seq": place, "dropped": 0, **one} for place, one in enumerate(served.captured)]
        assert list(capture_rows(numbered)["feedback"]) == [counts]


def test_an_id_that_nobody_here_has_answered_is_taken_for_another_process_may_have(served: Served) -> None:
    assert served.http.post("/feedback", json={"request_id": ID, "sentiment": "neutral"}).status_code == 202
    until(lambda: len(served.captured) == 1)
    assert (served.captured[0]["index"], served.captured[0]["by"]) == (0, None)


GOOD = {"request_id": ID, "sentiment": "neutral"}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"request_id": "x"}, "request_id"), ({"request_id": ID.upper()}, "request_id"), ({"request_id": f"{ID}\n"}, "request_id"),
        ({"request_id": None}, "request_id"), ({"index": -1}, "index"), ({"index": 256}, "index"), ({"index": "0"}, "index"),
        ({"index": 0.5}, "index"), ({"index": True}, "index"), ({"sentiment": "Positive"}, "sentiment"),
        ({"sentiment": 2}, "sentiment"),
        ({"by": ""}, "by"), ({"by": "x" * 101}, "by"), ({"text": "more"}, "text"),
        ({"correction": "yes"}, "correction"),
    ],
)  # fmt: skip
def test_a_fault_is_named_with_its_field(served: Served, change: dict[str, Any], field: str) -> None:
    answer = served.http.post("/feedback", json={**GOOD, **change})
    assert answer.status_code == 422
    assert [problem["field"] for problem in answer.json()["detail"]] == [field]
    assert served.captured == []


def test_its_bodies_are_bounded_and_a_busy_model_does_not_refuse_it(served: Served) -> None:
    answer = served.http.post("/feedback", content=b"x" * (MAX_BODY + 1), headers={"content-type": "application/json"})
    assert answer.status_code == 413
    assert served.http.post("/feedback", content=b"{}", headers={"content-type": "text/plain"}).status_code == 415
    served.http.post("/predict", json={"reviews": [{"text": "slow " * 400}] * 20}, headers={"X-Request-Timeout": "0.2"})
    assert served.http.post("/feedback", json=GOOD).status_code == 202
