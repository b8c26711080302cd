"""A champion is what was released, or nobody is: each thing that may be wrong with it has its own words."""

from collections.abc import Callable
from typing import Any

import pytest
from tests.helpers.fake_edges import World, enter
from tests.helpers.released import release

from reviewloop.adapters.lake import artifacts, places, s3
from reviewloop.adapters.mlflow import registry
from reviewloop.adapters.mlflow.tags import Tag
from reviewloop.adapters.release import champion, ledger
from reviewloop.core.release.events import Draft, program
from reviewloop.errors import Refused


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    """One release, sound."""
    world = enter(World(), monkeypatch)
    made = artifacts.publish(s3.lake_uri("models", "baseline"), {"model.json": b"first"})
    release(made.uri, "run", {Tag.JOB_KEY: "job", Tag.MODEL_DIGEST: made.digest})
    found = champion.current_champion()
    assert found is not None
    assert (found.version, found.source, found.digest) == ("1", made.uri, made.digest)
    return world


def tag(name: Tag, value: str | None) -> Callable[[World], Any]:
    def spoil(world: World) -> None:
        tags = world.versions["1"].tags
        tags.pop(name) if value is None else tags.update({name: value})

    return spoil


def move(world: World) -> None:
    world.versions["1"].source = "s3://elsewhere/models/m"


def lose_record(world: World) -> None:
    del world.objects[s3.split_uri(str(ledger.read()[-1].facts["record"]))[1]]


FAULTS = {
    "another source": (move, "the registry says that it lies at s3://elsewhere/models/m, not s3://"),
    "nobody approved": (tag(Tag.APPROVED_BY, None), "it has no tag reviewloop.approved_by"),
    "not judged": (tag(Tag.VERDICT, None), "it has no tag reviewloop.verdict"),
    "refused": (tag(Tag.VERDICT, "refused"), "its tag reviewloop.verdict is 'refused', not 'passed'"),
    "no digest": (tag(Tag.MODEL_DIGEST, None), "it has no tag reviewloop.model_digest"),
    "another digest": (tag(Tag.MODEL_DIGEST, "0" * 64), "its tag reviewloop.model_digest is not the digest that was released"),
    "no record": (lose_record, r"its release record s3://.* is gone"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_what_is_not_as_it_was_released_is_named_and_does_not_answer(world: World, fault: str) -> None:
    spoil, words = FAULTS[fault]
    spoil(world)
    for ask in (champion.current_champion, champion.answering, lambda: champion.released("1")):
        with pytest.raises(Refused, match=rf"version 1 was released \(ledger, event 2\), but .*{words}.*rollback"):
            ask()


def test_files_that_are_not_those_of_the_event_are_named(world: World) -> None:
    facts = ledger.read()[-1].facts
    ledger.append(lambda _: Draft("promoted", program("test"), "1", "0" * 64, {**facts, "approval": "another"}))
    registry.set_version_tags("1", {Tag.MODEL_DIGEST: "0" * 64})
    with pytest.raises(Refused, match=f"other files lie at {facts['source']}"):
        champion.current_champion()


@pytest.mark.parametrize("source", ["s3://elsewhere/models/m", "s3://reviewloop/inbox/m", places.models("../inbox/m")])
def test_what_lies_elsewhere_is_not_loaded_whatever_the_event_says(world: World, source: str) -> None:
    event = ledger.read()[-1]
    ledger.append(lambda _: Draft("promoted", program("test"), "1", event.digest, {**event.facts, "source": source}))
    world.versions["1"].source = source
    with pytest.raises(Refused, match=rf"{source} does not lie below s3://reviewloop/models/ of this lake"):
        champion.current_champion()
