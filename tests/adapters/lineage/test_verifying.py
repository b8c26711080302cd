"""Whoever changes one of ledger, manifest, evidence, tag or alias is told by that name, and by no other."""

import json
import re
from collections.abc import Callable

import pytest
from tests.helpers.fake_edges import World, enter
from tests.steps.release.test_interleavings import approved

from reviewloop.adapters.lake import artifacts, places, s3
from reviewloop.adapters.lineage.verifying import verify
from reviewloop.adapters.mlflow import registry
from reviewloop.adapters.mlflow.tags import LEDGER_HEAD, Tag
from reviewloop.adapters.release import ledger
from reviewloop.core.release.events import Draft, object_name
from reviewloop.errors import Unavailable
from reviewloop.steps.release import pick_candidate, renew_cards
from reviewloop.steps.release.promote import promote
from reviewloop.verify import main
from reviewloop_local.bench_trace import stories


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    """Two releases, each by a person, and one candidate that waits."""
    monkeypatch.setattr(pick_candidate, "gates_digest", lambda config: "today's")
    world = enter(World(), monkeypatch)
    promote(approved("first", ""))
    promote(approved("second", "1"))
    approved("third", "2")
    assert verify().findings == ()
    return world


def key(uri: str) -> str:
    return s3.split_uri(uri)[1]


def change(world: World, uri: str, old: bytes, new: bytes) -> None:
    assert old in world.objects[key(uri)]
    world.objects[key(uri)] = world.objects[key(uri)].replace(old, new)


def event_changed(world: World) -> None:
    number = next(event.number for event in ledger.read() if event.kind == "approved")
    change(world, places.ledger(object_name(number)), b"person:ada", b"person:eve")


def event_gone(world: World) -> None:
    del world.objects[key(places.ledger(object_name(3)))]


def newest_gone(world: World) -> None:
    del world.objects[max(name for name in world.objects if name.startswith("ledger/events/"))]


def all_told_anew(world: World) -> None:
    """The whole chain, as sound as before, in which eve approved: the witness knows better."""
    told = [Draft(one.kind, one.by.replace("ada", "eve"), one.version, one.digest, one.facts) for one in ledger.read()]
    stories.lay(stories.chain(told))


def model_file(world: World) -> None:
    world.objects[key(f"{registry.get_version('2').source}/model.json")] = b"another"


def manifest(world: World) -> None:
    """Files and manifest together, as one who knows how would."""
    source = registry.get_version("1").source
    other = artifacts.publish(s3.lake_uri("models", "baseline"), {"model.json": b"another"})
    for name in ("model.json", artifacts.MANIFEST):
        world.objects[key(f"{source}/{name}")] = world.objects[key(f"{other.uri}/{name}")]


def tag(name: Tag, value: str | None, version: str = "2") -> Callable[[World], None]:
    def spoil(world: World) -> None:
        tags = world.versions[version].tags
        tags.pop(name) if value is None else tags.update({name: value})

    return spoil


def record(world: World) -> None:
    uri = str(next(event for event in ledger.read() if event.kind == "promoted").facts["record"])
    told = json.loads(world.objects[key(uri)])
    world.objects[key(uri)] = json.dumps({**told, "approval": {"event": 1, "sha256": "0" * 64}}).encode()


def shown(world: World) -> None:
    name = next(event for event in ledger.read() if event.kind == "approved").facts["shown"]
    change(world, places.shown(name), b"What the gates found", b"All is well")


FAULTS: dict[str, tuple[str, Callable[[World], None], str]] = {
    "an event": ("ledger", event_changed, r"does not follow the one before it"),
    "an event that is gone": ("ledger", event_gone, r"event 00000003\.json is missing"),
    "the newest event": ("ledger", newest_gone, r"but event 14 was seen: the newest are gone"),
    "the witness": ("ledger", lambda world: world.model_tags.update({LEDGER_HEAD: f"1 {'0' * 64}"}), "event 1 is another"),
    "no witness": ("ledger", lambda world: world.model_tags.clear(), "the registry holds no witness"),
    "a file": ("manifest", model_file, r"version 2: .*model\.json: its bytes do not match the manifest"),
    "a manifest": ("manifest", manifest, r"version 1: .*holds another artifact"),
    "a record": ("evidence", record, "version 1: its release record names another approval"),
    "what was shown": ("evidence", shown, "what was shown was changed"),
    "who approved": ("tag", tag(Tag.APPROVED_BY, "eve"), "version 2: its tag approved_by is 'eve', the ledger says 'ada'"),
    "nobody approved": ("tag", tag(Tag.APPROVED_BY, None), "its tag approved_by is None"),
    "a verdict": ("tag", tag(Tag.VERDICT, "refused", "3"), "version 3: its tag verdict is 'refused'"),
    "a digest": ("tag", tag(Tag.MODEL_DIGEST, "0" * 64), "version 2: its tag model_digest"),
    "a source": ("tag", lambda world: setattr(world.versions["3"], "source", "s3://x/m"), "says that it lies at s3://x/m"),
    "a version that is gone": ("tag", lambda world: world.versions.pop("3"), "version 3: the registry does not hold it any more"),
    "a version that nobody registered": (
        "tag", lambda world: world.versions.update({"9": type(world.versions["1"])(version="9", source="", run_id="", tags={})}),
        "version 9: the registry holds it, and the ledger knows nothing of it",
    ),
    "the alias": ("alias", lambda world: world.aliases.update({registry.CHAMPION: "1"}), "champion names version 1, but event"),
    "no alias": ("alias", lambda world: world.aliases.pop(registry.CHAMPION), "champion names nothing, but event"),
    "the other alias": ("alias", lambda world: world.aliases.update({registry.PREVIOUS: "3"}), "previous names version 3"),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_tampering_is_told_by_its_place(world: World, fault: str, capsys: pytest.CaptureFixture[str]) -> None:
    place, spoil, words = FAULTS[fault]
    spoil(world)
    ledger._known.clear()
    found = verify().findings
    assert {one.place for one in found} == {place}
    assert main([]) == 1
    said = [line for line in capsys.readouterr().out.splitlines() if not line.startswith("card: ")]  # none was made here
    assert len(said) == len(found)
    assert any(re.search(words, line) for line in said), said


def test_a_chain_that_was_told_anew_is_known_by_its_witness(world: World) -> None:
    all_told_anew(world)
    ledger._known.clear()
    assert "ledger" in {one.place for one in verify().findings}


def test_lineage_tags_are_those_that_the_gates_noted(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    judged = {"job_key": "job-third", "verdict": "passed", "against": "2", "lineage": {"git_commit": "abc", "epochs": "2"}}
    digest = world.versions["3"].tags[Tag.MODEL_DIGEST]
    ledger.append(lambda _: Draft("judged", "program:gate_model", None, digest, judged))
    world.versions["3"].tags[Tag.GIT_COMMIT] = "abc"
    assert verify().findings == ()
    world.versions["3"].tags[Tag.GIT_COMMIT] = "def"
    (found,) = verify().findings
    assert (found.place, found.told) == ("tag", "version 3: its tag git_commit is 'def', the ledger says 'abc'")


def test_what_cannot_be_asked_is_not_verified(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object) -> None:
        raise Unavailable("MLflow: away")

    for name in ("versions", "aliased", "ledger_head"):
        monkeypatch.setattr(registry, name, away)
    assert [one.place for one in verify().findings] == ["ledger", "tag", "alias"]
    assert all("could not be looked at: MLflow: away" in one.told for one in verify().findings)


def test_all_that_is_well_is_one_line(world: World, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(renew_cards, "verify_card", lambda version: "s3://the/card")
    assert main([]) == 0
    assert (
        capsys.readouterr().out
        == "14 events, 3 versions: ledger, manifest, evidence, tag, alias, card are what the ledger says, and it is whole\n"
    )
