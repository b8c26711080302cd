"""The channel on the real local S3: every alert in one book, every message told once though many send."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from reviewloop.adapters.alerts import channel
from reviewloop.core.alerts.book import Message, undelivered
from reviewloop.refs import AlertRef

pytestmark = pytest.mark.contract
CHAT = {"CHAT": False}


def found(key: str = "k", **other: object) -> AlertRef:
    return AlertRef.model_validate({"key": key, "title": f"about {key}", "asks": True, **other})


def test_many_who_raise_one_thing_and_send_at_once_tell_it_once(lake: str) -> None:
    told: list[str] = []

    def task(_: int) -> None:
        channel.raise_alert(found())
        channel.deliver(lambda name, message: told.append(f"{name}: {message.title}"), CHAT)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(task, range(8)))
    assert told == ["CHAT: about k"]


def test_many_things_raised_at_once_are_all_in_the_book(lake: str) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: channel.raise_alert(found(f"k{number}")), range(16)))
    assert len(channel.read().alerts) == 16


def test_a_target_that_is_away_is_noted_without_its_secret_and_told_later(lake: str, caplog: pytest.LogCaptureFixture) -> None:
    told: list[str] = []
    both = {"HOOK": False, "CHAT": False}

    def away(name: str, message: Message) -> None:
        if name == "HOOK":
            raise ConnectionError("no route to https://hook.example/secret")
        told.append(name)

    channel.raise_alert(found())
    channel.deliver(away, both)
    assert told == ["CHAT"]
    (message,) = undelivered(channel.read())
    assert message.failed == {"HOOK": "ConnectionError"}
    assert "secret" not in caplog.text + channel.read().model_dump_json()
    channel.deliver(lambda name, _: told.append(name), both)
    assert told == ["CHAT", "HOOK"]
    assert undelivered(channel.read()) == []


def test_who_is_killed_while_sending_is_followed_by_another(lake: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(name: str, message: Message) -> None:
        raise KeyboardInterrupt

    channel.raise_alert(found())
    with pytest.raises(KeyboardInterrupt):
        channel.deliver(killed, CHAT)
    told: list[str] = []
    channel.deliver(lambda name, _: told.append(name), CHAT)
    assert told == [], "it may still be sending"
    later = channel.now() + timedelta(minutes=10)
    monkeypatch.setattr(channel, "now", lambda: later)
    channel.deliver(lambda name, _: told.append(name), CHAT)
    assert told == ["CHAT"]
