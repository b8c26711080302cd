"""The ledger's last events have a witness: what was seen of them is there, or nobody goes on."""

import pytest
from tests.helpers.fake_edges import Killed, World, enter
from tests.helpers.released import release

from reviewloop.adapters.lake import artifacts, places, s3
from reviewloop.adapters.mlflow import registry
from reviewloop.adapters.mlflow.tags import LEDGER_HEAD, Tag
from reviewloop.adapters.release import champion, ledger
from reviewloop.adapters.release.rollouts import end_rollout
from reviewloop.core.release.events import Draft, follow, object_name, person
from reviewloop.core.release.witness import head_of
from reviewloop.errors import PermanentError, Unavailable
from reviewloop.steps.release.rollback import rollback

NOTE = Draft("asked", person("ada"))


def released(name: str) -> str:
    made = artifacts.publish(s3.lake_uri("models", "baseline"), {"model.json": name.encode()})
    return release(made.uri, "run", {Tag.JOB_KEY: f"job-{name}", Tag.MODEL_DIGEST: made.digest})


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    """Two releases: four events, each seen."""
    world = enter(World(), monkeypatch)
    for name in ("first", "second"):
        released(name)
    assert seen(world) == 4
    return world


def seen(world: World) -> int:
    return int(world.model_tags[LEDGER_HEAD].split()[0])


def key(number: int) -> str:
    return s3.split_uri(places.ledger(object_name(number)))[1]


@pytest.mark.parametrize("num_gone", [1, 2, 4])
def test_without_its_newest_events_the_ledger_names_no_older_champion(world: World, num_gone: int) -> None:
    for number in range(4, 4 - num_gone, -1):
        del world.objects[key(number)]
    line = rf"ledger: it ends at event {4 - num_gone}, but event 4 was seen: .*MLflow: tag .* Restore s3://.*/events/ .*delete"
    asked = [champion.current_champion, champion.answering, lambda: champion.released("1"), champion.settle,
             lambda: rollback("1", "bob", "worse"), lambda: ledger.append(lambda _: NOTE)]  # fmt: skip
    for ask in asked:
        with pytest.raises(PermanentError, match=line):
            ask()
    assert (seen(world), world.aliases[registry.CHAMPION]) == (4, "2"), "nothing was written over what was seen"
    world.model_tags.clear()  # as the line says, where it was meant
    if num_gone < 4:
        champion.settle()
        found = champion.current_champion()
        assert found is not None
        assert (found.version, seen(world)) == ("1", 4 - num_gone)


def test_another_event_in_the_last_one_s_place_is_found(world: World) -> None:
    events = ledger.read()
    world.objects[key(4)] = follow(events[:3], NOTE, events[3].at).to_bytes()
    with pytest.raises(PermanentError, match="event 4 is another than the one that was seen"):
        champion.current_champion()
    ahead = follow(events[:3], NOTE, events[3].at)
    world.objects[key(5)] = follow((*events[:3], ahead), NOTE, ahead.at).to_bytes()
    with pytest.raises(PermanentError, match="event 4 is another"):
        champion.current_champion()


@pytest.mark.parametrize("told", ["x", "4", "04 " + "0" * 64, "4 " + "0" * 63])
def test_a_witness_that_nobody_can_read_is_named(world: World, told: str) -> None:
    world.model_tags[LEDGER_HEAD] = told
    with pytest.raises(PermanentError, match=f"ledger: '{told}' was kept as its last event"):
        champion.current_champion()


def test_a_registry_that_never_saw_the_ledger_is_no_fault(world: World) -> None:
    world.model_tags.clear()
    found = champion.current_champion()
    assert found is not None
    assert (found.version, world.model_tags) == ("2", {}), "who only asks writes nothing"
    assert champion.mend(person("ada")) is None
    assert seen(world) == 4


def test_before_there_is_a_registered_model_nothing_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    world = enter(World(), monkeypatch)
    ledger.append(lambda _: NOTE)
    ledger.witness()
    assert (len(ledger.read()), world.model_tags) == (1, {})


def test_a_writer_killed_between_event_and_witness_is_made_up_for_by_whoever_comes_next(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(_: str) -> None:
        raise Killed

    for finish in (ledger.witness, lambda: ledger.append(lambda events: events[-1]), lambda: champion.mend(person("ada"))):
        before = len(ledger.read())
        with monkeypatch.context() as patch:
            patch.setattr(registry, "set_ledger_head", killed)
            with pytest.raises(Killed):
                ledger.append(lambda _: NOTE)
        assert (len(ledger.read()), seen(world)) == (before + 1, before)
        assert champion.current_champion() is not None
        finish()
        assert world.model_tags[LEDGER_HEAD] == str(head_of(ledger.read()))


def test_an_event_told_while_another_reads_is_no_lost_one(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    listed = s3.list_objects

    def overtaken(prefix: str) -> list[s3.Stored]:
        found = list(listed(prefix))
        monkeypatch.setattr(s3, "list_objects", listed)
        ledger.append(lambda _: NOTE)
        return found

    monkeypatch.setattr(s3, "list_objects", overtaken)
    assert len(ledger.read()) == 4
    assert (len(ledger.read()), seen(world)) == (5, 5)


@pytest.mark.parametrize("is_answered", [False, True])
def test_an_event_whose_answer_was_lost_is_there_once(world: World, monkeypatch: pytest.MonkeyPatch, is_answered: bool) -> None:
    create = s3.create

    def losing(uri: str, data: bytes, content_type: str) -> bool:
        monkeypatch.setattr(s3, "create", create)
        create(uri, data, content_type)
        if not is_answered:
            raise Unavailable("no answer")
        return False  # boto asked again by itself, and found its own object

    monkeypatch.setattr(s3, "create", losing)
    event = ledger.append(lambda _: NOTE)
    assert (event.number, len(ledger.read())) == (5, 5)


def test_an_answer_that_was_lost_before_the_event_was_written_is_worth_a_retry(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> bool:
        raise Unavailable("no answer")

    monkeypatch.setattr(s3, "create", away)
    with pytest.raises(Unavailable):
        ledger.append(lambda _: NOTE)
    assert len(ledger.read()) == 4


def test_a_rollout_is_ended_while_the_registry_is_away_and_the_loss_of_events_is_told_all_the_same(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    facts = {"source": "", "salt": "s", "stages": [{"name": "full", "challenger": 1, "shadow": 0}]}

    def away(*_: object) -> None:
        raise Unavailable("MLflow: away")

    started = ledger.append(lambda _: Draft("rollout_started", person("ada"), "1", "d", facts))
    with monkeypatch.context() as patch:
        patch.setattr(registry, "ledger_head", away)
        patch.setattr(registry, "set_ledger_head", away)
        event = end_rollout(person("ada"), "it is wrong")
        assert ledger.read_unwitnessed()[-1] == event
    assert (event.number, seen(world)) == (started.number + 1, started.number)
    assert ledger.read()[-1] == event
    ledger.append(lambda _: Draft("rollout_started", person("ada"), "1", "d", facts))
    del world.objects[key(7)]
    del world.objects[key(6)]
    with pytest.raises(PermanentError, match="it ends at event 6, but event 7 was seen"):
        end_rollout(person("ada"), "again")
