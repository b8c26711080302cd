"""Back to an older version, whoever else is at work."""

from functools import partial

import pytest
from tests.helpers.fake_edges import World, enter
from tests.steps.release.test_interleavings import approved, assert_one_champion, first_champion

from reviewloop.adapters.lake import s3
from reviewloop.adapters.mlflow import registry
from reviewloop.adapters.release import ledger
from reviewloop.errors import NothingToDo, Refused
from reviewloop.steps.release import pick_candidate
from reviewloop.steps.release.promote import promote
from reviewloop.steps.release.rollback import rollback


def two_releases(monkeypatch: pytest.MonkeyPatch, seed: int = 0) -> World:
    monkeypatch.setattr(pick_candidate, "gates_digest", lambda config: "today's")
    world = enter(World(seed=seed), monkeypatch)
    first_champion()
    promote(approved("second", "1"))
    return world


def test_a_release_that_came_meanwhile_is_not_rolled_back_unseen(monkeypatch: pytest.MonkeyPatch) -> None:
    world = two_releases(monkeypatch)
    newer, create = approved("third", "2"), s3.create

    def overtaken(uri: str, data: bytes, content_type: str) -> bool:
        monkeypatch.setattr(s3, "create", create)
        promote(newer)
        return create(uri, data, content_type)

    monkeypatch.setattr(s3, "create", overtaken)
    with pytest.raises(Refused, match="version 3 was released meanwhile; look again whether to go back to 1"):
        rollback("1", "bob", "worse on Sundays")
    assert assert_one_champion(world) == "3"


def test_two_tries_of_one_task_at_once_are_one_act(monkeypatch: pytest.MonkeyPatch) -> None:
    for seed in range(40):
        world = two_releases(monkeypatch, seed)
        one, other = world.run(*[partial(rollback, "1", "bob", "worse on Sundays")] * 2)
        assert one == other, seed
        assert assert_one_champion(world) == "1"
        assert [event.kind for event in ledger.read()].count("rolled_back") == 1


def test_the_alias_of_a_version_that_answers_already_is_set_right(monkeypatch: pytest.MonkeyPatch) -> None:
    world = two_releases(monkeypatch)
    world.aliases[registry.CHAMPION] = "1"
    with pytest.raises(NothingToDo, match="version 2 answers already"):
        rollback("2", "bob", "worse on Sundays")
    assert assert_one_champion(world) == "2"


def test_releases_to_and_fro_are_four_records_in_their_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """Version 1, 2, 1 and 2 again, by the very same words: none takes the place of an earlier one."""
    world = two_releases(monkeypatch)
    rollback("1", "bob", "as agreed")
    rollback("2", "bob", "as agreed")
    acts = [event for event in ledger.read() if event.kind in ("promoted", "rolled_back")]
    assert [(act.kind, act.version, act.facts["replaces"]) for act in acts] == [
        ("promoted", "1", ""), ("promoted", "2", "1"), ("rolled_back", "1", "2"), ("rolled_back", "2", "1"),
    ]  # fmt: skip
    assert len({act.facts["record"] for act in acts}) == 4
    assert [s3.read_json(act.facts["record"])["previous"] for act in acts] == [None, "1", "2", "1"]
    assert assert_one_champion(world) == "2"
