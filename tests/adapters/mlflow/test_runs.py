"""MLflow, on a real server: found again after a crash, never made twice."""

from datetime import UTC, datetime, timedelta

import pytest

from reviewloop.adapters.mlflow import registry, runs
from reviewloop.adapters.mlflow.connection import client
from reviewloop.adapters.mlflow.tags import Tag
from reviewloop.errors import ConfigError, PermanentError, TransientError
from reviewloop.settings import settings

pytestmark = pytest.mark.contract
SOURCE = "s3://lake/models/baseline/0123456789abcdef"


@pytest.fixture
def server(mlflow_server: str, lake: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The MLflow server with a registered model and an experiment of this test alone."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", mlflow_server)
    return mlflow_server


def register(job_key: str) -> registry.VersionInfo:
    run_id = runs.child_run(runs.open_run(job_key, "train", {}), "baseline")
    return registry.create_version(SOURCE, run_id, {Tag.JOB_KEY: job_key, "reviewloop.kind": "baseline"})


def test_a_second_try_opens_the_same_run_and_its_children(server: str) -> None:
    first = runs.open_run("key-1", "train", {"reviewloop.trigger": "schedule"})
    assert runs.open_run("key-1", "train", {"reviewloop.trigger": "by hand"}) == first
    assert runs.run_tags(first)["reviewloop.trigger"] == "by hand"
    child = runs.child_run(first, "baseline")
    assert runs.child_run(first, "baseline") == child
    assert runs.child_run(first, "transformer") not in {first, child}
    assert runs.find_run("key-1") == first
    assert runs.find_run("key-2") is None


def test_a_run_that_ended_is_open_again(server: str) -> None:
    run_id = runs.open_run("key", "train", {})
    runs.finish(run_id)
    assert runs.open_run("key", "train", {}) == run_id
    assert client().get_run(run_id).info.status == "RUNNING"


def test_the_minutes_of_trainings_that_drift_started_are_those_of_their_models(server: str) -> None:
    now = datetime.now(UTC)
    for key, trigger in (("a", "drift: 2026-01-04"), ("b", "new data"), ("c", "drift: 2026-01-05")):
        parent = runs.open_run(key, "train", {Tag.TRIGGER: trigger})
        for kind, minutes in (("baseline", 1), ("transformer", 20)):
            child = runs.child_run(parent, kind)
            client().set_terminated(child, end_time=client().get_run(child).info.start_time + minutes * 60_000)
    lost = runs.child_run(runs.open_run("d", "train", {Tag.TRIGGER: "drift: 2026-01-06"}), "transformer")
    week = timedelta(days=7)
    assert runs.minutes("drift: ", now - week, now + week) == pytest.approx(42 + 720), "one that was lost took what it may at most"
    runs.finish(lost)
    assert runs.minutes("drift: ", now - week, now + week) == pytest.approx(42, abs=1)
    assert runs.minutes("drift: ", now + week, now + week) == 0


def test_metrics_logged_twice_leave_one_point_each(server: str) -> None:
    run_id = runs.open_run("key", "train", {})
    for _ in range(2):
        runs.log_metrics(run_id, {"loss": 0.7, "lr": 1e-4}, at_step=10)
        runs.log_metrics(run_id, {"loss": 0.5, "lr": 5e-5}, at_step=20)
    assert [(point.step, point.value) for point in client().get_metric_history(run_id, "loss")] == [(10, 0.7), (20, 0.5)]
    assert client().get_run(run_id).data.metrics == {"loss": 0.5, "lr": 5e-5}


def test_a_parameter_cannot_change_under_a_job(server: str) -> None:
    run_id = runs.open_run("key", "train", {})
    runs.log_params(run_id, {"epochs": 3})
    runs.log_params(run_id, {"epochs": 3})
    with pytest.raises(PermanentError, match="epochs"):
        runs.log_params(run_id, {"epochs": 4})


def test_an_artifact_and_the_end_of_a_run_are_kept(server: str) -> None:
    run_id = runs.open_run("key", "train", {})
    runs.log_bytes(run_id, "evaluation/metrics.json", b"{}")
    assert [item.path for item in client().list_artifacts(run_id, "evaluation")] == ["evaluation/metrics.json"]
    runs.finish(run_id)
    ended = client().get_run(run_id).info.end_time
    runs.finish(run_id)
    assert client().get_run(run_id).info.status == "FINISHED"
    assert client().get_run(run_id).info.end_time == ended


def test_versions_are_found_by_their_job(server: str) -> None:
    assert registry.versions_of("key") == []
    first, other = register("key"), register("other")
    assert first.source == SOURCE
    assert registry.versions_of("key") == [first] == [registry.get_version(first.version)]
    assert [version.version for version in registry.versions()] == [other.version, first.version] == ["2", "1"]


def test_an_alias_names_what_it_was_set_to(server: str) -> None:
    assert registry.aliased() is None
    register("key-1"), register("key-2")
    assert registry.aliased() is None
    for version in ("1", "1", "2"):
        registry.set_alias(registry.CHAMPION, version)
        assert registry.aliased() == version
    assert registry.aliased(registry.PREVIOUS) is None


def test_a_version_is_deleted_once(server: str) -> None:
    register("key")
    for _ in range(2):
        registry.delete_version("1")
    assert registry.versions() == []


def test_tags_are_added_to_a_version(server: str) -> None:
    register("key")
    registry.set_version_tags("1", {"reviewloop.approved_by": "ada"})
    assert registry.get_version("1").tags["reviewloop.approved_by"] == "ada"


def test_a_version_that_is_not_there_is_a_permanent_error(server: str) -> None:
    with pytest.raises(PermanentError, match=settings().registered_model):
        registry.get_version("7")


def test_a_server_that_does_not_answer_is_worth_a_retry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    with pytest.raises(TransientError, match="champion"):
        registry.aliased()


def test_a_missing_server_address_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    with pytest.raises(ConfigError, match="MLFLOW_TRACKING_URI"):
        registry.aliased()
