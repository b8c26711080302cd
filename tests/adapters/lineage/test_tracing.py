"""Every story is told whole from ledger, manifests and partitions, with MLflow away; what is gone is named, nothing is guessed."""

from dataclasses import replace

import pandas as pd
import pytest
from tests.helpers.captured import answer, review, shadow
from tests.helpers.storied import Told, tell

from reviewloop.adapters.lake import artifacts, claims, frames, places, s3
from reviewloop.adapters.lineage.tracing import trace
from reviewloop.core.captures.rows import capture_rows
from reviewloop.core.lineage.links import Trace, in_words
from reviewloop.core.lineage.subjects import parse
from reviewloop.core.release.events import Draft, person, program
from reviewloop.errors import PermanentError
from reviewloop.settings import settings
from reviewloop_local.bench_trace import stories

DAY = stories.FIRST_DAY.isoformat()


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Told:
    return tell(monkeypatch)


def traced(subject: str, day: str = "") -> Trace:
    return trace(parse(subject), day)


def whole(subject: str) -> str:
    """In words; nothing of it is missing."""
    found = traced(subject)
    assert found.missing == ()
    return in_words(found)


def lacking(subject: str) -> list[str]:
    return [link.what for link in traced(subject).missing]


def test_a_prediction_leads_to_files_gates_approver_snapshot_delivery_and_commit(told: Told) -> None:
    by = told.of("promoted")
    text = whole(f"womens_clothing/{DAY}/2")
    raw = artifacts.open_artifact(next(uri.rpartition("/")[0] for uri in s3.list_uris(places.raw(DAY))))
    approval = next(event for event in told.events if event.kind == "approved")
    for part in (
        f"positive by version {by.version}, of curated batch {told.days[DAY]}, which counts", by.digest,
        "the gates passed it, compared with no champion", f"approved by person:ada at {stories.AT} (event {approval.number}",
        by.snapshot.digest[:16], f"{DAY}: delivery {raw.digest[:16]}", f"commit {stories.bytes_digest(b'commit 0')[:40]}",
    ):  # fmt: skip
        assert part in text
    assert text.endswith("complete: every link is there, and is what the ledger says\n")


def test_the_stories_of_a_promoted_a_rejected_and_a_refused_one(told: Told) -> None:
    promoted, rejected, refused = (told.of(fate) for fate in ("promoted", "rejected", "refused"))
    text = whole(promoted.version)
    assert "promoted by program:promote" in text
    assert f"it scored 8 days, {DAY}" in text.replace("day=", "")
    assert "took its place" in text, "the fourth model was promoted after it"
    assert "rejected by person:ada" in whole(rejected.version)
    assert "refused it by fairness, compared with version 1" in whole(refused.digest)
    assert "refused it by fairness" in whole(refused.snapshot.digest[:12])


def test_a_rollback_is_part_of_both_stories(told: Told) -> None:
    first, second = told.of("promoted"), told.of("promoted", 1)
    facts = {"reason": "worse on Sundays", "replaces": second.version, "source": first.source, "record": "", "found": ""}
    told.add(Draft("rolled_back", person("bob"), first.version, first.digest, facts))
    for version in (first.version, second.version):
        assert "by person:bob" in whole(version)
        assert "worse on Sundays" in whole(version)
    assert f"rolled back: version {first.version}" in whole("person:bob")


def test_data_leads_forward_to_the_models_that_have_read_it(told: Told) -> None:
    promoted = told.of("promoted")
    assert f"version {promoted.version}, files {promoted.digest[:16]}" in whole(promoted.snapshot.digest)
    raw = next(uri.split("/")[-2] for uri in s3.list_uris(places.raw(DAY)))
    for digest in (told.days[DAY], raw):
        text = whole(digest)
        assert f"{DAY}: batch {told.days[DAY]}" in text
        assert text.count("model") == len(told.made), "every snapshot holds that day"


def test_a_person_leads_to_what_came_of_their_word(told: Told) -> None:
    text = whole("ada")
    assert text.count("approved: version") == 2
    assert text.count("led to: promoted") == 2
    assert text.count("rejected: version") == 2
    with pytest.raises(PermanentError, match="holds nothing by person:eve; it holds acts by person:ada"):
        traced("eve")


def test_a_registry_under_another_name_and_a_run_that_was_deleted_change_nothing(
    told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = whole(f"{DAY}/1")
    monkeypatch.setenv("REVIEWLOOP_REGISTERED_MODEL", "renamed")
    settings.cache_clear()
    try:
        assert whole(f"{DAY}/1") == before
    finally:
        settings.cache_clear()


def test_a_model_registered_again_under_another_number_is_known_by_its_files(told: Told) -> None:
    """A registry that was lost began anew: the number in the predictions is another model's now."""
    by = told.of("promoted")
    for number, said in (("9", "version 9 is not known to the ledger"), ("2", "version 2 is another model in the ledger")):
        stories.score(DAY, told.days[DAY], replace(by, version=number))
        text = whole(f"{DAY}/1")
        assert f"{said}; the files that answered, {by.digest[:16]}, are version {by.version}'s there" in text
        assert f"version {by.version} said positive, before" in text
        assert f"version {by.version} was registered" in text
        assert f"version {number} was registered" not in text
    stories.score(DAY, told.days[DAY], replace(by, version="2", digest="0" * 64))
    assert lacking(f"{DAY}/1") == ["version"], "of files that nobody registered nothing is guessed"


def test_a_day_scored_during_a_rollout_says_so(told: Told) -> None:
    by = told.of("promoted")
    started = told.add(Draft("rollout_started", program("start_rollout"), "4", told.of("rejected").digest, {"stages": []}))
    stories.score(DAY, told.days[DAY], by, rollout=started.sha256)
    assert f"made while version 4 was in a rollout (event {started.number}" in whole(f"{DAY}/1")
    stories.score(DAY, told.days[DAY], by, rollout="0" * 64)
    assert lacking(f"{DAY}/1") == ["rollout"]


def capture(told: Told, day: str = "2026-02-01") -> None:
    """A request that the challenger answered in a canary, and one that it read in shadow."""
    champion, challenger = told.of("promoted"), told.of("promoted", 1)
    started = told.add(Draft("rollout_started", program("start_rollout"), challenger.version, challenger.digest, {"stages": []}))
    common = {"rollout": started.sha256, "stage": "canary", "generation": started.number, "day": day}
    new = {"arm": "challenger", "version": challenger.version, "digest": challenger.digest}
    records = [
        answer("r1", review(), review("torn"), **common, **new),
        answer("r2", version=champion.version, digest=champion.digest, **common),
        shadow("r2", version=challenger.version, digest=challenger.digest, day=day),
    ]
    rows = capture_rows({"spool": "a", "seq": at, "dropped": 0, **one} for at, one in enumerate(records))
    made = artifacts.publish(places.captures(day), {"captures.parquet": frames.to_parquet(rows)}, folder="batch={digest}")
    assert claims.take(places.current("captures", day), batch=made.digest[:16], landed_at="", generation=1)


def test_an_answer_during_a_canary_names_arm_stage_and_the_version_that_answered(told: Told) -> None:
    capture(told)
    text = whole("request:r1")
    challenger = told.of("promoted", 1)
    assert f"review 1: positive by version {challenger.version}, the challenger, stage canary of a rollout" in text
    assert f"the endpoint followed event {told.events[-1].number}: version {challenger.version} rollout started" in text
    assert f"version {challenger.version} was registered" in text
    text = in_words(traced("request:r2", "2026-02-01"))
    assert f"version {challenger.version} read it unseen and said negative" in text
    assert f"version {told.of('promoted').version} was registered" in text
    for day in ("", "2026-02-02"):
        with pytest.raises(PermanentError, match="no captured request 'r9' on"):
            traced("request:r9", day)


LOST = {
    "files": lambda told: f"{told.of('promoted').source}/_manifest.json",
    "gates": lambda told: f"{places.reports('model', told.of('promoted').job_key[:16], 'report.json')}",
    "data": lambda told: f"{told.of('promoted').snapshot.uri}/_manifest.json",
    "delivery": lambda told: next(uri for uri in s3.list_uris(places.raw(max(told.days))) if uri.endswith("_manifest.json")),
    "curated": lambda told: f"{places.curated_batch(sorted(told.days)[4], told.days[sorted(told.days)[4]])}/_origin.json",
}


@pytest.mark.parametrize("what", LOST)
def test_what_is_gone_is_named_and_the_rest_is_told(told: Told, what: str) -> None:
    del told.world.objects[s3.split_uri(LOST[what](told))[1]]
    found = traced(told.of("promoted").version)
    assert [link.what for link in found.missing] == [what]
    assert in_words(found).endswith(f"not complete: {what} missing\n")
    assert "approved by person:ada" in in_words(found)


def test_a_report_that_was_changed_is_no_evidence(told: Told) -> None:
    uri = LOST["gates"](told)
    told.world.objects[s3.split_uri(uri)[1]] = b"{}"
    assert lacking(told.of("promoted").version) == ["gates"]


@pytest.mark.parametrize("kind", ["judged", "lineage", "a fact", "approval"])
def test_an_event_that_was_never_written_is_a_missing_link(told: Told, kind: str) -> None:
    kept = []
    for event in told.events:
        facts = dict(event.facts)
        if kind == "judged" and event.kind == "judged":
            continue
        if kind == "lineage":
            facts.pop("lineage", None)
        if kind == "a fact" and "lineage" in facts:
            facts["lineage"] = {name: fact for name, fact in facts["lineage"].items() if name != "git_commit"}
        for name in ("asked", "approval"):
            facts |= {name: ""} if name in facts else {}
        if kind == "approval" and event.kind == "promoted":
            facts["approval"] = "0" * 64
        kept.append(Draft(event.kind, event.by, event.version, event.digest, facts))
    told.world.objects = {key: data for key, data in told.world.objects.items() if not key.startswith("ledger/")}
    stories.lay(stories.chain(kept))
    missing = {
        "judged": ["gates", "lineage", "data"],
        "lineage": ["lineage", "data"],
        "a fact": ["lineage"],
        "approval": ["approval"],
    }
    assert lacking(told.of("promoted").version) == missing[kind]


@pytest.mark.parametrize(
    ("subject", "line"),
    [
        ("77", r"knows no version 77; it knows 1 to \d \(\d\)"),
        (f"{DAY}/99", "no prediction of review 99 of"),
        ("2024-12-31/1", r"0 batches were looked at"),
        ("0123456789abcdef", "nothing in the lake has the digest"),
    ],
)
def test_what_the_lake_does_not_know_gets_a_line(told: Told, subject: str, line: str) -> None:
    with pytest.raises(PermanentError, match=line):
        traced(subject)


def test_a_prediction_of_before_digests_is_known_by_its_version(told: Told) -> None:
    rows = pd.DataFrame({"review_id": [1], "prediction": ["neutral"], "model_version": ["1"], "reviews_batch": ["b"]})
    meta = {"curated_uri": places.curated_batch(DAY, told.days[DAY]), "model_version": "1", "model_uri": told.of("promoted").source}
    made = artifacts.publish(
        places.predictions(DAY), {"predictions.parquet": frames.to_parquet(rows)}, meta, folder="batch={digest}"
    )
    claim = claims.read(places.current("predictions", DAY))
    assert claim is not None
    assert claims.update(claim, batch=made.digest[:16], landed_at="", generation=2)
    assert "neutral by version 1" in whole(f"{DAY}/1")
