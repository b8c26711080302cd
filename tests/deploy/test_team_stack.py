"""The team deployment's commands and health checks, run natively: real Postgres, Redis with a password, Celery, FAB."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import psycopg2
import pytest
from tests.conftest import free_port, start
from tests.helpers.needed import program
from tests.helpers.private_postgres import PrivatePostgres

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

@dag(schedule=None)
def patient():
    @task
    def wait(place: str) -> str:
        import pathlib, time
        while not (pathlib.Path(place) / "go").exists():
            time.sleep(0.2)
        return "done"
    wait(FOLDER)

hello()
patient()
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
            assert name not in self.running or self.running[name].poll() is not None, (
                f"{name} runs already, and would never be ended"
            )
            self.running[name] = start(self.services[name]["command"], self.environment(name), self.folder / f"{name}.log")

    def restart_what_died(self) -> None:
        """As compose does."""
        self.start(*[name for name, process in self.running.items() if process.poll() is not None])

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
def postgres() -> Iterator[PrivatePostgres]:
    """A server of this module's own, with a fresh database for Airflow and one for MLflow."""
    folder = Path(tempfile.mkdtemp(prefix="reviewloop-postgres-"))  # pytest's own are closed to the user postgres
    cluster = PrivatePostgres.made(folder, free_port())
    connection = psycopg2.connect(host="127.0.0.1", port=cluster.port, user="postgres")
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("CREATE DATABASE airflow")
        cursor.execute("CREATE DATABASE mlflow")
    connection.close()
    yield cluster
    cluster.kill()
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def team(postgres: PrivatePostgres, aws: str, compose_file: Callable[..., dict[str, Any]], tmp_path_factory) -> Iterator[Team]:
    program("redis-server")
    folder = tmp_path_factory.mktemp("team")
    (folder / "dags").mkdir()
    (folder / "dags" / "hello.py").write_text(f"FOLDER = {str(folder)!r}\n{DAG}")
    port = {name: free_port() for name in ("api", "redis", "health", "worker", "trigger", "mlflow", "endpoint")}
    values = {"REDIS_PASSWORD": "r3dis", "POSTGRES_PASSWORD": "pg", "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
    values |= {"AIRFLOW_ADMIN_USERNAME": ADMIN["username"], "AIRFLOW_ADMIN_PASSWORD": ADMIN["password"]}
    values |= {"AIRFLOW_ADMIN_EMAIL": "ada@example.org", "AIRFLOW_FERNET_KEY": "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="}
    values |= {"AIRFLOW_JWT_SECRET": "j" * 64, "AIRFLOW_API_SECRET_KEY": "k" * 64}
    values |= {"MLFLOW_READER_USERNAME": "hedy", "MLFLOW_READER_PASSWORD": "lamarr-of-1914"}
    values |= {"MLFLOW_ADMIN_USERNAME": "grace", "MLFLOW_ADMIN_PASSWORD": "hopper-of-1906", "MLFLOW_SECRET_KEY": "m" * 64}
    replaced = {
        "reviewloop:pg@postgres:5432/airflow": f"postgres@127.0.0.1:{postgres.port}/airflow",
        "PGHOST: postgres": "PGHOST: 127.0.0.1",
        'PGPORT: "5432"': f'PGPORT: "{postgres.port}"',
        "PGUSER: reviewloop": "PGUSER: postgres",
        "deploy/mlflow_auth.ini": str(ROOT / "deploy" / "mlflow_auth.ini"),
        "@redis:6379": f"@127.0.0.1:{port['redis']}",
        "http://aws:4566": aws,
        "airflow-api-server:8080": f"127.0.0.1:{port['api']}",
        "http://127.0.0.1:8080": f"http://127.0.0.1:{port['api']}",
        "127.0.0.1:8974": f"127.0.0.1:{port['health']}",
        "http://mlflow:5000": f"http://127.0.0.1:{port['mlflow']}",
        'port, "5000"': f'port, "{port["mlflow"]}"',
        "127.0.0.1:5000/health": f"127.0.0.1:{port['mlflow']}/health",
        'port, "8000"': f'port, "{port["endpoint"]}"',
        "127.0.0.1:8000/v2/health": f"127.0.0.1:{port['endpoint']}/v2/health",
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
    """Airflow's parts and one Celery worker, after ``deploy/init.sh`` has run twice, beside MLflow."""
    team.start("mlflow")
    assert team.healthy("mlflow"), team.log("mlflow")
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


def state_of(airflow: Team, path: str, token: str, wanted: set[str], seconds: float) -> str:
    """The run's state, once it is one of ``wanted``; what dies meanwhile is started again, what does not answer is asked again."""
    deadline, state = time.monotonic() + seconds, "unknown"
    while time.monotonic() < deadline and state not in wanted:
        airflow.restart_what_died()
        with suppress(OSError):  # also an HTTP error
            state = airflow.call("GET", path, token=token)["state"] or "none"
        time.sleep(0.5)
    return state


def test_a_database_killed_in_the_middle_of_a_run_is_survived(airflow: Team, postgres: PrivatePostgres):
    token = airflow.call("POST", "/auth/token", ADMIN)["access_token"]
    airflow.call("PATCH", "/api/v2/dags/patient", {"is_paused": False}, token)
    airflow.call("POST", "/api/v2/dags/patient/dagRuns", {"dag_run_id": "two", "logical_date": None}, token)
    run = "/api/v2/dags/patient/dagRuns/two"
    assert state_of(airflow, f"{run}/taskInstances/wait", token, {"running"}, 60) == "running", airflow.log("worker")
    postgres.kill()
    time.sleep(20)  # longer than the three heartbeats after which Airflow would end the task
    postgres.start()
    (airflow.folder / "go").touch()
    assert state_of(airflow, run, token, {"success", "failed"}, 150) == "success", airflow.log("airflow-scheduler")
    tries = airflow.call("GET", f"{run}/taskInstances/wait/tries", token=token)["task_instances"]
    assert [one["state"] for one in tries] == ["success"], "the task ran on, and ran once"


def test_a_wrong_password_is_refused(airflow: Team):
    assert airflow.healthy("airflow-api-server"), airflow.log("airflow-api-server")
    with pytest.raises(urllib.error.HTTPError, match="401"):
        airflow.call("POST", "/auth/token", ADMIN | {"password": "wrong"})


@pytest.mark.parametrize("name", ["mlflow", "endpoint"])
def test_the_other_services_start_and_pass_their_health_check(team: Team, name: str):
    if name not in team.running:
        team.start(name)
    assert team.healthy(name), team.log(name)


RELEASE = """
from reviewloop.adapters.mlflow import registry, runs
run_id = runs.child_run(runs.open_run("key", "train", {}), "baseline")
runs.log_metrics(run_id, {"accuracy": 0.8})
runs.log_bytes(run_id, "page/index.html", b"<h1>Page</h1>")
registry.create_version("s3://reviewloop/models/baseline/0123456789abcdef", run_id, {"reviewloop.kind": "baseline"})
registry.set_version_tags("1", {"reviewloop.verdict": "pass"})
registry.set_alias("champion", "1")
print(registry.aliased("champion"), len(registry.versions()))
registry.delete_version("1")
"""


def test_mlflow_lets_in_who_logs_in_and_nobody_else(team: Team, aws: str):
    boto3.client("s3", endpoint_url=aws).create_bucket(Bucket="mlflow")
    if "mlflow" not in team.running:
        team.start("mlflow")
    assert team.healthy("mlflow"), team.log("mlflow")
    client = team.environment("worker")

    def ask(path: str, name: str = "", password: str = "") -> int:
        headers = {"Authorization": f"Basic {b64encode(f'{name}:{password}'.encode()).decode()}"} if name else {}
        try:
            request = urllib.request.Request(client["MLFLOW_TRACKING_URI"] + path, headers=headers)
            with urllib.request.urlopen(request, timeout=20) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            return error.code

    for path in ("/", "/api/2.0/mlflow/registered-models/search", "/api/2.0/mlflow-artifacts/artifacts", "/graphql"):
        assert ask(path) == 401, path
        assert ask(path, "grace", "wrong") == 401, path
    user, password = client["MLFLOW_TRACKING_USERNAME"], client["MLFLOW_TRACKING_PASSWORD"]
    assert ask("/api/2.0/mlflow/registered-models/search", user, password) == 200

    def release(env: dict[str, str]) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", RELEASE]
        return subprocess.run(command, env={**os.environ, **env}, capture_output=True, text=True, timeout=120)

    done = release(client)
    assert (done.returncode, done.stdout) == (0, "1 1\n"), done.stderr
    refused = release(client | {"MLFLOW_TRACKING_USERNAME": "", "MLFLOW_TRACKING_PASSWORD": ""})
    assert "reviewloop.errors.PermanentError: MLflow: " in refused.stderr, "no login is a refusal, not an outage to be waited out"


def test_a_worker_that_is_told_to_stop_ends_in_time(airflow: Team):
    assert airflow.healthy("worker"), airflow.log("worker")
    worker = airflow.running["worker"]
    worker.terminate()
    assert worker.wait(60) == 0, airflow.log("worker")


def test_the_databases_come_back_from_a_backup(airflow: Team, postgres: PrivatePostgres):
    """The last test of the module: nothing writes any more, as before a restore."""
    for name, process in airflow.running.items():
        if name != "redis":
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    env = {**os.environ, "PG_COMMAND": "", "PGHOST": "127.0.0.1", "PGPORT": str(postgres.port), "PGUSER": "postgres"}
    saved = airflow.folder / "saved"

    def script(name: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([ROOT / "deploy" / name, saved], env=env, capture_output=True, text=True, timeout=120)

    def ask(sql: str) -> list[tuple[Any, ...]]:
        connection = psycopg2.connect(host="127.0.0.1", port=postgres.port, user="postgres", dbname="airflow")
        with closing(connection), connection, connection.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchall() if cursor.description else []

    runs = ask("SELECT dag_id, run_id, state FROM dag_run ORDER BY 1")
    assert ("hello", "one", "success") in runs
    done = script("backup.sh")
    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in saved.iterdir()) == ["airflow.dump", "mlflow.dump"]
    ask("DELETE FROM dag_run")
    assert script("backup.sh").returncode != 0, "a backup is never written over another"
    (saved / "mlflow.dump").rename(saved / "elsewhere")
    assert "no mlflow.dump" in script("restore.sh").stderr
    assert ask("SELECT dag_id, run_id, state FROM dag_run") == [], "half a backup touches nothing"
    (saved / "elsewhere").rename(saved / "mlflow.dump")
    done = script("restore.sh")
    assert done.returncode == 0, done.stderr
    assert ask("SELECT dag_id, run_id, state FROM dag_run ORDER BY 1") == runs
