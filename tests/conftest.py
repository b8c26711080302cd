"""Fixtures that every room shares: a real local AWS API and a real MLflow server, one of each per test process."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import hypothesis
import pytest

ROOT = Path(__file__).resolve().parents[1]

HELPERS = (
    "browser",
    "fake_account",
    "fake_redshift",
    "signing",
    "court",
    "emulated_jobs",
    "endpoint",
    "slow_endpoint",
    "tiny_models",
    "gadget_shop",
)
# How long an example takes says how busy the machine is.
hypothesis.settings.register_profile("reviewloop", deadline=None)
hypothesis.settings.load_profile("reviewloop")
pytest_plugins = [f"tests.helpers.{name}" for name in HELPERS]

os.environ.setdefault("REVIEWLOOP_PROFILE", "test")
os.environ.update(AWS_ACCESS_KEY_ID="test", AWS_SECRET_ACCESS_KEY="test", AWS_DEFAULT_REGION="us-east-1")
# Three test processes on two cores, beside their services: a thread each, or torch's threads wait for each other most of the time.
os.environ.update(OMP_NUM_THREADS="1", OMP_WAIT_POLICY="PASSIVE")
os.environ.update(HF_HUB_OFFLINE="1", MLFLOW_ALLOW_PICKLE_DESERIALIZATION="false", DO_NOT_TRACK="1", GX_ANALYTICS_ENABLED="false")


def free_port() -> int:
    """A TCP port of 127.0.0.1 that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(url: str, process: subprocess.Popen[bytes], log: Path, seconds: float = 60) -> None:
    """Until ``url`` answers; fails with the end of the log when the process dies or the time is up."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            urllib.request.urlopen(url, timeout=2)
            return
        except urllib.error.HTTPError:
            return
        except OSError:
            if process.poll() is not None:
                break
            time.sleep(0.1)
    pytest.fail(f"{url} did not come up:\n{log.read_text()[-3000:]}")


def start(command: list[str], env: dict[str, str], log: Path) -> subprocess.Popen[bytes]:
    """A service in its own process group, its output in ``log``."""
    with log.open("wb") as sink:
        return subprocess.Popen(command, env={**os.environ, **env}, stdout=sink, stderr=subprocess.STDOUT, start_new_session=True)


def stop(process: subprocess.Popen[bytes]) -> None:
    """End the service and everything it started."""
    os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)


@pytest.fixture(scope="session")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The endpoint of a real local AWS API (S3, Glue, Athena), its own per test process."""
    folder = tmp_path_factory.mktemp("aws")
    port = free_port()
    env = {"GATEWAY_PORT": str(port), "BIND_HOST": "127.0.0.1", "S3_PERSIST": "0", "TMPDIR": str(folder)}
    process = start([sys.executable, "-m", "ministack"], env, folder / "log")
    endpoint = f"http://127.0.0.1:{port}"
    wait_for(f"{endpoint}/_ministack/health", process, folder / "log")
    os.environ["AWS_ENDPOINT_URL"] = endpoint
    yield endpoint
    stop(process)


@pytest.fixture
def lake(aws: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[str]:
    """A fresh bucket, Glue database and Athena workgroup of this deployment; yields the bucket's name."""
    import uuid

    from reviewloop.adapters.lake import s3
    from reviewloop.settings import settings

    name = f"lake-{uuid.uuid4().hex[:12]}"
    for key in ("BUCKET", "DATABASE", "WORKGROUP", "REGISTERED_MODEL", "EXPERIMENT"):
        monkeypatch.setenv(f"REVIEWLOOP_{key}", name.replace("-", "_") if key == "DATABASE" else name)
    monkeypatch.setenv("REVIEWLOOP_WORK_DIR", str(tmp_path / "work"))
    settings.cache_clear()
    s3.client.cache_clear()
    s3.client().create_bucket(Bucket=name)
    yield name
    settings.cache_clear()


@contextmanager
def serving_mlflow(aws: str, folder: Path) -> Iterator[str]:
    """The URL of a real MLflow server whose database is a new file in ``folder``, until the end of the block."""
    port = free_port()
    command = [sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    command += ["--backend-store-uri", f"sqlite:///{folder}/mlflow.db", "--artifacts-destination", "s3://mlflow"]
    env = {"AWS_ENDPOINT_URL": aws, "MLFLOW_S3_ENDPOINT_URL": aws, "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
    process = start(command, env, folder / "log")
    url = f"http://127.0.0.1:{port}"
    wait_for(f"{url}/health", process, folder / "log", seconds=180)  # on a machine that others keep busy
    yield url
    stop(process)


@pytest.fixture(scope="session")
def mlflow_server(aws: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a real MLflow server (SQLite, artifacts in the local S3), its own per test process."""
    import boto3

    boto3.client("s3", endpoint_url=aws).create_bucket(Bucket="mlflow")
    with serving_mlflow(aws, tmp_path_factory.mktemp("mlflow")) as url:
        os.environ["MLFLOW_TRACKING_URI"] = url
        os.environ["MLFLOW_S3_ENDPOINT_URL"] = aws
        yield url


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The whole loop first: it waits for its scheduler much of the time, and what waits last is waited for by all."""
    items.sort(key=lambda item: item.get_closest_marker("e2e") is None)


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Binary data is named by its argument: a compressed file holds the second it was made in, and two workers whose tests are
    called differently collect nothing at all."""
    return argname if isinstance(val, bytes) and not val.isascii() else None
