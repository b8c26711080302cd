"""The real store: what is superseded goes and is recorded; what is named, written meanwhile or cannot be asked about stays."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from reviewloop.adapters.catalog import days, glue
from reviewloop.adapters.lake import artifacts, claims, places, s3
from reviewloop.adapters.lake.artifacts import Artifact
from reviewloop.adapters.mlflow import registry
from reviewloop.adapters.mlflow.registry import VersionInfo
from reviewloop.adapters.release import ledger
from reviewloop.adapters.retention import known, removing
from reviewloop.core.release.events import Draft
from reviewloop.core.retention.plan import PLACES
from reviewloop.core.retention.records import Record
from reviewloop.errors import PermanentError, ReviewloopError, TransientError, Unavailable
from reviewloop.settings import settings

pytestmark = pytest.mark.contract

DAY = "2026-01-02"
LATER = timedelta(days=400)
ADA = "person:ada"


@pytest.fixture(autouse=True)
def a_year_later(lake: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the store's clock; with a registry that has seen no ledger and holds no version."""
    monkeypatch.setattr(s3, "now", lambda: datetime.now(UTC) + LATER)
    monkeypatch.setattr(registry, "ledger_head", lambda: None)
    monkeypatch.setattr(registry, "set_ledger_head", lambda head: None)
    monkeypatch.setattr(registry, "versions", list)


def batch(name: str, day: str = DAY, table: Callable[[], days.DayTable] = days.reviews_table, **meta: str) -> Artifact:
    """A batch of the day, that counts from now on."""
    root = {"reviews": places.curated, "predictions": places.predictions, "metrics": places.metrics}[table().name](day)
    origin = json.dumps({"delivery": name}).encode()
    made = artifacts.publish(root, {"rows.parquet": name.encode(), "_origin.json": origin}, meta, folder="batch={digest}")
    days.publish(days.standing(table().name, day), table(), made.uri.rpartition("batch=")[2], made.uri, "")
    return made


def three(**arguments: str) -> list[Artifact]:
    """Of one day, the last one counts; the first is the one that may go."""
    return [batch(name, **arguments) for name in ("first", "second", "third")]


def lies(artifact: Artifact) -> bool:
    return any(True for _ in s3.list_uris(f"{artifact.uri}/"))


def went() -> list[str]:
    found = removing.retain(ADA)
    return [one.key for one in found.record.deleted if one.state == "gone"] if found.record else []


def key(artifact: Artifact) -> str:
    return artifact.uri.removeprefix(s3.lake_uri("")) + "/"


@pytest.mark.parametrize("table", [days.reviews_table, days.predictions_table, days.metrics_table])
def test_the_oldest_batch_goes_with_its_partition_and_the_record_says_what_and_why(table: Callable[[], days.DayTable]) -> None:
    meta = {"curated_uri": "s3://elsewhere"}
    first, second, third = (batch(name, DAY, table, **meta) for name in ("first", "second", "third"))
    old = first.uri.rpartition("batch=")[2]
    glue.add_partition(f"{table().name}{glue.AUDIT}", table().columns, DAY, old, first.uri)
    assert len(glue.registered(settings().database, f"{table().name}{glue.AUDIT}")) == 1
    before = list(s3.list_uris(s3.lake_uri("")))
    assert [one.item.key for one in removing.plan() if one.act == "go"] == [key(first)]
    assert list(s3.list_uris(s3.lake_uri(""))) == before, "a look changes nothing"
    found = removing.retain(ADA)
    assert [lies(one) for one in (first, second, third)] == [False, True, True]
    assert days.standing(table().name, DAY).batch == third.uri.rpartition("batch=")[2]
    assert glue.registered(settings().database, f"{table().name}{glue.AUDIT}") == []
    record = Record.model_validate(s3.read_json(found.record_uri))
    (one,) = record.deleted
    assert (record.by, one.key, one.state, one.num_objects) == (ADA, key(first), "gone", 3)
    assert one.num_bytes > 0
    assert one.why == "another batch of its day counts, and it is 400 days old"
    assert went() == [], "run again it finds nothing"


def test_what_is_looked_at_lies_where_it_is_written() -> None:
    written = {
        "reviews": places.curated(DAY), "predictions": places.predictions(DAY), "metrics": places.metrics(DAY),
        "parsed": places.staging(DAY), "chunks": places.chunks(DAY, "ab", "cd"), "results": places.athena_results(),
    }  # fmt: skip
    assert written.keys() == PLACES.keys()
    assert all(uri.startswith(places.of_key(PLACES[kind])) for kind, uri in written.items())


def test_what_comes_again_after_it_went_is_written_anew() -> None:
    first, _, _ = three()
    assert went() == [key(first)]
    assert batch("first").uri == first.uri
    artifacts.require_whole(artifacts.open_artifact(first.uri))


def test_what_a_snapshot_was_made_of_stays() -> None:
    first, _, _ = three()
    name = first.uri.rpartition("batch=")[2]
    artifacts.publish(places.features(), {"train.parquet": b"x"}, {"batches": {DAY: name}})
    assert went() == []


def test_what_predictions_were_made_of_stays() -> None:
    first, _, _ = three()
    batch("scored", DAY, days.predictions_table, curated_uri=first.uri)
    assert went() == []


def test_what_the_ledger_or_a_versions_tag_names_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    first, _, _ = three()
    other = [batch(name, "2026-01-03") for name in ("a", "b", "c")]
    event = Draft("noted", "program:test", "1", "d", {"evidence": [f"{first.uri}/rows.parquet"]})
    ledger.append(lambda _: event)
    version = VersionInfo("7", "s3://elsewhere/models/a", "", {"made_of": f"see {other[0].uri}, and more"})
    monkeypatch.setattr(registry, "versions", lambda: [version])
    whys = {one.item.key: one.why for one in removing.plan()}
    assert whys[key(first)] == "event 1 of the ledger names it"
    assert whys[key(other[0])] == "version 7 in the registry names it"
    assert went() == []


@pytest.mark.parametrize("words", ["{uri}", "see {uri}.", "it was {uri}/rows.parquet...", "({uri}/)", "and {uri}-"])
def test_an_address_counts_whatever_stands_around_it(words: str) -> None:
    first, _, _ = three()
    told = Draft("noted", "person:ada", "1", "d", {"reason": words.format(uri=first.uri)})
    ledger.append(lambda _: told)
    assert {one.item.key: one.why for one in removing.plan()}[key(first)] == "event 1 of the ledger names it"
    assert went() == []


def test_one_object_that_the_ledger_names_stays_and_the_one_beside_it_goes() -> None:
    named, other = (s3.write_bytes(f"{places.athena_results()}{name}.csv", b"x") for name in "ab")
    ledger.append(lambda _: Draft("noted", "program:test", "1", "d", {"evidence": [named]}))
    assert went() == ["athena-results/b.csv"]
    assert (s3.exists(named), s3.exists(other)) == (True, False)


def test_a_day_that_a_delivery_landed_for_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    first, _, _ = three()
    landing = s3.write_json(places.landing(DAY), {})
    listed = s3.list_objects

    def landed(hours: float) -> None:
        def list_objects(prefix: str) -> list[s3.Stored]:
            at = s3.now() - timedelta(hours=hours)
            return [replace(one, modified=at) if one.uri == landing else one for one in listed(prefix)]

        monkeypatch.setattr(s3, "list_objects", list_objects)

    landed(hours=23)
    assert went() == []
    landed(hours=25)
    assert went() == [key(first)]


def gone_snapshot() -> None:
    told = Draft("judged", "program:test", None, None, {"lineage": {"features_uri": f"{places.features()}/abcd"}})
    ledger.append(lambda _: told)


def damaged_snapshot() -> None:
    made = artifacts.publish(places.features(), {"train.parquet": b"x"}, {"batches": {}})
    s3.write_bytes(f"{made.uri}/_manifest.json", b"{")


def silent_predictions() -> None:
    batch("scored", DAY, days.predictions_table)


def damaged_ledger() -> None:
    s3.write_bytes(places.ledger("00000001.json"), b"{}")


@pytest.mark.parametrize("fault", [gone_snapshot, damaged_snapshot, silent_predictions, damaged_ledger])
def test_where_evidence_is_missing_nothing_goes(fault: Callable[[], None]) -> None:
    all_three = three()
    fault()
    with pytest.raises(PermanentError):
        removing.retain(ADA)
    assert all(map(lies, all_three))
    assert list(s3.list_uris(places.retained())) == []


@pytest.mark.parametrize("away", ["registry.versions", "registry.ledger_head", "glue.registered", "claims.read"])
def test_where_somebody_cannot_be_asked_nothing_goes(away: str, monkeypatch: pytest.MonkeyPatch) -> None:
    all_three = three()

    def refuse(*_: object) -> None:
        raise Unavailable(f"{away}: no answer")

    module, _, function = away.partition(".")
    with monkeypatch.context() as patch:
        patch.setattr(getattr(known, module), function, refuse)
        with pytest.raises(Unavailable, match=away):
            removing.retain(ADA)
    assert all(map(lies, all_three))


def test_what_came_to_count_meanwhile_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    first, _, _ = three()
    plan = removing._plan

    def and_then_first_counts_again() -> object:
        found = plan()
        batch("first")
        return found

    monkeypatch.setattr(removing, "_plan", and_then_first_counts_again)
    (one,) = removing.retain(ADA).record.deleted
    assert (one.state, one.told) == ("kept", "it came to count for its day meanwhile")
    artifacts.require_whole(artifacts.open_artifact(first.uri))


def listed_again(artifact: Artifact) -> None:
    """Glue has the batch, and the day's pointer does not."""
    glue.add_partition("reviews", days.reviews_table().columns, DAY, artifact.uri.rpartition("batch=")[2], artifact.uri)


def test_what_glue_alone_lists_meanwhile_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    first, _, _ = three()
    plan = removing._plan

    def and_then_it_is_listed() -> object:
        found = plan()
        listed_again(first)
        return found

    monkeypatch.setattr(removing, "_plan", and_then_it_is_listed)
    (one,) = removing.retain(ADA).record.deleted
    assert (one.state, one.told) == ("kept", "it came to count for its day meanwhile")
    artifacts.require_whole(artifacts.open_artifact(first.uri))


def once_a_manifest_went(monkeypatch: pytest.MonkeyPatch, then: Callable[[], None]) -> None:
    """``then`` happens right behind the first deletion, which is of a manifest."""
    remove, asked = s3.remove_unchanged, list[int]()

    def slow(found: list[s3.Stored]) -> list[s3.Stored]:
        left = remove(found)
        if not asked:
            asked.append(1)
            then()
        return left

    monkeypatch.setattr(s3, "remove_unchanged", slow)


def counts_again(seen: days.Standing, artifact: Artifact) -> None:
    """Whoever saw ``seen`` lets the batch count."""
    days.publish(seen, days.reviews_table(), artifact.uri.rpartition("batch=")[2], artifact.uri, "")


def test_what_comes_to_count_in_the_last_moment_has_its_manifest_back(monkeypatch: pytest.MonkeyPatch) -> None:
    first, _, _ = three()
    seen = days.standing("reviews", DAY)
    once_a_manifest_went(monkeypatch, lambda: counts_again(seen, first))
    (one,) = removing.retain(ADA).record.deleted
    assert one.state == "kept"
    artifacts.require_whole(artifacts.open_artifact(first.uri))


def test_what_comes_to_count_while_the_pointer_is_renewed_has_its_manifest_back(monkeypatch: pytest.MonkeyPatch) -> None:
    first, _, _ = three()
    seen, update = days.standing("reviews", DAY), claims.update

    def late(claim: claims.Claim, /, **note: object) -> claims.Claim | None:
        monkeypatch.setattr(claims, "update", update)
        counts_again(seen, first)
        return update(claim, **note)

    monkeypatch.setattr(claims, "update", late)
    (one,) = removing.retain(ADA).record.deleted
    assert one.state == "kept"
    artifacts.require_whole(artifacts.open_artifact(first.uri))


@pytest.fixture
def without_pointer() -> list[Artifact]:
    """Three batches of a day from before there were pointers: Glue alone says that the last one counts."""
    found = three()
    s3.remove(places.current("reviews", DAY))
    assert days.standing("reviews", DAY).claim is None
    return found


def test_of_a_day_without_a_pointer_glue_is_asked_again(without_pointer: list[Artifact], monkeypatch: pytest.MonkeyPatch) -> None:
    first, _, _ = without_pointer
    once_a_manifest_went(monkeypatch, lambda: listed_again(first))
    (one,) = removing.retain(ADA).record.deleted
    assert one.state == "kept"
    artifacts.require_whole(artifacts.open_artifact(first.uri))


def test_of_a_day_without_a_pointer_who_found_the_batch_cannot_let_it_count_either(without_pointer: list[Artifact]) -> None:
    first, _, third = without_pointer
    seen = days.standing("reviews", DAY)
    artifacts.open_artifact(first.uri)
    assert went() == [key(first)]
    with pytest.raises(TransientError, match="another batch came to count meanwhile"):
        counts_again(seen, first)
    now = days.standing("reviews", DAY)
    assert (now.batch, now.landed_at, now.generation) == (third.uri.rpartition("batch=")[2], "", 0), "it says what Glue said"


def test_of_a_day_without_a_pointer_what_counts_while_one_is_made_has_its_manifest_back(
    without_pointer: list[Artifact], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, _, _ = without_pointer
    seen, take = days.standing("reviews", DAY), claims.take

    def late(uri: str, /, **note: object) -> claims.Claim | None:
        monkeypatch.setattr(claims, "take", take)
        counts_again(seen, first)
        return take(uri, **note)

    monkeypatch.setattr(claims, "take", late)
    (one,) = removing.retain(ADA).record.deleted
    assert one.state == "kept"
    artifacts.require_whole(artifacts.open_artifact(first.uri))


def test_what_the_pointer_names_stays_though_glue_lists_another_yet() -> None:
    first, _, _ = three()
    claim = claims.read(places.current("reviews", DAY))
    assert claim is not None
    assert claims.update(claim, **claim.note | {"batch": first.uri.rpartition("batch=")[2]})
    assert {one.item.key: one.why for one in removing.plan()}[key(first)] == "it counts for its day"


def test_a_batch_whose_manifest_was_written_meanwhile_stays_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    first, _, _ = three()
    plan = removing._plan

    def and_then_it_is_written() -> object:
        found = plan()
        manifest = f"{first.uri}/{artifacts.MANIFEST}"
        s3.write_json(manifest, s3.read_json(manifest) | {"meta": {"made": "anew"}})
        return found

    monkeypatch.setattr(removing, "_plan", and_then_it_is_written)
    (one,) = removing.retain(ADA).record.deleted
    assert (one.state, one.told) == ("kept", f"{first.uri}/{artifacts.MANIFEST} was written meanwhile")
    artifacts.require_whole(artifacts.open_artifact(first.uri))


def test_who_found_the_batch_before_it_went_cannot_let_it_count() -> None:
    first, _, _ = three()
    seen = days.standing("reviews", DAY)
    artifacts.open_artifact(first.uri)
    assert went() == [key(first)]
    with pytest.raises(TransientError, match="another batch came to count meanwhile"):
        days.publish(seen, days.reviews_table(), first.uri.rpartition("batch=")[2], first.uri, "")


def test_what_was_written_meanwhile_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    uri = s3.write_bytes(f"{places.chunks(DAY, 'ab', 'cd')}/0-9/part", b"old")
    plan = removing._plan

    def and_then_it_is_written() -> object:
        found = plan()
        s3.write_bytes(uri, b"new")
        return found

    monkeypatch.setattr(removing, "_plan", and_then_it_is_written)
    (one,) = removing.retain(ADA).record.deleted
    assert (one.state, one.told) == ("kept", f"{uri} was written meanwhile")
    assert s3.read_bytes(uri) == b"new"


def test_a_parsed_delivery_stays_as_long_as_a_batch_that_was_made_of_it() -> None:
    batch("one"), batch("two")
    parsed = [
        artifacts.publish(places.staging(DAY), {"accepted.parquet": name.encode()}, {"delivery_uri": f"{places.raw(DAY)}/{name}"})
        for name in ("one", "two", "refused")
    ]
    assert went() == [key(parsed[2])]
    assert [lies(one) for one in parsed] == [True, True, False]


def test_a_batch_that_does_not_tell_its_delivery_keeps_all_of_its_day() -> None:
    whole = batch("one")
    s3.remove(f"{whole.uri}/_origin.json")
    meta = {"delivery_uri": f"{places.raw(DAY)}/two"}
    parsed = artifacts.publish(places.staging(DAY), {"accepted.parquet": b"two"}, meta)
    assert went() == []
    assert lies(parsed)


def test_what_is_half_written_goes_and_pieces_and_answers_go_but_not_what_is_not_ours() -> None:
    gone = [
        f"{places.curated(DAY)}/batch=ab/rows.parquet",
        f"{places.staging(DAY)}/ab/accepted.parquet",
        f"{places.chunks(DAY, 'ab', 'cd')}/0-9/_manifest.json",
        f"{places.athena_results()}a.csv",
        f"{places.athena_results()}unload/ab/part-0",
    ]
    stay = [
        s3.lake_uri("models", "baseline", "ab", "model.json"),
        f"{places.features()}/ab/train.parquet",
        f"{places.raw(DAY)}/ab/object",
        f"{places.reports()}/model/ab/index.html",
        places.captured("day=2026-01-02/a.json"),
        places.erasure("a.json"),
        places.response(),
        s3.lake_uri("curated", "reviews", "README"),
        s3.lake_uri("chunks", "day=2026-01-02", "README"),
        s3.lake_uri("curated", "others", "day=2026-01-02", "batch=ab", "rows.parquet"),
    ]
    for uri in (*gone, *stay):
        s3.write_bytes(uri, b"x")
    assert len(went()) == len(gone)
    left = set(s3.list_uris(s3.lake_uri("")))
    assert left & {*gone, *stay} == set(stay)


def test_a_kill_leaves_a_record_that_says_what_was_going_and_the_next_run_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    first, _, _ = three()
    with monkeypatch.context() as patch:

        def killed(*_: object) -> None:
            raise KeyboardInterrupt

        patch.setattr(days, "forget", killed)
        with pytest.raises(KeyboardInterrupt):
            removing.retain(ADA)
    (uri,) = s3.list_uris(places.retained())
    assert [one["state"] for one in s3.read_json(uri)["deleted"]] == ["going"]
    assert lies(first)
    assert went() == [key(first)]
    assert not lies(first)


def test_what_cannot_be_deleted_is_told_and_stops_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    first, _, _ = three()
    s3.write_bytes(f"{places.athena_results()}a.csv", b"x")

    def refuse(*_: object) -> None:
        raise ReviewloopError("access denied")

    monkeypatch.setattr(days, "forget", refuse)
    states = {one.key: (one.state, one.told) for one in removing.retain(ADA).record.deleted}
    assert states == {key(first): ("failed", "access denied"), "athena-results/a.csv": ("gone", "")}


@pytest.mark.parametrize("folder", ["models", "sealed", "ledger", "features", "evaluations", "reports"])
def test_no_way_of_deleting_reaches_what_a_version_may_stand_on(folder: str) -> None:
    uri = s3.lake_uri(folder, "a", "b")
    found = s3.Stored(uri, "e", datetime.now(UTC))
    with pytest.raises(PermanentError, match="never deleted by this program"):
        s3.remove_unchanged([found])
    with s3.writing_sealed():
        s3.write_bytes(uri, b"x")
    with pytest.raises(PermanentError, match="never deleted by this program"):
        s3.remove(s3.lake_uri(folder, ""))
    assert s3.exists(uri)
