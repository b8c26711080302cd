"""However Airflow hands events to a DAG of days, each day is taken, and as it came last.

Airflow 3.3 hands a run that waited only the first event of those that wait (apache/airflow#56050, mended on its main branch for 3.4
by #70972; ``findings/airflow-waiting-run-loses-events.sh``). What a step does for a day that it has done is nothing, so a day
that two runs take is done once.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from tests.dags.test_runs import Events

from reviewloop.refs import CuratedRef, PredictionsRef
from reviewloop_airflow import days, runs
from reviewloop_airflow.assets import CURATED, SCORED

NUM_DAYS = 5
Run = tuple[list[Any], list[Any]]
"""The events that started a run, and all that had happened when it asked."""


def curated(number: int, batch: str = "b1") -> SimpleNamespace:
    ref = CuratedRef(
        day=f"2026-01-{number + 2:02d}", batch=batch, uri="u", digest="d", num_landed=1, num_rows=1, num_quarantined=0,
        landed_at="2026-01-09",
    )  # fmt: skip
    return told(ref, number)


def scored(number: int, batch: str = "b1") -> SimpleNamespace:
    ref = PredictionsRef(
        day=f"2026-01-{number + 2:02d}", batch=batch, uri="u", digest="d", num_rows=2, model_version="1"
    )  # fmt: skip
    return told(ref, number)


def told(ref: Any, number: int, later: int = 0) -> SimpleNamespace:
    at = datetime(2026, 1, 9, tzinfo=UTC) + timedelta(minutes=number, seconds=later)
    return SimpleNamespace(extra=ref.model_dump(mode="json"), timestamp=at)


Make = Callable[..., SimpleNamespace]


def one_by_one(make: Make) -> Iterator[Run]:
    for number in range(NUM_DAYS):
        yield [make(number)], [make(number)]


def five_while_a_run_is_active(make: Make) -> Iterator[Run]:
    events = [make(number) for number in range(NUM_DAYS)]
    yield events[:1], events[:1]
    yield events[1:2], events


def a_consumer_that_was_paused(make: Make) -> Iterator[Run]:
    events = [make(number) for number in range(NUM_DAYS)]
    yield events, events


def a_consumer_that_was_paused_over_an_active_run(make: Make) -> Iterator[Run]:
    """Of what came meanwhile, Airflow gives the run the first."""
    events = [make(number) for number in range(NUM_DAYS)]
    yield events[:1], events


def each_told_twice(make: Make) -> Iterator[Run]:
    events = [make(number) for number in range(NUM_DAYS)]
    again = [SimpleNamespace(extra=one.extra, timestamp=one.timestamp + timedelta(seconds=1)) for one in events]
    both = sorted([*events, *again], key=lambda one: one.timestamp)
    yield both[:1], both[:1]
    yield both[1:2], both


def two_schedulers(make: Make) -> Iterator[Run]:
    """Both make a run of the same events."""
    events = [make(number) for number in range(NUM_DAYS)]
    yield events, events
    yield events, events


def a_correction_among_them(make: Make) -> Iterator[Run]:
    events = [make(number) for number in range(NUM_DAYS)]
    corrected = SimpleNamespace(extra=make(2, "b2").extra, timestamp=events[-1].timestamp + timedelta(minutes=1))
    yield events[:1], events[:1]
    yield events[1:2], [*events, corrected]


SITUATIONS = [
    one_by_one, five_while_a_run_is_active, a_consumer_that_was_paused, a_consumer_that_was_paused_over_an_active_run,
    each_told_twice, two_schedulers, a_correction_among_them,
]  # fmt: skip


def taken_by(asset: Any, run: Run, inlets: Sequence[Any]) -> list[tuple[str, str]]:
    """Day and batch of what one run takes."""
    started, known = run
    context = {
        "triggering_asset_events": {asset: started}, "inlet_events": {asset: Events(known)},
        "task": SimpleNamespace(inlets=list(inlets)),
    }  # fmt: skip
    found: Sequence[CuratedRef | PredictionsRef]
    if asset is CURATED:
        found = days.days_to_score(runs.curated_days(context), None)
    else:
        found = days.days_to_monitor(runs.scored_days(context))
    return [(ref.day, ref.batch) for ref in found]


@pytest.mark.parametrize("situation", SITUATIONS)
@pytest.mark.parametrize(("asset", "make"), [(CURATED, curated), (SCORED, scored)], ids=["curated", "scored"])
def test_each_day_is_taken_as_it_came_last(asset: Any, make: Make, situation: Callable[[Make], Iterator[Run]]) -> None:
    taken = [taken_by(asset, run, [asset]) for run in situation(make)]
    for of_run in taken:
        assert len({day for day, _ in of_run}) == len(of_run), "a run takes no day twice"
    last = dict(pair for of_run in taken for pair in of_run)
    expected = {f"2026-01-{number + 2:02d}": "b1" for number in range(NUM_DAYS)}
    if situation is a_correction_among_them:
        expected["2026-01-04"] = "b2"
    assert last == expected


def test_without_the_inlet_days_would_be_lost() -> None:
    taken = [taken_by(CURATED, run, []) for run in five_while_a_run_is_active(curated)]
    assert sum(map(len, taken)) < NUM_DAYS, "so these tests would see it"


@pytest.mark.parametrize(
    ("dag_id", "task_id", "asset"),
    [
        ("sentiment_score", "days_to_score", CURATED),
        ("sentiment_monitor", "days_to_monitor", SCORED),
        ("product_watch", "days_to_watch", SCORED),
    ],
)
def test_whoever_takes_days_has_their_asset_among_its_inlets(dags: Any, dag_id: str, task_id: str, asset: Any) -> None:
    assert asset in dags[dag_id].get_task(task_id).inlets
