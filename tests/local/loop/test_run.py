import io
import json
import os
import socket
from datetime import UTC, datetime
from typing import Any
from unittest.mock import patch

import pytest
from rich.console import Console

from reviewloop.core.release.events import Event
from reviewloop.errors import NothingToDo, Refused
from reviewloop_local.errors import LocalError
from reviewloop_local.loop.follow import DAGS
from reviewloop_local.loop.replay import Delivery
from reviewloop_local.loop.run import (
    adopt_older_releases,
    done,
    mend,
    run,
    run_for,
    run_id_of,
    sign_older_champion,
    start,
    wait_for_dags,
)
from reviewloop_local.stack.home import Home
from reviewloop_local.stack.ports import Ports
from reviewloop_local.stack.stack import Stack

DELIVERY = Delivery("2026-01-01", b"a,b\n1,2\n")
RUN_ID = run_id_of(DELIVERY)


@pytest.fixture
def console() -> Console:
    return Console(file=io.StringIO())


def test_the_same_object_has_the_same_run_and_another_object_another():
    assert run_id_of(Delivery("2026-01-01", b"a,b\n1,2\n")) == RUN_ID
    assert run_id_of(Delivery("2026-01-01", b"a,b\n1,3\n")) != RUN_ID


def test_a_new_delivery_starts_a_run_for_its_day(airflow, api, console):
    start(api, console, "2026-01-01", RUN_ID)

    [(path, body)] = airflow.posted
    assert path == "dags/reviews_ingest/dagRuns"
    assert json.loads(body) == {"dag_run_id": RUN_ID, "logical_date": None, "conf": {"day": "2026-01-01"}}


@pytest.mark.parametrize("state", ["success", "running", "queued"])
def test_what_is_done_or_under_way_is_not_started_again(airflow, api, console, state):
    airflow.add_run("reviews_ingest", RUN_ID, state)

    start(api, console, "2026-01-01", RUN_ID)

    assert airflow.posted == []
    assert done(api, DELIVERY) == (state == "success")


def test_of_a_failed_run_only_what_failed_is_run_again(airflow, api, console):
    airflow.add_run("reviews_ingest", RUN_ID, "failed")

    start(api, console, "2026-01-01", RUN_ID)

    [(path, body)] = airflow.posted
    assert path == f"dags/reviews_ingest/dagRuns/{RUN_ID}/clear"
    assert json.loads(body) == {"dry_run": False, "only_failed": True}


def test_a_correction_is_a_run_of_its_own_and_so_is_the_way_back(airflow, api, console):
    corrected, day = Delivery("2026-01-01", b"a,b\n1,3\n"), {"day": "2026-01-01"}
    assert run_for(api, DELIVERY) == RUN_ID
    airflow.add_run("reviews_ingest", RUN_ID, conf=day)
    airflow.add_run("reviews_ingest", "delivery__2026-01-02__x", conf={"day": "2026-01-02"})
    assert (run_for(api, DELIVERY), done(api, DELIVERY)) == (RUN_ID, True)
    assert run_for(api, corrected) == run_id_of(corrected)
    airflow.add_run("reviews_ingest", run_id_of(corrected), conf=day)
    assert (run_for(api, DELIVERY), done(api, DELIVERY)) == (f"{RUN_ID}__2", False)
    airflow.add_run("reviews_ingest", f"{RUN_ID}__2", conf=day)
    assert (run_for(api, DELIVERY), done(api, DELIVERY)) == (f"{RUN_ID}__2", True)


def test_mending_redoes_the_newest_run_of_a_dag_and_not_one_that_a_later_run_made_good(airflow, api, console):
    airflow.add_run("sentiment_train", "t1", "failed")
    airflow.add_run("sentiment_train", "t2", "success")
    airflow.add_run("sentiment_release", "r1", "failed")

    mend(api, console)

    assert [path for path, _ in airflow.posted] == ["dags/sentiment_release/dagRuns/r1/clear"]


def test_a_dag_file_that_does_not_parse_is_told_by_its_last_line(api, monkeypatch: pytest.MonkeyPatch):
    error = {"filename": "reviews_ingest.py", "stack_trace": "Traceback\nImportError: no x\n", "timestamp": "2026-01-02T00:00:00Z"}
    answers: dict[str, list[Any]] = {"dags": [{"dag_id": dag} for dag in DAGS[1:]], "importErrors": [error]}
    monkeypatch.setattr(api, "_pages", lambda path, key, query: iter(answers[path]))

    with pytest.raises(LocalError, match="a DAG file does not parse: reviews_ingest.py: ImportError: no x"):
        wait_for_dags(api, datetime(2026, 1, 1, tzinfo=UTC))
    with pytest.raises(LocalError, match="Airflow does not schedule reviews_ingest: paused in the UI"):
        wait_for_dags(api, datetime(2026, 1, 3, tzinfo=UTC), seconds=0)  # that error is older than this processor


def test_a_run_that_does_not_start_leaves_the_stack_its_profile(tmp_path, monkeypatch: pytest.MonkeyPatch):
    """The profile `sample` asks less of a model than `local`: a failed command must not loosen the gates of real data."""
    with socket.socket() as taken, patch.dict(os.environ):
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        stack = Stack(Home(tmp_path / "home"), Ports(airflow=taken.getsockname()[1]))
        stack.home.keep_profile("local")
        monkeypatch.delenv("REVIEWLOOP_PROFILE", raising=False)
        monkeypatch.setattr("reviewloop_local.loop.run.reviews", lambda _: (DELIVERY, DELIVERY))

        with pytest.raises(LocalError, match="is taken, and Airflow"):
            run(stack, "")

        assert os.environ["REVIEWLOOP_PROFILE"] == "sample"  # what the failed start was to work under
    assert stack.home.profile == "local"


def test_a_stack_that_started_keeps_the_profile_that_it_started_with(tmp_path, monkeypatch: pytest.MonkeyPatch):
    stack = Stack(Home(tmp_path / "home"), Ports(), profile="sample")
    monkeypatch.delenv("REVIEWLOOP_PROFILE", raising=False)
    for step in ("_start_supervisor", "_migrate", "_start_parts"):
        monkeypatch.setattr(Stack, step, lambda *_: None)
    monkeypatch.setattr("reviewloop_local.stack.stack.require_free", lambda *_: None)
    monkeypatch.setattr("reviewloop_local.stack.stack.wait_until_ready", lambda *_: None)

    stack.up(lambda _: None)

    assert stack.home.profile == stack.env["REVIEWLOOP_PROFILE"] == "sample"
    assert Stack(stack.home, Ports()).env["REVIEWLOOP_PROFILE"] == "sample"


@pytest.mark.parametrize(
    ("found", "said"),
    [(["1", "2"], ["releases from before the ledger are taken over: version 1, 2"]), (NothingToDo("knows every release"), [])],
)
def test_a_home_from_before_the_ledger_is_taken_over_and_that_is_said(monkeypatch, found, said):
    lines = []

    def adopt():
        if isinstance(found, Exception):
            raise found
        return found

    monkeypatch.setattr("reviewloop_local.loop.run.adopt", adopt)
    adopt_older_releases(lines.append)
    assert lines == said


@pytest.mark.parametrize("signed", [True, False])
def test_an_older_champion_is_signed_once_and_that_is_said(monkeypatch, signed):
    head, lines = Event("promoted", "person:ada", "3", "ab", {"source": "s3://lake/models/baseline/ab"}, number=7), []
    monkeypatch.setattr("reviewloop_local.loop.run.ledger.read", lambda: (head,))
    monkeypatch.setattr("reviewloop_local.loop.run.signatures.is_signed", lambda uri: signed and uri == head.facts["source"])
    monkeypatch.setattr("reviewloop_local.loop.run.sign_model", lambda version, by: 8)
    sign_older_champion(lines.append)
    said = "version 3, which answers, is from before models were signed: it is signed now (ledger, event 8)"
    assert lines == ([] if signed else [said])


def test_a_home_that_cannot_be_taken_over_is_one_line(monkeypatch):
    def adopt():
        raise Refused("the alias names version 3")

    monkeypatch.setattr("reviewloop_local.loop.run.adopt", adopt)
    with pytest.raises(LocalError, match="the alias names version 3"):
        adopt_older_releases(print)
