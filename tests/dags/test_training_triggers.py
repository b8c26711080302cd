"""The triggers against moto's SageMaker and Batch, whose jobs end when the test says so."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.adapters.backends.conftest import make_spec, moto, moto_endpoint, parameters, parts, tiny_bert  # noqa: F401
from tests.adapters.backends.places import BatchPlace, SageMakerPlace, books

from reviewloop.adapters.backends.protocol import JobSpec
from reviewloop_airflow.training_triggers import trigger_for

pytestmark = pytest.mark.contract


def end(kind: str, job_id: str, how: str) -> None:
    if kind == "sagemaker":
        books(kind).training_jobs[job_id].training_job_status = {"success": "Completed", "failure": "Failed"}[how]
    else:
        books(kind)._jobs[job_id]._mark_stopped(success=how == "success")


@pytest.mark.parametrize("how", ["success", "failure"])
@pytest.mark.parametrize("kind", ["sagemaker", "batch"])
def test_it_fires_when_the_job_has_ended_however_it_ended(
    moto: str,  # noqa: F811
    make_spec: Callable[..., JobSpec],  # noqa: F811
    tmp_path: Path,
    kind: str,
    how: str,
) -> None:
    place = SageMakerPlace(tmp_path, moto) if kind == "sagemaker" else BatchPlace(tmp_path, moto)
    job_id = place.backend.submit(make_spec("waited-for"))
    trigger = trigger_for(kind, job_id)
    trigger.waiter_delay = 1

    async def event():
        waiting = asyncio.ensure_future(anext(trigger.run()))
        await asyncio.sleep(2)
        assert not waiting.done(), "it waits while the job waits for a machine"
        end(kind, job_id, how)
        return await asyncio.wait_for(waiting, 30)

    told = asyncio.run(event()).payload
    assert (told["status"] == "success") is (how == "success")
    assert place.backend.status(job_id) == ("succeeded" if how == "success" else "failed")
