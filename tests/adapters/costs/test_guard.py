"""A paid job starts only where everything is there and its money is reserved, once; and what it cost is kept."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.helpers.fake_account import NOW, Account, refused

from reviewloop.adapters.costs import budget, names
from reviewloop.adapters.jobs.backends.batch import BatchBackend
from reviewloop.adapters.jobs.backends.protocol import Backend
from reviewloop.adapters.jobs.backends.sagemaker import SageMakerBackend
from reviewloop.adapters.jobs.spec import JobSpec
from reviewloop.config import BatchConfig, SageMakerConfig
from reviewloop.core.costs.reaping import DEPLOYMENT, EXPIRES, JOB, OWNER
from reviewloop.errors import ConfigError, JobFailed, PermanentError, TransientError

SPEC = JobSpec("job", "s3://lake/features/1", {"epochs": 1}, num_gpus=1)
STARTS = {"sagemaker": "CreateTrainingJob", "batch": "SubmitJob"}
Make = Callable[[], Backend]
KINDS = pytest.mark.parametrize(
    ("kind", "make", "most"),
    [
        ("sagemaker", lambda: SageMakerBackend(SageMakerConfig(instance_type="ml.g5.xlarge", volume_gb=1, max_seconds=3600)), 1.42),
        ("batch", lambda: BatchBackend(BatchConfig(max_seconds=3600)), 4.04),
    ],
)


def the_tags(account: Account, kind: str) -> dict[str, str]:
    (found,) = (one["tags"] for one in account.batch_jobs.values()) if kind == "batch" else account.tags.values()
    return dict(found)


@KINDS
def test_a_job_is_reserved_before_it_starts_and_carries_whose_it_is(account: Account, kind: str, make: Make, most: float) -> None:
    reserved_by_then: list[float] = []
    account.before[STARTS[kind]] = lambda: reserved_by_then.append(budget.read().counted_usd(f"{NOW:%Y-%m}"))
    make().submit(SPEC)
    assert reserved_by_then == [most]
    (one,) = budget.read().open()
    assert (one.key, one.kind, one.usd) == (f"{names.job_name('job')}-1", kind, most)
    tags = the_tags(account, kind)
    assert (tags[DEPLOYMENT], tags[OWNER]) == ("lake", "reviewloop")
    assert tags[JOB].startswith("job" if kind == "sagemaker" else names.mark())
    lives = datetime.fromisoformat(tags[EXPIRES]) - datetime.now(UTC)
    longest = timedelta(hours=24 + (1 if kind == "sagemaker" else 4))
    assert longest - timedelta(minutes=2) < lives <= longest


@KINDS
def test_a_second_try_finds_the_job_and_reserves_nothing(account: Account, kind: str, make: Make, most: float) -> None:
    first = make().submit(SPEC)
    account.roles.clear()  # whatever is missing now: the job runs
    assert make().submit(SPEC) == first
    assert len(budget.read().reservations) == 1
    assert account.calls.count(STARTS[kind]) == 1


@KINDS
def test_a_run_that_was_killed_before_the_job_began_reserves_once(account: Account, kind: str, make: Make, most: float) -> None:
    account.troubles[STARTS[kind]] = [refused("ThrottlingException")]
    with pytest.raises(TransientError):
        make().submit(SPEC)
    make().submit(SPEC)
    assert [one.usd for one in budget.read().reservations] == [most]


@KINDS
def test_nothing_starts_where_something_is_missing(account: Account, kind: str, make: Make, most: float) -> None:
    account.images.clear()
    with pytest.raises(ConfigError, match="preflight: the job does not start: image: .* build and push it"):
        make().submit(SPEC)
    assert STARTS[kind] not in account.calls
    assert not budget.read().reservations
    account.images.add(("reviewloop", "1.0"))
    make().submit(SPEC)
    assert account.calls.count(STARTS[kind]) == 1, "a claim that was given back can be taken"


@KINDS
def test_nothing_starts_over_budget(account: Account, monkeypatch: pytest.MonkeyPatch, kind: str, make: Make, most: float) -> None:
    from reviewloop.adapters.costs import guard

    config = guard.load_config()
    poor = config.model_copy(update={"costs": config.costs.model_copy(update={"month_cap_usd": most - 0.01})})
    monkeypatch.setattr(guard, "load_config", lambda: poor)
    with pytest.raises(PermanentError, match=f"over budget: .* may cost {most:.2f} USD"):
        make().submit(SPEC)
    assert STARTS[kind] not in account.calls
    monkeypatch.setattr(guard, "load_config", lambda: config)
    make().submit(SPEC)
    assert account.calls.count(STARTS[kind]) == 1


def test_an_ended_job_is_settled_with_its_real_seconds(account: Account, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from reviewloop.adapters.jobs.backends import cloudwatch, sagemaker

    monkeypatch.setattr(cloudwatch, "tail", lambda *_: "")
    monkeypatch.setattr(sagemaker, "_fetch_traces", lambda *_: None)
    backend = SageMakerBackend(SageMakerConfig(instance_type="ml.g5.xlarge", volume_gb=1, max_seconds=3600))
    name = backend.submit(SPEC)
    ended = {"CheckpointConfig": {"S3Uri": "s3://lake/jobs"}, "SecondaryStatus": "Failed", "FailureReason": "out of memory"}
    account.training_jobs[name] |= {"TrainingJobStatus": "Stopping", **ended}
    with pytest.raises(JobFailed):
        backend.result(name, tmp_path / "stopping")
    assert budget.read().open(), "it is being stopped, and still paid for"
    account.training_jobs[name] |= {"TrainingJobStatus": "Failed", "BillableTimeInSeconds": 360}
    with pytest.raises(JobFailed, match="out of memory"):
        backend.result(name, tmp_path / "left")
    (one,) = budget.read().reservations
    assert (one.outcome, one.seconds) == ("settled", 360)
    assert one.counted_usd == pytest.approx(0.142)


def test_a_lake_that_is_away_when_a_job_ends_loses_nothing(
    account: Account, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from reviewloop.adapters.costs import guard
    from reviewloop.core.costs.budget import Used

    SageMakerBackend(SageMakerConfig(instance_type="ml.g5.xlarge", volume_gb=1, max_seconds=3600)).submit(SPEC)
    (one,) = budget.read().open()
    account.troubles["GetObject"] = [refused("SlowDown", 503)]
    guard.after(one.key, Used("ended", 60))
    account.training_jobs[one.key] |= {"TrainingJobStatus": "Completed", "BillableTimeInSeconds": 60}
    assert budget.settle_open(NOW) == []
    assert budget.read().reservations[0].seconds == 60
