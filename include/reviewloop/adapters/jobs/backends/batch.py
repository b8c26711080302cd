"""Fine-tunes as AWS Batch jobs: a container of the project's image on a machine that the queue chooses."""

import logging
import time
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import boto3
from botocore.config import Config as BotoConfig
from botocore.exceptions import BotoCoreError, ClientError

from reviewloop.adapters.aws_errors import asking_aws, aws_error
from reviewloop.adapters.costs import clients, facts, guard
from reviewloop.adapters.jobs.backends import cloudwatch, stored_job
from reviewloop.adapters.jobs.backends.account import job_name, numbered, required, tags
from reviewloop.adapters.jobs.process import State, failure
from reviewloop.adapters.jobs.spec import JobSpec
from reviewloop.adapters.lake import claims, places, s3
from reviewloop.adapters.lake.claims import Claim
from reviewloop.config import BatchConfig, load_config
from reviewloop.core.costs.prices import BATCH_ATTEMPTS, PaidJob
from reviewloop.errors import JobFailed, PermanentError, ReviewloopError, TransientError

if TYPE_CHECKING:
    from mypy_boto3_batch import BatchClient

log = logging.getLogger(__name__)

CLAIM_SECONDS: Final = 60.0
"""After this long without a job, a claim's holder has died and the claim may be taken over."""
_POLL_SECONDS: Final = 2.0
_LOG_GROUP: Final = "/aws/batch/job"
_ENTRY: Final = ["python", "-m", "reviewloop.adapters.jobs.backends.container"]
_ENDED: Final[dict[str, State]] = {"SUCCEEDED": "succeeded", "FAILED": "failed"}
_RETRIES: Final = {
    "attempts": BATCH_ATTEMPTS,
    # A machine that was taken away, or a process that was killed, is started again; a program that failed is not.
    "evaluateOnExit": [
        {"onStatusReason": "Host EC2*", "action": "RETRY"},
        {"onExitCode": "137", "action": "RETRY"},
        {"onReason": "*", "action": "EXIT"},
    ],
}


client = clients.batch
"""The process's Batch client."""


@lru_cache(maxsize=1)
def _impatient_client() -> "BatchClient":
    """For ``SubmitJob``, which must not be tried twice by itself, and is over one way or the other before its claim is."""
    once: Any = {"total_max_attempts": 1}
    return boto3.client("batch", config=BotoConfig(retries=once, connect_timeout=10, read_timeout=30))


class BatchBackend:
    """Batch starts a job as often as it is asked to, whatever its name: that there is one is settled by a claim in S3.

    Who holds the claim submits and notes the job's id in it. A holder that died is seen by the job's name, or by nothing
    happening for ``CLAIM_SECONDS``; one that was only slow finds its claim taken over, and ends its own job again.
    """

    poll_seconds = 30.0

    def __init__(self, config: BatchConfig) -> None:
        """Raises ``ConfigError`` where the queue or the job definition is not set."""
        self._config = config
        self._queue = required("batch_queue", "the name of the job queue")
        self._definition = required("batch_definition", "the name of the job definition that has the project's image")

    def submit(self, spec: JobSpec) -> str:
        """See ``Backend``."""
        uri = _uri(spec.name)
        s3.write_json(f"{uri}/job.json", asdict(spec))
        for name in numbered(job_name(spec.name)):
            job_id = self._one(name, uri, spec.num_gpus)
            if self.status(job_id) in {"running", "succeeded"}:
                return job_id
        raise AssertionError("numbers do not end")

    def status(self, job_id: str) -> State:
        """See ``Backend``. Batch forgets a job a week after its end."""
        job = self._describe(job_id)
        return "lost" if job is None else _state(job)

    def cancel(self, job_id: str) -> None:
        """See ``Backend``."""
        job = self._describe(job_id)
        if job is None or _state(job) != "running":
            return
        with asking_aws(f"end the Batch job {job_id}"):
            client().terminate_job(jobId=job_id, reason="cancelled by reviewloop")

    def result(self, job_id: str, folder: Path) -> None:
        """See ``Backend``."""
        job = self._describe(job_id)
        if job is None:
            raise TransientError(f"job {job_id}: Batch does not know it")
        uri, state = _uri_of(job), _state(job)
        if state == "running":
            raise PermanentError(f"job {job_id}: it still runs, and has no result yet")
        guard.after(str(job["jobName"]), facts.of_batch_job(job))
        if state == "succeeded":
            stored_job.fetch_result(uri, folder)
            return
        stored_job.fetch_left(uri, job_id, folder, _reason(job), self.logs(job_id, cloudwatch.MAX_LINES))
        raise JobFailed(f"the Batch job {job_id} failed: {failure(folder)}; its log ends:\n{self.logs(job_id)}")

    def logs(self, job_id: str, num_lines: int = 20) -> str:
        """See ``Backend``."""
        container = (self._describe(job_id) or {}).get("container", {})
        if not container.get("logStreamName"):
            return cloudwatch.NO_OUTPUT
        group = container.get("logConfiguration", {}).get("options", {}).get("awslogs-group", _LOG_GROUP)
        return cloudwatch.tail(group, container["logStreamName"], num_lines)

    def _one(self, name: str, uri: str, num_gpus: int) -> str:
        """The id of the only job of this name: submitted here, or by whoever was first."""
        place = f"{uri}/claims/{name}.json"
        claim, seen, since = claims.take(place), "", time.monotonic()
        while claim is None:
            held = claims.read(place)
            if held is None:  # given back
                claim = claims.take(place)
                continue
            if found := held.note.get("job_id") or self._find(name):
                log.info("found the Batch job %s, submitted before as %s", found, name)
                return str(found)
            if held.etag != seen:
                seen, since = held.etag, time.monotonic()
            elif time.monotonic() - since > CLAIM_SECONDS:
                claim = claims.update(held)
                continue
            time.sleep(_POLL_SECONDS)
        return self._start(claim, name, uri, num_gpus)

    def _start(self, claim: Claim, name: str, uri: str, num_gpus: int) -> str:
        try:
            machine = load_config().costs.batch_instance_type
            guard.before(PaidJob("batch", machine, self._config.max_seconds, attempts=BATCH_ATTEMPTS), name)
        except ReviewloopError:
            claims.release(claim)  # nothing was asked of Batch
            raise
        try:
            job_id = str(_impatient_client().submit_job(**self._request(name, uri, num_gpus))["jobId"])
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] < 500:
                claims.release(claim)  # Batch has refused: there is no job
            raise aws_error(error, f"submit the Batch job {name}") from error
        except BotoCoreError as error:
            raise TransientError(f"submit the Batch job {name}: no answer, so it may run: {error}") from error
        if claims.update(claim, job_id=job_id) is None:
            self.cancel(job_id)
            raise TransientError(f"submit the Batch job {name}: took so long that another try has taken over; ended {job_id} again")
        log.info("submitted the Batch job %s as %s", job_id, name)
        return job_id

    def _request(self, name: str, uri: str, num_gpus: int) -> Any:
        overrides: dict[str, Any] = {"command": [*_ENTRY, uri]}
        if num_gpus:
            overrides["resourceRequirements"] = [{"type": "GPU", "value": str(num_gpus)}]
        return {
            "jobName": name,
            "jobQueue": self._queue,
            "jobDefinition": self._definition,
            "containerOverrides": overrides,
            "retryStrategy": _RETRIES,
            "timeout": {"attemptDurationSeconds": self._config.max_seconds},
            "tags": tags(name, self._config.max_seconds * BATCH_ATTEMPTS),
        }

    def _find(self, name: str) -> str | None:
        with asking_aws(f"look for the Batch job {name}"):
            found = client().list_jobs(jobQueue=self._queue, filters=[{"name": "JOB_NAME", "values": [name]}])["jobSummaryList"]
        return found[0]["jobId"] if found else None

    def _describe(self, job_id: str) -> dict[str, Any] | None:
        with asking_aws(f"describe the Batch job {job_id}"):
            found = client().describe_jobs(jobs=[job_id])["jobs"]
        return dict(found[0]) if found else None


def _uri(name: str) -> str:
    return places.jobs("batch", name)


def _uri_of(job: dict[str, Any]) -> str:
    """Where the job works, from its own command."""
    return str(job["container"]["command"][-1])


def _state(job: dict[str, Any]) -> State:
    if job.get("isTerminated") or job.get("isCancelled"):
        return _ENDED.get(job["status"], "failed")
    return _ENDED.get(job["status"], "running")


def _reason(job: dict[str, Any]) -> str:
    reasons = [job.get("statusReason"), job.get("container", {}).get("reason")]
    code = job.get("container", {}).get("exitCode")
    return "; ".join([reason for reason in reasons if reason] + ([f"exit code {code}"] if code is not None else []))
