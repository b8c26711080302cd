"""Where a run's seconds went, and what the tables say of it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from reviewloop_local.bench_orchestration import report
from reviewloop_local.bench_orchestration.report import Found, markdown, missed, overhead
from reviewloop_local.bench_orchestration.timeline import Span, Timeline, timeline, work
from reviewloop_local.bench_orchestration.turns import Script
from reviewloop_local.loop.airflow_api import DagRun, Task

UPSTREAM = {"left": ["first"], "right": ["first"], "last": ["left", "right"]}


def at(second: float) -> datetime:
    return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=second)


def run(ended: float | None) -> DagRun:
    return DagRun("d", "r", "success", "manual", {}, at(0), at(0.5), None if ended is None else at(ended))


def task(name: str, started: float | None, ended: float | None, tries: int = 1) -> Task:
    times = [None if second is None else at(second) for second in (started, ended)]
    return Task("d", "r", name, -1, "success", tries, times[0], times[1], None)


def said(*lines: tuple[float, str]) -> list[dict[str, Any]]:
    return [{"timestamp": at(second).isoformat(), "event": event} for second, event in lines]


TASKS = [task("first", 1, 3), task("left", 3.5, 5), task("right", 4, 9), task("last", 10, 12), task("skipped", 12, 12, tries=0)]


def test_the_chain_leads_back_from_what_ended_last_through_what_ended_last_before_it() -> None:
    logs = {"right": said((4.2, "something"), (8.5, "worked for 4.000 s"))}
    found = timeline(run(13), TASKS, logs, UPSTREAM)
    assert [span.task_id for span in found.spans] == ["first", "right", "last"]
    assert found.spans[1] == Span("right", waited=1.0, began=pytest.approx(0.5), worked=4.0, ended=pytest.approx(0.5))
    assert found.spans[2].worked == 2.0, "a log that does not say leaves all of it to the step"
    assert (found.seconds, found.closing) == (13.0, 1.0)
    assert found.closing + sum(span.whole for span in found.spans) == pytest.approx(found.seconds), ()


def test_of_a_task_in_parts_the_whole_counts() -> None:
    log = said((3, "worked for 1.000 s"), (4, "worked for 2.500 s"), (4.1, "it worked for 9.000 s or so"))
    assert work(log) == (at(4), 2.5)
    assert work(said((1, "nothing"))) is None


def test_a_run_that_is_not_over_has_no_timeline() -> None:
    with pytest.raises(ValueError, match="it is not over"):
        timeline(run(None), TASKS, {}, UPSTREAM)


def test_a_run_in_which_nothing_ran_is_all_closing() -> None:
    assert timeline(run(2), [task("first", None, None, 0)], {}, UPSTREAM) == Timeline(2.0, 2.0, ())


def of(seconds: float) -> Timeline:
    return Timeline(seconds, 0.5, (Span("take_features", 1.0, 0.5, seconds - 2.5, 0.5),))


FOUND = Found([of(11), of(22)], [Script(10, {"take_features": 9.0}), Script(20, {"take_features": 19.0})], [of(4), of(6)],
              Script(2, {"take_features": 1.0}))  # fmt: skip


def test_the_overhead_is_of_all_turns_together_with_its_interval() -> None:
    found = overhead(FOUND.dags, FOUND.scripts)
    assert (found.value, found.low, found.high) == pytest.approx((0.1, 0.1, 0.1))
    mixed = overhead([of(12), of(20)], FOUND.scripts)
    assert mixed.low == pytest.approx(0.0)
    assert mixed.high == pytest.approx(0.2)
    with pytest.raises(ValueError, match="they must pair"):
        overhead(FOUND.dags, FOUND.scripts[:1])


def test_both_aims_are_judged_and_the_tables_say_where_the_time_went() -> None:
    assert missed(FOUND) == []
    slow = replace(FOUND, dags=[of(12), of(24)], unchanged=[of(11), of(12)])
    assert missed(slow) == ["The DAG takes 20.0% more than the script (aim: 15%).", "An unchanged training takes 11.5 s (aim: 10)."]
    told = markdown(slow)
    assert "| the whole training | 15.0 (10.0 to 20.0) | 18.0 (12.0 to 24.0) | +20.0% (+20.0% to +20.0%) |" in told
    assert "| take_features | 1.00 | 0.50 | 15.50 | 0.50 | 14.00 |" in told
    assert told.endswith(missed(slow)[-1])
    assert report.MAX_UNCHANGED_SECONDS == 10
