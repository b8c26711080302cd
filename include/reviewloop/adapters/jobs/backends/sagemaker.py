"""Fine-tunes as SageMaker training jobs, in the project's own image."""

import logging
import shutil
import tarfile
from pathlib import Path
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from reviewloop.adapters.aws_errors import asking_aws, aws_error, error_code
from reviewloop.adapters.costs import clients, facts, guard
from reviewloop.adapters.jobs.backends import cloudwatch
from reviewloop.adapters.jobs.backends.account import job_name, numbered, required, tags
from reviewloop.adapters.jobs.backends.layout import as_texts
from reviewloop.adapters.jobs.backends.protocol import keep_reason
from reviewloop.adapters.jobs.backends.traces import is_trace
from reviewloop.adapters.jobs.process import LOG, State
from reviewloop.adapters.jobs.program import PARTS
from reviewloop.adapters.jobs.spec import JobSpec
from reviewloop.adapters.lake import places, s3
from reviewloop.config import SageMakerConfig
from reviewloop.core.costs.prices import PaidJob
from reviewloop.core.lake.manifests import check_names
from reviewloop.errors import JobFailed, PermanentError, TransientError
from reviewloop.files import write_folder
from reviewloop.training.progress import METRIC_DEFINITIONS

log = logging.getLogger(__name__)

_LOG_GROUP: Final = "/aws/sagemaker/TrainingJobs"
_ENTRY: Final = ["python", "-m", "reviewloop.adapters.jobs.backends.launch"]
_NUM_GPUS: Final = "REVIEWLOOP_NUM_GPUS"
_STATES: Final[dict[str, State]] = {
    "InProgress": "running", "Completed": "succeeded", "Failed": "failed", "Stopping": "failed", "Stopped": "failed",
}  # fmt: skip


client = clients.sagemaker
"""The process's SageMaker client."""


class SageMakerBackend:
    """A job's id is its name, which SageMaker never gives twice: a second submission of the same name is refused, and found.

    A job that failed keeps its name for ever, so another try has the next number at its end, and the same checkpoints.
    """

    poll_seconds = 30.0

    def __init__(self, config: SageMakerConfig) -> None:
        """Raises ``ConfigError`` where the role or the image is not set."""
        self._config = config
        self._role = required("sagemaker_role", "the ARN of the IAM role that the training job runs as")
        self._image = required("training_image", "the URI of the project's image in ECR")

    def submit(self, spec: JobSpec) -> str:
        """See ``Backend``."""
        for name in numbered(job_name(spec.name)):
            described = self._describe(name)
            if described is None:
                self._create(name, spec)
                described = self._describe(name) or {}
            if _STATES.get(described.get("TrainingJobStatus", "InProgress")) in {"running", "succeeded"}:
                return name
        raise AssertionError("numbers do not end")

    def status(self, job_id: str) -> State:
        """See ``Backend``."""
        described = self._describe(job_id)
        return "lost" if described is None else _STATES[described["TrainingJobStatus"]]

    def cancel(self, job_id: str) -> None:
        """See ``Backend``. SageMaker gives the program two minutes to end."""
        if self.status(job_id) != "running":
            return
        with asking_aws(f"stop the training job {job_id}"):
            client().stop_training_job(TrainingJobName=job_id)

    def result(self, job_id: str, folder: Path) -> None:
        """See ``Backend``. The log is the last 10,000 lines."""
        described = self._describe(job_id)
        if described is None:
            raise TransientError(f"job {job_id}: SageMaker does not know it")
        state = _STATES[described["TrainingJobStatus"]]
        if state == "running":
            raise PermanentError(f"job {job_id}: it still runs, and has no result yet")
        guard.after(job_id, facts.of_training_job(described))
        reason = described.get("FailureReason") or f"SageMaker says {described['SecondaryStatus']}"

        def fill(target: Path) -> None:
            _fetch_traces(described["CheckpointConfig"]["S3Uri"], target)
            if state == "succeeded":
                _unpack(described["ModelArtifacts"]["S3ModelArtifacts"], target / "model")
                _unpack(f"{described['OutputDataConfig']['S3OutputPath']}/{job_id}/output/output.tar.gz", target)
            else:
                keep_reason(target, reason)
            (target / LOG).write_text(self.logs(job_id, cloudwatch.MAX_LINES), encoding="utf-8")

        write_folder(folder, fill)
        if state == "failed":
            raise JobFailed(f"the training job {job_id} failed: {reason}; its log ends:\n{self.logs(job_id)}")

    def logs(self, job_id: str, num_lines: int = 20) -> str:
        """See ``Backend``."""
        return cloudwatch.tail(_LOG_GROUP, f"{job_id}/", num_lines)

    def _describe(self, name: str) -> dict[str, Any] | None:
        return facts.training_job(name)

    def _create(self, name: str, spec: JobSpec) -> None:
        of = self._config
        guard.before(PaidJob("sagemaker", of.instance_type, of.max_seconds, volume_gb=of.volume_gb), name)
        try:
            client().create_training_job(**self._request(name, spec))
        except (ClientError, BotoCoreError) as error:
            if error_code(error) == "ResourceInUse":
                return  # another try has just submitted it
            raise aws_error(error, f"submit the training job {name}") from error
        log.info("submitted the training job %s, %s", name, self._config.instance_type)

    def _request(self, name: str, spec: JobSpec) -> Any:
        outputs = places.jobs("sagemaker")
        return {
            "TrainingJobName": name,
            "RoleArn": self._role,
            "AlgorithmSpecification": {
                "TrainingImage": self._image,
                "TrainingInputMode": "File",
                "ContainerEntrypoint": _ENTRY,
                "MetricDefinitions": METRIC_DEFINITIONS,
            },
            "HyperParameters": as_texts(spec.parameters),
            "Environment": {_NUM_GPUS: str(spec.num_gpus)},
            "InputDataConfig": [_channel(part, spec.features_uri) for part in PARTS],
            "OutputDataConfig": {"S3OutputPath": outputs},
            "CheckpointConfig": {"S3Uri": f"{outputs}/checkpoints/{spec.name}"},
            "ResourceConfig": {
                "InstanceType": self._config.instance_type,
                "InstanceCount": 1,
                "VolumeSizeInGB": self._config.volume_gb,
            },
            "StoppingCondition": {"MaxRuntimeInSeconds": self._config.max_seconds},
            "Tags": [{"Key": key, "Value": value} for key, value in tags(spec.name, self._config.max_seconds).items()],
        }


def _channel(part: str, features_uri: str) -> dict[str, Any]:
    # The prefix is the file's own key, so that the channel holds this file alone.
    source = {"S3DataType": "S3Prefix", "S3Uri": f"{features_uri}/{part}.parquet", "S3DataDistributionType": "FullyReplicated"}
    return {"ChannelName": part, "DataSource": {"S3DataSource": source}, "InputMode": "File"}


def _unpack(uri: str, folder: Path) -> None:
    """The files of the ``.tar.gz`` at ``uri``, in ``folder``. Raises ``PermanentError`` for one that would leave the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    packed = folder / ".packed"
    s3.download(uri, packed)
    try:
        with tarfile.open(packed) as archive:
            for member in archive:  # extractall's filter is not there before Python 3.11.4
                target = (folder / member.name).resolve()
                if not (member.isfile() or member.isdir()) or not target.is_relative_to(folder.resolve()):
                    raise PermanentError(f"{uri}: {member.name}: it must hold plain files below its own folder, and nothing else")
                if source := archive.extractfile(member):
                    target.parent.mkdir(parents=True, exist_ok=True)
                    with source, target.open("wb") as sink:
                        shutil.copyfileobj(source, sink)
    except tarfile.TarError as error:
        raise PermanentError(f"{uri}: {error}") from error
    packed.unlink()


def _fetch_traces(checkpoints_uri: str, folder: Path) -> None:
    """What tells of the job in the folder that SageMaker keeps in step with S3, finished or not."""
    found = [uri.removeprefix(f"{checkpoints_uri}/") for uri in s3.list_uris(f"{checkpoints_uri}/")]
    names = [name for name in found if is_trace(name)]
    check_names(checkpoints_uri, names)
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        s3.download(f"{checkpoints_uri}/{name}", folder / name)
