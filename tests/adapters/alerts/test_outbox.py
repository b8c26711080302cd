"""Programs are told what happens to models: at least once, in order, whatever goes wrong on the way."""

from datetime import timedelta

import pytest
from tests.helpers.rollouts import PROMOTED, START, ledger

from reviewloop.adapters.alerts import outbox
from reviewloop.adapters.release import ledger as stored
from reviewloop.core.alerts.notices import LEASE, Notice, Outbox
from reviewloop.core.release.events import Draft, follow

pytestmark = pytest.mark.contract


def event_of(version: str) -> Draft:
    return Draft("asked", "program:ask", version, f"d{version}", {"shown": "s"})


class Receiver:
    """Takes notices, or does not; the second one is called at the same time as the first where it is asked to be."""

    def __init__(self) -> None:
        self.taken: list[str] = []
        self.broken: set[str] = set()
        """Groups that it does not take."""
        self.tries = 0

    def take(self, name: str, notice: Notice) -> None:
        self.tries += 1
        if notice.group in self.broken or "all" in self.broken:
            raise ConnectionError("https://receiver.example/secret")
        self.taken.append(f"{notice.group}:{int(notice.id.split('_')[1])}")


@pytest.fixture
def receiver(lake: str, monkeypatch: pytest.MonkeyPatch) -> Receiver:
    monkeypatch.setattr(outbox, "now", lambda: START)
    holds(monkeypatch, PROMOTED, event_of("2"), event_of("3"), event_of("2"), event_of("3"))
    return Receiver()


def holds(monkeypatch: pytest.MonkeyPatch, *drafts: Draft) -> None:
    events = ledger(*drafts)
    monkeypatch.setattr(stored, "read", lambda: events)


def test_each_event_is_told_once_while_all_is_well(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    outbox.drain(receiver.take, ["hook"])
    assert receiver.taken == ["1:1", "2:2", "2:4", "3:3", "3:5"]
    outbox.drain(receiver.take, ["hook"])
    assert len(receiver.taken) == 5
    events = stored.read()
    monkeypatch.setattr(stored, "read", lambda: (*events, follow(events, event_of("3"), START.isoformat())))
    outbox.drain(receiver.take, ["hook"])
    assert receiver.taken[5:] == ["3:6"]


def test_after_an_outage_all_is_told_in_its_order(receiver: Receiver) -> None:
    receiver.broken = {"2"}
    outbox.drain(receiver.take, ["hook"])
    assert receiver.taken == ["1:1", "3:3", "3:5"], "the other versions go on"
    kept = outbox.read().targets["hook"]
    assert (kept.failed, kept.failing_since) == ("ConnectionError", START)
    assert "receiver.example" not in str(kept), "an address may be a secret"
    receiver.broken = set()
    outbox.drain(receiver.take, ["hook"])
    assert receiver.taken[3:] == ["2:2", "2:4"]
    assert outbox.read().targets["hook"].failing_since is None


def test_a_receiver_that_is_away_is_not_asked_for_each_event(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    holds(monkeypatch, *map(event_of, "123456789"))
    receiver.broken = {"all"}
    outbox.drain(receiver.take, ["hook"])
    assert (receiver.tries, receiver.taken) == (3, [])


def test_one_target_that_fails_keeps_nothing_from_another(receiver: Receiver) -> None:
    def send(name: str, notice: Notice) -> None:
        if name == "bad":
            raise TimeoutError
        receiver.take(name, notice)

    outbox.drain(send, ["bad", "good"])
    assert len(receiver.taken) == 5


def test_two_senders_do_not_mix_up_the_order(receiver: Receiver) -> None:
    other = Receiver()

    def send(name: str, notice: Notice) -> None:
        outbox.drain(other.take, ["hook"])  # another task, while this one is at it
        receiver.take(name, notice)

    outbox.drain(send, ["hook"])
    assert (len(receiver.taken), other.taken) == (5, [])


def test_a_sender_that_was_killed_is_followed_and_tells_again(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(name: str, notice: Notice) -> None:
        receiver.take(name, notice)
        if len(receiver.taken) == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        outbox.drain(killed, ["hook"])
    outbox.drain(receiver.take, ["hook"])
    assert len(receiver.taken) == 2, "its lease has not ended"
    monkeypatch.setattr(outbox, "now", lambda: START + LEASE)
    outbox.drain(receiver.take, ["hook"])
    assert receiver.taken[2:] == ["1:1", "2:2", "2:4", "3:3", "3:5"]


def test_a_sender_stops_before_its_lease_ends(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(name: str, notice: Notice) -> None:
        receiver.take(name, notice)
        monkeypatch.setattr(outbox, "now", lambda: START + LEASE - timedelta(seconds=30))

    outbox.drain(slow, ["hook"])
    assert receiver.taken == ["1:1"]


def test_without_a_target_nothing_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored, "read", lambda: pytest.fail("read"))
    outbox.drain(lambda name, notice: None, [])
    assert Outbox().targets == {}
