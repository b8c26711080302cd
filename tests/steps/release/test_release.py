"""From a passed gate to the champion, one version a job, whatever is called twice."""

import pytest
from tests.helpers.court import Court, fair, good

from reviewloop.adapters.lake import s3
from reviewloop.adapters.mlflow import registry
from reviewloop.errors import NothingToDo, PermanentError
from reviewloop.refs import CandidateRef
from reviewloop.steps.release import pick_candidate, promote
from reviewloop.steps.train import gate_model, register

pytestmark = pytest.mark.contract
WHO, WHEN = "ada", "2026-01-05T10:00:00+00:00"


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


def test_without_an_event_the_newest_unreleased_version_is_picked(court: Court) -> None:
    with pytest.raises(NothingToDo, match="no version is registered yet"):
        pick_candidate.pick_candidate(None)
    candidate(court, "a")
    newer = candidate(court, "b")
    assert pick_candidate.pick_candidate(None) == newer
    promote.promote(newer, WHO, WHEN)
    with pytest.raises(NothingToDo, match="no version after 2"):
        pick_candidate.pick_candidate(None)
    with pytest.raises(NothingToDo, match="version 2 is the champion already"):
        pick_candidate.pick_candidate(newer.model_dump())


def test_a_release_moves_the_alias_and_leaves_a_record(court: Court) -> None:
    first, second = candidate(court, "a"), candidate(court, "b")
    assert promote.promote(first, WHO, WHEN).previous is None
    champion = promote.promote(second, WHO, WHEN)
    assert promote.promote(second, WHO, WHEN) == champion
    assert (champion.version, champion.previous) == (second.version, first.version)
    now = registry.champion()
    assert now is not None
    assert (now.version, now.tags["reviewloop.approved_by"], now.tags["reviewloop.approved_at"]) == (second.version, WHO, WHEN)
    assert champion.record_uri == s3.lake_uri("reports", "releases", f"version={second.version}.json")
    record = s3.read_json(champion.record_uri)
    assert record == {"candidate": second.model_dump(), "approved_by": WHO, "approved_at": WHEN, "previous": first.version}


def test_what_was_approved_must_be_what_is_registered(court: Court) -> None:
    found = candidate(court)
    with pytest.raises(PermanentError, match="was approved"):
        promote.promote(found.model_copy(update={"model_uri": "s3://lake/models/another"}), WHO, WHEN)
    with pytest.raises(PermanentError, match="approved_by"):
        promote.promote(found, " ", WHEN)
    assert registry.champion() is None
