"""What the ledger knows of a version is what stood in the registry."""

from reviewloop.core.release import registered
from reviewloop.core.release.events import NOBODY, Draft, Event, follow

TAGS = {"job_key": "j", "kind": "baseline", "model_digest": "d", "verdict": "passed", "gates_digest": "old", "macro_f1": "0.7"}


def told(*drafts: Draft) -> tuple[Event, ...]:
    events: tuple[Event, ...] = ()
    for draft in drafts:
        events += (follow(events, draft, "2026-01-01T00:00:00+00:00"),)
    return events


def registration(version: str = "1", **facts: object) -> Draft:
    return Draft("registered", "program:register", version, "d", {"job_key": "j", "source": "s3://lake/models/m", **facts})


def judged(verdict: str, gates: str) -> Draft:
    facts = {"job_key": "j", "verdict": verdict, "gates_digest": gates, "report_uri": f"s3://lake/{gates}/report.json"}
    return Draft("judged", "program:gate_model", None, "d", facts)


def test_a_version_has_the_tags_that_it_was_registered_with() -> None:
    (known,) = registered.versions(told(registration(tags=TAGS, run_id="r"))).values()
    assert (known.version, known.source, known.digest, known.run_id) == ("1", "s3://lake/models/m", "d", "r")
    assert known.tags == TAGS
    assert known.is_described


def test_judged_again_it_has_the_newest_verdict_that_passed_and_once_released_keeps_it() -> None:
    first = registration(tags=TAGS)
    waiting = told(first, judged("passed", "new"), judged("refused", "newer"))
    assert registered.versions(waiting)["1"].tags == TAGS | {
        "gates_digest": "new", "gate_report_uri": "s3://lake/new/report.json", "gate_page_uri": "s3://lake/new/report.html"
    }  # fmt: skip
    released = told(first, Draft("promoted", "program:promote", "1", "d", {"approval": ""}), judged("passed", "new"))
    assert registered.versions(released)["1"].tags == TAGS


def test_who_approved_is_the_answer_that_the_release_names() -> None:
    for by, note, said in (("person:ada", "", "ada"), (NOBODY, "approved by timeout", "approved by timeout")):
        answer = Draft("approved", by, "1", "d", {"answered_at": "2026-01-05T10:00:00+00:00", "note": note})
        events = told(registration(tags=TAGS), answer)
        events = (*events, follow(events, Draft("promoted", "program:promote", "1", "d", {"approval": events[-1].sha256}), "t"))
        tags = registered.versions(events)["1"].tags
        assert (tags["approved_by"], tags["approved_at"]) == (said, "2026-01-05T10:00:00+00:00")


def test_what_an_older_release_registered_is_known_as_far_as_it_is_told_until_it_is_described() -> None:
    taken = {"approved_by": "ada", "approved_at": "t", "job_key": "k", "source": "s3://lake/models/n", "answers": True}
    events = told(registration("2"), Draft("adopted", "program:adopt", "1", "e", taken))
    assert registered.undescribed(events) == ["1", "2"]
    known = registered.versions(events)
    assert list(known) == ["1", "2"]
    assert known["1"].tags == {
        "job_key": "k", "approved_by": "ada", "approved_at": "t", "model_digest": "e", "verdict": "passed"
    }  # fmt: skip
    facts = {"job_key": "j", "source": "s3://lake/models/m", "run_id": "r", "tags": TAGS}
    described = (*events, follow(events, Draft("described", "program:register", "2", "d", facts), "t"))
    assert registered.undescribed(described) == ["1"]
    assert registered.versions(described)["2"].tags == TAGS
