"""Airflow as the stack sets it up, in a folder of its own. Set before anything imports Airflow, which reads it on import."""

import atexit
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

ROOT = Path(__file__).resolve().parents[2]
HOME = Path(tempfile.mkdtemp(prefix="airflow-home-"))
atexit.register(shutil.rmtree, HOME, ignore_errors=True)

os.environ.update(
    AIRFLOW_HOME=str(HOME),
    AIRFLOW__CORE__DAGS_FOLDER=str(ROOT / "dags"),
    AIRFLOW__CORE__PLUGINS_FOLDER=str(ROOT / "plugins"),
    AIRFLOW__CORE__LOAD_EXAMPLES="False",
    AIRFLOW__CORE__ALLOWED_DESERIALIZATION_CLASSES="airflow.* reviewloop.refs.*",
    AIRFLOW__CORE__UNIT_TEST_MODE="False",
    AIRFLOW__DATABASE__SQL_ALCHEMY_CONN=f"sqlite:///{HOME}/airflow.db",
    AIRFLOW__API__BASE_URL="http://localhost:8080",
    PYTHONPATH=os.pathsep.join([str(ROOT / "include"), str(ROOT / "plugins")]),
)


@pytest.fixture(scope="session")
def dags() -> dict[str, Any]:
    """Every DAG of the project, parsed as Airflow parses them; fails with Airflow's own message where a file does not."""
    from airflow.dag_processing.dagbag import DagBag

    bag = DagBag()
    assert not bag.import_errors, "\n".join(bag.import_errors.values())
    return dict(bag.dags)


@pytest.fixture(scope="session")
def airflow_db(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated metadata database (about 10 s): made once, each other test process has a copy of it."""
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID")
    if run is None:
        _migrate()
        return HOME
    made = tmp_path_factory.getbasetemp().parent / f"airflow-{run}.db"
    with FileLock(f"{made}.lock"):
        if not made.exists():
            _migrate()
            shutil.copy(HOME / "airflow.db", f"{made}.part")
            Path(f"{made}.part").replace(made)
    shutil.copy(made, HOME / "airflow.db")
    return HOME


def _migrate() -> None:
    done = subprocess.run([sys.executable, "-m", "airflow", "db", "migrate"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
