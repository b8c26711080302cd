"""A rollout by hand: the world in memory, and an approval that may start one."""

import pytest
from tests.helpers.fake_edges import World, enter
from tests.helpers.rolled_out import Seen
from tests.steps.release.test_interleavings import approved, first_champion

from reviewloop.refs import QuestionRef
from reviewloop.steps.release import pick_candidate
from reviewloop.steps.rollout import judge_rollout as judging


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> Seen:
    monkeypatch.setattr(pick_candidate, "gates_digest", lambda config: "today's")
    found = Seen()
    monkeypatch.setattr(judging, "read_evidence", found)
    return found


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    return enter(World(), monkeypatch)


@pytest.fixture
def question(world: World) -> QuestionRef:
    first_champion()
    return approved("second", "1")
