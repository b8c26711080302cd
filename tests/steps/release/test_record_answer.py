"""What somebody answered is kept once, for each who answered."""

import pytest
from tests.helpers.fake_edges import World, enter
from tests.steps.release.test_interleavings import candidate

from reviewloop.adapters.release import ledger
from reviewloop.errors import Refused
from reviewloop.refs import QuestionRef
from reviewloop.steps.release import pick_candidate
from reviewloop.steps.release.ask import ask
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
