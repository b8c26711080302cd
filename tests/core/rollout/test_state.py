"""Where a rollout stands follows from its own events, in their order."""

import pytest
from tests.helpers.rollouts import PROMOTED, START, asked, extended, ledger, plan, rollout, started

from reviewloop.core.release.events import Draft
from reviewloop.core.rollout.state import DEADLINE, Rollout, current
from reviewloop.core.rollout.verdicts import SAMPLE_RATIO

STAGED = plan()


def alarms(*more: Draft) -> set[str]:
    return set(rollout(STAGED, 0, *more).alarms)


def test_more_time_answers_the_deadline_before_it_and_no_later_one() -> None:
    assert alarms(asked(STAGED, DEADLINE)) == {DEADLINE}
    assert alarms(asked(STAGED, DEADLINE), extended(STAGED, 384)) == set()
    assert alarms(asked(STAGED, DEADLINE), extended(STAGED, 384), asked(STAGED, DEADLINE)) == {DEADLINE}


def test_more_time_answers_nothing_else() -> None:
    assert alarms(asked(STAGED, SAMPLE_RATIO), extended(STAGED, 384)) == {SAMPLE_RATIO}


@pytest.mark.parametrize("at", [0, 2])
def test_more_time_leaves_stage_and_starts_as_they_are(at: int) -> None:
    before, after = rollout(STAGED, at), rollout(STAGED, at, extended(STAGED, 384))
    facts = [{**vars(of), "extended_to": None} for of in (before, after)]
    assert facts[0] == facts[1]


def deadline_of(*drafts: Draft) -> float | None:
    found: Rollout | None = current(ledger(PROMOTED, started(STAGED), *drafts))
    assert found is not None
    return (found.extended_to - START).total_seconds() / 3600 if found.extended_to else None


def test_the_last_deadline_counts_and_that_of_another_rollout_does_not() -> None:
    stray = Draft("rollout_extended", "person:bob", "9", "d9", {"rollout": "another", "until": "2099-01-01T00:00:00+00:00"})
    assert deadline_of(stray) is None
    assert deadline_of(extended(STAGED, 384), stray) == 384
    assert deadline_of(extended(STAGED, 384), extended(STAGED, 400)) == 400
