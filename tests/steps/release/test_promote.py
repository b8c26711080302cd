"""A yes is to today's question: what was said long ago moves nothing."""

from datetime import datetime, timedelta
from functools import partial

import pytest
from tests.helpers.fake_edges import Killed, World, enter
from tests.steps.release.test_interleavings import approved, assert_one_champion, candidate, first_champion

from reviewloop.adapters.lake import places, s3
from reviewloop.adapters.mlflow.tags import Tag
from reviewloop.adapters.release import champion, ledger
from reviewloop.config import load_config
from reviewloop.core.release import standing
from reviewloop.errors import Refused
from reviewloop.refs import QuestionRef
from reviewloop.steps.release import pick_candidate
from reviewloop.steps.release.ask import ask
from reviewloop.steps.release.promote import promote
from reviewloop.steps.release.record_answer import record_answer

DAYS = load_config().release.approval_max_age_days
BEFORE, AFTER = timedelta(days=DAYS, minutes=-1), timedelta(days=DAYS, minutes=1)


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr(pick_candidate, "gates_digest", lambda config: "today's")
    return enter(World(), monkeypatch)


@pytest.fixture
def question(world: World) -> QuestionRef:
    first_champion()
    return approved("second", "1")


def later(monkeypatch: pytest.MonkeyPatch, by: timedelta) -> None:
    at = (datetime.fromisoformat(ledger.now()) + by).isoformat()
    monkeypatch.setattr(ledger, "now", lambda: at)


def test_an_approval_expires(world: World, question: QuestionRef, monkeypatch: pytest.MonkeyPatch) -> None:
    later(monkeypatch, AFTER)
    events = ledger.read()
    line = r"version 2 was approved by person:ada at 20.* \(ledger, event 6, .*for 7 days \(release.*_max_age_days\): clear `ask`"
    with pytest.raises(Refused, match=line):
        promote(question)
    found = champion.current_champion()
    assert found is not None
    assert (found.version, ledger.read()) == ("1", events)
    record_answer(question, "approved", "ada", ledger.now())
    with pytest.raises(Refused, match="clear `ask`"):
        promote(question)  # a question is answered once


def test_until_then_it_counts(world: World, question: QuestionRef, monkeypatch: pytest.MonkeyPatch) -> None:
    later(monkeypatch, BEFORE)
    promote(question)
    assert assert_one_champion(world) == "2"


def test_a_release_that_was_killed_is_finished_however_late(
    world: World, question: QuestionRef, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed() -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(champion, "settle", killed)
        with pytest.raises(Killed):
            promote(question)
    assert standing.champion_version(ledger.read()) == "2"
    later(monkeypatch, AFTER)
    promote(question)
    assert assert_one_champion(world) == "2"


@pytest.mark.parametrize("told", ["", "yesterday", "2026-01-05T10:00:00"])
def test_an_answer_without_a_time_is_not_taken(world: World, question: QuestionRef, told: str) -> None:
    with pytest.raises(Refused, match=f"answered_at: '{told}' is no time with an offset, such as 2026"):
        record_answer(question, "approved", "ada", told)


def test_a_question_that_nobody_answered_is_no_yes(world: World) -> None:
    question = ask(candidate("first", ""), "Release?", "Yes or no.")
    record_answer(question, "unanswered", None, "")
    with pytest.raises(Refused, match="version 1 is not approved: the ledger holds no answer; clear `ask`"):
        promote(question)


def test_a_yes_by_timeout_stands_in_the_record_in_its_own_words(world: World) -> None:
    question = ask(candidate("first", ""), "Release?", "Yes or no.")
    record_answer(question, "approved", None, ledger.now(), "nobody answered within 8 s: approved by timeout")
    released = promote(question)
    assert released.approved_by == "nobody answered within 8 s: approved by timeout"
    assert s3.read_json(released.record_uri)["approved_by"] == released.approved_by


def test_gates_that_changed_since_the_answer_are_asked_again(
    world: World, question: QuestionRef, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pick_candidate, "gates_digest", lambda config: "tomorrow's")
    with pytest.raises(Refused, match="version 2 cannot be released: it was judged by other gates than today's"):
        promote(question)


def test_a_version_from_before_versions_had_a_digest_is_given_it(world: World, question: QuestionRef) -> None:
    del world.versions["2"].tags[Tag.MODEL_DIGEST]
    promote(question)
    assert assert_one_champion(world) == "2"


def test_another_record_in_the_release_s_place_is_not_taken_for_it(world: World, question: QuestionRef) -> None:
    s3.create(places.release_record("2", "approval=6"), b"{}")
    with pytest.raises(Refused, match="a release record is written once, and another lies there"):
        promote(question)
    assert standing.champion_version(ledger.read()) == "1"


def test_a_release_is_not_told_of_before_all_was_read_again(
    world: World, question: QuestionRef, monkeypatch: pytest.MonkeyPatch
) -> None:
    promote(question)
    del world.versions["2"].tags[Tag.APPROVED_BY]
    with pytest.raises(Refused, match=r"version 2 was released .* it has no tag reviewloop\.approved_by"):
        promote(question)


def test_two_tries_of_one_task_at_once_use_the_approval_once(monkeypatch: pytest.MonkeyPatch) -> None:
    for seed in range(40):
        world = enter(World(seed=seed), monkeypatch)
        monkeypatch.setattr(pick_candidate, "gates_digest", lambda config: "today's")
        first_champion()
        question = approved("second", "1")
        one, other = world.run(partial(promote, question), partial(promote, question))
        assert one == other, seed
        assert assert_one_champion(world) == "2"
