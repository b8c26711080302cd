"""Waiting for a training job on AWS, in the triggerer: Amazon's own triggers, which also end the job if a person ends the task."""

import asyncio
import sys
from typing import Any, Final

from airflow.providers.amazon.aws.triggers.batch import BatchJobTrigger
from airflow.providers.amazon.aws.triggers.sagemaker import SageMakerTrigger
from airflow.triggers.base import BaseTrigger

from reviewloop.errors import ConfigError
from reviewloop.steps.train.finetune import cancel

# No Airflow connection: the standard AWS environment, like every step. The job's own limit of time ends the waiting.
_WAITING: Final[dict[str, Any]] = {"aws_conn_id": None, "waiter_delay": 30, "waiter_max_attempts": sys.maxsize}


class SageMakerJobTrigger(SageMakerTrigger):
    """Fires when the training job has ended, however it ended."""

    async def on_kill(self) -> None:
        """A person has marked or cleared the waiting task."""
        await asyncio.to_thread(cancel, self.job_name)


class BatchTrainingTrigger(BatchJobTrigger):
    """Fires when the Batch job has ended, however it ended."""

    async def on_kill(self) -> None:
        """A person has marked or cleared the waiting task."""
        await asyncio.to_thread(cancel, self.serialized_fields["job_id"])


def trigger_for(kind: str, job_id: str) -> BaseTrigger:
    """What waits for the job ``job_id`` of a backend of this kind. Raises ``ConfigError`` for a kind that nothing waits for."""
    if kind == "sagemaker":
        return SageMakerJobTrigger(job_name=job_id, job_type="Training", **_WAITING)
    if kind == "batch":
        return BatchTrainingTrigger(job_id=job_id, **_WAITING)
    raise ConfigError(f"training.backend.kind: nothing waits for jobs of {kind!r}; give it a trigger in training_triggers.py")
