"""A service that is away costs a task time and nothing else."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from airflow.sdk.exceptions import AirflowRescheduleException

from reviewloop.errors import PermanentError, TransientError, Unavailable
from reviewloop_airflow import patience
from reviewloop_airflow.patience import HELD, PATIENCE, insisting, waiting_out


def context(count=0, since=None):
    ti = SimpleNamespace(dag_id="d", task_id="t", run_id="r", get_first_reschedule_date=lambda _: since)
    return {"ti": ti, "task_reschedule_count": count}


def sleep_of(context):
    before = datetime.now(UTC)
    with pytest.raises(AirflowRescheduleException) as asleep, waiting_out(context):
        raise Unavailable("S3 is away")
    return (asleep.value.reschedule_date - before).total_seconds()


def test_the_sleeps_grow_to_five_minutes():
    now = datetime.now(UTC)
    assert [round(sleep_of(context(count, now))) for count in (0, 1, 2, 3, 4, 5, 100)] == [10, 20, 40, 80, 160, 300, 300]


def test_ten_minutes_away_are_slept_through():
    now = datetime.now(UTC)
    assert sum(sleep_of(context(count, now)) for count in range(7)) > 600


def test_after_half_a_day_it_fails_and_says_what_to_do():
    began = datetime.now(UTC) - PATIENCE - timedelta(seconds=1)
    with (
        pytest.raises(PermanentError, match="^S3 is away; gave up after 12 hours: clear this task when the service is back$"),
        waiting_out(context(150, began)),
    ):
        raise Unavailable("S3 is away")


def test_somebody_is_told_once(monkeypatch):
    told = []
    monkeypatch.setattr(patience, "notify_warnings", lambda context, lines: told.extend(lines))
    since = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)
    monkeypatch.setattr(patience, "PATIENCE", timedelta(days=100_000))
    for count in range(20):
        sleep_of(context(count, since))
    assert told == ["S3 is away; waits since 03:04 UTC and goes on by itself"]


@pytest.mark.parametrize("error", [TransientError("lost"), PermanentError("no"), ValueError("bug")])
def test_nothing_else_is_waited_out(error):
    with pytest.raises(type(error)), waiting_out(context()):
        raise error


@pytest.fixture
def clock(monkeypatch):
    """Sleeping takes no time, but is counted."""
    slept = []
    monkeypatch.setattr(patience.time, "sleep", slept.append)
    monkeypatch.setattr(patience.time, "monotonic", lambda: sum(slept))
    return slept


def test_what_must_not_begin_again_is_insisted_on(clock):
    outcomes = [Unavailable("S3 is away"), Unavailable("S3 is away"), None]

    def call():
        if outcome := outcomes.pop(0):
            raise outcome

    insisting(call)
    assert (outcomes, clock) == ([], [10, 20])


def test_insisting_ends_before_airflow_ends_the_task(clock):
    def call():
        raise Unavailable("S3 is away")

    with pytest.raises(Unavailable):
        insisting(call)
    assert 600 < sum(clock) < HELD.total_seconds()


def test_insisting_on_what_is_wrong_ends_at_once(clock):
    def call():
        raise PermanentError("refused")

    with pytest.raises(PermanentError):
        insisting(call)
    assert clock == []
