"""What an older reviewloop released, without a ledger, is taken over where it verifies."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from tests.helpers.fake_edges import World, enter

from reviewloop.adapters.lake import artifacts, places, s3, signatures
from reviewloop.adapters.mlflow import registry
from reviewloop.adapters.mlflow.tags import Tag
from reviewloop.adapters.release import champion, ledger
from reviewloop.core.release import standing
from reviewloop.errors import NothingToDo, Refused
from reviewloop.steps.release.adopt import adopt
from reviewloop.steps.release.rollback import rollback


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    return enter(World(), monkeypatch)


def older_release(name: str, at: str) -> str:
    """A version as ``promote`` left it before there was a ledger: tags, aliases, and a record that the next one overwrites."""
    made = artifacts.publish(s3.lake_uri("models", "baseline"), {"model.json": json.dumps(name).encode()})
    said = {"verdict": "pass", "model_uri": made.uri}
    report = s3.write_json(s3.lake_uri("reports", "model", name, "report.json"), said)
    tags: dict[str, str] = {Tag.JOB_KEY: f"job-{name}", Tag.GATE_REPORT_URI: report, Tag.APPROVED_BY: "ada", Tag.APPROVED_AT: at}
    version = registry.create_version(made.uri, "", tags).version
    before = registry.aliased()
    if before:
        registry.set_alias(registry.PREVIOUS, before)
    registry.set_alias(registry.CHAMPION, version)
    record = {"candidate": {"model_uri": made.uri}, "approved_by": "ada", "approved_at": at, "previous": before}
    s3.write_json(places.reports("releases", f"version={version}.json"), record)
    return version


def two_releases() -> None:
    older_release("first", "2026-01-01T00:00:00+00:00")
    older_release("second", "2026-01-02T00:00:00+00:00")


def test_before_any_release_there_is_nothing_to_take_over(world: World) -> None:
    assert champion.current_champion() is None
    with pytest.raises(NothingToDo, match="nothing was released before"):
        adopt()


def test_until_then_one_line_says_so_and_afterwards_all_is_as_if_released_today(world: World) -> None:
    two_releases()
    for ask in (champion.current_champion, champion.answering, lambda: champion.released("1")):
        with pytest.raises(Refused, match=r"release records of version 1, 2, but the ledger .*`python -m reviewloop adopt`"):
            ask()
    assert adopt() == ["1", "2"]
    found = champion.current_champion()
    assert found is not None
    assert (found.version, world.aliases) == ("2", {registry.CHAMPION: "2", registry.PREVIOUS: "1"})
    assert [(event.kind, event.version, event.facts["answers"]) for event in ledger.read()] == [
        ("adopted", "1", False), ("adopted", "2", True)
    ]  # fmt: skip
    with pytest.raises(NothingToDo, match="knows every release"):
        adopt()
    assert {signatures.verify(artifacts.open_artifact(one.source)) for one in registry.versions()} == {signatures.signing_key()[1]}
    assert rollback("1", "bob", "the older one was better").previous == "2"


def test_the_alias_says_which_of_them_answers(world: World) -> None:
    two_releases()
    registry.set_alias(registry.CHAMPION, "1")
    assert adopt() == ["2", "1"]
    assert standing.champion_version(ledger.read()) == "1"


def spoil_source(world: World) -> None:
    world.versions["1"].source = "s3://elsewhere/models/baseline/1"


def spoil_approver(world: World) -> None:
    world.versions["1"].tags[Tag.APPROVED_BY] = "eve"


def spoil_files(world: World) -> None:
    del world.objects[s3.split_uri(world.versions["1"].source)[1] + "/_manifest.json"]


def spoil_report(world: World) -> None:
    world.objects["reports/model/first/report.json"] = b'{"verdict": "fail"}'


def lose_report(world: World) -> None:
    del world.objects["reports/model/first/report.json"]


def spoil_record(world: World) -> None:
    world.objects["reports/releases/version=1.json"] = b"[]"


def lose_version(world: World) -> None:
    del world.versions["1"]


def spoil_model(world: World) -> None:
    """The registry and the record tell of it, and it is true of itself; but it is none that may be loaded."""
    made = artifacts.publish(s3.lake_uri("models", "baseline"), {"config.json": b'{"auto_map": {}}'})
    world.versions["1"].source = made.uri
    for name in ("reports/releases/version=1.json", "reports/model/first/report.json"):
        told = json.loads(world.objects[name])
        told.get("candidate", told)["model_uri"] = made.uri
        world.objects[name] = json.dumps(told).encode()


FAULTS: dict[Callable[[World], Any], str] = {
    spoil_source: "both must be one model of this lake",
    spoil_approver: "the record says ada approved it",
    spoil_files: "_manifest.json",
    spoil_report: "does not say that .* passed",
    lose_report: "report cannot be read",
    spoil_record: "is no release record",
    lose_version: "version 1 not found",
    spoil_model: "config.json: auto_map: names code of others",
}


@pytest.mark.parametrize("spoil", FAULTS, ids=lambda spoil: spoil.__name__)
def test_a_release_that_does_not_verify_is_left_alone_and_named(
    world: World, spoil: Callable[[World], Any], caplog: pytest.LogCaptureFixture
) -> None:
    two_releases()
    spoil(world)
    with caplog.at_level("WARNING"):
        assert adopt() == ["2"]
    assert "version 1 is not taken over" in caplog.text
    assert champion.current_champion() is not None


@pytest.mark.parametrize("spoil", FAULTS, ids=lambda spoil: spoil.__name__)
def test_a_champion_that_does_not_verify_is_never_taken_over(world: World, spoil: Callable[[World], Any]) -> None:
    older_release("first", "2026-01-01T00:00:00+00:00")
    spoil(world)
    named = "none, which" if spoil is lose_version else "1, which"
    with pytest.raises(Refused, match=f"names version {named} cannot be taken over"):
        adopt()
    assert ledger.read() == ()


def test_an_alias_without_a_record_is_no_release(world: World) -> None:
    registry.create_version("s3://elsewhere/m", "", {Tag.JOB_KEY: "j"})
    registry.set_alias(registry.CHAMPION, "1")
    with pytest.raises(Refused, match="alias 'champion' on version 1"):
        champion.current_champion()
    with pytest.raises(Refused, match="version 1, which cannot be taken over: no release record tells of it"):
        adopt()


def test_an_adoption_killed_before_any_of_its_calls_is_finished_by_the_next_try(monkeypatch: pytest.MonkeyPatch) -> None:
    def prepared(**chances: Any) -> World:
        world = enter(World(), monkeypatch)
        two_releases()
        world.num_calls, world.kill_at = 0, chances.get("kill_at", -1)
        return world

    unharmed = prepared()
    adopt()
    for call in range(1, unharmed.num_calls + 1):
        world = prepared(kill_at=call)
        with pytest.raises(BaseException, match="^$"):
            adopt()
        try:
            adopt()
        except NothingToDo:
            assert standing.champion_version(ledger.read()) == "2"
        found = champion.current_champion()
        assert found is not None
        assert (found.version, world.aliases) == ("2", {registry.CHAMPION: "2", registry.PREVIOUS: "1"})
        assert [event.version for event in ledger.read()] == ["1", "2"]
