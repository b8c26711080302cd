"""When a part of the stack is ready; the stack itself starts, heals and stops in ``tests/e2e``."""

import pytest

from reviewloop_local.errors import LocalError
from reviewloop_local.stack.health import PartState, airflow_ready, wait_until_ready
from reviewloop_local.stack.ports import Ports
from reviewloop_local.stack.stack import _code


def test_a_heartbeat_of_an_earlier_process_does_not_make_a_part_ready():
    health = {"scheduler": {"status": "healthy", "latest_scheduler_heartbeat": "2026-01-01T00:00:10+00:00"}}
    beat = 1767225610.0

    assert airflow_ready(health, "scheduler", beat - 1)
    assert not airflow_ready(health, "scheduler", beat + 1)
    assert not airflow_ready({}, "scheduler", beat)
    assert not airflow_ready({"scheduler": {"status": "unhealthy"}}, "scheduler", 0)


def test_a_part_that_has_given_up_is_told_at_once_with_where_its_log_is():
    dead = {"mlflow": PartState("mlflow", "FATAL", 0, "Exited too quickly")}

    with pytest.raises(LocalError, match=r"mlflow does not start \(Exited too quickly\): see `make logs PART=mlflow`"):
        wait_until_ready(("mlflow",), lambda: dead, Ports(), print)


def test_what_a_running_part_holds_is_part_of_its_fingerprint():
    names = {path.name for path in _code()}
    assert {"s3.py", "base.yaml", "snapshot.sql", "page.html", "style.css", "requirements.txt"} <= names
    assert "reviews_ingest.py" not in names, "Airflow reads DAG files anew by itself"
