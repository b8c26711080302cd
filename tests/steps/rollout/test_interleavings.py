"""Whoever is first: looks, starts, ends and promotions at once, killed anywhere."""

from functools import partial

import pytest
from tests.helpers.fake_edges import Killed, World, enter
from tests.helpers.rolled_out import FAST, Seen, hours_until_deadline, kinds, passed, shares
from tests.helpers.rollouts import evidence
from tests.steps.release.test_interleavings import KILLS, LOSSES, another, approved, first_champion

from reviewloop.adapters.release import champion, ledger
from reviewloop.core.release import standing
from reviewloop.core.release.events import Event
from reviewloop.core.rollout import state
from reviewloop.core.rollout.evidence import Evidence
from reviewloop.core.rollout.routing import routing
from reviewloop.errors import NothingToDo, Refused
from reviewloop.refs import ChampionRef, QuestionRef
from reviewloop.steps.release.rollback import rollback
from reviewloop.steps.rollout.abort_rollout import abort_rollout
from reviewloop.steps.rollout.extend_rollout import extend_rollout
from reviewloop.steps.rollout.judge_rollout import judge_rollout
from reviewloop.steps.rollout.promote_challenger import promote_challenger
from reviewloop.steps.rollout.start_rollout import start_rollout

pytestmark = pytest.mark.usefixtures("seen")


def test_a_rollback_and_the_promotion_end_as_one_of_the_two_orders(monkeypatch: pytest.MonkeyPatch) -> None:
    prepared = enter(World(), monkeypatch)
    first_champion()
    told = passed(approved("second", "1"))
    orders = set()
    for seed in range(120):
        world = another(prepared, monkeypatch, seed, kills=KILLS, losses=LOSSES)
        forward, back = world.run(partial(promote_challenger, told), lambda: rollback("1", "bob", "no"))
        world.kills = world.losses = 0
        found = routing(ledger.read())
        assert found is not None
        assert found.challenger is None
        orders.add((isinstance(forward, ChampionRef), found.champion.version, kinds()[-1]))
        if found.champion.version == "2":
            assert isinstance(back, Refused), (seed, back)
            assert "version 2" in str(back), "who was second is told who answers"
        current = champion.current_champion()
        assert current is not None
        assert current.version == found.champion.version
    assert {version for _, version, _ in orders} == {"1", "2"}
    assert orders <= {
        (True, "2", "promoted"),
        (False, "1", "rollout_ended"),
        (True, "1", "rolled_back"),
        (False, "1", "rolled_back"),
    }


def test_a_look_that_another_overtook_changes_nothing(question: QuestionRef, seen: Seen) -> None:
    start_rollout(question, **FAST)

    def slowly(started: Event, events: standing.Events) -> Evidence:
        seen.make = seen.sound
        judge_rollout()
        return evidence(state.standing_of(events, started), loss=0.08)

    seen.make = slowly
    with pytest.raises(NothingToDo, match="the rollout of version 2 moved meanwhile, to stage canary_a"):
        judge_rollout()
    assert kinds()[-1] == "rollout_moved"


def test_a_look_at_a_rollout_that_ended_does_not_end_the_next_one(question: QuestionRef, seen: Seen) -> None:
    other = approved("third", "1")
    start_rollout(question, **FAST)

    def slowly(started: Event, events: standing.Events) -> Evidence:
        abort_rollout("ada", "the third is better")
        start_rollout(other, **FAST)
        return seen.worse(started, events)

    seen.make = slowly
    with pytest.raises(NothingToDo, match="the rollout of version 2 ended meanwhile"):
        judge_rollout()
    assert shares()[1:] == ("1", "3", 0.0, 1.0)


def test_two_looks_at_once_move_it_one_stage(monkeypatch: pytest.MonkeyPatch) -> None:
    prepared = enter(World(), monkeypatch)
    first_champion()
    start_rollout(approved("second", "1"), **FAST)
    for seed in range(60):
        world = another(prepared, monkeypatch, seed, kills=KILLS)
        world.run(judge_rollout, judge_rollout, tries=1)
        world.kills = 0
        moved = [event.facts["stage"] for event in ledger.read() if event.kind == "rollout_moved"]
        assert moved in ([], [1], [1, 2]), seed
        assert shares()[3] in (0.0, 0.01, 0.1)


def test_an_abort_and_a_look_leave_no_share_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    prepared = enter(World(), monkeypatch)
    first_champion()
    start_rollout(approved("second", "1"), **FAST)
    for seed in range(60):
        world = another(prepared, monkeypatch, seed, kills=KILLS, losses=LOSSES)
        world.run(judge_rollout, lambda: abort_rollout("ada", "no"))
        world.kills = world.losses = 0
        assert shares()[1:] == ("1", None, 0.0, 0.0), seed
        assert kinds().count("rollout_ended") == 1


def test_two_who_give_more_time_at_once_do_not_add_up_unseen(monkeypatch: pytest.MonkeyPatch) -> None:
    prepared = enter(World(), monkeypatch)
    first_champion()
    start_rollout(approved("second", "1"), **FAST)
    ended = set()
    for seed in range(60):
        world = another(prepared, monkeypatch, seed, kills=KILLS, losses=LOSSES)
        told = world.run(*(partial(extend_rollout, who, "labels come late", 48.0) for who in ("ada", "bob")))
        world.kills = world.losses = 0
        refused = [str(one) for one in told if isinstance(one, Refused)]
        assert all("moved the deadline to" in one for one in refused), (seed, told)
        assert kinds().count("rollout_extended") == 2 - len(refused), (seed, told)
        assert hours_until_deadline() == 336 + 48 * (2 - len(refused))
        ended.add(len(refused))
    assert ended == {0, 1}


def test_two_starts_leave_one_rollout(monkeypatch: pytest.MonkeyPatch) -> None:
    prepared = enter(World(), monkeypatch)
    first_champion()
    one, other = approved("second", "1"), approved("third", "1")
    winners = set()
    for seed in range(60):
        world = another(prepared, monkeypatch, seed, kills=KILLS, losses=LOSSES)
        told = world.run(partial(start_rollout, one, **FAST), partial(start_rollout, other, **FAST))
        world.kills = world.losses = 0
        assert kinds().count("rollout_started") == 1, seed
        assert sorted(type(result).__name__ for result in told) == ["Refused", "RolloutRef"], (seed, told)
        winners.add(shares()[2])
    assert winners == {"2", "3"}


def test_a_look_killed_before_any_of_its_calls_is_finished_by_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    prepared = enter(World(), monkeypatch)
    first_champion()
    start_rollout(approved("second", "1"), **FAST)
    unharmed = another(prepared, monkeypatch, 0)
    judge_rollout()
    for call in range(1, unharmed.num_calls + 1):
        another(prepared, monkeypatch, 0, kill_at=call)
        with pytest.raises(Killed):
            judge_rollout()
        assert routing(ledger.read()) is not None
        told = judge_rollout()
        assert told.stage in ("shadow", "canary_a")
        moved = [event.facts["stage"] for event in ledger.read() if event.kind == "rollout_moved"]
        assert moved in ([1], [1, 2]), call
