"""Airflow through its REST API v2, the one that the web UI uses."""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

import httpx

from reviewloop_local.errors import LocalError

ACTIVE = frozenset({"queued", "running"})
"""A run in one of these states is not over."""


@dataclass(frozen=True)
class DagRun:
    """One DAG run. Times are UTC; ``started`` is ``None`` while it is queued."""

    dag_id: str
    run_id: str
    state: str
    run_type: str
    conf: Mapping[str, Any]
    queued: datetime
    started: datetime | None
    ended: datetime | None


@dataclass(frozen=True)
class Task:
    """One task instance of a run; ``map_index`` is -1 for a task that is not mapped."""

    dag_id: str
    run_id: str
    task_id: str
    map_index: int
    state: str | None
    try_number: int
    started: datetime | None
    ended: datetime | None
    seconds: float | None


class AirflowApi:
    """A client that logs in by itself, and waits up to ``patience_seconds`` for a server that is restarted or has a busy database.

    Every call can be made again: a run is started under an id of the caller's, and cleared tasks are no longer failed.
    """

    def __init__(self, url: str, password: str, patience_seconds: float = 90, transport: httpx.BaseTransport | None = None) -> None:
        self.url = url
        self._password = password
        self._patience = patience_seconds
        self._http = httpx.Client(base_url=url, timeout=30, trust_env=False, transport=transport)

    def runs(self, dag_ids: Sequence[str], since: datetime | None = None) -> list[DagRun]:
        """Runs of these DAGs, oldest first: all of them, or those changed since ``since``."""
        query = {"order_by": "id"} | ({"updated_at_gte": since.isoformat()} if since else {})
        found = self._pages("dags/~/dagRuns", "dag_runs", query)
        return [_run(row) for row in found if row["dag_id"] in dag_ids]

    def run(self, dag_id: str, run_id: str) -> DagRun | None:
        """One run, or ``None`` where there is none of this id."""
        row = self._call("GET", f"dags/{dag_id}/dagRuns/{quote(run_id, safe='')}", missing_ok=True)
        return _run(row) if row else None

    def tasks(self, run: DagRun) -> list[Task]:
        """The run's task instances, in no order."""
        found = self._pages(f"dags/{run.dag_id}/dagRuns/{quote(run.run_id, safe='')}/taskInstances", "task_instances", {})
        return [_task(row) for row in found]

    def trigger(self, dag_id: str, run_id: str, conf: Mapping[str, Any]) -> None:
        """Start a run by hand, with these params."""
        self._call("POST", f"dags/{dag_id}/dagRuns", json={"dag_run_id": run_id, "logical_date": None, "conf": dict(conf)})

    def clear_failed(self, run: DagRun) -> None:
        """Run the failed tasks of a run, and what waited for them, again."""
        path = f"dags/{run.dag_id}/dagRuns/{quote(run.run_id, safe='')}/clear"
        self._call("POST", path, json={"dry_run": False, "only_failed": True})

    def returned(self, task: Task) -> Mapping[str, Any] | None:
        """The ref that a task returned, as a mapping; ``None`` when it returned nothing."""
        path = f"{_path(task)}/xcomEntries/return_value"
        row = self._call("GET", path, params={"map_index": task.map_index}, missing_ok=True)
        return plain(row["value"]) if row else None

    def log(self, task: Task) -> list[Mapping[str, Any]]:
        """The log entries of the task's last try; each has at least ``event``."""
        path = f"{_path(task)}/logs/{task.try_number}"
        row = self._call("GET", path, params={"map_index": task.map_index, "full_content": True}, missing_ok=True)
        return [line if isinstance(line, dict) else {"event": str(line)} for line in (row or {}).get("content", [])]

    def triggering_events(self, run: DagRun) -> list[Mapping[str, Any]]:
        """The asset events that started a run, each with ``name`` and ``extra``."""
        path = f"dags/{run.dag_id}/dagRuns/{quote(run.run_id, safe='')}/upstreamAssetEvents"
        found: list[Mapping[str, Any]] = self._call("GET", path)["asset_events"]
        return found

    def num_pending_events(self, dag_id: str) -> int:
        """How many asset events wait to start a run of the DAG."""
        row = self._call("GET", f"dags/{dag_id}/assets/queuedEvents", missing_ok=True)
        return int(row["total_entries"]) if row else 0

    def upstream(self, dag_id: str) -> dict[str, list[str]]:
        """Of each task of the DAG, the tasks right before it."""
        found: dict[str, list[str]] = {}
        for row in self._call("GET", f"dags/{dag_id}/tasks")["tasks"]:
            for below in row["downstream_task_ids"]:
                found.setdefault(below, []).append(row["task_id"])
        return found

    def pause(self, dag_id: str) -> None:
        """Let nothing start the DAG any more; a run that is under way goes on."""
        self._call("PATCH", f"dags/{dag_id}", json={"is_paused": True})

    def known_dags(self) -> set[str]:
        """Ids of the DAGs that Airflow has parsed and will schedule."""
        return {row["dag_id"] for row in self._pages("dags", "dags", {"paused": False})}

    def import_errors(self, since: datetime) -> list[str]:
        """One line for each DAG file that could not be parsed; what was found before ``since`` may be mended by now."""
        rows = self._pages("importErrors", "import_errors", {})
        return [
            f"{row['filename']}: {row['stack_trace'].strip().splitlines()[-1]}"
            for row in rows
            if datetime.fromisoformat(row["timestamp"]) >= since
        ]

    def _pages(self, path: str, key: str, query: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
        offset = 0
        while True:
            page = self._call("GET", path, params={**query, "limit": 100, "offset": offset})
            yield from page[key]
            offset += len(page[key])
            if not page[key] or offset >= page["total_entries"]:
                return

    def _call(self, method: str, path: str, missing_ok: bool = False, **request: Any) -> Any:
        deadline = time.monotonic() + self._patience
        while True:
            try:
                answer = self._http.request(method, f"/api/v2/{path}", **request)
                if answer.status_code == 401:
                    login = self._log_in()
                    answer = self._http.request(method, f"/api/v2/{path}", **request) if login.is_success else login
            except httpx.TransportError as error:
                if time.monotonic() > deadline:
                    raise LocalError(f"Airflow at {self.url} does not answer ({error}): see `make status`") from None
                time.sleep(1)
                continue
            if answer.is_server_error and time.monotonic() <= deadline:
                time.sleep(1)
                continue
            if answer.status_code == 404 and missing_ok:
                return None
            if answer.status_code == 409 and method == "POST":
                return None  # the try before, whose answer was lost, did it
            if answer.is_error:
                raise LocalError(f"Airflow refused {method} {path}: {answer.status_code} {answer.text[:300]}")
            return answer.json()

    def _log_in(self) -> httpx.Response:
        answer = self._http.post("/auth/token", json={"username": "admin", "password": self._password})
        if answer.is_client_error:
            raise LocalError(f"Airflow at {self.url} refused the password of this stack: is it another stack's Airflow?")
        if answer.is_success:
            self._http.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        return answer


def plain(value: Any) -> Any:
    """A value as XCom keeps it, without Airflow's envelope (class name, version) around refs and tuples."""
    if isinstance(value, dict):
        if "__data__" in value:
            return plain(value["__data__"])
        return {key: plain(inner) for key, inner in value.items()}
    return [plain(inner) for inner in value] if isinstance(value, list | tuple) else value


def _path(task: Task) -> str:
    return f"dags/{task.dag_id}/dagRuns/{quote(task.run_id, safe='')}/taskInstances/{task.task_id}"


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _run(row: Mapping[str, Any]) -> DagRun:
    return DagRun(
        row["dag_id"], row["dag_run_id"], row["state"], row["run_type"], row["conf"] or {},
        datetime.fromisoformat(row["queued_at"] or row["run_after"]), _time(row["start_date"]), _time(row["end_date"]),
    )  # fmt: skip


def _task(row: Mapping[str, Any]) -> Task:
    return Task(
        row["dag_id"], row["dag_run_id"], row["task_id"], row["map_index"], row["state"], row["try_number"],
        _time(row["start_date"]), _time(row["end_date"]), row["duration"],
    )  # fmt: skip
