"""The places of the contract test, each with a way to play the machine that runs its jobs."""

import json
import os
import shutil
import subprocess
import sys
import tarfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, Protocol, get_args

import boto3
from moto.batch.models import batch_backends
from tests.helpers.fake_cluster import FakeCluster

from reviewloop.adapters.jobs import process
from reviewloop.adapters.jobs.backends.batch import BatchBackend
from reviewloop.adapters.jobs.backends.kubernetes import KubernetesBackend
from reviewloop.adapters.jobs.backends.layout import Layout
from reviewloop.adapters.jobs.backends.local import LocalBackend
from reviewloop.adapters.jobs.backends.protocol import Backend
from reviewloop.adapters.jobs.backends.sagemaker import SageMakerBackend
from reviewloop.adapters.lake import s3
from reviewloop.config import BackendConfig, BatchConfig, KubernetesConfig, SageMakerConfig

ACCOUNT, REGION = "123456789012", "us-east-1"
IMAGE = {
    "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
    "PYTHONPATH": str(Path(__file__).resolve().parents[2] / "include"),
}
"""What the project's image has in its environment."""


class Place(Protocol):
    """A backend, and what its service would do by itself."""

    backend: Backend

    def run(self, job_id: str) -> None:
        """The job, to its end."""

    def num_jobs(self) -> int:
        """Jobs that were ever started."""


class LocalPlace:
    """This machine. Everything is real."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "jobs"
        self.backend = LocalBackend(self.root)

    def run(self, job_id: str) -> None:
        deadline = time.monotonic() + 120
        while process.state(self.root / job_id) == "running":
            assert time.monotonic() < deadline, process.log_tail(self.root / job_id)
            time.sleep(0.05)

    def num_jobs(self) -> int:
        return sum(path.read_text().count("training rows") for path in self.root.glob("*/log.txt"))


class SageMakerPlace:
    """moto's SageMaker, whose jobs stand in its books and never run: ``run`` does what SageMaker's machine does with one.

    The request that the backend made decides everything: which objects become which channel, what is in
    ``hyperparameters.json``, which program is started, where checkpoints and archives go. The program itself is real.
    """

    def __init__(self, folder: Path, endpoint: str) -> None:
        self.folder = folder
        self.backend = SageMakerBackend(SageMakerConfig(instance_type="ml.m5.large", volume_gb=10, max_seconds=600))
        self.logs = boto3.client("logs", endpoint_url=endpoint)
        self.client = boto3.client("sagemaker", endpoint_url=endpoint)

    def run(self, job_id: str) -> None:
        told = self.client.describe_training_job(TrainingJobName=job_id)
        root = self.folder / job_id
        layout = Layout(root)
        for channel in told["InputDataConfig"]:
            source = channel["DataSource"]["S3DataSource"]["S3Uri"]
            fetch(source.rpartition("/")[0], layout.channel(channel["ChannelName"]), only=source)
        fetch(told["CheckpointConfig"]["S3Uri"], layout.checkpoints)
        config = root / "input" / "config"
        config.mkdir(parents=True)
        (config / "hyperparameters.json").write_text(json.dumps(told["HyperParameters"]))
        places = {name: value for name, value in layout.variables({}).items() if name != "SM_HPS"}
        # In the container all these are SageMaker's own folders, and the program knows them without being told.
        env = {**os.environ, **IMAGE, **places, "SM_INPUT_CONFIG_DIR": str(config), **told.get("Environment", {})}
        words = told["AlgorithmSpecification"]["ContainerEntrypoint"]
        done = subprocess.run(words, env=env, capture_output=True, text=True, timeout=120, check=False)

        write_log(self.logs, "/aws/sagemaker/TrainingJobs", f"{job_id}/algo-1-1", done.stderr)
        store(layout.checkpoints, told["CheckpointConfig"]["S3Uri"])
        outputs = f"{told['OutputDataConfig']['S3OutputPath']}/{job_id}/output"
        for name, packed in (("model.tar.gz", layout.model), ("output.tar.gz", layout.data)):
            if packed.is_dir():
                s3.upload(pack(packed, root / name), f"{outputs}/{name}")
        book = books("sagemaker").training_jobs[job_id]
        book.training_job_status = book.secondary_status = "Failed" if done.returncode else "Completed"
        if done.returncode:
            reason = layout.data.parent / "failure"
            assert reason.exists(), done.stderr
            book.failure_reason = f"AlgorithmError: {reason.read_text()}, exit code: {done.returncode}"

    def num_jobs(self) -> int:
        return len(books("sagemaker").training_jobs)


class BatchPlace:
    """moto's Batch, whose jobs stand in its books and never run: ``run`` starts the command that the job was given."""

    def __init__(self, folder: Path, endpoint: str) -> None:
        self.folder = folder
        self.backend = BatchBackend(BatchConfig(max_seconds=600))
        self.logs = boto3.client("logs", endpoint_url=endpoint)

    def start(self, job_id: str, **variables: str) -> subprocess.Popen[str]:
        """The job's container, begun on a machine that has nothing of an earlier one."""
        work = self.folder / "machine"
        shutil.rmtree(work, ignore_errors=True)
        env = {**os.environ, **IMAGE, "AWS_BATCH_JOB_ID": job_id, "REVIEWLOOP_WORK_DIR": str(work), **variables}
        words = books("batch")._jobs[job_id].describe()["container"]["command"]
        books("batch")._jobs[job_id].status = "RUNNING"
        pipes: Any = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        return subprocess.Popen(words, env=env, text=True, start_new_session=True, **pipes)

    def run(self, job_id: str) -> None:
        container = self.start(job_id)
        output, errors = container.communicate(timeout=120)
        job = books("batch")._jobs[job_id]
        write_log(self.logs, "/aws/batch/job", job.describe()["container"]["logStreamName"], output + errors)
        job.job_stopped_reason = "Essential container in task exited" if container.returncode else None
        job._mark_stopped(success=container.returncode == 0)

    def num_jobs(self) -> int:
        return len(books("batch")._jobs)


class KubernetesPlace:
    """A cluster of this machine: the API's server is a stand-in, and ``run`` starts the command of the job's own pod."""

    def __init__(self, folder: Path, cluster: FakeCluster) -> None:
        self.folder = folder
        self.cluster = cluster
        self.backend = KubernetesBackend(KubernetesConfig(max_seconds=600, keep_seconds=60, restarts=2))

    def start(self, job_id: str, **variables: str) -> tuple[str, subprocess.Popen[str]]:
        """A pod of the job and its container, begun on a machine that has nothing of an earlier one."""
        pod = self.cluster.start_pod(job_id)
        work = self.folder / "machine"
        shutil.rmtree(work, ignore_errors=True)
        (container,) = self.cluster.pods[pod]["spec"]["containers"]
        told = {one["name"]: one["value"] for one in container["env"]}
        env = {**os.environ, **IMAGE, **told, "REVIEWLOOP_WORK_DIR": str(work), **variables}
        pipes: Any = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        return pod, subprocess.Popen(container["command"], env=env, text=True, start_new_session=True, **pipes)

    def run(self, job_id: str) -> None:
        pod, container = self.start(job_id)
        output, errors = container.communicate(timeout=120)
        self.cluster.logs[pod] = output + errors
        self.cluster.ends(job_id, container.returncode)

    def num_jobs(self) -> int:
        return len(self.cluster.created)


PLACES: Final[Mapping[str, Callable[[Path, Any], Place]]] = {
    "local": lambda folder, _endpoint: LocalPlace(folder),
    "sagemaker": SageMakerPlace,
    "batch": BatchPlace,
    "kubernetes": KubernetesPlace,
}
"""Of each kind of backend, given a folder and the address of the emulated AWS, or the stand-in for a cluster."""
BACKEND_KINDS: Final[tuple[str, ...]] = get_args(BackendConfig.model_fields["kind"].annotation)


def books(service: str) -> Any:
    """moto's records of a service, in this process."""
    if service == "batch":
        return batch_backends[ACCOUNT][REGION]
    from moto.sagemaker.models import sagemaker_backends

    return sagemaker_backends[ACCOUNT][REGION]


def fetch(uri: str, folder: Path, only: str = "") -> None:
    """Every object under ``uri`` (whose own URI begins with ``only``) into ``folder``, made if missing."""
    folder.mkdir(parents=True, exist_ok=True)
    for found in s3.list_uris(f"{uri}/"):
        if found.startswith(only):
            path = folder / found.removeprefix(f"{uri}/")
            path.parent.mkdir(parents=True, exist_ok=True)
            s3.download(found, path)


def store(folder: Path, uri: str) -> None:
    """Every file of ``folder`` under ``uri``."""
    for path in folder.rglob("*"):
        if path.is_file():
            s3.upload(path, f"{uri}/{path.relative_to(folder).as_posix()}")


def pack(folder: Path, path: Path) -> Path:
    """``folder`` as the ``.tar.gz`` at ``path``."""
    with tarfile.open(path, "w:gz") as archive:
        archive.add(folder, arcname=".")
    return path


def write_log(client: Any, group: str, stream: str, text: str) -> None:
    """The output of a container, as the service's agent hands it to CloudWatch."""
    if group not in {found["logGroupName"] for found in client.describe_log_groups()["logGroups"]}:
        client.create_log_group(logGroupName=group)
    client.create_log_stream(logGroupName=group, logStreamName=stream)
    now = int(time.time() * 1000)
    events = [{"timestamp": now + i, "message": line or " "} for i, line in enumerate(text.splitlines())]
    client.put_log_events(logGroupName=group, logStreamName=stream, logEvents=events)
