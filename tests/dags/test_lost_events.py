"""Airflow loses asset events, tells them twice and keeps them for later: the votes on drift are the same all the same.

Replayed as Airflow 3.3 does it (``findings/airflow-waiting-run-loses-events.sh``, apache/airflow#56050, #63507, #49857).
"""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from tests.dags.test_runs import Events
from tests.helpers.votes import day
from tests.steps.monitor.test_decide_retraining import loop, scored  # noqa: F401 (a fixture)

from reviewloop.adapters.lake import places, s3
from reviewloop.adapters.monitoring import response
from reviewloop.refs import PredictionsRef
from reviewloop.steps.monitor.decide_retraining import decide_retraining
from reviewloop_airflow import days, runs
from reviewloop_airflow.assets import SCORED

pytestmark = pytest.mark.contract
DRIFTED = (1, 2, 4)


def event(number):
    ref = PredictionsRef(day=day(number), batch="b1", uri="u", digest="d", num_rows=2, model_version="1")
    at = datetime(2026, 1, 9, tzinfo=UTC) + timedelta(minutes=number)
    return SimpleNamespace(extra=ref.model_dump(mode="json"), timestamp=at)


def monitored(run, started, known, inlets=(SCORED,)):
    """One run of ``sentiment_monitor``, of which Airflow says that ``started`` started it while ``known`` had happened."""
    context = {
        "triggering_asset_events": {SCORED: started},
        "inlet_events": {SCORED: Events(known)},
        "task": SimpleNamespace(inlets=list(inlets)),
    }
    numbers = [int(ref.day[-2:]) - 2 for ref in days.days_to_monitor(runs.scored_days(context))]
    return decide_retraining([scored(number, number in DRIFTED) for number in numbers], run)


@pytest.fixture
def one_by_one(loop):  # noqa: F811
    for number in range(5):
        monitored(f"run{number}", [event(number)], [event(number)])
    votes, trainings = response.read().votes, len(response.read().answers)
    s3.remove(places.response())
    return votes, trainings


def outcome():
    state = response.read()
    return state.votes, len(state.answers)


def test_five_days_scored_while_the_monitor_runs(one_by_one):
    events = [event(number) for number in range(5)]
    monitored("run1", events[:1], events[:1])
    monitored("run2", events[1:2], events)  # the next run is given the first that waited, and no other
    assert outcome() == one_by_one


def test_without_its_inlet_they_would_be_lost(one_by_one):
    events = [event(number) for number in range(5)]
    monitored("run1", events[:1], events[:1], inlets=())
    monitored("run2", events[1:2], events, inlets=())
    assert outcome() != one_by_one, "so this test would see it"


def test_a_monitor_that_was_paused_and_goes_on(one_by_one):
    events = [event(number) for number in range(5)]
    monitored("run1", events, events)
    assert outcome() == one_by_one


def test_one_drift_that_is_told_twice_by_two_runs(one_by_one):
    events = [event(number) for number in range(5)]
    monitored("run1", events, events)
    assert monitored("run2", events[2:], events).verdict == "answered"
    assert outcome() == one_by_one
