"""Which events a target still lacks, in which order."""

import json
from datetime import timedelta

from tests.helpers.rollouts import PROMOTED, START, ledger

from reviewloop.core.alerts import notices
from reviewloop.core.alerts.notices import Outbox, Target
from reviewloop.core.release.events import Draft, follow

THREE = ledger(PROMOTED, Draft("asked", "program:ask", "2", "d2", {"shown": "s"}), Draft("approved", "person:ada", "2", "d2"))


def numbers(target: Target) -> list[list[int]]:
    return [[event.number for event in group] for group in notices.waiting(target, THREE)]


def test_each_version_has_an_order_of_its_own() -> None:
    assert numbers(Target(since=0)) == [[1], [2, 3]]
    assert numbers(Target(since=0, told={"1": 1, "2": 2})) == [[3]]
    assert numbers(Target(since=1)) == [[2, 3]]
    assert numbers(Target(since=3)) == []


def test_what_a_target_did_not_take_holds_up_that_version_alone() -> None:
    after = notices.told(Target(since=0), [THREE[0]], "ConnectError", THREE, START)
    assert (after.told, after.failed, after.failing_since) == ({"1": 1}, "ConnectError", START)
    later = notices.told(after, [], "ConnectError", THREE, START + timedelta(hours=1))
    assert later.failing_since == START, "since the first failure"
    done = notices.told(later, list(THREE[1:]), "", THREE, START)
    assert done == Target(since=3), "with nothing left to tell it is one number"


def test_a_new_target_hears_of_the_last_day_and_one_that_is_gone_is_forgotten() -> None:
    old = Draft("registered", "program:register", "3")
    events = (*THREE, follow(THREE, old, (START + timedelta(days=3)).isoformat()))
    outbox = notices.joined(Outbox(targets={"gone": Target(since=0), "old": Target(since=1)}), ["new", "old"], events,
                            START + timedelta(days=3))  # fmt: skip
    assert outbox.targets == {"new": Target(since=3), "old": Target(since=1)}


def test_a_notice_holds_the_event_and_has_the_same_id_each_time() -> None:
    notice = notices.notice_of(THREE[1])
    assert notice == notices.notice_of(THREE[1])
    assert (notice.id, notice.group) == (f"event_2_{THREE[1].sha256[:16]}", "2")
    told = json.loads(notice.body)
    assert (told["type"], told["timestamp"]) == ("model.asked", THREE[1].at)
    assert (told["data"]["number"], told["data"]["by"], told["data"]["sha256"]) == (2, "program:ask", THREE[1].sha256)
