"""``make stories``: what it takes for the three stories, and that one which did not come about is said."""

import pytest

from reviewloop.core.release.events import Draft, Event, person, program
from reviewloop_local.bench_trace.stories import chain
from reviewloop_local.errors import LocalError
from reviewloop_local.loop import stories
from reviewloop_local.loop.stories import go_back, told

REFUSED = Draft("judged", program("gate_model"), None, "a" * 64, {"verdict": "refused", "lineage": {"seed": "7"}})
PASSED = Draft("judged", program("gate_model"), None, "b" * 64, {"verdict": "passed"})
PROMOTED = Draft("promoted", program("promote"), "2", "b" * 64)
BACK = Draft("rolled_back", person("ada"), "1", "c" * 64, {"replaces": "2"})


def events(*drafts: Draft) -> tuple[Event, ...]:
    return chain(drafts)


def test_each_story_is_traced_by_what_it_is_known_by() -> None:
    found = told(events(REFUSED, PASSED, PROMOTED, BACK))
    assert found == {"refused": "a" * 64, "promoted, and taken back": "2", "rolled back to": "1"}


@pytest.mark.parametrize(
    ("happened", "lacking"),
    [
        ((PASSED, PROMOTED, BACK), "refused; the ledger got: judged, promoted, rolled_back"),
        ((REFUSED, PASSED), "promoted, and taken back and none rolled back to; the ledger got: judged, judged"),
        ((), "refused and none promoted, and taken back and none rolled back to; the ledger got: nothing"),
    ],
)
def test_a_story_that_did_not_come_about_is_named(happened: tuple[Draft, ...], lacking: str) -> None:
    with pytest.raises(LocalError, match=f"no model was {lacking}"):
        told(events(*happened))


def test_a_way_back_that_fails_or_does_not_end_is_an_error(airflow, api, monkeypatch: pytest.MonkeyPatch) -> None:
    airflow.add_run("sentiment_rollback", "one", "success")
    go_back(api, "one", "1")
    assert airflow.posted[0][0] == "dags/sentiment_rollback/dagRuns"
    airflow.add_run("sentiment_rollback", "two", "failed")
    with pytest.raises(LocalError, match=r"sentiment_rollback \(two\) failed"):
        go_back(api, "two", "1")
    monkeypatch.setattr(stories, "_MOST_SECONDS", 0.0)
    with pytest.raises(LocalError, match="did not end in 0 s"):
        go_back(api, "never", "1")
