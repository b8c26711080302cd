"""What follows from the events, whatever they are."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewloop.core.release import standing
from reviewloop.core.release.events import Draft, Event, follow

VERSIONS = st.sampled_from(["1", "2", "3"])


def told(*drafts: Draft) -> tuple[Event, ...]:
    events: tuple[Event, ...] = ()
    for draft in drafts:
        events += (follow(events, draft, "2026-01-01T00:00:00+00:00"),)
    return events


def judged(verdict: str = "passed", against: str = "", gates: str = "g", digest: str = "d") -> Draft:
    facts = {"job_key": "j", "verdict": verdict, "refused_by": "floor", "against": against, "gates_digest": gates}
    return Draft("judged", "program:gate_model", None, digest, facts)


def promoted(version: str, **facts: object) -> Draft:
    return Draft("promoted", "program:promote", version, "d", facts)


def test_nothing_follows_from_nothing() -> None:
    assert standing.champion(()) is None
    assert standing.before_champion(()) is None
    assert standing.champion_version(()) == ""


ACTS = st.builds(
    lambda kind, version, answers: Draft(kind, "person:ada", version, None, {"answers": answers}),
    st.sampled_from(["promoted", "rolled_back", "adopted", "alias_moved", "approved", "stage_of_tomorrow"]),
    VERSIONS,
    st.booleans(),
)


@given(st.lists(ACTS))
def test_the_last_act_names_the_champion_and_the_one_before_it_is_another(drafts: list[Draft]) -> None:
    events = told(*drafts)
    counted = [
        one for one in events if one.kind in ("promoted", "rolled_back") or (one.kind, one.facts["answers"]) == ("adopted", True)
    ]
    assert standing.champion(events) == (counted[-1] if counted else None)
    did = [one for one in events if one.kind in ("promoted", "rolled_back", "adopted")]
    others = [one for one in did if counted and one.version != counted[-1].version]
    assert standing.before_champion(events) == (others[-1] if others else None)


@given(st.lists(ACTS), st.lists(ACTS))
def test_the_clock_decides_nothing(drafts: list[Draft], later: list[Draft]) -> None:
    events: tuple[Event, ...] = ()
    for draft in drafts:
        events += (follow(events, draft, "2027-01-01T00:00:00+00:00"),)
    for draft in later:
        events += (follow(events, draft, "1999-01-01T00:00:00+00:00"),)
    act, same = standing.champion(events), standing.champion(told(*drafts, *later))
    assert (act and act.number) == (same and same.number)


def test_why_somebody_may_not_be_asked() -> None:
    def why(*drafts: Draft) -> str | None:
        return standing.why_not_asked(told(*drafts), "d", "j", "g")

    assert why(judged()) is None
    assert why(promoted("1"), judged(against="1")) is None
    assert why() == "the ledger holds no verdict of the gates on it"
    assert why(judged(digest="another")) == "the ledger holds no verdict of the gates on it"
    assert why(judged(), promoted("1")) == "it was compared with no champion, but version 1 answers now"
    assert why(judged(against="1")) == "it was compared with version 1, but no version answers now"
    assert why(judged(gates="old")) == "it was judged by other gates than today's"
    assert why(judged(), judged("refused")) == "the gates refused it (floor)"
    assert why(judged("refused"), judged()) is None


def question(*before: Draft) -> tuple[tuple[Event, ...], Event]:
    events = told(*before, Draft("asked", "program:ask", "2", "d", {"shown": "q", "replaces": ""}))
    return events, events[-1]


def answered(kind: str, asked: Event, at: str = "") -> Draft:
    return Draft(kind, "person:ada", "2", "d", {"asked": asked.sha256, "answered_at": at})


@given(st.lists(st.sampled_from(["approved", "rejected", "unanswered"])))
def test_the_first_answer_counts_and_silence_is_none(kinds: list[str]) -> None:
    events, asked = question()
    for number, kind in enumerate(kinds):
        events += (follow(events, answered(kind, asked, str(number)), "now"),)
    answers = [kind for kind in kinds if kind != "unanswered"]
    found = standing.answer(events, asked)
    assert (found and found.kind) == (answers[0] if answers else None)
    assert standing.is_rejected(events, "2", "d") == (answers[:1] == ["rejected"])
    assert not standing.is_rejected(events, "2", "other files under the same number")


def test_an_answer_is_to_its_asking_alone() -> None:
    events, first = question()
    events += (follow(events, answered("rejected", first), "now"),)
    events += (follow(events, Draft("asked", "program:ask", "2", "d", {"shown": "q", "replaces": ""}), "now"),)
    again = standing.question(events, "q")
    assert again is not None
    assert again != first
    assert standing.answer(events, again) is None


def test_a_question_waits_until_something_is_said_or_another_version_answers() -> None:
    events, asked = question()
    assert standing.open_questions(events) == [asked]
    for said in ("approved", "rejected", "unanswered"):
        assert standing.open_questions((*events, follow(events, answered(said, asked), "now"))) == []
    other = (*events, follow(events, promoted("1"), "now"))
    assert standing.open_questions(other) == [], "it would replace nobody, but version 1 answers now"
    again = (*events, follow(events, Draft("asked", "program:ask", "2", "d", {"shown": "r", "replaces": ""}), "now"))
    assert standing.open_questions(again) == [again[-1]], "the newest asking of a version counts"


def test_an_approval_is_used_once() -> None:
    events, asked = question()
    events += (follow(events, answered("approved", asked), "now"),)
    approval = events[-1]
    assert standing.promotion_by(events, approval) is None
    events += (follow(events, promoted("2", approval=approval.sha256), "now"),)
    assert standing.promotion_by(events, approval) == events[-1]


def test_the_first_registration_of_a_job_counts() -> None:
    events = told(*(Draft("registered", "program:register", version, "d", {"job_key": "j"}) for version in ("2", "1")))
    found = standing.registration(events, "j")
    assert found is not None
    assert found.version == "2"
    assert standing.registration(events, "k") is None


def test_what_was_adopted_is_known_even_where_it_does_not_answer() -> None:
    events = told(*(Draft("adopted", "program:adopt", version, "d", {"answers": version == "2"}) for version in ("1", "2")))
    assert standing.adopted_versions(events) == {"1", "2"}
    assert standing.champion_version(events) == "2"
    assert standing.before_champion(events) == standing.release_of(events, "1") == events[0]


DAY = timedelta(days=1)
NOON = datetime(2026, 1, 10, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("given", "recorded", "fresh"),
    [
        (NOON, NOON, True), (NOON - 7 * DAY, NOON, True), (NOON - 7 * DAY - DAY / 86400, NOON, False),
        (NOON - DAY, NOON - 8 * DAY, False), (NOON + DAY, NOON, True), (NOON + 8 * DAY, NOON, False),
        (NOON, NOON + 8 * DAY, False), (NOON.replace(tzinfo=None), NOON, False), ("", NOON, False), ("soon", NOON, False),
        (NOON, "now", False), (NOON.astimezone(timezone(5 * DAY / 24)) - 7 * DAY, NOON, True),
    ],
)  # fmt: skip
def test_a_yes_may_be_used_for_so_long_by_both_clocks(given: datetime | str, recorded: datetime | str, fresh: bool) -> None:
    _, asked = question()
    approval = follow((asked,), answered("approved", asked, str(given)), str(recorded))
    assert standing.is_fresh(approval, NOON, 7 * DAY) is fresh


def test_a_yes_without_a_time_may_not_be_used() -> None:
    _, asked = question()
    approval = follow((asked,), Draft("approved", "person:ada", "2", "d", {"asked": asked.sha256}), NOON.isoformat())
    assert not standing.is_fresh(approval, NOON, 7 * DAY)


def test_a_version_that_was_released_before_is_released_anew_by_a_new_approval_only() -> None:
    events, asked = question(promoted("2", approval="an older one"), promoted("3"))
    events += (follow(events, answered("approved", asked), "now"),)
    assert standing.promotion_by(events, events[-1]) is None


def test_the_newest_release_of_a_version_counts() -> None:
    events = told(promoted("1", record="a"), promoted("2"), Draft("rolled_back", "person:bob", "1", "d", {"record": "b"}))
    assert standing.release_of(events, "1") == events[2]


def test_a_verdict_is_on_the_job_s_own_model() -> None:
    other = Draft("judged", "program:gate_model", None, "d", {"job_key": "another", "verdict": "refused"})
    events = told(judged(), other)
    assert standing.judgement(events, "d", "j") == events[0]
    assert standing.judgement(events, "other files", "j") is None


def test_the_last_word_on_a_version_counts_whichever_question_it_answers() -> None:
    events, first = question()
    events += (follow(events, Draft("asked", "program:ask", "2", "d", {"shown": "r", "replaces": ""}), "now"),)
    second = events[1]
    for asked, kind, rejected in ((second, "rejected", True), (first, "approved", False)):
        events += (follow(events, answered(kind, asked), "now"),)
        assert standing.is_rejected(events, "2", "d") is rejected
    events, first = question()
    for kind in ("rejected", "approved"):
        events += (follow(events, answered(kind, standing.question(events, "q") or first), "now"),)
        events += (follow(events, Draft("asked", "program:ask", "2", "d", {"shown": "q", "replaces": ""}), "now"),)
    assert not standing.is_rejected(events, "2", "d")
