"""The reaper against an account in memory: pages, throttles, what is gone, clocks, and a champion that changes meanwhile."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from tests.helpers.fake_account import NOW, Account, refused
from tests.helpers.rollouts import PROMOTED, ledger, plan, started

from reviewloop.adapters.costs import reaping
from reviewloop.adapters.costs.names import job_name
from reviewloop.core.costs.reaping import DEPLOYMENT, EXPIRES, VERSION
from reviewloop.core.release.events import Draft
from reviewloop.core.release.standing import Events
from reviewloop.errors import ConfigError, TransientError
from reviewloop.settings import settings

OLD = "2020-01-01T00:00:00Z"
OURS = {DEPLOYMENT: "lake", EXPIRES: OLD, VERSION: "9"}
MONTH_AGO = NOW - timedelta(days=30)


@pytest.fixture(autouse=True)
def events(monkeypatch: pytest.MonkeyPatch) -> list[Events]:
    """The ledger, which a test may go on with: version 1 answers."""
    found = [ledger(PROMOTED)]
    monkeypatch.setattr(reaping.ledger, "read", lambda: found[0])
    return found


def acts(*, apply: bool = True) -> dict[str, str]:
    return {one.name: one.act for one in reaping.reap(apply=apply)}


def whys(*, apply: bool = True) -> dict[str, str]:
    return {one.name: one.why for one in reaping.reap(apply=apply)}


def batch_job(account: Account, name: str, tags: dict[str, str]) -> str:
    return str(account.do_SubmitJob(name, tags)["jobId"])


def test_a_look_changes_nothing_and_says_what_would_go(account: Account) -> None:
    account.train(job_name("old-1"), OURS)
    account.serve("old", OURS, "s3://lake/models/9", MONTH_AGO)
    job_id = batch_job(account, job_name("old-1"), OURS)
    assert acts(apply=False) == {job_name("old-1"): "would go", job_id: "would go", "old": "would go"}
    assert account.changes() == []


def test_what_is_expired_goes_page_after_page_and_nothing_else(account: Account) -> None:
    fresh = {**OURS, EXPIRES: "2099-01-01T00:00:00Z"}
    for number in range(5):
        account.train(job_name(f"old{number}-1"), OURS)
        account.serve(f"old{number}", OURS, "s3://lake/models/9", MONTH_AGO)
        batch_job(account, job_name(f"old{number}-1"), OURS)
    account.train(job_name("new-1"), fresh)
    account.train(job_name("others-1"), {**OURS, DEPLOYMENT: "another"})
    account.train("somebody-else", OURS)
    account.serve("others", {**OURS, DEPLOYMENT: "another"}, "s3://lake/models/9", MONTH_AGO)
    account.serve("untagged", {}, "s3://lake/models/9", MONTH_AGO)
    account.serve("new", fresh, "s3://lake/models/9")
    others = [batch_job(account, "somebody-else", OURS), batch_job(account, job_name("new-1"), fresh)]
    found = acts()
    assert sum(act == "gone" for act in found.values()) == 15
    running = {name for name, one in account.training_jobs.items() if one["TrainingJobStatus"] == "InProgress"}
    assert running == {job_name("new-1"), job_name("others-1"), "somebody-else"}
    assert set(account.endpoints) == {"others", "untagged", "new"}
    assert [job_id for job_id, one in account.batch_jobs.items() if one["status"] == "RUNNABLE"] == others
    assert not set(found) & {"others", "untagged", "somebody-else"}, "whose they are is nobody's business here"


@pytest.mark.parametrize("spoil", [
    lambda account: account.serve("champion", {**OURS, VERSION: "1"}, "s3://lake/models/9", MONTH_AGO),
    lambda account: account.serve("champion", OURS, "s3://lake/models/1/model.tar.gz", MONTH_AGO),
    lambda account: account.serve("champion", {DEPLOYMENT: "lake", EXPIRES: OLD}, "s3://lake/models/9", MONTH_AGO),
])  # fmt: skip
def test_the_champions_endpoint_stays(account: Account, spoil: Callable[[Account], None]) -> None:
    spoil(account)
    assert acts() == {"champion": "keep"}
    assert account.changes() == []


def test_the_endpoint_that_callers_ask_stays_whatever_its_tags_say(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    account.serve("reviews", OURS, "s3://lake/models/9", MONTH_AGO)
    monkeypatch.setenv("REVIEWLOOP_ENDPOINT", "reviews")
    settings.cache_clear()
    assert acts() == {"reviews": "keep"}


def test_a_challengers_endpoint_stays(account: Account, events: list[Events]) -> None:
    events[0] = ledger(PROMOTED, started(plan()))
    account.serve("challenger", {**OURS, VERSION: "2"}, "s3://lake/models/9", MONTH_AGO)
    assert acts() == {"challenger": "keep"}


def test_what_becomes_the_champion_while_it_is_looked_at_stays(account: Account, events: list[Events]) -> None:
    account.serve("old", OURS, "s3://lake/models/9", MONTH_AGO)

    def promote() -> None:
        events[0] = ledger(PROMOTED, Draft("promoted", "program:promote", "9", "d9", {"source": "s3://lake/models/9"}))

    account.before["GetMetricData"] = promote  # after the ledger was read first, before the endpoint is looked at
    assert acts() == {"old": "keep"}
    assert account.changes() == []


def test_what_is_renewed_while_it_is_looked_at_stays(account: Account) -> None:
    arn = account.train(job_name("old-1"), dict(OURS))
    listed = [0]

    def renew() -> None:
        listed[0] += 1
        if listed[0] == 1:
            account.before["ListTags"] = renew
        else:
            account.tags[arn][EXPIRES] = "2099-01-01T00:00:00Z"

    account.before["ListTags"] = renew
    assert acts() == {job_name("old-1"): "keep"}


def test_an_unreadable_ledger_lets_nothing_go(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    def away() -> Events:
        raise TransientError("MLflow is away")

    account.train(job_name("old-1"), OURS)
    monkeypatch.setattr(reaping.ledger, "read", away)
    with pytest.raises(TransientError, match="MLflow is away"):
        reaping.reap(apply=True)
    assert account.changes() == []


def test_another_account_is_left_alone(account: Account) -> None:
    account.train(job_name("old-1"), OURS)
    account.number = "999999999999"
    with pytest.raises(ConfigError, match="are those of account 999999999999"):
        reaping.reap(apply=True)
    assert account.changes() == []


def test_this_machines_clock_ends_nothing(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    account.now = datetime(2019, 1, 1, tzinfo=UTC)
    account.train(job_name("old-1"), OURS)
    assert acts() == {job_name("old-1"): "keep"}, "by AWS's clock it has a year left"


@pytest.mark.parametrize(("asked", "expected"), [(0, "gone"), (3, "tell")])
def test_an_endpoint_that_is_still_asked_stays(account: Account, asked: float, expected: str) -> None:
    account.serve("old", OURS, "s3://lake/models/9", MONTH_AGO)
    account.invocations["old"] = asked
    assert acts() == {"old": expected}


@pytest.mark.parametrize("status", ["InternalError", "Forbidden", "PartialData"])
def test_what_cloudwatch_does_not_know_is_not_nobody(account: Account, status: str) -> None:
    account.serve("old", OURS, "s3://lake/models/9", MONTH_AGO)
    account.metric_status = status
    assert acts() == {"old": "failed"}
    assert set(account.endpoints) == {"old"}


@pytest.mark.parametrize("operation", ["DescribeEndpoint", "ListTags", "GetMetricData", "DeleteEndpoint", "DescribeModel"])
def test_a_throttle_keeps_one_and_the_others_go(account: Account, operation: str) -> None:
    for name in ("a", "b", "c"):
        account.serve(name, OURS, "s3://lake/models/9", MONTH_AGO)
    account.troubles[operation] = [refused("ThrottlingException")]
    assert acts() == {"a": "failed", "b": "gone", "c": "gone"}
    assert acts() == {"a": "gone"}, "tomorrow"


@pytest.mark.parametrize("operation", ["ListTrainingJobs", "ListJobs"])
def test_a_list_that_is_throttled_is_said_and_the_others_are_looked_at(account: Account, operation: str) -> None:
    account.serve("old", OURS, "s3://lake/models/9", MONTH_AGO)
    account.troubles[operation] = [refused("ThrottlingException")]
    assert acts() == {"(all)": "failed", "old": "gone"}


def test_what_is_gone_already_is_no_fault(account: Account) -> None:
    name = job_name("old-1")
    account.train(name, OURS)
    account.serve("old", OURS, "s3://lake/models/9", MONTH_AGO)
    job_id = batch_job(account, name, OURS)
    account.before["StopTrainingJob"] = lambda: account.training_jobs[name].update(TrainingJobStatus="Completed")
    account.before["DeleteEndpoint"] = lambda: account.endpoints.clear()
    account.troubles["TerminateJob"] = [refused("ClientException")]
    account.before["TerminateJob"] = lambda: account.batch_jobs[job_id].update(status="SUCCEEDED")
    assert acts() == {name: "gone", job_id: "gone", "old": "gone"}
    assert acts() == {}


def test_what_was_gone_between_two_looks_is_no_fault(account: Account) -> None:
    account.serve("old", OURS, "s3://lake/models/9", MONTH_AGO)
    account.before["GetMetricData"] = lambda: account.endpoints.clear()
    assert whys() == {"old": "it was gone already"}


def test_an_idle_endpoint_is_told_and_stays(account: Account) -> None:
    account.serve("idle", {**OURS, EXPIRES: "2099-01-01T00:00:00Z"}, "s3://lake/models/9", MONTH_AGO)
    assert acts() == {"idle": "tell"}
    assert "nobody asked it for 14 days" in whys()["idle"]
