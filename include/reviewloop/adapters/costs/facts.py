"""What AWS says of a job by its name: whether it runs, and how many seconds of it are paid for."""

import re
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from reviewloop.adapters.aws_errors import asking_aws, aws_error
from reviewloop.adapters.costs import clients
from reviewloop.core.costs.budget import Used
from reviewloop.core.costs.prices import PaidKind
from reviewloop.settings import settings


def place(kind: PaidKind) -> str:
    """Where this process's jobs run: of Batch the queue belongs to it."""
    return f"{settings().aws_region}/{settings().batch_queue}" if kind == "batch" else settings().aws_region


def used(kind: PaidKind, name: str) -> Used:
    """The job of this name, as its service has it. Raises ``TransientError`` where that does not answer."""
    if kind == "sagemaker":
        described = training_job(name)
        return Used("absent") if described is None else of_training_job(described)
    with asking_aws(f"look for the Batch job {name}"):
        found: Any = list(_batch_jobs_named(name))
        if not found:
            return Used("absent")
        jobs = clients.batch().describe_jobs(jobs=[one["jobId"] for one in found][:100])["jobs"]
    all_used = [of_batch_job(one) for one in jobs]
    if not all_used:
        return Used("absent")
    if any(one.state == "running" for one in all_used):
        return Used("running")
    return Used("ended", sum(one.seconds for one in all_used))


def training_job(name: str) -> dict[str, Any] | None:
    """SageMaker's description of a training job; None where it knows none of this name."""
    try:
        return dict(clients.sagemaker().describe_training_job(TrainingJobName=name))
    except (ClientError, BotoCoreError) as error:
        if isinstance(error, ClientError) and re.search("not f(ou|i)nd", str(error)):  # its code is that of any wrong request
            return None
        raise aws_error(error, f"describe the training job {name}") from error


def of_training_job(described: Mapping[str, Any]) -> Used:
    """From SageMaker's description. One that ended before it had a machine has cost nothing."""
    if described["TrainingJobStatus"] in {"InProgress", "Stopping"}:
        return Used("running")
    seconds = described.get("BillableTimeInSeconds", described.get("TrainingTimeInSeconds"))
    if seconds is None and described.get("TrainingStartTime") and described.get("TrainingEndTime"):
        seconds = (described["TrainingEndTime"] - described["TrainingStartTime"]).total_seconds()
    return Used("ended", float(seconds or 0))


def of_batch_job(job: Mapping[str, Any]) -> Used:
    """From Batch's description (times in ms): every attempt is paid for, or the whole where none is listed."""
    if job["status"] not in {"SUCCEEDED", "FAILED"}:
        return Used("running")
    attempts = job.get("attempts") or [job]
    spans = [(one.get("startedAt") or 0, one.get("stoppedAt") or 0) for one in attempts]
    return Used("ended", sum(max(0, stopped - started) for started, stopped in spans if started and stopped) / 1000)


def _batch_jobs_named(name: str) -> Any:
    pages = clients.batch().get_paginator("list_jobs").paginate(
        jobQueue=settings().batch_queue, filters=[{"name": "JOB_NAME", "values": [name]}]
    )  # fmt: skip
    return (one for page in pages for one in page["jobSummaryList"])
