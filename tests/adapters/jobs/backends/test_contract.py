"""What every backend promises, asked of each in the same words.

Local is real throughout. SageMaker and Batch are moto's: requests are checked against AWS's own service models and kept in
its books, but no machine is rented and nothing runs by itself; S3 is the local AWS API. The test plays the machine: it starts
the very program that the job names, with the inputs, hyperparameters and places that the job was submitted with, lets it
write its checkpoints and results to S3, and notes in moto's books how it ended. What SageMaker and Batch do besides (image
pulls, roles, quotas, spot interruptions, their own retries) is not shown here.
"""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.helpers.places import Place

from reviewloop.adapters.jobs import process
from reviewloop.adapters.jobs.spec import JobSpec
from reviewloop.errors import JobFailed, PermanentError, TransientError

pytestmark = pytest.mark.contract


def test_a_job_runs_once_and_its_result_is_fetched_whole(place: Place, make_spec: Callable[..., JobSpec], tmp_path: Path) -> None:
    backend, spec = place.backend, make_spec("whole")
    job_id = backend.submit(spec)
    assert backend.status(job_id) == "running"
    assert backend.submit(spec) == job_id, "it is joined"
    with pytest.raises(PermanentError, match="it still runs, and has no result yet"):
        backend.result(job_id, tmp_path / "early")
    assert not (tmp_path / "early").exists()

    place.run(job_id)

    assert backend.status(job_id) == "succeeded"
    assert backend.submit(spec) == job_id, "what is done is not done again"
    assert place.num_jobs() == 1
    backend.result(job_id, tmp_path / "result")
    result = json.loads((tmp_path / "result" / "result.json").read_text())
    assert result["steps"] == 10
    about = json.loads((tmp_path / "result" / "model" / "model.json").read_text())
    assert about["labels"] == ["negative", "neutral", "positive"]
    assert (tmp_path / "result" / "model" / "model.safetensors").stat().st_size > 10_000
    assert (tmp_path / "result" / "metrics.jsonl").read_text().count("validation") == 1
    assert (tmp_path / "result" / "watch").is_dir()
    assert "done: " in (tmp_path / "result" / process.LOG).read_text()
    assert "done: " in backend.logs(job_id, num_lines=3)
    assert len(backend.logs(job_id, num_lines=3).splitlines()) == 3


def test_a_job_that_fails_says_why_and_leaves_its_evidence(place: Place, make_spec: Callable[..., JobSpec], tmp_path: Path) -> None:
    backend, spec = place.backend, make_spec("failing", max_seq_length=8)
    job_id = backend.submit(spec)
    place.run(job_id)
    assert backend.status(job_id) == "failed"
    with pytest.raises(JobFailed, match=r"(?s)failed: .*max_seq_length is 8.*its log ends:\n.*max_seq_length is 8"):
        backend.result(job_id, tmp_path / "left")
    assert "max_seq_length is 8" in process.failure(tmp_path / "left")
    assert "max_seq_length is 8" in (tmp_path / "left" / process.LOG).read_text()
    assert not (tmp_path / "left" / "model").exists()

    again = backend.submit(spec)
    assert backend.status(again) == "running", "whoever submits again wants another try"
    backend.cancel(again)


def test_a_cancelled_job_is_over_and_may_be_started_again(place: Place, make_spec: Callable[..., JobSpec], tmp_path: Path) -> None:
    backend, spec = place.backend, make_spec("cancelled", epochs=40)
    job_id = backend.submit(spec)
    backend.cancel(job_id)
    assert backend.status(job_id) == "failed"
    backend.cancel(job_id)
    with pytest.raises((JobFailed, TransientError), match=r"cancelled|Stopped"):
        backend.result(job_id, tmp_path / "nothing")

    again = backend.submit(spec)
    assert backend.status(again) == "running"
    backend.cancel(again)


def test_an_unknown_job_is_lost(place: Place, tmp_path: Path) -> None:
    backend = place.backend
    assert backend.status("nobody") == "lost"
    assert backend.logs("nobody") == "(no output)"
    backend.cancel("nobody")
    with pytest.raises(TransientError, match="job nobody: "):
        backend.result("nobody", tmp_path / "nothing")
    assert not (tmp_path / "nothing").exists()
