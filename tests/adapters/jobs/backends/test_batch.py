"""Batch by itself: one job for each name, whatever happens to those who submit it, and a container that may be killed."""

import json
import os
import signal
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError
from tests.helpers.places import BatchPlace, books

from reviewloop.adapters.jobs.backends import batch
from reviewloop.adapters.jobs.backends.account import job_name
from reviewloop.adapters.jobs.spec import JobSpec
from reviewloop.adapters.lake import artifacts, claims, s3
from reviewloop.errors import ConfigError, PermanentError, TransientError
from reviewloop.settings import settings

pytestmark = pytest.mark.contract

MakeSpec = Callable[..., JobSpec]


@pytest.fixture
def place(moto: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> BatchPlace:
    monkeypatch.setattr(batch, "CLAIM_SECONDS", 0.6)
    monkeypatch.setattr(batch, "_POLL_SECONDS", 0.05)
    return BatchPlace(tmp_path, moto)


def claim_of(name: str) -> str:
    return s3.lake_uri("jobs", "batch", name, "claims", f"{job_name(name)}-1.json")


class Client:
    """The Batch client, with something happening around ``SubmitJob``."""

    def __init__(self, before: Callable[[], None] = lambda: None, after: Callable[[], None] = lambda: None) -> None:
        self.before, self.after = before, after

    def submit_job(self, **request: Any) -> Any:
        self.before()
        answer = batch.client().submit_job(**request)
        self.after()
        return answer


def test_many_at_once_start_one_job(place: BatchPlace, make_spec: MakeSpec) -> None:
    spec = make_spec("race")
    with ThreadPoolExecutor(6) as pool:
        ids = set(pool.map(lambda _: BatchPlace(place.folder, "http://unused").backend.submit(spec), range(6)))
    assert len(ids) == 1
    assert place.num_jobs() == 1


def test_a_claim_whose_holder_died_before_submitting_is_taken_over(place: BatchPlace, make_spec: MakeSpec) -> None:
    assert claims.take(claim_of("died-early"))
    began = time.monotonic()
    job_id = place.backend.submit(make_spec("died-early"))
    assert time.monotonic() - began >= batch.CLAIM_SECONDS, "it waits first: the holder may only be slow"
    assert place.backend.status(job_id) == "running"
    assert place.num_jobs() == 1


def test_a_job_whose_holder_died_before_noting_it_is_found_by_its_name(
    place: BatchPlace, make_spec: MakeSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        """Stands for a kill."""

    def die() -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(batch, "_impatient_client", lambda: Client(after=die))
        with pytest.raises(Killed):
            place.backend.submit(make_spec("died-late"))
    monkeypatch.setattr(batch, "CLAIM_SECONDS", 3600)
    assert place.backend.status(place.backend.submit(make_spec("died-late"))) == "running"
    assert place.num_jobs() == 1


def test_a_slow_holder_whose_claim_was_taken_over_ends_its_own_job(
    place: BatchPlace, make_spec: MakeSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    def another_takes_over() -> None:
        held = claims.read(claim_of("slow"))
        assert held
        assert claims.update(held, job_id="theirs")

    monkeypatch.setattr(batch, "_impatient_client", lambda: Client(before=another_takes_over))
    with pytest.raises(TransientError, match="another try has taken over; ended"):
        place.backend.submit(make_spec("slow"))
    assert [job.status for job in books("batch")._jobs.values()] == ["FAILED"]


def test_a_refused_submission_gives_its_claim_back(place: BatchPlace, make_spec: MakeSpec, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch, "CLAIM_SECONDS", 3600)
    with monkeypatch.context() as patch:
        patch.setenv("REVIEWLOOP_BATCH_DEFINITION", "nobody")
        settings.cache_clear()
        with pytest.raises(PermanentError, match="nobody does not exist"):
            BatchPlace(place.folder, "http://unused").backend.submit(make_spec("refused"))
    assert place.num_jobs() == 0
    assert place.backend.status(place.backend.submit(make_spec("refused"))) == "running"


def test_a_submission_without_an_answer_is_not_repeated_by_itself(
    place: BatchPlace, make_spec: MakeSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_answer() -> None:
        raise ReadTimeoutError(endpoint_url="batch")

    with monkeypatch.context() as patch:
        patch.setattr(batch, "_impatient_client", lambda: Client(after=no_answer))
        with pytest.raises(TransientError, match="no answer, so it may run"):
            place.backend.submit(make_spec("unanswered"))
    place.backend.submit(make_spec("unanswered"))
    assert place.num_jobs() == 1
    assert batch._impatient_client().meta.config.retries == {"total_max_attempts": 1, "mode": "legacy"}


def test_what_batch_is_asked_for(place: BatchPlace, make_spec: MakeSpec) -> None:
    spec = make_spec("asked")
    place.backend.submit(JobSpec(spec.name, spec.features_uri, spec.parameters, num_gpus=2))
    (job,) = books("batch")._jobs.values()
    assert job.job_name == f"{job_name('asked')}-1"
    assert job.container_overrides["resourceRequirements"] == [{"type": "GPU", "value": "2"}]
    assert job.container_overrides["command"][-1] == s3.lake_uri("jobs", "batch", "asked")
    assert job.timeout == {"attemptDurationSeconds": 600}


@pytest.mark.parametrize("name", ["batch_queue", "batch_definition"])
def test_a_missing_setting_is_one_clear_line(place: BatchPlace, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(f"REVIEWLOOP_{name.upper()}", "")
    settings.cache_clear()
    with pytest.raises(
        ConfigError, match=rf"^REVIEWLOOP_{name.upper()}: empty; set it to .*, or set training.backend.kind to local$"
    ):
        BatchPlace(place.folder, "http://unused")


def test_a_killed_container_goes_on_elsewhere_from_its_last_checkpoint(
    place: BatchPlace, make_spec: MakeSpec, tmp_path: Path
) -> None:
    job_id = place.backend.submit(make_spec("killed", epochs=30, checkpoint_every_steps=25))
    state = s3.lake_uri("jobs", "batch", "killed", "state")
    container = place.start(job_id, REVIEWLOOP_SAVE_SECONDS="0.2")
    deadline = time.monotonic() + 120
    while not any(uri.endswith(artifacts.MANIFEST) for uri in s3.list_uris(f"{state}/")):
        assert container.poll() is None, container.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.05)
    os.killpg(container.pid, signal.SIGKILL)
    container.communicate()
    assert place.backend.status(job_id) == "running", "Batch starts it again"

    place.run(job_id)  # on a machine of its own: only S3 is shared

    place.backend.result(job_id, tmp_path / "result")
    assert "resumed from step" in place.backend.logs(job_id, 1000)
    assert json.loads((tmp_path / "result" / "result.json").read_text())["steps"] == 300
    again = place.start(job_id)
    assert "the result is there: nothing to do" in again.communicate(timeout=60)[1]
    assert again.returncode == 0


def test_a_container_told_to_stop_ends_its_program(place: BatchPlace, make_spec: MakeSpec) -> None:
    job_id = place.backend.submit(make_spec("stopped", epochs=2000))
    container = place.start(job_id, REVIEWLOOP_SAVE_SECONDS="0.2")
    assert container.stdout
    for line in container.stdout:
        if "training rows" in line:
            break
    container.terminate()
    container.communicate(timeout=60)
    assert container.returncode == 137
