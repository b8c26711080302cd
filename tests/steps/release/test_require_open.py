"""A question that was answered is not put again, nor one about another champion."""

import pytest
from tests.helpers.fake_edges import World, enter
from tests.steps.release.test_interleavings import approved, candidate, first_champion

from reviewloop.adapters.release import automation as present
from reviewloop.adapters.release import ledger
from reviewloop.config import load_config
from reviewloop.errors import Refused
from reviewloop.refs import QuestionRef
from reviewloop.steps.release import pick_candidate
from reviewloop.steps.release.ask import ask
from reviewloop.steps.release.promote import promote
from reviewloop.steps.release.record_answer import record_answer
from reviewloop.steps.release.require_open import require_open
from reviewloop.steps.release.set_automation import set_automation

RELEASE = load_config("test").release


@pytest.fixture(autouse=True)
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr(pick_candidate, "gates_digest", lambda config: "today's")
    return enter(World(), monkeypatch)


def a_question() -> QuestionRef:
    first_champion()
    return ask(candidate("second", "1"), "Release?", "Yes or no.")


def test_the_loop_waits_for_objections_where_it_decides() -> None:
    loops, waits = require_open(a_question())
    assert (loops, waits.total_seconds()) == (True, RELEASE.objection_seconds)


def test_a_person_has_the_longer_time_once_the_level_is_lowered() -> None:
    question = a_question()
    set_automation("assisted", "ada", "a bad week")
    loops, waits = require_open(question)
    assert (loops, waits.total_seconds()) == (False, RELEASE.approval_timeout_seconds)


def test_at_level_assisted_a_person_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(present, "release_now", lambda: load_config("aws").release)
    assert require_open(a_question())[0] is False


def test_a_question_about_a_version_that_was_released_is_not_asked_again() -> None:
    """Or a "no" to the version that answers would be green, and change nothing."""
    first_champion()
    question = approved("second", "1")
    with pytest.raises(Refused, match=r"version 2 was approved by person:ada \(ledger, event 6\), a question is answered once. To"):
        require_open(question)
    promote(question)
    with pytest.raises(Refused, match=r"and it was released \(event 7\): to go back is an act of its own, sentiment_rollback"):
        require_open(question)


def test_a_question_about_another_champion_is_not_put() -> None:
    first_champion()
    stale, other = ask(candidate("second", "1"), "Release?", "Yes or no."), approved("third", "1")
    promote(other)
    with pytest.raises(Refused, match="version 1 answered when this was asked, and version 3 answers now. Start sentiment_train"):
        require_open(stale)


def test_silence_leaves_it_open() -> None:
    question = a_question()
    record_answer(question, "unanswered", None, "")
    assert require_open(question)[0]
    with pytest.raises(Refused, match="the ledger knows no question"):
        require_open(question.model_copy(update={"digest": "0" * 64}))
    assert ledger.read()[-1].kind == "unanswered"
