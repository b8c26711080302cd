"""Follow the loop's runs task by task until nothing runs and nothing is about to."""

import time
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Protocol
from urllib.parse import quote

from reviewloop_local.loop.airflow_api import ACTIVE, AirflowApi, DagRun, Task

DAGS = ("reviews_ingest", "reviews_features", "sentiment_train", "sentiment_release", "sentiment_score", "sentiment_monitor")
SPOKEN = frozenset(
    {
        "running",
        "success",
        "failed",
        "skipped",
        "up_for_retry",
        "up_for_reschedule",
        "deferred",
        "awaiting_input",
        "upstream_failed",
    }
)
"""Task states worth a line; the others are Airflow's own bookkeeping."""
_QUIET_POLLS = 2
_NOTE_AFTER_SECONDS = 10.0
RunKey = tuple[str, str]


@dataclass(frozen=True)
class Change:
    """A task came into a new state, or a long one has something new to say (``note``)."""

    run: DagRun
    task: Task
    note: str = ""


@dataclass(frozen=True)
class Failure:
    """A run that failed, the task that did it, its last error, and where to look."""

    run: DagRun
    task: Task
    error: str
    url: str

    def __str__(self) -> str:
        return f"{self.run.dag_id}.{self.task.task_id} ({label(self.run)}) failed: {self.error}  see {self.url}"


class Display(Protocol):
    """Something that shows a person what happens."""

    def changed(self, change: Change) -> None:
        """A task changed."""

    def ended(self, run: DagRun) -> None:
        """A run is over."""

    def tick(self, watch: "Watch") -> None:
        """Another look was taken."""


class Watch:
    """What is known of the runs. ``ours`` are the ingest runs we wait for: others may wait all night for their delivery."""

    def __init__(self, api: AirflowApi, ours: Collection[str]) -> None:
        self.runs: dict[RunKey, DagRun] = {}
        self.tasks: dict[RunKey, dict[tuple[str, int], Task]] = {}
        self.notes: dict[RunKey, str] = {}
        self._api = api
        self._ours = set(ours)
        self.began = datetime.now(UTC)
        self._since: datetime | None = None
        self._noted: dict[tuple[str, str, str], float] = {}

    def look(self) -> Iterator[Change | DagRun]:
        """Ask Airflow once; yields every change since the last look, and a run once it is over."""
        now = datetime.now(UTC)
        for run in self._api.runs(DAGS, self._since):
            known = (run.dag_id, run.run_id) in self.runs
            if known or (self._counts(run) and (run.state in ACTIVE or self._since or run.run_id in self._ours)):
                yield from self._see(run)
        # What changed while we looked is seen again the next time; seeing it twice changes nothing.
        self._since = self._since or now - timedelta(seconds=30)

    def ours(self) -> list[DagRun]:
        """The ingest runs we wait for, as far as they were seen."""
        return [run for run in self.runs.values() if run.dag_id == DAGS[0]]

    def active(self) -> list[DagRun]:
        """The runs that are not over, oldest first."""
        return [run for run in self.runs.values() if run.state in ACTIVE]

    def is_idle(self) -> bool:
        """Whether nothing runs and no asset event waits to start anything."""
        return not self.active() and not any(map(self._api.num_pending_events, DAGS[1:]))

    def failures(self) -> list[Failure]:
        """Every failed run, told by the task that failed first."""
        found = []
        for key, run in self.runs.items():
            broken = [task for task in self.tasks.get(key, {}).values() if task.state == "failed"]
            if run.state == "failed" and broken:
                first = min(broken, key=lambda task: task.ended or datetime.max.replace(tzinfo=UTC))
                found.append(Failure(run, first, last_error(self._api.log(first)), task_url(self._api.url, first)))
        return found

    def _counts(self, run: DagRun) -> bool:
        return run.dag_id != DAGS[0] or run.run_id in self._ours

    def _see(self, run: DagRun) -> Iterator[Change | DagRun]:
        key = (run.dag_id, run.run_id)
        before = self.runs.get(key)
        self.runs[key] = run
        over = run.state not in ACTIVE
        if over and before == run:
            return
        seen = self.tasks.setdefault(key, {})
        for task in sorted(self._api.tasks(run), key=lambda task: task.started or datetime.max.replace(tzinfo=UTC)):
            old = seen.get((task.task_id, task.map_index))
            seen[(task.task_id, task.map_index)] = task
            if old is None and task.ended and task.ended < self.began:
                continue  # done by an earlier command
            if task.state in SPOKEN and (old is None or (old.state, old.try_number) != (task.state, task.try_number)):
                yield Change(run, task, self._why(task))
            elif task.state == "running":
                yield from self._progress(run, task)
        if over and run.ended and run.ended >= self.began:
            yield run

    def _why(self, task: Task) -> str:
        if task.state == "awaiting_input":
            return f"waits for a person: {task_url(self._api.url, task)}"
        if task.state == "skipped" and task.started:
            return skip_reason(self._api.log(task))
        if task.state == "up_for_reschedule":
            return last_warning(self._api.log(task))
        return last_error(self._api.log(task)) if task.state in {"failed", "up_for_retry"} else ""

    def _progress(self, run: DagRun, task: Task) -> Iterator[Change]:
        """The newest line that the step itself logged, asked for every ten seconds."""
        key = (task.dag_id, task.run_id, task.task_id)
        now = time.monotonic()
        if now - self._noted.setdefault(key, now) < _NOTE_AFTER_SECONDS:
            return
        self._noted[key] = now
        said = [entry["event"] for entry in self._api.log(task) if str(entry.get("logger", "")).startswith("reviewloop")]
        if said and self.notes.get((task.run_id, task.task_id)) != said[-1]:
            self.notes[(task.run_id, task.task_id)] = said[-1]
            yield Change(run, replace(task, seconds=_since(task)), said[-1])


def follow(watch: Watch, display: Display, poll_seconds: float = 1.5) -> None:
    """Look until nothing has run, and nothing has been about to, for a few looks in a row."""
    quiet = 0
    while quiet < _QUIET_POLLS:
        for event in watch.look():
            if isinstance(event, DagRun):
                display.ended(event)
            else:
                display.changed(event)
        display.tick(watch)
        quiet = quiet + 1 if watch.is_idle() else 0
        time.sleep(poll_seconds)


def label(run: DagRun) -> str:
    """What tells this run from the others of its DAG: its day, or how and when it started."""
    return str(run.conf.get("day") or f"{run.run_type.replace('_', ' ')} {run.queued:%H:%M:%S}")


def last_error(log: Collection[Mapping[str, object]]) -> str:
    """The last exception in a task's log, type and message in one line; where there is none, the last line of level error."""
    said = ""
    for entry in reversed(list(log)):
        detail = entry.get("error_detail")
        if isinstance(detail, list) and detail:
            why = str(detail[0].get("exc_value", "")).strip().partition("\n")[0]
            return f"{detail[0].get('exc_type', 'error')}: {why}"
        if not said and entry.get("level") in {"error", "critical"}:
            said = str(entry["event"]).strip().partition("\n")[0]
    return said or "the log holds no error: the process was killed"


def last_warning(log: Collection[Mapping[str, object]]) -> str:
    """The last line of level warning in a task's log: why it sleeps; empty where there is none."""
    return next((str(entry["event"]) for entry in reversed(list(log)) if entry.get("level") == "warning"), "")


def skip_reason(log: Collection[Mapping[str, object]]) -> str:
    """Why a step had nothing to do, as it logged it; empty where it did not."""
    return next((str(entry["reason"]) for entry in log if entry.get("event") == "Skipping task." and "reason" in entry), "")


def task_url(airflow_url: str, task: Task) -> str:
    """The task's page in the web UI."""
    mapped = f"/mapped/{task.map_index}" if task.map_index >= 0 else ""
    return f"{airflow_url}/dags/{task.dag_id}/runs/{quote(task.run_id, safe='')}/tasks/{task.task_id}{mapped}"


def _since(task: Task) -> float | None:
    return (datetime.now(UTC) - task.started).total_seconds() if task.started else None
