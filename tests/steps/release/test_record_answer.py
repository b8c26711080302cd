"""What somebody answered is kept once, for each who answered."""

from functools import partial

import pytest
from tests.helpers.fake_edges import World, enter
from tests.steps.release.test_interleavings import KILLS, LOSSES, another, candidate

from reviewloop.adapters.lake import places, s3
from reviewloop.adapters.mlflow.tags import Tag
from reviewloop.adapters.release import automation as present
from reviewloop.adapters.release import ledger
from reviewloop.config import load_config
from reviewloop.core.release import standing
from reviewloop.errors import Refused
from reviewloop.refs import QuestionRef
from reviewloop.steps.release import pick_candidate
from reviewloop.steps.release.ask import ask
from reviewloop.steps.release.promote import promote
from reviewloop.steps.release.record_answer import Answer, record_answer
from reviewloop.steps.release.set_automation import set_automation

WHEN = "2026-01-05T10:00:00+00:00"


@pytest.fixture
def question(monkeypatch: pytest.MonkeyPatch) -> QuestionRef:
    monkeypatch.setattr(pick_candidate, "gates_digest", lambda config: "today's")
    enter(World(), monkeypatch)
    return ask(candidate("first", ""), "Release?", "Yes or no.")


def test_an_answer_recorded_again_is_the_same_event_and_another_s_is_not(question: QuestionRef) -> None:
    first = record_answer(question, "approved", "ada", WHEN)
    assert record_answer(question, "approved", "ada", WHEN) == first
    assert record_answer(question, "approved", "eve", WHEN) == first + 1
    assert record_answer(question, "approved", None, WHEN) == first + 2
    assert [event.by for event in ledger.read()[-3:]] == ["person:ada", "person:eve", "nobody"]


def release_is(monkeypatch: pytest.MonkeyPatch, **changed: object) -> None:
    """From now on the configuration says so."""
    shipped = load_config("aws").release
    monkeypatch.setattr(present, "release_now", lambda: shipped.model_copy(update=changed))


def a_question(monkeypatch: pytest.MonkeyPatch, trained_by: str = "", **changed: object) -> QuestionRef:
    """Asked under this configuration, of a version that somebody trained by hand."""
    monkeypatch.setattr(pick_candidate, "gates_digest", lambda config: "today's")
    world = enter(World(), monkeypatch)
    release_is(monkeypatch, **changed)
    found = candidate("first", "")
    world.versions[found.version].tags[Tag.TRAINED_BY] = trained_by
    return ask(found, "Release?", "Yes or no.")


def refused(question: QuestionRef, answer: Answer, by: str, reason: str = "") -> str:
    """Why the answer did not count; the ledger has it as a trace, and the question is as open as before."""
    with pytest.raises(Refused) as error:
        record_answer(question, answer, by, ledger.now(), reason=reason)
    last = ledger.read()[-1]
    assert (last.kind, last.by, last.facts["answer"]) == ("answer_refused", f"person:{by}", answer)
    assert str(last.facts["why"]) in str(error.value)
    assert [event.version for event in standing.open_questions(ledger.read())] == ["1"]
    return str(error.value)


def test_a_no_and_a_way_back_are_kept_like_a_yes_with_the_reason_and_the_level(question: QuestionRef) -> None:
    record_answer(question, "rejected", "ada", WHEN, reason="  neutral\nreviews read as praise ")
    last = ledger.read()[-1]
    assert (last.kind, last.by, last.version) == ("rejected", "person:ada", "1")
    assert (last.facts["reason"], last.facts["level"]) == ("neutral reviews read as praise", "full")
    record = s3.read_json(places.release_record("1", f"answer={last.number}"))
    assert (record["rejected_by"], record["reason"], record["answer"]["sha256"]) == ("ada", last.facts["reason"], last.sha256)
    with pytest.raises(Refused, match="version 1 was rejected by person:ada"):
        promote(question)


def test_what_was_sent_back_is_not_promoted_and_not_rejected(question: QuestionRef) -> None:
    record_answer(question, "sent_back", "ada", WHEN, reason="label the returns first")
    events = ledger.read()
    assert standing.sent_back(events) == events[-1]
    assert not standing.is_rejected(events, "1", str(events[-1].digest)), "it may be judged and asked about again"
    with pytest.raises(Refused, match="version 1 was sent back by person:ada"):
        promote(question)


@pytest.mark.parametrize("answer", ["rejected", "sent_back"])
def test_without_a_reason_a_no_is_none(monkeypatch: pytest.MonkeyPatch, answer: Answer) -> None:
    assert "reason: is empty" in refused(a_question(monkeypatch), answer, "ada", " ")


def test_an_admin_a_stranger_and_a_likeness_are_refused_with_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    question = a_question(monkeypatch, approvers=("ada", "grace"))
    assert "'admin' is no one person" in refused(question, "approved", "admin")
    assert "'eve' is none of the approvers (release.approvers: ada, grace): ask one of them" in refused(question, "approved", "eve")
    assert "'eve' is none of the approvers" in refused(question, "rejected", "eve", "no")
    with pytest.raises(Refused, match="the ledger holds no answer"):
        promote(question)
    record_answer(question, "approved", "grace", ledger.now())
    assert promote(question).approved_by == "grace"


def test_who_trained_it_does_not_approve_it_but_may_say_no(monkeypatch: pytest.MonkeyPatch) -> None:
    question = a_question(monkeypatch, trained_by="Ada Lovelace")
    assert "'ada.lovelace' started the training ('Ada Lovelace')" in refused(question, "approved", "ada.lovelace")
    record_answer(question, "rejected", "ada.lovelace", ledger.now(), reason="I mixed up the files")
    assert ledger.read()[-1].kind == "rejected"


def test_who_trained_it_approves_where_that_is_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    question = a_question(monkeypatch, trained_by="ada", trainer_may_approve=True)
    record_answer(question, "approved", "ada", ledger.now())
    assert promote(question).approved_by == "ada"


@pytest.mark.parametrize("by_whom", ["the configuration", "a person"])
def test_once_the_level_is_lowered_silence_is_no_yes(monkeypatch: pytest.MonkeyPatch, by_whom: str) -> None:
    question = a_question(monkeypatch, automation="full")
    if by_whom == "a person":
        set_automation("assisted", "ada", "two bad releases this week")
    else:
        release_is(monkeypatch, automation="assisted")
    with pytest.raises(Refused, match="version 1 is not approved: the level of automation is assisted now, so silence is no yes"):
        record_answer(question, "approved", None, ledger.now(), "nobody answered within 8 s")
    last = ledger.read()[-1]
    assert (last.kind, last.by, last.facts["level"]) == ("unanswered", "nobody", "assisted")
    with pytest.raises(Refused, match="the ledger holds no answer"):
        promote(question)


def test_raised_it_holds_for_the_next_question_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    question = a_question(monkeypatch, automation="assisted")
    release_is(monkeypatch, automation="full")
    with pytest.raises(Refused, match="the level of automation is assisted now"):
        record_answer(question, "approved", None, ledger.now(), "nobody answered")


def test_a_question_that_was_never_asked_has_no_answer(question: QuestionRef) -> None:
    never = question.model_copy(update={"digest": "0" * 64})
    with pytest.raises(Refused, match="version 1: the ledger knows no question 0000000000000000; clear `ask`"):
        record_answer(never, "approved", "ada", WHEN)


def test_a_yes_and_a_no_at_once_end_as_the_one_that_the_ledger_heard_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """In the second of the timeout a person says yes, and silence is a no."""
    monkeypatch.setattr(pick_candidate, "gates_digest", lambda config: "today's")
    prepared = enter(World(), monkeypatch)
    asked = ask(candidate("first", ""), "Release?", "Yes or no.")
    now, outcomes = ledger.now(), set()
    for seed in range(100):
        world = another(prepared, monkeypatch, seed, kills=KILLS, losses=LOSSES)
        world.run(
            partial(record_answer, asked, "approved", "ada", now),
            partial(record_answer, asked, "rejected", None, now, "nobody came"),
        )
        world.kills = world.losses = 0
        events = ledger.read()
        kept = [event for event in events if event.kind in ("approved", "rejected")]
        assert sorted(event.kind for event in kept) == ["approved", "rejected"], seed
        question = standing.question(events, asked.digest)
        assert question is not None
        counts = standing.answer(events, question)
        assert counts == kept[0], "what came second is a trace"
        if counts.kind == "approved":
            assert promote(asked).version == "1"
        else:
            with pytest.raises(Refused, match="version 1 was rejected by nobody"):
                promote(asked)
        released = [event for event in ledger.read() if event.kind == "promoted"]
        assert len(released) == (counts.kind == "approved")
        outcomes.add(counts.kind)
    assert outcomes == {"approved", "rejected"}, "both orders were seen"
