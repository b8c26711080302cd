"""Jobs of this deployment that run or wait, as the reaper sees them."""

from datetime import UTC, datetime
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from reviewloop.adapters.aws_errors import asking_aws, aws_error
from reviewloop.adapters.costs import clients, facts
from reviewloop.adapters.costs.names import mark
from reviewloop.core.costs.reaping import Resource
from reviewloop.settings import settings

_WAITING: Final = ("SUBMITTED", "PENDING", "RUNNABLE", "STARTING", "RUNNING")


def training_jobs() -> list[str]:
    """SageMaker's that have not ended, of every page; by their names, so that other jobs are not asked for their tags."""
    with asking_aws("list training jobs"):
        pages = clients.sagemaker().get_paginator("list_training_jobs").paginate(StatusEquals="InProgress", NameContains=mark())
        return [one["TrainingJobName"] for page in pages for one in page["TrainingJobSummaries"]]


def training_job(name: str) -> Resource | None:
    """With its tags as they are now; None where it has ended or is gone."""
    described = facts.training_job(name)
    if described is None or described["TrainingJobStatus"] != "InProgress":
        return None
    with asking_aws(f"read the tags of the training job {name}"):
        pages = clients.sagemaker().get_paginator("list_tags").paginate(ResourceArn=described["TrainingJobArn"])
        tags = {one["Key"]: one["Value"] for page in pages for one in page["Tags"]}
    return Resource("training job", name, tags, described["CreationTime"].astimezone(UTC))


def stop_training_job(name: str) -> None:
    """Nothing where it has ended meanwhile."""
    try:
        clients.sagemaker().stop_training_job(TrainingJobName=name)
    except (ClientError, BotoCoreError) as error:
        if training_job(name) is not None:
            raise aws_error(error, f"stop the training job {name}") from error


def batch_jobs() -> list[str]:
    """The ids of those in the deployment's queue that have not ended, of every page and state; none where no queue is named."""
    queue = settings().batch_queue
    if not queue:
        return []
    with asking_aws(f"list the jobs of {queue}"):
        lister: Any = clients.batch().get_paginator("list_jobs")
        pages = [page for state in _WAITING for page in lister.paginate(jobQueue=queue, jobStatus=state)]
    # A job that moves on while the states are asked for is seen twice.
    return sorted({one["jobId"] for page in pages for one in page["jobSummaryList"] if one["jobName"].startswith(mark())})


def batch_job(job_id: str) -> Resource | None:
    """With its tags as they are now; None where it has ended or is gone."""
    with asking_aws(f"describe the Batch job {job_id}"):
        jobs: list[Any] = list(clients.batch().describe_jobs(jobs=[job_id])["jobs"])
    if not jobs or jobs[0]["status"] not in _WAITING:
        return None
    return Resource("Batch job", job_id, jobs[0].get("tags", {}), datetime.fromtimestamp(jobs[0]["createdAt"] / 1000, UTC))


def end_batch_job(job_id: str) -> None:
    """Nothing where it has ended meanwhile."""
    try:
        clients.batch().terminate_job(jobId=job_id, reason="expired: ended by reviewloop's reaper")
    except (ClientError, BotoCoreError) as error:
        if batch_job(job_id) is not None:
            raise aws_error(error, f"end the Batch job {job_id}") from error
