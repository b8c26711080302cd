"""Waiting for a training job, in the triggerer: Amazon's own triggers, and one for a cluster. Each ends the job with the task."""

import asyncio
import logging
import sys
from collections.abc import AsyncIterator
from typing import Any, Final

from airflow.providers.amazon.aws.triggers.batch import BatchJobTrigger
from airflow.providers.amazon.aws.triggers.sagemaker import SageMakerTrigger
from airflow.triggers.base import BaseTrigger, TriggerEvent

from reviewloop.errors import ConfigError, TransientError
from reviewloop.steps.train.finetune import cancel, is_running

log = logging.getLogger(__name__)

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


class KubernetesTrainingTrigger(BaseTrigger):
    """Fires when the job in the cluster has ended, however it ended, or is gone. What it came to the task finds out itself."""

    def __init__(self, job_id: str, waiter_delay: float = _WAITING["waiter_delay"]) -> None:
        super().__init__()
        self.job_id = job_id
        self.waiter_delay = waiter_delay

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """See ``BaseTrigger``."""
        path = f"{self.__class__.__module__}.{self.__class__.__qualname__}"
        return path, {"job_id": self.job_id, "waiter_delay": self.waiter_delay}

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """See ``BaseTrigger``. A cluster that does not answer is asked again."""
        while True:
            try:
                if not await asyncio.to_thread(is_running, self.job_id):
                    break
            except TransientError as error:
                log.warning("asked again in %g s: %s", self.waiter_delay, error)
            await asyncio.sleep(self.waiter_delay)
        yield TriggerEvent({"job_id": self.job_id})

    async def on_kill(self) -> None:
        """A person has marked or cleared the waiting task."""
        await asyncio.to_thread(cancel, self.job_id)


def trigger_for(kind: str, job_id: str) -> BaseTrigger:
    """What waits for the job ``job_id`` of a backend of this kind. Raises ``ConfigError`` for a kind that nothing waits for."""
    if kind == "sagemaker":
        return SageMakerJobTrigger(job_name=job_id, job_type="Training", **_WAITING)
    if kind == "batch":
        return BatchTrainingTrigger(job_id=job_id, **_WAITING)
    if kind == "kubernetes":
        return KubernetesTrainingTrigger(job_id)
    raise ConfigError(f"training.backend.kind: nothing waits for jobs of {kind!r}; give it a trigger in training_triggers.py")
