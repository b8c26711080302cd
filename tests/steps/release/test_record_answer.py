"""What somebody answered is kept once, for each who answered."""

from functools import partial

import pytest
from tests.helpers.fake_edges import World, enter
from tests.steps.release.test_interleavings import KILLS, LOSSES, another, candidate

from reviewloop.adapters.release import ledger
from reviewloop.core.release import standing
from reviewloop.errors import Refused
from reviewloop.refs import QuestionRef
from reviewloop.steps.release import pick_candidate
from reviewloop.steps.release.ask import ask
from reviewloop.steps.release.promote import promote
from reviewloop.steps.release.record_answer import record_answer

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
