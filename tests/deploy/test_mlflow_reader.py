"""The endpoint's user, made by ``deploy/create_mlflow_reader.py`` on a real MLflow server: it sees a release and changes none."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.conftest import free_port, start, stop, wait_for
from tests.helpers.released import crown

from reviewloop.adapters.lake import artifacts, s3
from reviewloop.adapters.mlflow import registry, runs
from reviewloop.adapters.mlflow.tags import Tag
from reviewloop.adapters.release.champion import answering
from reviewloop.adapters.release.registration import register_version
from reviewloop.errors import PermanentError

pytestmark = [pytest.mark.contract, pytest.mark.timeout(600)]
ROOT = Path(__file__).resolve().parents[2]
ADMIN, READER = ("grace", "hopper-of-1906"), ("hedy", "lamarr-of-1914")


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """MLflow as the team's stack starts it, but for SQLite and one worker."""
    shipped = (ROOT / "deploy" / "mlflow_auth.ini").read_text()
    config = tmp_path / "auth.ini"
    config.write_text(shipped.replace("postgresql+psycopg2:///mlflow", f"sqlite:///{tmp_path}/auth.db"))
    port = free_port()
    command = [sys.executable, "-m", "mlflow", "server", "--app-name", "basic-auth", "--host", "127.0.0.1", "--port", str(port)]
    command += [
        "--workers",
        "1",
        "--backend-store-uri",
        f"sqlite:///{tmp_path}/mlflow.db",
        "--artifacts-destination",
        str(tmp_path),
    ]
    env = {"MLFLOW_AUTH_CONFIG_PATH": str(config), "MLFLOW_FLASK_SERVER_SECRET_KEY": "m" * 64}
    env |= {"MLFLOW_AUTH_ADMIN_USERNAME": ADMIN[0], "MLFLOW_AUTH_ADMIN_PASSWORD": ADMIN[1]}
    process = start(command, env | {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}, tmp_path / "log")
    url = f"http://127.0.0.1:{port}"
    try:
        wait_for(f"{url}/health", process, tmp_path / "log", seconds=240)
        monkeypatch.setenv("MLFLOW_TRACKING_URI", url)
        yield url
    finally:
        stop(process)


def make_reader(reader: tuple[str, str] = READER) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "MLFLOW_READER_USERNAME": reader[0], "MLFLOW_READER_PASSWORD": reader[1]}
    script = ROOT / "deploy" / "create_mlflow_reader.py"
    return subprocess.run([sys.executable, script], env=env, capture_output=True, text=True, timeout=120)


def test_the_reader_follows_a_release_and_changes_nothing(lake: str, server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def log_in(name: str, password: str) -> None:
        monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", name)
        monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", password)

    log_in(*ADMIN)
    assert "is the admin" in make_reader(ADMIN).stderr
    assert "at least 12 characters" in make_reader(("hedy", "short")).stderr
    for password in ("another-of-1914", READER[1]):  # twice, as init runs again; what `.env` says then is the password
        done = make_reader((READER[0], password))
        assert done.returncode == 0, done.stderr
    run_id = runs.child_run(runs.open_run("key", "train", {}), "baseline")
    made = artifacts.publish(s3.lake_uri("models", "baseline"), {"model.json": b"{}"})
    version = crown(register_version(made.uri, run_id, {Tag.JOB_KEY: "key", Tag.MODEL_DIGEST: made.digest}).version)
    log_in(*READER)
    champion = answering()
    assert champion is not None
    assert (champion.version, champion.disagreement) == (version, None)
    head = registry.ledger_head()
    refused = {
        "alias": lambda: registry.set_alias(registry.CHAMPION, version),
        "tag": lambda: registry.set_version_tags(version, {Tag.VERDICT: "passed"}),
        "witness": lambda: registry.set_ledger_head("9 " + "0" * 64),
        "version": lambda: registry.create_version("s3://elsewhere/m", "", {Tag.JOB_KEY: "other"}),
        "deletion": lambda: registry.delete_version(version),
        "run": lambda: runs.log_metrics(run_id, {"accuracy": 1.0}),
        "another password": lambda: log_in(READER[0], "another-of-1914") or registry.ledger_head(),
    }
    for what, act in refused.items():
        with pytest.raises(PermanentError, match="MLflow: .*(Permission denied|not authenticated)"):
            act()
        assert what
    log_in(*ADMIN)
    assert (registry.aliased(), registry.ledger_head(), len(registry.versions())) == (version, head, 1)
