"""The cluster by itself: one job for each name, pods that are lost, cancelled and gone. The client is real, and so is HTTP."""

import json
import os
import re
import signal
import socket
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tests.helpers.fake_cluster import FakeCluster
from tests.helpers.kubernetes_api import faults
from tests.helpers.places import KubernetesPlace

from reviewloop.adapters.jobs import process
from reviewloop.adapters.jobs.backends import cluster
from reviewloop.adapters.jobs.backends.account import job_name
from reviewloop.adapters.jobs.backends.stored_job import RESULT
from reviewloop.adapters.jobs.spec import JobSpec
from reviewloop.adapters.lake import artifacts, s3
from reviewloop.config import load_config
from reviewloop.errors import ConfigError, JobFailed, PermanentError, TransientError, Unavailable
from reviewloop.settings import settings

pytestmark = pytest.mark.contract

MakeSpec = Callable[..., JobSpec]


@pytest.fixture
def place(fake_cluster: FakeCluster, tmp_path: Path) -> KubernetesPlace:
    return KubernetesPlace(tmp_path, fake_cluster)


def put_result(name: str) -> None:
    """As a container that has done its work."""
    where = s3.lake_uri("jobs", "kubernetes", name)
    kept = Path(os.environ["KUBECONFIG"]).with_name("kept")
    kept.write_text("{}")
    artifacts.publish(where, {"result.json": kept, "log.txt": kept}, folder=RESULT)


def test_many_at_once_start_one_job(place: KubernetesPlace, make_spec: MakeSpec) -> None:
    spec = make_spec("race")
    with ThreadPoolExecutor(6) as pool:
        ids = set(pool.map(lambda _: KubernetesPlace(place.folder, place.cluster).backend.submit(spec), range(6)))
    assert ids == {f"{job_name('race')}-1"}
    assert place.num_jobs() == 1


def test_what_the_cluster_is_asked_for(place: KubernetesPlace, make_spec: MakeSpec) -> None:
    spec = make_spec("asked")
    name = place.backend.submit(JobSpec(spec.name, spec.features_uri, spec.parameters, num_gpus=2))
    job = place.cluster.jobs[name]
    assert faults(job) == []
    assert len(name) <= 63
    assert job["spec"]["activeDeadlineSeconds"] == 600
    assert job["spec"]["ttlSecondsAfterFinished"] == 60, "a finished job goes, and its pods"
    pod = job["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    assert pod["restartPolicy"] == "Never"
    assert pod["serviceAccountName"] == "reviewloop-training", "of the deployment's template, like all that is not the job's"
    assert container["envFrom"][0] == {"configMapRef": {"name": "reviewloop-environment"}}
    assert container["resources"]["limits"] == {"memory": "16Gi", "nvidia.com/gpu": "2"}
    assert container["command"][-1] == s3.lake_uri("jobs", "kubernetes", "asked")
    rules = job["spec"]["podFailurePolicy"]["rules"]
    assert [rule["action"] for rule in rules] == ["Ignore", "FailJob"], "the first that holds decides"


def test_a_lost_pod_goes_on_elsewhere_from_its_last_checkpoint(place: KubernetesPlace, make_spec: MakeSpec, tmp_path: Path) -> None:
    job_id = place.backend.submit(make_spec("lost-pod", epochs=12, checkpoint_every_steps=25))
    state = s3.lake_uri("jobs", "kubernetes", "lost-pod", "state")
    pod, container = place.start(job_id, REVIEWLOOP_SAVE_SECONDS="0.2")
    deadline = time.monotonic() + 120
    while not any(uri.endswith(artifacts.MANIFEST) for uri in s3.list_uris(f"{state}/")):
        assert container.poll() is None, container.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.05)
    os.killpg(container.pid, signal.SIGKILL)
    container.communicate()
    place.cluster.lose_pod(pod)
    assert place.backend.status(job_id) == "running", "the cluster starts another"
    assert "training rows" in place.backend.logs(job_id, 1000), "the log of a pod that is gone was kept"

    place.run(job_id)  # on a machine of its own: only S3 is shared

    place.backend.result(job_id, tmp_path / "result")
    assert "resumed from step" in place.backend.logs(job_id, 1000)
    assert json.loads((tmp_path / "result" / "result.json").read_text())["steps"] == 120
    assert place.num_jobs() == 1


def test_a_job_whose_time_is_over_still_has_its_result(place: KubernetesPlace, make_spec: MakeSpec, tmp_path: Path) -> None:
    spec = make_spec("expired")
    job_id = place.backend.submit(spec)
    put_result("expired")
    place.cluster.ends(job_id, 0)
    place.cluster.expire(job_id)
    assert place.backend.status(job_id) == "succeeded"
    assert place.backend.submit(spec) == job_id, "what is done is not done again"
    place.backend.result(job_id, tmp_path / "result")
    assert (tmp_path / "result" / "result.json").exists()
    assert place.num_jobs() == 1


def test_a_job_that_somebody_deleted_is_lost_and_may_be_started_again(place: KubernetesPlace, make_spec: MakeSpec) -> None:
    spec = make_spec("deleted")
    job_id = place.backend.submit(spec)
    place.cluster.expire(job_id)
    assert place.backend.status(job_id) == "lost"
    assert place.backend.submit(spec) == job_id
    assert place.backend.status(job_id) == "running"


def test_a_killed_pod_is_started_again_and_not_for_ever(place: KubernetesPlace, make_spec: MakeSpec, tmp_path: Path) -> None:
    job_id = place.backend.submit(make_spec("killed"))
    for _ in range(2):
        place.cluster.ends(job_id, 137)
        assert place.backend.status(job_id) == "running"
    place.cluster.ends(job_id, 137)
    assert place.backend.status(job_id) == "failed"
    with pytest.raises(JobFailed, match="BackoffLimitExceeded: the backoff limit is reached"):
        place.backend.result(job_id, tmp_path / "left")
    assert "BackoffLimitExceeded" in process.failure(tmp_path / "left")


def test_another_try_waits_until_the_pods_of_a_cancelled_one_have_ended(place: KubernetesPlace, make_spec: MakeSpec) -> None:
    spec = make_spec("ending")
    job_id = place.backend.submit(spec)
    place.cluster.stopping_pods = True
    place.backend.cancel(job_id)
    assert place.backend.status(job_id) == "failed"
    with pytest.raises(TransientError, match="its pods are still ending"):
        place.backend.submit(spec)
    place.cluster.expire(job_id)
    assert place.backend.submit(spec) == f"{job_name('ending')}-2"


def test_a_cancel_that_was_cut_off_after_its_note_is_done_by_the_next(
    place: KubernetesPlace, make_spec: MakeSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = place.backend.submit(make_spec("cut-off"))
    place.cluster.refusing = 503
    with pytest.raises(Unavailable):
        place.backend.cancel(job_id)
    place.cluster.refusing = None
    s3.write_json(s3.lake_uri("jobs", "kubernetes", "cut-off", "cancelled", f"{job_id}.json"), {})
    assert place.backend.status(job_id) == "running", "it does run"
    place.backend.cancel(job_id)
    assert place.backend.status(job_id) == "failed"
    assert place.cluster.jobs == {}


@pytest.mark.parametrize(
    ("status", "kind"), [(503, Unavailable), (429, Unavailable), (401, Unavailable), (403, PermanentError), (422, PermanentError)]
)
def test_what_the_cluster_refuses_is_ours_to_wait_for_or_not(
    place: KubernetesPlace, make_spec: MakeSpec, status: int, kind: type[Exception]
) -> None:
    place.cluster.refusing = status
    with pytest.raises(kind, match=f"look for the job .*: {status} "):
        place.backend.submit(make_spec("refused"))


def test_no_answer_is_waited_for(place: KubernetesPlace, make_spec: MakeSpec, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    config = tmp_path / "kubeconfig"
    config.write_text(re.sub(r"127.0.0.1:\d+", f"127.0.0.1:{port}", config.read_text()))
    cluster.forget()
    with pytest.raises(Unavailable, match="no answer from the cluster"):
        place.backend.submit(make_spec("unanswered"))


def test_without_a_cluster_the_way_to_one_is_told(place: KubernetesPlace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBECONFIG", "/nowhere")
    cluster.forget()
    with pytest.raises(ConfigError, match="no Kubernetes cluster is known.*KUBECONFIG"):
        place.backend.status(f"{job_name('a')}-1")


@pytest.mark.parametrize("name", ["kubernetes_namespace", "kubernetes_template"])
def test_a_missing_setting_is_one_clear_line(place: KubernetesPlace, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(f"REVIEWLOOP_{name.upper()}", "")
    settings.cache_clear()
    with pytest.raises(ConfigError, match=rf"^REVIEWLOOP_{name.upper()}: empty; set it to "):
        KubernetesPlace(place.folder, place.cluster)


def test_a_template_that_is_missing_is_named(place: KubernetesPlace, make_spec: MakeSpec) -> None:
    place.cluster.templates.clear()
    with pytest.raises(PermanentError, match="read the PodTemplate reviewloop-training: 404"):
        place.backend.submit(make_spec("templateless"))
    assert place.num_jobs() == 0


def test_every_training_has_a_name_that_the_api_takes() -> None:
    assert len(f"{job_name('0' * 16)}-999") <= 63
    assert load_config("kubernetes").training.backend.kind == "kubernetes"
