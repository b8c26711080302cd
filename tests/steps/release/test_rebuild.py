"""A registry that was lost comes back from ledger and lake as it was, and what cannot come back is named."""

import copy
import itertools
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import serving_mlflow
from tests.helpers.court import Court
from tests.helpers.fake_edges import Killed, World, enter
from tests.steps.release.test_interleavings import approved, candidate, first_champion
from tests.steps.release.test_release import candidate as judged_candidate
from tests.steps.release.test_release import release

from reviewloop.adapters.lake import s3
from reviewloop.adapters.mlflow import registry, runs
from reviewloop.adapters.release import champion, ledger, rebuilding
from reviewloop.core.release import registered
from reviewloop.core.release.events import Draft
from reviewloop.errors import NothingToDo, PermanentError, Refused
from reviewloop.steps.release import pick_candidate
from reviewloop.steps.release.promote import promote
from reviewloop.steps.release.rebuild import rebuild
from reviewloop.steps.release.rollback import rollback


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    """Version 3 answers, 1 did before, 4 waits; MLflow gave a number 2 that was deleted."""
    monkeypatch.setattr(pick_candidate, "gates_digest", lambda config: "today's")
    monkeypatch.setattr(rebuilding.runs, "exists", lambda run_id: False)
    world = enter(World(), monkeypatch)
    first_champion()
    world.num_made += 1  # a number that MLflow gave and that was deleted
    promote(approved("second", "1"))
    candidate("third", "3")
    return world


def as_it_is(world: World) -> dict[str, Any]:
    found = copy.deepcopy({"versions": world.versions, "aliases": world.aliases, "tags": world.model_tags})
    for version in found["versions"].values():
        version.run_id = ""  # of runs that are gone
    return found


def lose(world: World) -> None:
    world.versions, world.aliases, world.model_tags, world.has_model, world.num_made = {}, {}, {}, False, 0


def test_a_lost_registry_comes_back_under_its_numbers_with_tags_and_aliases(world: World) -> None:
    before = as_it_is(world)
    lose(world)
    with pytest.raises(Refused, match=r"version 3 was released .* registry does not hold it .*`python -m reviewloop rebuild`"):
        champion.current_champion()
    found = rebuild("ada")
    assert (found.version, found.made, found.gone, found.runs_gone) == ("3", ("1", "3", "4"), {}, ("1", "3", "4"))
    told = ledger.read()[-1]
    assert (told.kind, told.by, told.facts) == ("rebuilt", "person:ada", {"missing": ["1", "3", "4"]})
    now = as_it_is(world)
    assert now["versions"] == before["versions"]
    assert now["aliases"] == before["aliases"] == {registry.CHAMPION: "3", registry.PREVIOUS: "1"}
    assert now["tags"] != before["tags"], "the witness has seen that it was rebuilt"
    with pytest.raises(NothingToDo, match="holds every version"):
        rebuild("ada")


def test_killed_anywhere_it_is_finished_by_the_next_call(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    before = as_it_is(world)
    lose(world)
    kept = copy.deepcopy((world.objects, world.versions))
    for kill_at in itertools.count(1):
        again = enter(World(kill_at=kill_at, objects=dict(kept[0])), monkeypatch)
        try:
            rebuild("ada")
        except Killed:
            again.kill_at = -1
            with suppress(NothingToDo):
                rebuild("ada")
            assert as_it_is(again)["aliases"] == before["aliases"], kill_at
            assert as_it_is(again)["versions"] == before["versions"], kill_at
        else:
            break
    assert kill_at > 30


def test_a_version_that_somebody_deleted_is_gone_by_name_and_takes_no_other_number(world: World) -> None:
    del world.versions["1"]
    found = rebuild("ada")
    assert (found.made, list(found.gone)) == ((), ["1"])
    assert "delete the whole registered model in MLflow" in found.gone["1"]
    assert set(world.versions) == {"3", "4"}


def test_a_champion_that_cannot_come_back_is_refused_by_name_and_another_may_answer(world: World) -> None:
    source = registry.get_version("3").source
    lose(world)
    del world.objects[s3.split_uri(source)[1] + "/_manifest.json"]
    with pytest.raises(Refused, match=r"version 3 was released and is gone: its files cannot be read: .*rollback"):
        rebuild("ada")
    assert set(world.versions) == {"1", "4"}
    assert registry.aliased() is None, "no other version is taken for it"
    assert rollback("1", "ada", "the files of 3 are lost").version == "1"


def test_a_number_that_another_model_has_by_now_is_named(world: World) -> None:
    world.versions["4"].source = "s3://elsewhere/m"
    assert rebuild("ada").gone == {"4": "the registry gave its number to s3://elsewhere/m"}


def test_what_an_older_release_registered_is_described_while_the_registry_holds_it(world: World, monkeypatch: Any) -> None:
    (kept, *_) = [event for event in ledger.read() if event.kind == "registered"]
    older = enter(World(), monkeypatch)
    older.versions, older.has_model, older.num_made = world.versions, True, 4
    facts = {name: kept.facts[name] for name in ("job_key", "source")}
    ledger.append(lambda _: Draft(kept.kind, kept.by, kept.version, kept.digest, facts))
    assert registered.undescribed(ledger.read()) == ["1"]
    with pytest.raises(NothingToDo):
        rebuild("ada")
    known = registered.versions(ledger.read())["1"]
    assert {f"reviewloop.{name}": value for name, value in known.tags.items()} == world.versions["1"].tags


@pytest.mark.contract
def test_with_a_real_mlflow_whose_database_is_thrown_away(
    court: Court, aws: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = judged_candidate(court, "a")
    release(first)
    second = judged_candidate(court, "b")
    stray = registry.create_version(first.model_uri, "", {}).version
    registry.delete_version(stray)
    release(second)
    before = {found.version: found for found in registry.versions()}
    with serving_mlflow(aws, tmp_path) as url:
        monkeypatch.setenv("MLFLOW_TRACKING_URI", url)
        assert registry.versions() == []
        assert not runs.exists(before["1"].run_id)
        found = rebuild("ada")
        assert (found.version, found.made, found.gone, found.runs_gone) == ("2", ("1", "2"), {}, ("1", "2"))
        for version in registry.versions():
            assert (version.source, version.tags) == (before[version.version].source, before[version.version].tags)
        assert (registry.aliased(), registry.aliased(registry.PREVIOUS)) == ("2", "1")
        now = champion.current_champion()
        assert now is not None
        assert (now.version, now.disagreement) == ("2", None)
        registry.delete_version("1")
        assert "gives a number once" in rebuild("ada").gone["1"]
        with pytest.raises(NothingToDo, match="nothing changed since version 2"):
            court.begin(court.features("b"))


@pytest.mark.contract
def test_nothing_to_which_the_ledger_leads_is_ever_cleaned_up(court: Court) -> None:
    release(judged_candidate(court, "a"))
    known = registered.versions(ledger.read())["1"]
    told = [known.source, *known.tags.values(), *(str(fact) for event in ledger.read() for fact in event.facts.values())]
    reached = {uri for uri in told if uri.startswith(s3.lake_uri(""))}
    assert len(reached) >= 6
    for uri in sorted(reached):
        with pytest.raises(PermanentError, match="what a released version may stand on, never deleted by this program"):
            s3.remove(uri)
