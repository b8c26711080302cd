"""The team deployment's commands and health checks, run natively: real Postgres, Redis with a password, Celery, FAB."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import psycopg2
import pytest
from tests.conftest import free_port, start

pytestmark = [pytest.mark.contract, pytest.mark.timeout(600)]

ROOT = Path(__file__).resolve().parents[2]
ADMIN = {"username": "ada", "password": "lovelace1"}
DAG = """
from airflow.sdk import dag, task

@dag(schedule=None)
def hello():
    @task(pool="training")
    def where() -> str:
        import sys
        return "found imported" if {"torch", "mlflow"} <= set(sys.modules) else "to be imported"
    where()

hello()
"""


@dataclass
class Team:
    """The compose file's services on this machine: the same commands, environment and health checks; other hosts and ports."""

    services: dict[str, dict[str, Any]]
    env: dict[str, str]
    folder: Path
    api: str
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def environment(self, name: str) -> dict[str, str]:
        return self.env | {key: str(value) for key, value in self.services[name].get("environment", {}).items()}

    def start(self, *names: str) -> None:
        for name in names:
            self.running[name] = start(self.services[name]["command"], self.environment(name), self.folder / f"{name}.log")

    def log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text()[-3000:]

    def healthy(self, name: str, seconds: float = 90) -> bool:
        """Whether the service's own health check succeeds in time."""
        kind, *words = self.services[name]["healthcheck"]["test"]
        command = words if kind == "CMD" else ["sh", "-c", words[0]]
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and self.running[name].poll() is None:
            done = subprocess.run(command, env={**os.environ, **self.environment(name)}, cwd=ROOT, capture_output=True, timeout=60)
            if done.returncode == 0:
                return True
            time.sleep(0.5)
        return False

    def call(self, method: str, path: str, body: dict[str, Any] | None = None, token: str = "") -> dict[str, Any]:
        headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
        request = urllib.request.Request(self.api + path, json.dumps(body).encode() if body else None, headers, method=method)
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.loads(answer.read())


@pytest.fixture(scope="module")
def database() -> Iterator[str]:
    """The name of a fresh database for Airflow; ``<name>_mlflow`` is one for MLflow."""
    try:
        connection = psycopg2.connect(host="127.0.0.1", user="postgres", connect_timeout=3)
    except psycopg2.OperationalError as error:
        pytest.skip(f"needs a PostgreSQL at 127.0.0.1:5432 that trusts the user postgres: {error}")
    connection.autocommit = True
    name = f"team_{uuid.uuid4().hex[:12]}"
    with connection.cursor() as cursor:
        for database in (name, f"{name}_mlflow"):
            cursor.execute(f'CREATE DATABASE "{database}"')
        yield name
        for database in (name, f"{name}_mlflow"):
            cursor.execute(f'DROP DATABASE "{database}" WITH (FORCE)')
    connection.close()


@pytest.fixture(scope="module")
def team(database: str, aws: str, compose_file: Callable[..., dict[str, Any]], tmp_path_factory) -> Iterator[Team]:
    if not shutil.which("redis-server"):
        pytest.skip("needs redis-server on the PATH")
    folder = tmp_path_factory.mktemp("team")
    (folder / "dags").mkdir()
    (folder / "dags" / "hello.py").write_text(DAG)
    port = {name: free_port() for name in ("api", "redis", "health", "worker", "trigger", "mlflow", "endpoint")}
    values = {"REDIS_PASSWORD": "r3dis", "POSTGRES_PASSWORD": "pg", "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
    values |= {"AIRFLOW_ADMIN_USERNAME": ADMIN["username"], "AIRFLOW_ADMIN_PASSWORD": ADMIN["password"]}
    values |= {"AIRFLOW_ADMIN_EMAIL": "ada@example.org", "AIRFLOW_FERNET_KEY": "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="}
    values |= {"AIRFLOW_JWT_SECRET": "j" * 64, "AIRFLOW_API_SECRET_KEY": "k" * 64}
    replaced = {
        "reviewloop:pg@postgres:5432/airflow": f"postgres@127.0.0.1:5432/{database}",
        "reviewloop:pg@postgres:5432/mlflow": f"postgres@127.0.0.1:5432/{database}_mlflow",
        "@redis:6379": f"@127.0.0.1:{port['redis']}",
        "http://aws:4566": aws,
        "airflow-api-server:8080": f"127.0.0.1:{port['api']}",
        "http://127.0.0.1:8080": f"http://127.0.0.1:{port['api']}",
        "127.0.0.1:8974": f"127.0.0.1:{port['health']}",
        "http://mlflow:5000": f"http://127.0.0.1:{port['mlflow']}",
        'port, "5000"': f'port, "{port["mlflow"]}"',
        "127.0.0.1:5000/health": f"127.0.0.1:{port['mlflow']}/health",
        'port, "8000"': f'port, "{port["endpoint"]}"',
        "127.0.0.1:8000/openapi": f"127.0.0.1:{port['endpoint']}/openapi",
        "0.0.0.0": "127.0.0.1",
        "/opt/reviewloop/dags": str(folder / "dags"),
        "/opt/reviewloop/plugins": str(ROOT / "plugins"),
    }
    env = {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": f"{ROOT / 'include'}{os.pathsep}{ROOT / 'plugins'}",
        "AIRFLOW_HOME": str(folder / "airflow"),
        "REVIEWLOOP_WORK_DIR": str(folder / "work"),
        "HOSTNAME": socket.gethostname(),
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__PORT": str(port["api"]),
        "AIRFLOW__SCHEDULER__SCHEDULER_HEALTH_CHECK_SERVER_PORT": str(port["health"]),
        "AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT": str(port["worker"]),
        "AIRFLOW__LOGGING__TRIGGER_LOG_SERVER_PORT": str(port["trigger"]),
    }
    stack = Team(compose_file(values, replaced)["services"], env, folder, f"http://127.0.0.1:{port['api']}")
    stack.services["redis"]["command"] += ["--port", str(port["redis"]), "--bind", "127.0.0.1", "--dir", str(folder)]
    stack.services["redis"]["environment"]["REDISCLI_AUTH"] = values["REDIS_PASSWORD"]
    stack.env["REDIS_PORT"] = str(port["redis"])
    try:
        stack.start("redis")
        yield stack
    finally:
        for process in stack.running.values():
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)  # how they end when told to is tested above
            process.wait()


@pytest.fixture(scope="module")
def airflow(team: Team, aws: str) -> Team:
    """Airflow's parts and one Celery worker, after ``deploy/init.sh`` has run twice."""
    for _ in range(2):
        command = team.services["airflow-init"]["command"]
        env = {**os.environ, **team.environment("airflow-init")}
        done = subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True, timeout=240)
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    team.start("airflow-api-server", "airflow-scheduler", "airflow-dag-processor", "airflow-triggerer", "worker")
    return team


def test_init_makes_the_buckets(airflow: Team, aws: str):
    names = {bucket["Name"] for bucket in boto3.client("s3", endpoint_url=aws).list_buckets()["Buckets"]}
    assert {"reviewloop", "mlflow"} <= names


@pytest.mark.parametrize(
    "name", ["airflow-api-server", "airflow-scheduler", "airflow-dag-processor", "airflow-triggerer", "worker"]
)
def test_the_health_check_of_an_airflow_service_succeeds(airflow: Team, name: str):
    assert airflow.healthy(name), airflow.log(name)


def test_a_task_runs_on_a_celery_worker_for_a_named_user(airflow: Team):
    assert airflow.healthy("airflow-api-server"), airflow.log("airflow-api-server")
    token = airflow.call("POST", "/auth/token", ADMIN)["access_token"]
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and not airflow.call("GET", "/api/v2/dags", token=token)["dags"]:
        time.sleep(0.5)
    airflow.call("PATCH", "/api/v2/dags/hello", {"is_paused": False}, token)
    run = airflow.call("POST", "/api/v2/dags/hello/dagRuns", {"dag_run_id": "one", "logical_date": None}, token)
    while time.monotonic() < deadline and run["state"] not in ("success", "failed"):
        time.sleep(0.5)
        run = airflow.call("GET", "/api/v2/dags/hello/dagRuns/one", token=token)
    assert run["state"] == "success", airflow.log("worker")
    pool = airflow.call("GET", "/api/v2/pools/training", token=token)
    assert (pool["slots"], pool["include_deferred"]) == (1, True), "a fine-tune that waits on AWS has its slot too"
    ran = [line for line in (airflow.folder / "worker.log").read_text().splitlines() if "Executing workload in Celery" in line]
    assert len(ran) == 1
    assert "dag_id='hello'" in ran[0]
    value = airflow.call("GET", "/api/v2/dags/hello/dagRuns/one/taskInstances/where/xcomEntries/return_value", token=token)["value"]
    assert value == "found imported", "a worker has the heavy libraries at hand before it forks"


def test_a_wrong_password_is_refused(airflow: Team):
    assert airflow.healthy("airflow-api-server"), airflow.log("airflow-api-server")
    with pytest.raises(urllib.error.HTTPError, match="401"):
        airflow.call("POST", "/auth/token", ADMIN | {"password": "wrong"})


@pytest.mark.parametrize("name", ["mlflow", "endpoint"])
def test_the_other_services_start_and_pass_their_health_check(team: Team, name: str):
    team.start(name)
    assert team.healthy(name), team.log(name)


def test_a_worker_that_is_told_to_stop_ends_in_time(airflow: Team):
    assert airflow.healthy("worker"), airflow.log("worker")
    worker = airflow.running["worker"]
    worker.terminate()
    assert worker.wait(60) == 0, airflow.log("worker")
