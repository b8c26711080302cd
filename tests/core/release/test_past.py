"""What was said of a model before."""

from typing import Any

from reviewloop.core.release import past
from reviewloop.core.release.events import Draft, Event, follow

AT = "2026-01-05T10:00:00+00:00"


def chain(*drafts: Draft) -> tuple[Event, ...]:
    events: tuple[Event, ...] = ()
    for draft in drafts:
        events = (*events, follow(events, draft, AT))
    return events


def judged(verdict: str, refused_by: str = "", job_key: str = "j", digest: str = "d") -> Draft:
    return Draft("judged", "program:gate_model", None, digest, {"verdict": verdict, "refused_by": refused_by, "job_key": job_key})


def test_refusals_noes_and_overrides_of_this_model_are_told_and_nothing_else() -> None:
    events = chain(
        judged("refused", "fresh_data"), judged("refused", "x", job_key="other"),
        judged("refused", "x", digest="other"),
        Draft("overridden", "person:ada", None, "d", {"gate": "fresh_data", "reason": "a holiday"}), judged("passed"),
        Draft("sent_back", "person:ada", "1", "d", {"reason": "label the returns"}),
        Draft("rejected", "person:eve", "1", "d", {"reason": "no"}),
        Draft("unanswered", "nobody", "1", "d", {"note": "for a week"}),
        Draft("approved", "person:ada", "1", "d", {}),
    )  # fmt: skip
    assert [past.in_words(event) for event in past.of_model(events, "d", "j")] == [
        "2026-01-05: refused by fresh_data", "2026-01-05: gate fresh_data overridden by ada: a holiday",
        "2026-01-05: sent back by ada: label the returns", "2026-01-05: rejected by eve: no",
        "2026-01-05: left without an answer by nobody: for a week",
    ]  # fmt: skip


def test_a_limit_that_was_moved_since_the_refusal_is_named() -> None:
    (event,) = chain(judged("refused", "fresh_data"))
    gate: dict[str, Any] = {"name": "fresh_data", "asked": "at most 14", "mode": "enforce", "blocks": True}
    moved = past.in_words(event, [gate], [{**gate, "asked": "at most 60", "blocks": False}])
    assert moved.endswith(
        "the limits were moved since: fresh_data asked at most 14 (enforce) then, and asked at most 60 (enforce) now"
    )
    assert "at most 14 (enforce) then, and asked at most 14 (warn) now" in past.in_words(event, [gate], [{**gate, "mode": "warn"}])
    assert past.in_words(event, [gate], []).endswith("fresh_data asked at most 14 (enforce) then, and is no gate now")
    assert past.in_words(event, [gate], [gate]) == "2026-01-05: refused by fresh_data"
    older = {"name": "fresh_data", "blocks": True}
    assert "asked something else (enforce) then" in past.in_words(event, [older], [gate]), "a report of an older release"
