"""A canned Airflow: its REST API, faked at the edge, so that our client's own code is what runs."""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import unquote

import httpx
import pytest

from reviewloop_local.loop.airflow_api import AirflowApi

_NOW = datetime.now(UTC) + timedelta(hours=1)  # later than any test begins to watch
START = _NOW.isoformat()
END = (_NOW + timedelta(seconds=7)).isoformat()


class CannedAirflow:
    """Holds runs, tasks, returned values and logs; answers like Airflow's REST API v2."""

    def __init__(self) -> None:
        self.runs: dict[tuple[str, str], dict[str, Any]] = {}
        self.tasks: dict[str, list[dict[str, Any]]] = {}
        self.returned: dict[tuple[str, str, int], Any] = {}
        self.logs: dict[tuple[str, str], list[dict[str, Any]]] = {}
        self.events: dict[str, list[dict[str, Any]]] = {}
        self.posted: list[tuple[str, Any]] = []
        self.pending = 0
        self.num_logins = 0
        self.num_refusals = 0
        """So many connections are refused before the next is answered."""
        self.num_errors = 0
        """So many calls end in a server error before the next is answered."""

    def add_run(self, dag_id: str, run_id: str, state: str = "success", **facts: Any) -> None:
        row = {"dag_id": dag_id, "dag_run_id": run_id, "state": state, "run_type": "manual", "conf": {}, "queued_at": START}
        row |= {
            "updated_at": datetime.now(UTC).isoformat(),
            "run_after": START,
            "start_date": START,
            "end_date": END if state in {"success", "failed"} else None,
        }
        self.runs[(dag_id, run_id)] = row | facts
        self.tasks.setdefault(run_id, [])

    def add_task(self, run_id: str, task_id: str, state: str | None = "success", returned: Any = None, **facts: Any) -> None:
        dag_id = next(dag for dag, run in self.runs if run == run_id)
        row = {"dag_id": dag_id, "dag_run_id": run_id, "task_id": task_id, "map_index": -1, "state": state, "try_number": 1}
        row |= {"start_date": START, "end_date": END, "duration": 7.0} | facts
        self.tasks[run_id] = [
            old for old in self.tasks[run_id] if (old["task_id"], old["map_index"]) != (task_id, row["map_index"])
        ]
        self.tasks[run_id].append(row)
        if returned is not None:
            envelope = {"__classname__": "reviewloop.refs.X", "__version__": 1, "__data__": returned.model_dump(mode="json")}
            self.returned[(run_id, task_id, row["map_index"])] = envelope

    def answer(self, request: httpx.Request) -> httpx.Response:
        if self.num_refusals:
            self.num_refusals -= 1
            raise httpx.ConnectError("refused")
        if self.num_errors:
            self.num_errors -= 1
            return httpx.Response(500, json={"detail": {"reason": "Database error"}})
        if request.url.path == "/auth/token":
            self.num_logins += 1
            return httpx.Response(201, json={"access_token": f"token{self.num_logins}"})
        if request.headers.get("Authorization") != f"Bearer token{self.num_logins}":
            return httpx.Response(401)
        path = [unquote(part) for part in request.url.raw_path.decode().partition("?")[0].split("/")[3:]]
        if request.method == "POST":
            self.posted.append(("/".join(path), request.read()))
            return httpx.Response(200, json={})
        return self.get(path, request)

    def get(self, path: list[str], request: httpx.Request) -> httpx.Response:
        match path:
            case ["dags", "~", "dagRuns"]:
                since = request.url.params.get("updated_at_gte", "")
                return page("dag_runs", [row for row in self.runs.values() if row["updated_at"] >= since], request)
            case ["dags", _, "assets", "queuedEvents"]:
                return httpx.Response(200, json={"total_entries": self.pending})
            case ["dags", dag, "dagRuns", run]:
                found = self.runs.get((dag, run))
                return httpx.Response(200, json=found) if found else httpx.Response(404)
            case ["dags", _, "dagRuns", run, "upstreamAssetEvents"]:
                return httpx.Response(200, json={"asset_events": self.events.get(run, [])})
            case ["dags", _, "dagRuns", run, "taskInstances"]:
                return page("task_instances", self.tasks[run], request)
            case ["dags", _, "dagRuns", run, "taskInstances", task, "xcomEntries", "return_value"]:
                value = self.returned.get((run, task, int(request.url.params["map_index"])))
                return httpx.Response(200, json={"value": value}) if value else httpx.Response(404)
            case ["dags", _, "dagRuns", run, "taskInstances", task, "logs", _]:
                return httpx.Response(200, json={"content": self.logs.get((run, task), [])})
        return httpx.Response(500, text=f"not canned: {path}")


def page(key: str, rows: list[Any], request: httpx.Request) -> httpx.Response:
    low = int(request.url.params["offset"])
    return httpx.Response(200, json={key: rows[low : low + 2], "total_entries": len(rows)})  # two a page, so that paging is tested


@pytest.fixture
def airflow() -> CannedAirflow:
    return CannedAirflow()


@pytest.fixture
def api(airflow: CannedAirflow) -> AirflowApi:
    return AirflowApi("http://airflow", "secret", patience_seconds=3, transport=httpx.MockTransport(airflow.answer))
