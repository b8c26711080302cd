"""Workers that release and register at the same time, killed between any two calls: one of the orders, and never a mixture."""

import copy
import json
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from tests.helpers.fake_edges import Killed, World, enter
from tests.helpers.released import crown

from reviewloop.adapters.lake import artifacts, s3, signatures
from reviewloop.adapters.mlflow import registry
from reviewloop.adapters.mlflow.tags import Tag
from reviewloop.adapters.release import champion, ledger
from reviewloop.adapters.release.registration import register_version
from reviewloop.core.digests import bytes_digest
from reviewloop.core.release import standing
from reviewloop.core.release.events import Draft, person, program
from reviewloop.errors import ConfigError, NothingToDo, PermanentError
from reviewloop.refs import CandidateRef, ChampionRef, QuestionRef
from reviewloop.steps.release import pick_candidate
from reviewloop.steps.release.ask import ask
from reviewloop.steps.release.promote import promote
from reviewloop.steps.release.record_answer import record_answer
from reviewloop.steps.release.rollback import rollback

NUM_WORLDS = 1000
KILLS, LOSSES = 0.04, 0.02


@pytest.fixture(autouse=True)
def gates(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pick_candidate, "gates_digest", lambda config: "today's")


def model(name: str) -> tuple[str, dict[str, str]]:
    """A model in the lake: its URI, and the tags of its version."""
    made = artifacts.publish(s3.lake_uri("models", "baseline"), {"model.json": json.dumps(name).encode()})
    signatures.sign(made)
    report = s3.write_json(s3.lake_uri("reports", "model", name, "report.json"), {"verdict": "pass"})
    tags: dict[str, str] = {
        Tag.JOB_KEY: f"job-{name}", Tag.KIND: "baseline", Tag.MACRO_F1: "0.7", Tag.GATE_REPORT_URI: report, Tag.VERDICT: "passed",
        Tag.MODEL_DIGEST: made.digest,
    }  # fmt: skip
    return made.uri, tags


def candidate(name: str, against: str) -> CandidateRef:
    """Judged against a champion, and registered."""
    uri, tags = model(name)
    facts = {"job_key": tags[Tag.JOB_KEY], "verdict": "passed", "refused_by": "", "against": against, "gates_digest": "today's"}
    ledger.append(lambda _: Draft("judged", program("gate_model"), None, tags[Tag.MODEL_DIGEST], facts))
    return pick_candidate.candidate_of(register_version(uri, "run", tags))


def approved(name: str, against: str) -> QuestionRef:
    question = ask(candidate(name, against), f"Release {name}?", "What the gates found.")
    record_answer(question, "approved", "ada", ledger.now())
    return question


def first_champion() -> str:
    uri, tags = model("first")
    return crown(register_version(uri, "run", tags).version)


def start(monkeypatch: pytest.MonkeyPatch, prepare: Callable[[], Any]) -> tuple[World, Any]:
    world = enter(World(), monkeypatch)
    return world, prepare()


def another(world: World, monkeypatch: pytest.MonkeyPatch, seed: int, **chances: Any) -> World:
    """A copy of the world as it was prepared."""
    kept = {
        name: copy.deepcopy(getattr(world, name))
        for name in ("objects", "versions", "aliases", "model_tags", "has_model", "num_made")
    }
    return enter(World(seed=seed, **kept, **chances), monkeypatch)


def assert_one_champion(world: World) -> str:
    """What holds whatever happened; returns the version that answers."""
    world.kills = world.losses = 0
    events = ledger.read()
    head = standing.champion(events)
    assert head is not None
    found = champion.current_champion()  # verifies source, tags, digest and record, and that the alias agrees
    assert found is not None
    before = standing.before_champion(events)
    assert before is not None
    assert (found.version, world.aliases[registry.CHAMPION], world.aliases[registry.PREVIOUS]) == (
        head.version, head.version, before.version
    )  # fmt: skip
    used = [event.facts["approval"] for event in events if event.kind == "promoted"]
    assert len(set(used)) == len(used), "an approval was used twice"
    if head.kind == "promoted":
        (approval,) = (event for event in events if event.sha256 == head.facts["approval"])
        assert (approval.kind, approval.version, approval.digest) == ("approved", found.version, found.digest)
        judged = standing.judgement(events, found.digest, found.tags[Tag.JOB_KEY])
        assert judged is not None
        assert (judged.facts["verdict"], judged.facts["against"]) == ("passed", head.facts["replaces"])
        assert s3.read_json(head.facts["record"])["approval"]["sha256"] == approval.sha256
    return found.version


def test_two_promotions_end_as_one_of_the_two_orders(monkeypatch: pytest.MonkeyPatch) -> None:
    def prepare() -> tuple[QuestionRef, QuestionRef]:
        first_champion()
        return approved("second", "1"), approved("third", "1")

    prepared, questions = start(monkeypatch, prepare)
    winners = []
    for seed in range(NUM_WORLDS):
        world = another(prepared, monkeypatch, seed, kills=KILLS, losses=LOSSES)
        came_to = world.run(*(partial(promote, question) for question in questions))
        winner = assert_one_champion(world)
        for question, result in zip(questions, came_to, strict=True):
            if question.version == winner:
                assert isinstance(result, ChampionRef), (seed, result)
                assert result.previous == "1"
            else:
                assert isinstance(result, PermanentError), (seed, result)
                assert "was approved while version 1 answered, but version" in str(result)
        winners.append(winner)
    assert min(winners.count("2"), winners.count("3")) > NUM_WORLDS / 10, "both orders were seen"


def test_a_promotion_and_a_rollback_end_as_one_of_the_two_orders(monkeypatch: pytest.MonkeyPatch) -> None:
    def prepare() -> QuestionRef:
        first_champion()
        promote(approved("second", "1"))
        return approved("third", "2")

    prepared, question = start(monkeypatch, prepare)
    winners = set()
    for seed in range(NUM_WORLDS // 5):
        world = another(prepared, monkeypatch, seed, kills=KILLS, losses=LOSSES)
        forward, back = world.run(partial(promote, question), lambda: rollback("1", "bob", "worse on Sundays"))
        winner = assert_one_champion(world)
        released = isinstance(forward, ChampionRef)
        assert (released, winner) in ((True, "3"), (False, "1"), (True, "1")), (seed, forward, back)
        assert winner == "3" or isinstance(back, ChampionRef), (seed, forward, back)
        winners.add(winner)
    assert winners == {"1", "3"}


def test_two_registrations_of_a_job_end_with_one_version(monkeypatch: pytest.MonkeyPatch) -> None:
    prepared, (uri, tags) = start(monkeypatch, lambda: model("one"))
    for seed in range(NUM_WORLDS):
        world = another(prepared, monkeypatch, seed, kills=KILLS, losses=LOSSES)
        came_to = world.run(*(partial(register_version, uri, "run", tags) for _ in range(2)))
        world.kills = world.losses = 0
        last = register_version(uri, "run", tags)
        assert {getattr(result, "version", result) for result in came_to} == {last.version}, seed
        assert list(world.versions) == [last.version]
        assert [event.version for event in ledger.read()] == [last.version]


def test_a_registry_that_was_restored_gives_no_number_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its backup is older than version 2, which the ledger knows: MLflow would call the next version 2 as well."""

    def prepare() -> None:
        first_champion()
        promote(approved("second", "1"))

    world, _ = start(monkeypatch, prepare)
    del world.versions["2"]
    world.num_made, world.aliases = 1, {registry.CHAMPION: "1"}
    with pytest.raises(PermanentError, match=r"version 2 was released .* but the registry does not hold it"):
        champion.current_champion()
    rollback("1", "bob", "version 2 is lost")
    third = approved("third", "1")
    assert third.version == "3", "what was said of version 2 is not said of this one"
    promote(third)
    assert assert_one_champion(world) == "3"
    assert set(world.versions) == {"1", "3"}


def test_a_restored_registry_gets_a_lost_version_back_under_its_number(monkeypatch: pytest.MonkeyPatch) -> None:
    world, question = start(monkeypatch, lambda: (first_champion(), approved("second", "1"))[1])
    lost = world.versions.pop("2")
    world.num_made = 1
    assert register_version(lost.source, "run", lost.tags).version == "2"
    promote(question)
    assert assert_one_champion(world) == "2"


def test_a_lake_that_was_restored_ends_in_one_champion(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its backup is older than version 2, which the registry holds and calls the champion; a person says that it is meant."""
    world, _ = start(monkeypatch, first_champion)
    saved = dict(world.objects)
    promote(approved("second", "1"))
    world.objects.clear()
    world.objects.update(saved)
    ledger._known.clear()
    with pytest.raises(PermanentError, match=r"it ends at event 2, but event 7 was seen.*taken back on purpose, delete that tag"):
        champion.current_champion()
    world.model_tags.clear()
    with pytest.raises(PermanentError, match=r"names version 2, but version 1 was released .*mend_alias"):
        champion.current_champion()
    with pytest.raises(NothingToDo, match="version 1 was released already"):
        pick_candidate.pick_candidate(pick_candidate.candidate_of(registry.get_version("1")).model_dump())
    found = champion.current_champion()
    assert found is not None
    assert found.version == "1", "a release sets the alias back before it does anything else"
    again = approved("second", "1")
    assert again.version == "2", "trained again, the lost model is the version that it was"
    promote(again)
    assert assert_one_champion(world) == "2"
    assert [event.version for event in ledger.read() if event.kind == "registered"] == ["1", "2"]


def test_a_registration_after_a_restore_killed_before_any_of_its_calls_is_finished_by_the_next_try(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    prepared, _ = start(monkeypatch, lambda: (first_champion(), candidate("second", "1")))
    del prepared.versions["2"]
    prepared.num_made = 1
    uri, tags = model("third")
    unharmed = another(prepared, monkeypatch, 0)
    register_version(uri, "run", tags)
    for call in range(1, unharmed.num_calls + 1):
        world = another(prepared, monkeypatch, 0, kill_at=call)
        with pytest.raises(Killed):
            register_version(uri, "run", tags)
        last = register_version(uri, "run", tags)
        assert int(last.version) > 2
        assert set(world.versions) == {"1", last.version}, call
        assert [event.version for event in ledger.read() if event.kind == "registered"] == ["1", "2", last.version]


def test_a_promotion_killed_before_any_of_its_calls_is_finished_by_the_next_try(monkeypatch: pytest.MonkeyPatch) -> None:
    def prepare() -> QuestionRef:
        first_champion()
        return approved("second", "1")

    prepared, question = start(monkeypatch, prepare)
    unharmed = another(prepared, monkeypatch, 0)
    promote(question)
    assert unharmed.num_calls > 20
    for call in range(1, unharmed.num_calls + 1):
        world = another(prepared, monkeypatch, 0, kill_at=call)
        with pytest.raises(Killed):
            promote(question)
        head = standing.champion(ledger.read())
        assert head is not None
        found = champion.answering()
        assert found is not None, "at no point is there no champion, or one that nobody approved"
        assert found.version == head.version
        promote(question)
        assert assert_one_champion(world) == "2"
        ledger_of_both = [{**json.loads(one.objects[key]), "at": ""} for one in (world, unharmed)
                          for key in sorted(one.objects) if key.endswith("00000007.json")]  # fmt: skip
        assert ledger_of_both[0] == ledger_of_both[1]


def test_a_store_that_ignores_the_condition_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    enter(World(conditional=False), monkeypatch)
    with pytest.raises(ConfigError, match="wrote over an object in spite of If-None-Match"):
        ledger.append(lambda _: Draft("asked", person("ada")))
    assert ledger.read() == ()


def test_the_same_question_is_asked_once_until_it_is_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    enter(World(), monkeypatch)
    first = candidate("first", "")
    question = ask(first, "Release?", "Yes or no.")
    assert ask(first, "Release?", "Yes or no.") == question
    record_answer(question, "unanswered", None, "")
    assert ask(first, "Release?", "Yes or no.") == question
    record_answer(question, "rejected", "ada", ledger.now(), reason="It is worse.")
    assert [event.kind for event in ledger.read()] == ["judged", "registered", "asked", "unanswered", "rejected"]
    with pytest.raises(PermanentError, match=r"rejected by person:ada \(ledger, event 5\): a question is answered once"):
        promote(question)
    record_answer(question, "approved", "eve", ledger.now())
    with pytest.raises(PermanentError, match="rejected by person:ada"):
        promote(question)
    record_answer(ask(first, "Release?", "Yes or no."), "approved", "ada", ledger.now())
    assert promote(question).approved_by == "ada"
    with pytest.raises(PermanentError, match="compared with no champion, but version 1 answers now"):
        ask(first, "Release?", "Yes or no.")


@pytest.mark.parametrize("changed", ["model", "report", "shown"])
def test_what_was_shown_and_changed_since_is_not_released(monkeypatch: pytest.MonkeyPatch, changed: str) -> None:
    world, question = start(monkeypatch, lambda: (first_champion(), approved("second", "1"))[1])
    of_second = bytes_digest(json.dumps("second").encode()).encode()
    (key,) = {
        "model": [key for key, data in world.objects.items() if key.endswith("_manifest.json") and of_second in data],
        "report": ["reports/model/second/report.json"],
        "shown": [key for key in world.objects if question.digest in key],
    }[changed]  # fmt: skip
    world.objects[key] = (
        world.objects[key].replace(b'"digest": "', b'"digest": "0').replace(b"pass", b"warn").replace(b"gates", b"cats")
    )
    said = {
        "model": "_manifest.json: is no manifest",  # asking again would not help
        "report": "gate_report_digest changed since; clear `ask`",
        "shown": "is not what was shown.*clear `ask`",
    }
    with pytest.raises(PermanentError, match=said[changed]):
        promote(question)
    assert assert_still(world) == "1"


def assert_still(world: World) -> str:
    found = champion.current_champion()
    assert found is not None
    assert world.aliases == {registry.CHAMPION: found.version}
    return found.version


def test_the_promotion_of_an_older_run_leaves_the_newest_champion(monkeypatch: pytest.MonkeyPatch) -> None:
    def prepare() -> QuestionRef:
        first_champion()
        older = approved("second", "1")
        promote(older)
        promote(approved("third", "2"))
        return older

    world, older = start(monkeypatch, prepare)
    before = copy.deepcopy((world.objects, world.versions, world.aliases))
    with pytest.raises(NothingToDo, match=r"version 2 was released by this approval .*, and version 3 since; .*rollback"):
        promote(older)
    assert (world.objects, world.versions, world.aliases) == before
    record_answer(older, "approved", "eve", ledger.now())
    with pytest.raises(NothingToDo, match="version 3 since"):
        promote(older)
    assert assert_one_champion(world) == "3"


def test_a_rollback_is_an_act_with_a_name_and_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    world, _ = start(monkeypatch, lambda: (first_champion(), promote(approved("second", "1"))))
    for by, reason, named in ((" ", "worse", "by: ' ' names nobody"), ("bob", " ", "reason: is empty")):
        with pytest.raises(PermanentError, match=named):
            rollback("1", by, reason)
    with pytest.raises(PermanentError, match="version 7 was never released; released are: 1, 2"):
        rollback("7", "bob", "worse")
    back = rollback("1", "bob", "worse on Sundays")
    assert rollback("1", "bob", "worse on Sundays") == back
    assert (back.version, back.previous, back.approved_by, assert_one_champion(world)) == ("1", "2", "bob", "1")
    event = ledger.read()[-1]
    assert (event.kind, event.by, event.facts["reason"]) == ("rolled_back", "person:bob", "worse on Sundays")
    assert s3.read_json(back.record_uri)["reason"] == "worse on Sundays"
    with pytest.raises(NothingToDo, match="version 1 answers already"):
        rollback("1", "bob", "another reason")
    assert rollback("2", "bob", "Monday").version == "2"


def test_a_champion_that_is_broken_can_be_left_and_a_broken_one_not_gone_back_to(monkeypatch: pytest.MonkeyPatch) -> None:
    world, _ = start(monkeypatch, lambda: (first_champion(), promote(approved("second", "1"))))
    del world.versions["2"]
    rollback("1", "bob", "version 2 is gone")
    assert "the registry does not hold it" in ledger.read()[-1].facts["found"]
    with pytest.raises(PermanentError, match=r"version 2 was released .* but the registry does not hold it"):
        rollback("2", "bob", "again")


def test_an_alias_found_elsewhere_is_set_back_with_a_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    world, _ = start(monkeypatch, first_champion)
    assert champion.mend(person("ada")) is None
    for found in ({}, {registry.CHAMPION: "9"}):
        world.aliases.clear()
        world.aliases.update(found)
        world.versions["9"] = world.versions["1"].__class__(version="9", source="s3://elsewhere/m", run_id="", tags={})
        with pytest.raises(
            PermanentError, match=r"alias 'champion' (is gone|names version 9), but version 1 was released.*mend_alias"
        ):
            champion.current_champion()
        told = champion.answering()
        assert told is not None
        assert (told.version, told.disagreement is not None) == ("1", True)
        event = champion.mend(person("ada"))
        assert event is not None
        assert (event.kind, event.by, event.facts) == ("alias_moved", "person:ada", {"found": found.get(registry.CHAMPION, "")})
        assert assert_still(world) == "1"
