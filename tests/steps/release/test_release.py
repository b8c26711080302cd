"""From a passed gate to the champion, one version a job, whatever is called twice."""

import pytest
from tests.helpers.court import Court, fair, good
from tests.helpers.intruder import take_away

from reviewloop.adapters.lake import places, s3
from reviewloop.adapters.lineage.tracing import trace
from reviewloop.adapters.lineage.verifying import verify
from reviewloop.adapters.mlflow import registry
from reviewloop.adapters.mlflow.connection import client
from reviewloop.adapters.provenance import provenance
from reviewloop.adapters.release import ledger
from reviewloop.adapters.release.champion import current_champion
from reviewloop.core.lineage.links import in_words
from reviewloop.core.lineage.subjects import parse
from reviewloop.core.release.events import object_name
from reviewloop.errors import NothingToDo, PermanentError, Refused
from reviewloop.refs import CandidateRef, ChampionRef
from reviewloop.settings import settings
from reviewloop.steps.release import ask, mend_alias, pick_candidate, promote, record_answer
from reviewloop.steps.train import gate_model, register

pytestmark = pytest.mark.contract
WHO, WHEN = "ada", ledger.now()


def candidate(court: Court, name: str = "a") -> CandidateRef:
    training = court.begin(court.features(name))
    choice = court.choice(training, baseline=fair, transformer=good)
    return register.register(choice, gate_model.gate_model(choice, training), training)


def test_a_version_is_registered_once_with_its_lineage(court: Court) -> None:
    training = court.begin()
    choice = court.choice(training, baseline=fair, transformer=good)
    gate = gate_model.gate_model(choice, training)
    found = register.register(choice, gate, training)
    assert register.register(choice, gate, training) == found
    assert [version.version for version in registry.versions()] == [found.version]
    version = registry.get_version(found.version)
    assert (version.source, version.run_id) == (choice.model.uri, choice.model.mlflow_run_id)
    expected = {
        "job_key", "kind", "features_uri", "features_digest", "config_digest", "git_commit", "git_dirty", "lock_digest",
        "dag_run", "seed", "trigger", "evaluation_uri", "reference_uri", "gate_report_uri",
    }  # fmt: skip
    assert expected <= {key.removeprefix("reviewloop.") for key in version.tags}
    assert version.tags["reviewloop.reference_uri"] == choice.evaluation.predictions_uri
    assert (found.kind, found.macro_f1) == ("transformer", choice.evaluation.macro_f1)
    assert found.page_uri == gate.page_uri == gate.report_uri.replace(".json", ".html")


def test_a_refused_model_is_not_registered(court: Court) -> None:
    training = court.begin()
    choice = court.choice(training, baseline=fair, transformer=good)
    gate = gate_model.gate_model(choice, training).model_copy(update={"verdict": "fail"})
    with pytest.raises(PermanentError, match="only a model that passed"):
        register.register(choice, gate, training)
    assert registry.versions() == []


def test_the_event_names_the_candidate(court: Court) -> None:
    found = candidate(court)
    assert pick_candidate.pick_candidate(found.model_dump()) == found


def test_a_version_and_an_event_from_before_the_page_had_a_name_are_still_known(court: Court) -> None:
    training = court.begin()
    choice = court.choice(training, baseline=fair, transformer=good)
    gate = gate_model.gate_model(choice, training).model_copy(update={"page_uri": None})
    found = register.register(choice, gate, training)
    assert found.page_uri is None
    assert pick_candidate.pick_candidate(found.model_dump(exclude={"page_uri"})) == found


def test_an_event_that_contradicts_the_registry_is_refused(court: Court) -> None:
    found = candidate(court)
    with pytest.raises(PermanentError, match="the registry says"):
        pick_candidate.pick_candidate({**found.model_dump(), "model_uri": "s3://lake/models/another"})
    with pytest.raises(PermanentError, match="version: Field required"):
        pick_candidate.pick_candidate({"kind": "baseline"})


def release(found: CandidateRef) -> ChampionRef:
    question = ask.ask(found, "Release it?", "What the gates found.")
    record_answer.record_answer(question, "approved", WHO, WHEN)
    return promote.promote(question)


def test_a_release_moves_the_alias_and_leaves_a_record(court: Court) -> None:
    with pytest.raises(NothingToDo, match="no version is registered yet"):
        pick_candidate.pick_candidate(None)
    assert current_champion() is None
    first = candidate(court, "a")
    released = release(pick_candidate.pick_candidate(None))
    assert (released.version, released.previous, released.approved_by, released.approved_at) == (first.version, None, WHO, WHEN)
    now = current_champion()
    assert now is not None
    assert (now.version, now.source, registry.aliased()) == (first.version, first.model_uri, first.version)
    assert (now.tags["reviewloop.approved_by"], now.tags["reviewloop.approved_at"]) == (WHO, WHEN)
    record = s3.read_json(released.record_uri)
    assert (record["candidate"], record["approved_by"], record["model_digest"]) == (first.model_dump(), WHO, now.digest)
    with pytest.raises(NothingToDo, match="version 1 was released already"):
        pick_candidate.pick_candidate(first.model_dump())
    with pytest.raises(NothingToDo, match="no version after 1"):
        pick_candidate.pick_candidate(None)


def test_a_candidate_of_another_champion_or_of_other_gates_is_judged_again_and_not_trained_again(court: Court) -> None:
    first, second = candidate(court, "a"), candidate(court, "b")
    release(first)
    with pytest.raises(Refused, match=r"version 2 .* compared with no champion, but version 1 answers now. Start sentiment_train"):
        pick_candidate.pick_candidate(second.model_dump())
    again = candidate(court, "b")
    assert (again.version, again.model_uri) == (second.version, second.model_uri)
    assert again.gate_report_uri != second.gate_report_uri
    court.gate("calibration", max=0.3)
    with pytest.raises(Refused, match="judged by other gates than today's"):
        pick_candidate.pick_candidate(None)
    picked = candidate(court, "b")
    assert pick_candidate.pick_candidate(second.model_dump()) == pick_candidate.pick_candidate(None) == picked
    with pytest.raises(NothingToDo, match="nothing changed since version 2"):
        court.begin(court.features("b"))
    assert release(picked).previous == "1"
    assert registry.aliased(registry.PREVIOUS) == "1"


def test_a_rejected_candidate_is_not_judged_again(court: Court) -> None:
    found = candidate(court, "a")
    record_answer.record_answer(ask.ask(found, "?", ""), "rejected", WHO, WHEN, reason="It is worse.")
    court.gate("calibration", max=0.3)
    with pytest.raises(NothingToDo, match="nothing changed since version 1"):
        court.begin(court.features("a"))


def test_without_its_alias_or_with_a_foreign_one_the_gates_refuse_and_no_candidate_slips_through(court: Court) -> None:
    release(candidate(court, "a"))
    client().delete_registered_model_alias(settings().registered_model, registry.CHAMPION)
    with pytest.raises(Refused, match=r"alias 'champion' is gone, but version 1 was released .*mend_alias"):
        candidate(court, "b")
    assert mend_alias.mend_alias("ada") == registry.aliased() == "1"
    stray = client().create_model_version(settings().registered_model, "s3://elsewhere/model").version
    registry.set_alias(registry.CHAMPION, stray)
    with pytest.raises(Refused, match=r"names version 2, but version 1 was released"):
        candidate(court, "b")
    with pytest.raises(PermanentError, match="no tag"):
        pick_candidate.pick_candidate(None)
    assert registry.aliased() == "1", "a release begins with the alias where it belongs"


def test_a_name_that_is_misspelt_is_no_lake_without_a_champion(court: Court, monkeypatch: pytest.MonkeyPatch) -> None:
    release(candidate(court, "a"))
    monkeypatch.setenv("REVIEWLOOP_REGISTERED_MODEL", "reveiw-sentiment")
    settings.cache_clear()
    with pytest.raises(Refused, match=r"version 1 was released .* but the registry does not hold it"):
        current_champion()


def test_without_the_ledger_s_last_event_the_version_before_it_does_not_answer_again(court: Court) -> None:
    for name in ("a", "b"):
        release(candidate(court, name))
    events = ledger.read()
    newest = places.ledger(object_name(events[-1].number))
    kept = s3.read_bytes(newest)
    take_away(newest)
    line = f"it ends at event {len(events) - 1}, but event {len(events)} was seen"
    for ask_who in (current_champion, lambda: mend_alias.mend_alias("ada"), lambda: pick_candidate.pick_candidate(None)):
        with pytest.raises(PermanentError, match=line):
            ask_who()
    s3.write_bytes(newest, kept)
    now = current_champion()
    assert now is not None
    assert (now.version, registry.ledger_head()) == ("2", f"{len(events)} {events[-1].sha256}")


def test_a_version_s_story_needs_no_registry_and_a_release_is_verified_as_it_stands(
    court: Court, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = candidate(court)
    release(found)
    assert verify().findings == ()
    registry.set_version_tags(found.version, {"reviewloop.git_commit": "another"})
    assert [one.place for one in verify().findings] == ["tag"]
    monkeypatch.delenv("MLFLOW_TRACKING_URI")
    told = trace(parse(found.version))
    assert [link.told for link in told.missing if link.what != "data"] == []
    assert "does not tell of which curated days" in told.missing[0].told, "the court's snapshot is of none"
    words = in_words(told)
    commit, code = provenance().git_commit, provenance().code_digest[:16]
    for part in (f"approved by person:{WHO}", "the gates passed it, compared with no champion", f"commit {commit}", code):
        assert part in words
