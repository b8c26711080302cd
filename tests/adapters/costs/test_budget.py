"""The month's money with several runs at once, each killed anywhere: whatever the order, no more is taken than there is."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from tests.helpers.fake_account import Account, refused
from tests.helpers.fake_edges import World, enter

from reviewloop.adapters.costs import budget, facts
from reviewloop.adapters.lake import claims
from reviewloop.core.costs.budget import Budget, Reservation
from reviewloop.errors import PermanentError
from reviewloop.settings import settings

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
NUM_WORLDS = 300


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("REVIEWLOOP_AWS_REGION", "us-east-1")
    settings.cache_clear()
    yield facts.place("sagemaker")
    settings.cache_clear()


def wanted(key: str, usd: float = 1.0, at: datetime = NOW) -> Reservation:
    return Reservation(key=key, kind="sagemaker", place="us-east-1", at=at, usd=usd, longest_seconds=3600)


def nothing_ended(_: datetime) -> list[str]:
    return []


def overspent(monkeypatch: pytest.MonkeyPatch, seed: int) -> bool:
    """Whether four runs, two of them of one job, have taken more than the three dollars that there are."""
    world = enter(World(seed=seed, kills=0.05, losses=0.05), monkeypatch)
    world.run(*(partial(budget.reserve, wanted(key), 3.0) for key in ("a", "a", "b", "c", "d")))
    world.kills = world.losses = 0
    state = budget.read()
    keys = [one.key for one in state.reservations]
    return state.counted_usd("2026-11") > 3.0 or len(keys) != len(set(keys)) or len(keys) < 3


def test_two_runs_never_both_take_the_last_of_it(monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    monkeypatch.setattr(budget, "settle_open", nothing_ended)
    assert not any(overspent(monkeypatch, seed) for seed in range(NUM_WORLDS))


def test_a_write_without_its_condition_is_seen_to_overspend(monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    monkeypatch.setattr(budget, "settle_open", nothing_ended)
    write = claims._write
    monkeypatch.setattr(claims, "_write", lambda uri, note, **_: write(uri, note))
    assert any(overspent(monkeypatch, seed) or len(budget.read().reservations) < 3 for seed in range(NUM_WORLDS))


def test_a_refusal_is_one_line_and_is_remembered(account: Account) -> None:
    budget.reserve(wanted("a", 9.0), 10)
    account.train("a", {})
    with pytest.raises(
        PermanentError, match=r"over budget: b may cost 9\.00 USD, and of 10\.00 USD for 2026-11 1\.00 are left"
    ) as told:
        budget.reserve(wanted("b", 9.0), 10)
    assert "\n" not in str(told.value)
    assert [one.key for one in budget.read().refusals] == ["b"]


def test_what_a_killed_run_left_reserved_is_given_back_before_another_is_refused(account: Account) -> None:
    budget.reserve(wanted("a", 9.0), 10)  # and its run is killed
    account.train("a", {})
    account.training_jobs["a"] |= {"TrainingJobStatus": "Stopped", "BillableTimeInSeconds": 40}
    budget.reserve(wanted("b", 9.0), 10)
    state = budget.read()
    assert state.counted_usd("2026-11") == pytest.approx(9.1)
    assert not state.refusals


def test_a_reservation_whose_job_never_began_expires(account: Account) -> None:
    budget.reserve(wanted("a", 9.0), 10)
    assert budget.settle_open(NOW + timedelta(minutes=59)) == []
    assert budget.read().open(), "its request may still be under way"
    assert budget.settle_open(NOW + timedelta(minutes=61)) == []
    assert budget.read().counted_usd("2026-11") == 0


def test_what_aws_does_not_answer_for_stays_reserved_and_the_others_are_settled(account: Account) -> None:
    for key in ("a", "b"):
        budget.reserve(wanted(key, 2.0), 10)
        account.train(key, {})
        account.training_jobs[key] |= {"TrainingJobStatus": "Completed", "BillableTimeInSeconds": 1800}
    account.troubles["DescribeTrainingJob"] = [refused("ThrottlingException")]
    (told,) = budget.settle_open(NOW)
    assert told.startswith("a: still reserved, for AWS does not say")
    assert [(one.key, one.outcome) for one in budget.read().reservations] == [("a", "open"), ("b", "settled")]


def test_a_job_of_another_region_or_queue_is_nobodys_to_give_back(account: Account) -> None:
    budget.reserve(wanted("a", 2.0).model_copy(update={"place": "eu-west-1"}), 10)
    (told,) = budget.settle_open(NOW + timedelta(days=2))
    assert "it ran in eu-west-1, and this process asks us-east-1" in told
    assert budget.read().open()


def test_every_attempt_of_a_batch_job_is_paid_for(account: Account) -> None:
    budget.reserve(wanted("a", 4.0).model_copy(update={"kind": "batch", "place": "us-east-1/queue"}), 10)
    job_id = account.do_SubmitJob("a", {})["jobId"]
    assert budget.settle_open(NOW) == []
    assert budget.read().open(), "it waits for a machine"
    hour = 3_600_000
    attempts = [{"startedAt": 1 * hour, "stoppedAt": 2 * hour}, {"startedAt": 3 * hour, "stoppedAt": int(3.5 * hour)}, {}]
    account.batch_jobs[job_id] |= {"status": "FAILED", "attempts": attempts}
    assert budget.settle_open(NOW) == []
    assert budget.read().reservations[0].seconds == 5400


def test_before_the_first_paid_job_nothing_is_spent(account: Account) -> None:
    assert budget.read() == Budget()
    assert account.changes() == []
