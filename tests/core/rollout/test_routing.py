"""Who answers with what share follows from the ledger alone."""

from typing import Any

from reviewloop.core.release.events import Draft, Event, follow
from reviewloop.core.rollout.routing import Routing, open_rollout, routing

STAGES = [
    {"name": "shadow", "challenger": 0, "shadow": 100_000},
    {"name": "canary", "challenger": 5_000, "shadow": 100_000},
    {"name": "full", "challenger": 100_000, "shadow": 0},
]
PROMOTED = Draft("promoted", "program:promote", "1", "d1", {"source": "s3://lake/models/1"})
STARTED = Draft("rollout_started", "program:rollout", "2", "d2", {"source": "s3://lake/models/2", "salt": "ab12", "stages": STAGES})


def ledger(*drafts: Draft) -> tuple[Event, ...]:
    events: tuple[Event, ...] = ()
    for draft in drafts:
        events = (*events, follow(events, draft, "2026-01-01T00:00:00+00:00"))
    return events


def shares(found: Routing | None) -> tuple[Any, ...]:
    assert found is not None
    return found.generation, found.champion.version, found.challenger and found.challenger.version, found.challenger_share


def about(kind: str, stage: int = 0) -> Draft:
    return Draft(kind, "program:rollout", "2", "d2", {"rollout": ledger(PROMOTED, STARTED)[1].sha256, "stage": stage})


def test_nothing_was_released() -> None:
    assert routing(()) is None


def test_a_rollout_begins_with_its_first_stage_and_moves() -> None:
    assert shares(routing(ledger(PROMOTED))) == (1, "1", None, 0.0)
    found = routing(ledger(PROMOTED, STARTED))
    assert shares(found) == (2, "1", "2", 0.0)
    assert found is not None
    assert (found.stage, found.shadow_share, found.salt) == ("shadow", 1.0, "ab12")
    assert shares(routing(ledger(PROMOTED, STARTED, about("rollout_moved", 1)))) == (3, "1", "2", 0.05)
    assert shares(routing(ledger(PROMOTED, STARTED, about("rollout_moved", 1), about("rollout_moved", 2)))) == (4, "1", "2", 1.0)


def test_a_deadline_that_moves_says_nothing_of_arms() -> None:
    for moved in ((), (about("rollout_moved", 1),)):
        before = ledger(PROMOTED, STARTED, *moved)
        after = ledger(PROMOTED, STARTED, *moved, about("rollout_extended"))
        assert (routing(after), open_rollout(after)) == (routing(before), before[1]), "no new generation, no count that begins anew"


def test_a_rollout_that_went_back_has_a_later_generation_and_no_challenger() -> None:
    assert shares(routing(ledger(PROMOTED, STARTED, about("rollout_moved", 1), about("rollout_ended")))) == (4, "1", None, 0.0)


def test_a_release_ends_it_and_moves_of_another_rollout_say_nothing() -> None:
    rolled = Draft("rolled_back", "person:Ann", "1", "d1", {"source": "s3://lake/models/1"})
    assert shares(routing(ledger(PROMOTED, STARTED, rolled))) == (3, "1", None, 0.0)
    assert open_rollout(ledger(PROMOTED, STARTED, rolled)) is None
    stray = Draft("rollout_moved", "program:rollout", "9", "d9", {"rollout": "another", "stage": 2})
    assert shares(routing(ledger(PROMOTED, STARTED, stray))) == (2, "1", "2", 0.0)
