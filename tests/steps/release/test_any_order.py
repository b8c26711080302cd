"""Whatever happens at the same time, in whatever order, with workers killed and answers lost: one champion, which passed its gates
and whose approval names its files.

``test_interleavings`` has two workers at a time, and what they come to; here any of seven meet, beside a clock that goes back.
"""

import itertools
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as tried
from hypothesis import strategies as st
from tests.helpers.fake_edges import Killed, World, enter
from tests.steps.release.test_interleavings import another, approved, assert_one_champion, first_champion, model

from reviewloop.adapters.lineage.verifying import verify
from reviewloop.adapters.release import champion, ledger
from reviewloop.adapters.release.registration import register_version
from reviewloop.core.release import standing
from reviewloop.errors import ReviewloopError
from reviewloop.refs import ChampionRef, QuestionRef
from reviewloop.steps.release import pick_candidate
from reviewloop.steps.release.ask import ask
from reviewloop.steps.release.mend_alias import mend_alias
from reviewloop.steps.release.promote import promote
from reviewloop.steps.release.record_answer import record_answer
from reviewloop.steps.release.rollback import rollback

NUM_WORLDS = int(os.environ.get("REVIEWLOOP_INTERLEAVINGS", "150"))
NOON = datetime.now(UTC)
Worker = Callable[[], object]


@pytest.fixture
def prepared(monkeypatch: pytest.MonkeyPatch) -> tuple[World, QuestionRef, QuestionRef]:
    """Version 2 answers, 1 did before; 3 and 4 are approved to replace 2."""
    monkeypatch.setattr(pick_candidate, "gates_digest", lambda config: "today's")
    world = enter(World(), monkeypatch)
    first_champion()
    promote(approved("second", "1"))
    return world, approved("third", "2"), approved("fourth", "2")


def workers(third: QuestionRef, fourth: QuestionRef) -> dict[str, Worker]:
    uri, tags = model("third")
    return {
        "promote 3": partial(promote, third),
        "promote 4": partial(promote, fourth),
        "back to 1": lambda: rollback("1", "bob", "worse on Sundays"),
        "mend": lambda: mend_alias("ada"),
        "register 3 again": lambda: register_version(uri, "run", tags),
        "reject 4 late": lambda: record_answer(fourth, "rejected", "eve", NOON.isoformat()),
        "ask about 3 again": lambda: ask(pick_candidate.pick_candidate(None), "Release it?", "Again."),
    }


NAMES = ("promote 3", "promote 4", "back to 1", "mend", "register 3 again", "reject 4 late", "ask about 3 again")


def clocks(hours: list[int]) -> Callable[[], str]:
    """A clock that jumps by these hours at each look, forward and back."""
    steps = itertools.cycle(hours)
    return lambda: (NOON + timedelta(hours=next(steps))).isoformat(timespec="seconds")


@tried(
    max_examples=NUM_WORLDS, deadline=None, derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@given(
    st.lists(st.sampled_from(NAMES), min_size=1, max_size=2).flatmap(
        lambda some: st.sampled_from([[*some, "promote 3", "promote 4"], [*some, "promote 3", "back to 1"], [*some, "mend"]])
    ),
    st.integers(0, 2**32 - 1),
    st.sampled_from([0.0, 0.03, 0.1]),
    st.sampled_from([0.0, 0.02, 0.1]),
    st.lists(st.integers(-48, 48), min_size=1, max_size=5),
)
def test_one_champion_in_any_order(
    prepared: tuple[World, QuestionRef, QuestionRef],
    names: list[str], seed: int, kills: float, losses: float, hours: list[int],
) -> None:  # fmt: skip
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ledger, "now", clocks(hours))
        world = another(prepared[0], patch, seed)
        chosen = [workers(*prepared[1:])[name] for name in names]
        world.kills, world.losses = kills, losses
        came_to = world.run(*chosen, tries=60)
        world.kills = world.losses = 0
        for name, result in zip(names, came_to, strict=True):
            fine = not isinstance(result, BaseException) or isinstance(result, ReviewloopError | Killed)
            assert fine, (name, repr(result))
        champion.settle()
        answering = assert_one_champion(world)
        events = ledger.read()
        assert [event.number for event in events] == list(range(1, len(events) + 1))
        stands = {(event.kind, event.version) for event in events}
        for name, result in zip(names, came_to, strict=True):
            if isinstance(result, ChampionRef):
                assert ("rolled_back" if name == "back to 1" else "promoted", result.version) in stands, "who was told so was not"
            elif isinstance(result, int):
                assert events[result - 1].kind == "rejected"
        if "promote 3" not in names and "promote 4" not in names:
            assert answering == ("1" if "back to 1" in names else "2"), "nobody else's word moves it"
        assert len({act.version for act in standing.acts(events)} - {"1", "2"}) <= 1, "3 and 4 were both to replace 2"
        assert {one.place for one in verify().findings} <= {"evidence"}, "but for the first, whom no person approved"
