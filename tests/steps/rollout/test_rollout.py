"""A rollout from the yes to the promotion, by hand: what moves it, and what ends it."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from tests.helpers.fake_edges import World
from tests.helpers.rolled_out import FAST, Seen, kinds, passed, shares, told
from tests.steps.release.test_interleavings import approved

from reviewloop.adapters.lake import s3
from reviewloop.adapters.release import champion, ledger
from reviewloop.core.release import standing
from reviewloop.core.release.events import Event
from reviewloop.core.rollout.evidence import Evidence
from reviewloop.core.rollout.routing import open_rollout
from reviewloop.errors import NothingToDo, Refused, Unavailable
from reviewloop.refs import QuestionRef
from reviewloop.steps.release.promote import promote
from reviewloop.steps.release.rollback import rollback
from reviewloop.steps.rollout.abort_rollout import abort_rollout
from reviewloop.steps.rollout.judge_rollout import judge_rollout
from reviewloop.steps.rollout.promote_challenger import promote_challenger
from reviewloop.steps.rollout.start_rollout import start_rollout

pytestmark = pytest.mark.usefixtures("seen")


def test_a_sound_challenger_is_promoted_stage_by_stage(question: QuestionRef) -> None:
    start_rollout(question, **FAST)
    stages = [(judge_rollout().decision, shares()[3]) for _ in range(4)]
    assert stages == [("advance", 0.01), ("advance", 0.1), ("advance", 0.5), ("advance", 1.0)]
    last = judge_rollout()
    assert last.decision == "finish"
    assert judge_rollout().decision == "finish", "a task that was killed in between is finished by the next look"
    with pytest.raises(NothingToDo, match="version 2, stage full: advance"):
        promote_challenger(last.model_copy(update={"decision": "advance"}))
    assert promote_challenger(last).version == "2"
    assert kinds() == ["promoted", "rollout_started", *["rollout_moved"] * 4, "rollout_passed", "promoted"]
    assert ledger.read()[-1].facts["rollout"] == last.rollout
    assert shares()[1:] == ("2", None, 0.0, 0.0)
    assert champion.current_champion() is not None
    again = promote_challenger(last)
    assert again.version == "2"


def spoilt(**fault: Any) -> Callable[[Event, standing.Events], Evidence]:
    return lambda started, events: replace(Seen.sound(started, events), **fault)


def thinned(started: Event, events: standing.Events) -> Evidence:
    """Half of the units that ought to be the challenger's are not, in a stage that both answered."""
    found = Seen.sound(started, events)
    half = next(stage for stage in found.stages if stage.name == "canary_c")
    few = replace(half, challenger=replace(half.challenger, num_units=half.challenger.num_units // 2))
    return replace(found, stages=tuple(few if stage is half else stage for stage in found.stages))


@pytest.mark.parametrize(
    ("later", "about"), [(thinned, "sample_ratio"), (spoilt(num_lost=5000), "evidence"), (spoilt(num_misattributed=1), "evidence")]
)
def test_an_alarm_after_it_was_passed_takes_that_back(
    question: QuestionRef, seen: Seen, later: Callable[[Event, standing.Events], Evidence], about: str
) -> None:
    passed(question)
    seen.make = later
    assert judge_rollout().decision == "hold"
    assert judge_rollout().decision == "hold"
    assert kinds()[-2:] == ["rollout_passed", "rollout_alarm"], "said once"
    with pytest.raises(
        Refused, match=rf"version 2 waits: since it passed its rollout a person was asked about {about} .*event \d+"
    ):
        promote(question, "staged")
    assert shares()[1] == "1"


def test_an_alarm_that_is_over_lets_it_be_passed_again_and_the_same_alarm_takes_that_back_too(
    question: QuestionRef, seen: Seen
) -> None:
    start_rollout(question, **FAST)
    seen.make = spoilt(num_lost=5000)
    judge_rollout()
    seen.make = seen.sound
    while judge_rollout().decision != "finish":
        pass
    seen.make = spoilt(num_lost=5000)
    judge_rollout()
    with pytest.raises(Refused, match="asked about evidence"):
        promote(question, "staged")
    seen.make = seen.sound
    assert promote_challenger(judge_rollout()).version == "2"
    said = ["rollout_passed", "rollout_alarm", "rollout_passed", "promoted"]
    assert kinds() == ["promoted", "rollout_started", "rollout_alarm", *["rollout_moved"] * 4, *said]


def test_a_worse_one_goes_back_and_somebody_is_told(question: QuestionRef, seen: Seen) -> None:
    start_rollout(question, **FAST)
    judge_rollout()
    seen.make = seen.worse
    back = judge_rollout()
    assert back.decision == "back"
    assert told()[-1] == ("The rollout of version 2 ended: quality", (back.reason.removeprefix("quality: "),))
    assert back.reason.startswith("quality: of 2000 labelled reviews, one a unit, the champion alone is right on 200")
    event = ledger.read()[-1]
    assert (event.kind, event.facts["guard"], shares()[1:]) == ("rollout_ended", "quality", ("1", None, 0.0, 0.0))
    assert {one["guard"]: one["word"] for one in event.facts["findings"]}["quality"] == "fired"
    with pytest.raises(NothingToDo, match="no rollout is under way; the last one, of version 2, ended"):
        judge_rollout()


def test_silence_is_a_hold_and_tells_nobody(question: QuestionRef, seen: Seen) -> None:
    seen.make = seen.nothing
    start_rollout(question, **FAST)
    before = len(ledger.read())
    held = judge_rollout()
    assert (held.decision, told(), len(ledger.read())) == ("hold", [], before)
    assert held.reason.startswith("not enough evidence yet: 0 of 1,000 requests answered by the challenger")


def test_evidence_that_cannot_be_read_is_waited_for_and_moves_nothing(question: QuestionRef, seen: Seen) -> None:
    def away(started: Event, events: standing.Events) -> Evidence:
        raise Unavailable("Athena is away")

    start_rollout(question, **FAST)
    before, seen.make = ledger.read(), away
    for _ in range(3):  # so many errors are neither failures of the challenger nor successes
        with pytest.raises(Unavailable):
            judge_rollout()
    assert ledger.read() == before
    seen.make = seen.sound
    assert judge_rollout().decision == "advance"


def test_a_person_is_asked_once(question: QuestionRef, seen: Seen, monkeypatch: pytest.MonkeyPatch) -> None:
    start_rollout(question, **FAST)
    monkeypatch.setattr(ledger, "now", lambda: "2099-01-01T00:00:00+00:00")
    first, second = judge_rollout(), judge_rollout()
    assert first.decision == second.decision == "hold"
    why = "the deadline has passed, 336 hours after the start: end it (abort_rollout) or give it more time (extend_rollout)"
    assert told() == [("The rollout of version 2 waits for a person", (why,))]
    assert kinds()[-1] == "rollout_alarm"
    assert shares()[3] == 0.0


def test_nothing_under_way_is_quiet(world: World, question: QuestionRef) -> None:
    events = ledger.read()
    with pytest.raises(NothingToDo, match="no rollout is under way$"):
        judge_rollout()
    assert ledger.read() == events


def test_its_page_is_kept_and_tells_of_the_end_too(world: World, question: QuestionRef, seen: Seen) -> None:
    start_rollout(question, **FAST)
    told = judge_rollout()
    assert told.page_uri is not None
    assert "goes on" in s3.read_bytes(told.page_uri).decode()
    number = abort_rollout("ada", "the shop is closed")
    with pytest.raises(NothingToDo, match=f"ended with event {number} of the ledger"):
        judge_rollout()
    page = s3.read_bytes(told.page_uri).decode()
    assert "the shop is closed" in page
    seen.make = lambda started, events: pytest.fail("the evidence is read once more, not at every look")
    with pytest.raises(NothingToDo):
        judge_rollout()


def test_to_end_what_is_not_under_way_changes_nothing(question: QuestionRef) -> None:
    events = ledger.read()
    with pytest.raises(NothingToDo, match="no rollout is under way; version 1 answers, and goes on"):
        abort_rollout("ada", "to be safe")
    assert ledger.read() == events
    start_rollout(question, **FAST)
    with pytest.raises(Refused, match="reason: is empty"):
        abort_rollout("ada", " ")
    abort_rollout("ada", "too slow for me")
    with pytest.raises(NothingToDo):
        abort_rollout("ada", "too slow for me")
    assert shares()[1:] == ("1", None, 0.0, 0.0)


def test_a_rollback_to_the_champion_ends_it_once(question: QuestionRef) -> None:
    start_rollout(question, **FAST)
    back = rollback("1", "bob", "the challenger reads praise as anger")
    assert (back.version, kinds()[-1], shares()[1:]) == ("1", "rollout_ended", ("1", None, 0.0, 0.0))
    with pytest.raises(NothingToDo, match="version 1 answers already"):
        rollback("1", "bob", "the challenger reads praise as anger")


def test_a_rollback_by_the_very_words_of_an_earlier_one_ends_the_rollout_that_began_since(question: QuestionRef) -> None:
    promote(question)
    rollback("1", "bob", "bad answers")
    start_rollout(approved("third", "1"), **FAST)
    back = rollback("1", "bob", "bad answers")
    assert (back.version, open_rollout(ledger.read())) == ("1", None)
    assert rollback("1", "bob", "bad answers") == back
    assert [event.kind for event in ledger.read()].count("rolled_back") == 1


def test_a_rollback_to_an_older_version_ends_it_and_can_itself_be_taken_back(question: QuestionRef) -> None:
    promote(question)
    start_rollout(approved("third", "2"), **FAST)
    judge_rollout()
    first = rollback("1", "bob", "both are bad")
    assert rollback("1", "bob", "both are bad") == first
    assert shares()[1:] == ("1", None, 0.0, 0.0)
    with pytest.raises(NothingToDo, match="no rollout is under way"):
        judge_rollout()
    rollback("2", "bob", "not so bad")
    assert shares()[1:] == ("2", None, 0.0, 0.0)
    number = len(ledger.read())
    assert shares()[0] == number, "whoever was last is the highest generation"
