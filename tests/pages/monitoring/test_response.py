"""The page of what drift leads to."""

from datetime import timedelta
from typing import Any

import pytest
from tests.helpers.votes import LIMITS, NOW, day, vote, world

from reviewloop.core.monitoring.response.decision import decide, recorded, report
from reviewloop.core.monitoring.response.state import Answer, State
from reviewloop.pages.links import Links
from reviewloop.pages.monitoring.response import response_page

LINKS = Links(3, day=day(1))


def of_response(*votes: Any, name: str = "text", **facts: Any) -> dict[str, Any]:
    """The report of a decision; two drifted days unless told otherwise. A training was asked for ten days ago."""
    page = f"s3://lake/reports/drift/day={day(0)}/{name}/report.html"
    days = votes or (vote(0, name, page_uri=page), vote(1, name, kind=name))
    asked = Answer(what="training", version=name, through=name, at=NOW - timedelta(days=10), by=name, reason=name)
    state = State().with_votes(days).with_answer(asked)
    found = decide(state, world(**facts), LIMITS)
    return report(recorded(state, found, world(**facts), "run1"), found)


def test_a_suppressed_training_says_which_condition_fails_with_value_and_limit() -> None:
    page = response_page(of_response(num_new_rows=7), LINKS)
    assert '<span class="mark warn">no training</span>' in page
    assert page.count('<span class="mark fail">fails</span>') == 1
    flat = " ".join(page.split())
    assert "Rated reviews that the champion was not made from" in flat
    assert "at least 200" in flat
    assert f'href="../../../drift/day={day(0)}/text/report.html"' in flat


@pytest.mark.parametrize(
    ("votes", "word"),
    [
        ((vote(0),), "calm"), ((vote(0, "text"),), "not confirmed yet"), ((vote(0, judged=False),), "calm"),
        ((vote(0, "text"), vote(1, "text")), "a training starts"),
    ],
)  # fmt: skip
def test_each_verdict_has_its_word(votes: Any, word: str) -> None:
    page = response_page(of_response(*votes), LINKS)
    assert f">{word}</span>" in page
    assert ">not judged</span>" in page, "the kind of drift is not said"


def test_a_row_without_gain_waits_for_a_person() -> None:
    found = of_response() | {"asks_person": True}
    assert '<span class="mark fail">waits for a person</span>' in response_page(found, LINKS)


def test_a_day_of_requests_is_told_from_a_delivered_one() -> None:
    page = " ".join(response_page(of_response(vote(0), vote(0, "requests: text", source="endpoint")), LINKS).split())
    assert page.count(day(0)) > 1
    assert page.count("requests to the endpoint") == 1
