"""``python -m reviewloop preflight`` and ``reap``: what they print, when they fail, and that a plan changes nothing."""

from collections.abc import Iterator

import pytest
from tests.helpers.fake_account import NOW, Account, forget, refused
from tests.helpers.rollouts import PROMOTED, ledger

from reviewloop.__main__ import main
from reviewloop.adapters.costs import reaping
from reviewloop.adapters.costs.names import job_name
from reviewloop.adapters.jobs.backends.choice import backend_of
from reviewloop.adapters.jobs.spec import JobSpec
from reviewloop.config import load_config
from reviewloop.core.costs.reaping import DEPLOYMENT, EXPIRES
from reviewloop.errors import NothingToDo
from reviewloop.steps.costs.reap_expired import reap_expired
from reviewloop.steps.costs.settle_budget import settle_budget

OURS = {DEPLOYMENT: "lake", EXPIRES: "2020-01-01T00:00:00Z"}
MONTH = f"{NOW:%Y-%m}"


@pytest.fixture
def on_aws(account: Account, monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    monkeypatch.setenv("REVIEWLOOP_PROFILE", "aws")
    forget()
    monkeypatch.setattr(reaping.ledger, "read", lambda: ledger(PROMOTED))
    load_config.cache_clear()
    yield account
    load_config.cache_clear()


def test_a_preflight_says_a_line_on_everything_and_changes_nothing(on_aws: Account, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["preflight"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[:2] for line in lines] == [
        ["ok", what] for what in ("account", "region", "bucket", "role", "image", "quota", "price", "budget")
    ]
    assert on_aws.changes() == []


def test_a_plan_says_what_would_be_and_changes_nothing(on_aws: Account, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["preflight", "--plan"]) == 0
    told = capsys.readouterr().out
    assert "would start    a SageMaker training job on ml.g5.xlarge, for 4.0 h, a volume of 50 GB" in told
    assert "would cost     at most 5.68 USD" in told
    assert f"would reserve  5.68 of the 100.00 USD that are left for {MONTH}" in told
    assert "would tag      reviewloop:deployment=lake" in told
    assert on_aws.calls
    assert on_aws.changes() == []
    assert on_aws.objects == {}


def test_a_start_is_seen_to_change_something(on_aws: Account) -> None:
    backend_of(load_config().training.backend).submit(JobSpec("job", "s3://lake/features/1", {}, num_gpus=1))
    assert on_aws.changes() == ["PutObject", "CreateTrainingJob"], "or the tests of a plan would see nothing either"


def test_a_preflight_fails_where_something_is_missing(on_aws: Account, capsys: pytest.CaptureFixture[str]) -> None:
    on_aws.roles.clear()
    assert main(["preflight", "--plan"]) == 1
    assert "WRONG  role" in capsys.readouterr().out
    on_aws.troubles["GetCallerIdentity"] = [refused("Throttling")]
    assert main(["preflight"]) == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_on_this_machine_nothing_is_paid_for(account: Account, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["preflight", "--plan"]) == 0
    assert "nothing is paid for" in capsys.readouterr().out
    assert account.calls == []


def test_reap_changes_nothing_unless_it_is_told_to(on_aws: Account, capsys: pytest.CaptureFixture[str]) -> None:
    name = job_name("old-1")
    on_aws.train(name, OURS)
    assert main(["reap"]) == 0
    told = capsys.readouterr().out
    assert f"training job  {name}  would go  expired" in told
    assert "1 would go: `python -m reviewloop reap --apply`" in told
    assert on_aws.changes() == []
    assert main(["reap", "--apply"]) == 0
    assert "gone" in capsys.readouterr().out
    assert on_aws.changes() == ["StopTrainingJob"]
    on_aws.troubles["ListEndpoints"] = [refused("AccessDeniedException")]
    assert main(["reap"]) == 1


def test_the_step_looks_unless_it_is_told_to_act(on_aws: Account) -> None:
    name = job_name("old-1")
    on_aws.train(name, OURS)
    found = reap_expired()
    assert (found.num_found, found.num_due, found.num_gone, found.applied) == (1, 1, 0, False)
    assert found.warnings[0].startswith(f"the training job {name}: expired")
    assert on_aws.changes() == []
    found = reap_expired(apply=True)
    assert (found.num_due, found.num_gone, found.warnings) == (0, 1, ())


def test_the_step_says_where_nothing_on_aws_is_ours(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REVIEWLOOP_AWS_ACCOUNT", "")
    forget()
    with pytest.raises(NothingToDo, match="nothing on AWS is ours"):
        reap_expired(apply=True)
    assert account.calls == []


def test_the_step_settles_and_says_how_the_month_stands(on_aws: Account) -> None:
    backend = backend_of(load_config().training.backend)
    for name in ("a", "b"):
        backend.submit(JobSpec(name, "s3://lake/features/1", {}, num_gpus=1))
    on_aws.training_jobs[f"{job_name('a')}-1"] |= {"TrainingJobStatus": "Completed", "BillableTimeInSeconds": 1440}
    found = settle_budget()
    assert (found.month, found.reserved_usd, found.warnings) == (MONTH, 5.68, ())
    assert found.counted_usd == pytest.approx(5.68 + 0.568)
