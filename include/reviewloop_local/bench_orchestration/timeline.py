"""Where the seconds of a DAG run went, along the chain of tasks that made it as long as it was."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Final

from reviewloop_local.loop.airflow_api import DagRun, Task

_WORKED: Final = re.compile(r"^worked for (\d+\.\d+) s$")
"""What ``reviewloop_airflow.wiring`` logs when a step is done."""


@dataclass(frozen=True)
class Span:
    """One task of the chain, in seconds."""

    task_id: str
    waited: float
    """From the end of the task before, or the run's trigger, until the task is marked as running: scheduler, queue, fork."""
    began: float
    """From then until the step is called: the DAG file and the steps are imported, arguments fetched."""
    worked: float
    ended: float
    """From the step's return until the task is marked as done: what it returned is stored, callbacks, lineage."""

    @property
    def whole(self) -> float:
        """All of it."""
        return self.waited + self.began + self.worked + self.ended


@dataclass(frozen=True)
class Timeline:
    """``seconds``: from the trigger to the run's end. ``closing``: from the last task's end until then."""

    seconds: float
    closing: float
    spans: tuple[Span, ...]

    def total(self, part: str) -> float:
        """Of one part of every span."""
        return float(sum(getattr(span, part) for span in self.spans))


PARTS: Final = tuple(field.name for field in fields(Span) if field.name != "task_id")


def work(log: Sequence[Mapping[str, Any]]) -> tuple[datetime, float] | None:
    """When a step returned, and after how many seconds of work, as the task's log says; None where it does not."""
    found = [(line, said) for line in log if (said := _WORKED.match(str(line.get("event", ""))))]
    if not found:
        return None
    line, said = max(found, key=lambda one: float(one[1].group(1)))  # a task of several parts tells of each, and of all
    return datetime.fromisoformat(str(line["timestamp"])), float(said.group(1))


def timeline(
    run: DagRun, tasks: Sequence[Task], logs: Mapping[str, Sequence[Mapping[str, Any]]], upstream: Mapping[str, Sequence[str]]
) -> Timeline:
    """Of a run. ``upstream`` names the tasks before each; the chain is walked back from the task that ended last.

    Tasks that never ran (skipped with the one before them) are no part of it. Raises ``ValueError`` for a run that is not over.
    """
    if run.ended is None:
        raise ValueError(f"{run.run_id}: it is not over")
    ran = {task.task_id: (task.started, task.ended) for task in tasks if task.started and task.ended and task.try_number}
    chain: list[str] = []
    now = max(ran, key=lambda name: ran[name][1], default=None)
    while now is not None:
        chain.append(now)
        now = max((name for name in upstream.get(now, ()) if name in ran), key=lambda name: ran[name][1], default=None)
    spans, before = [], run.queued
    for name in reversed(chain):
        started, ended = ran[name]
        spans.append(_span(name, before, started, ended, logs.get(name, ())))
        before = ended
    return Timeline((run.ended - run.queued).total_seconds(), (run.ended - before).total_seconds(), tuple(spans))


def _span(name: str, before: datetime, started: datetime, ended: datetime, log: Sequence[Mapping[str, Any]]) -> Span:
    """A task whose log does not say when its step returned has worked all the time."""
    whole = (ended - started).total_seconds()
    returned, worked = work(log) or (ended, whole)
    after = min(max((ended - returned).total_seconds(), 0.0), whole)
    return Span(name, (started - before).total_seconds(), max(whole - after - worked, 0.0), worked, after)
