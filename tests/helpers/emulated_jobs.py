"""A job that takes seconds, and services for jobs: moto's of AWS, whose books can be seen, and a stand-in for a cluster."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any

import boto3
import pytest
from tests.helpers.fake_cluster import NAMESPACE, FakeCluster, serving
from tests.helpers.places import PLACES, Place

from reviewloop.adapters.costs import guard
from reviewloop.adapters.jobs.backends import batch, cloudwatch, cluster, sagemaker
from reviewloop.adapters.jobs.spec import JobSpec
from reviewloop.adapters.lake import artifacts, s3
from reviewloop.config import load_config
from reviewloop.settings import settings


@pytest.fixture(scope="session")
def moto_endpoint() -> Iterator[str]:
    """The URL of moto's server."""
    from moto.moto_api import state_manager
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    state_manager.set_transition("batch::job", {"progression": "manual", "times": 1_000_000})
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def moto(moto_endpoint: str, lake: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """SageMaker, Batch and CloudWatch Logs at moto, empty; S3 stays the local AWS API's. What moto leaves out is added."""
    import requests

    requests.post(f"{moto_endpoint}/moto-api/reset", timeout=10)
    requests.post(f"{moto_endpoint}/moto-api/config", json={"batch": {"use_docker": False}}, timeout=10)
    for service in ("SAGEMAKER", "BATCH", "CLOUDWATCH_LOGS"):
        monkeypatch.setenv(f"AWS_ENDPOINT_URL_{service}", moto_endpoint)
    for name in ("sagemaker_role", "training_image", "batch_queue", "batch_definition"):
        value = f"arn:aws:iam::123456789012:role/{name}" if name == "sagemaker_role" else name
        monkeypatch.setenv(f"REVIEWLOOP_{name.upper()}", value)
    monkeypatch.setenv("REVIEWLOOP_AWS_REGION", "us-east-1")
    # moto knows neither quotas nor images; what the preflight sees is tried in an account in memory (tests/adapters/costs).
    monkeypatch.setattr(guard.preflight, "require", lambda job, costs, now: None)
    prices = load_config().costs.prices
    monkeypatch.setattr(guard, "now", lambda: datetime.combine(prices.as_of, time(12), UTC))  # they are not too old then
    settings.cache_clear()
    forget()
    as_sagemaker_does(monkeypatch)
    as_batch_does(monkeypatch, moto_endpoint)
    yield moto_endpoint
    forget()


@pytest.fixture
def fake_cluster(lake: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeCluster]:
    """A cluster's API over HTTP, empty but for the PodTemplate of deploy/kubernetes; S3 is the local AWS API's."""
    held = FakeCluster()
    monkeypatch.setenv("REVIEWLOOP_KUBERNETES_NAMESPACE", NAMESPACE)
    monkeypatch.setenv("REVIEWLOOP_KUBERNETES_TEMPLATE", "reviewloop-training")
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "kubeconfig"))
    settings.cache_clear()
    cluster.forget()
    with serving(held, tmp_path):
        yield held
    cluster.forget()


CLIENTS = (sagemaker.client, batch.client, batch._impatient_client, cloudwatch.client)


def forget() -> None:
    for cached in CLIENTS:
        cached.cache_clear()


def as_sagemaker_does(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name is given once, a new job runs, and one can be stopped: moto's SageMaker does neither of the three."""
    from moto.sagemaker.exceptions import ResourceInUseException
    from moto.sagemaker.models import SageMakerModelBackend
    from moto.sagemaker.responses import SageMakerResponse

    create = SageMakerModelBackend.create_training_job

    def create_once(self: Any, training_job_name: str, **values: Any) -> Any:
        if training_job_name in self.training_jobs:
            raise ResourceInUseException("Training job names must be unique within an AWS account and region")
        algorithm = dict(values["algorithm_specification"])
        job = create(self, training_job_name=training_job_name, **values)
        job.algorithm_specification = algorithm
        job.training_job_status = job.secondary_status = "InProgress"
        return job

    def stop_training_job(self: Any) -> str:
        job = self.sagemaker_backend.training_jobs[self._get_param("TrainingJobName")]
        job.training_job_status = job.secondary_status = "Stopped"
        return "{}"

    monkeypatch.setattr(SageMakerModelBackend, "create_training_job", create_once)
    monkeypatch.setattr(SageMakerResponse, "stop_training_job", stop_training_job, raising=False)


def as_batch_does(monkeypatch: pytest.MonkeyPatch, endpoint: str) -> None:
    """A new job waits for a machine, and one that is ended has failed; and the account's queue and job definition."""
    from moto.batch.models import Job
    from moto.batch_simple.models import BatchSimpleBackend

    def wait_for_a_machine(self: Any, include_start_attempt: bool, job: Any) -> None:
        job.log_stream_name = job._stream_name
        job.status = "RUNNABLE"
        self.backend._jobs[job.job_id] = job

    def end(self: Any, reason: str) -> None:
        self.job_stopped_reason = reason
        self._start_attempt()
        self._mark_stopped(success=False)

    monkeypatch.setattr(BatchSimpleBackend, "_mark_job_as_finished", wait_for_a_machine)
    monkeypatch.setattr(Job, "terminate", end)
    iam = boto3.client("iam", endpoint_url=endpoint)
    role = iam.create_role(RoleName="batch", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    client = boto3.client("batch", endpoint_url=endpoint)
    machines = client.create_compute_environment(
        computeEnvironmentName="machines", type="UNMANAGED", state="ENABLED", serviceRole=role
    )
    order: Any = [{"order": 1, "computeEnvironment": machines["computeEnvironmentArn"]}]
    client.create_job_queue(jobQueueName="batch_queue", state="ENABLED", priority=1, computeEnvironmentOrder=order)
    client.register_job_definition(
        jobDefinitionName="batch_definition",
        type="container",
        containerProperties={"image": "reviewloop", "vcpus": 1, "memory": 2048, "command": ["true"]},
    )


@pytest.fixture
def parameters(tiny_bert: Path) -> dict[str, Any]:
    """What a training of ten steps is told."""
    loaded = load_config().training.transformer.model_dump(mode="json", exclude={"model"})
    small = {"epochs": 1, "batch_size": 40, "learning_rate": 5e-3, "head_learning_rate": 5e-3, "checkpoint_every_steps": 2}
    labels = ["negative", "neutral", "positive"]
    return {**loaded, **small, "base_model": str(tiny_bert), "labels": labels, "max_seq_length": 48, "seed": 7}


@pytest.fixture
def make_spec(lake: str, parts: Path, parameters: dict[str, Any]) -> Callable[..., JobSpec]:
    """``make_spec("name", epochs=2, ...)``: that training, its features in the lake."""
    features = artifacts.publish(
        s3.lake_uri("features"), {f"{part}.parquet": parts / f"{part}.parquet" for part in ("train", "validation")}
    )

    def make(name: str, **changes: Any) -> JobSpec:
        return JobSpec(name, features.uri, {**parameters, **changes}, num_gpus=0)

    return make


@pytest.fixture(params=PLACES)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """Each place in turn."""
    request.getfixturevalue("lake")
    service = {"local": "lake", "kubernetes": "fake_cluster"}.get(request.param, "moto")
    return PLACES[request.param](tmp_path, request.getfixturevalue(service))
