"""A rollout from the yes to the promotion, by hand: what may start, what moves it, what ends it, whoever is first."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from tests.helpers.fake_edges import Killed, World, enter
from tests.helpers.rollouts import evidence
from tests.steps.release.test_interleavings import KILLS, LOSSES, another, approved, first_champion

from reviewloop.adapters.lake import s3
from reviewloop.adapters.release import champion, ledger
from reviewloop.config import load_config
from reviewloop.core.alerts import standing as alerts
from reviewloop.core.release import standing
from reviewloop.core.release.events import Event
from reviewloop.core.rollout import state
from reviewloop.core.rollout.evidence import Evidence
from reviewloop.core.rollout.machine import deadline
from reviewloop.core.rollout.routing import open_rollout, routing
from reviewloop.errors import NothingToDo, PermanentError, Refused, Unavailable
from reviewloop.refs import ChampionRef, QuestionRef, RolloutRef
from reviewloop.steps.release import pick_candidate
from reviewloop.steps.release.promote import promote
from reviewloop.steps.release.rollback import rollback
from reviewloop.steps.rollout import judge_rollout as judging
from reviewloop.steps.rollout.abort_rollout import abort_rollout
from reviewloop.steps.rollout.extend_rollout import extend_rollout
from reviewloop.steps.rollout.judge_rollout import judge_rollout
from reviewloop.steps.rollout.promote_challenger import promote_challenger
from reviewloop.steps.rollout.start_rollout import start_rollout

FAST: dict[str, Any] = {"plan": "staged", "requests_per_hour": 5000.0, "labels_per_hour": 100.0}


class Seen:
    """What the captured records say, as a test wants it."""

    def __init__(self) -> None:
        self.make: Callable[[Event, standing.Events], Evidence] = self.sound

    def __call__(self, started: Event, events: standing.Events) -> Evidence:
        return self.make(started, events)

    @staticmethod
    def sound(started: Event, events: standing.Events) -> Evidence:
        return evidence(state.standing_of(events, started))

    @staticmethod
    def nothing(started: Event, events: standing.Events) -> Evidence:
        return Evidence(started.sha256)

    @staticmethod
    def worse(started: Event, events: standing.Events) -> Evidence:
        return evidence(state.standing_of(events, started), loss=0.08)


@pytest.fixture(autouse=True)
def seen(monkeypatch: pytest.MonkeyPatch) -> Seen:
    monkeypatch.setattr(pick_candidate, "gates_digest", lambda config: "today's")
    found = Seen()
    monkeypatch.setattr(judging, "read_evidence", found)
    return found


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    return enter(World(), monkeypatch)


@pytest.fixture
def question(world: World) -> QuestionRef:
    first_champion()
    return approved("second", "1")


def shares() -> tuple[int, str, str | None, float, float]:
    """Generation, champion, challenger and its share, and what it reads in shadow."""
    found = routing(ledger.read())
    assert found is not None
    name = found.challenger.version if found.challenger else None
    return found.generation, found.champion.version, name, found.challenger_share, found.shadow_share


def kinds() -> list[str]:
    return [event.kind for event in ledger.read() if event.kind.startswith("rollout") or event.kind in ("promoted", "rolled_back")]


def told() -> list[tuple[str, tuple[str, ...]]]:
    """What people are told of: title and lines."""
    events, now = ledger.read(), datetime.fromisoformat(ledger.now())
    found = [*alerts.waits(events, now, load_config().release, load_config().alerts), *alerts.happened(events, now)]
    return [(one.title, one.lines) for one in found]


# --- what may start -------------------------------------------------------------------------------------------------------------


def test_a_rollout_begins_in_shadow_and_says_what_it_will_take(question: QuestionRef) -> None:
    begun = start_rollout(question, **FAST)
    assert (begun.decision, begun.plan, begun.stage) == ("started", "staged", "shadow")
    assert shares()[1:] == ("1", "2", 0.0, 1.0)
    facts = ledger.read()[-1].facts
    assert (facts["replaces"], facts["source"][:5], len(facts["salt"])) == ("1", "s3://", 16)
    assert 500 < facts["labels_needed"] < 800
    assert any("0 errors in 299 requests say that fewer than 0.01 fail" in line for line in facts["forecast"])
    assert any(line.startswith("canary_a: ") and "299 requests at 1% of 5,000 an hour: 6 h" in line for line in facts["forecast"])
    assert start_rollout(question, **FAST) == begun
    assert kinds() == ["promoted", "rollout_started"]


def test_the_first_champion_and_the_plan_of_a_laptop_need_none(world: World, question: QuestionRef) -> None:
    told = start_rollout(question)
    assert (told.decision, told.rollout, kinds()) == ("all_at_once", "", ["promoted"])
    assert promote(question).version == "2"


def test_the_first_of_all_has_nobody_to_be_compared_with(world: World) -> None:
    question = approved("first", "")
    told = start_rollout(question, **FAST)
    assert (told.decision, told.reason) == ("all_at_once", "there is no champion to compare it with")
    assert promote(question, "staged").version == "1"


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        (
            {"requests_per_hour": 0.0},
            "stage shadow would never end at today's traffic: .*1,000 requests at 100% of 0 an hour: never",
        ),
        ({"labels_per_hour": 0.0}, r"stage shadow would never end at today's traffic: .*100 more labels at 0 an hour"),
        ({"requests_per_hour": 12.0}, r"its deadline is 336 h; most of it in stage canary_a: .*299 requests at 1% of 12 an hour"),
        ({"labels_per_hour": 0.5}, "its deadline is 336 h; most of it in stage"),
        ({"plan": "sideways"}, "'sideways' is none of all_at_once, staged, ab, blue_green, linear"),
        ({"requests_per_hour": -1.0}, "requests_per_hour: -1 is no traffic"),
    ],
)
def test_what_cannot_come_to_a_verdict_before_its_deadline_does_not_start(
    question: QuestionRef, changed: dict[str, Any], words: str
) -> None:
    with pytest.raises(Refused, match=words):
        start_rollout(question, **{**FAST, **changed})
    assert open_rollout(ledger.read()) is None


def test_without_a_given_traffic_that_of_the_captured_requests_counts(question: QuestionRef) -> None:
    with pytest.raises(Refused, match="at 100% of 0 an hour: never"):
        start_rollout(question, "staged")


def test_a_second_one_waits_and_inherits_nothing(question: QuestionRef, seen: Seen) -> None:
    other = approved("third", "1")
    first = start_rollout(question, **FAST)
    judge_rollout()
    with pytest.raises(Refused, match=r"version 3 waits: a rollout of version 2 is under way .*abort_rollout"):
        start_rollout(other, **FAST)
    with pytest.raises(Refused, match="nothing is promoted past it"):
        promote(other)
    abort_rollout("ada", "the third is better")
    second = start_rollout(other, **FAST)
    assert second.stage == "shadow", "from the first stage on"
    assert second.rollout != first.rollout
    salts = [event.facts["salt"] for event in ledger.read() if event.kind == "rollout_started"]
    assert len(set(salts)) == 2, "who was in the first canary is not in the second by that"
    assert shares()[2:] == ("3", 0.0, 1.0)


def test_an_approval_has_one_rollout(question: QuestionRef) -> None:
    start_rollout(question, **FAST)
    abort_rollout("ada", "not today")
    with pytest.raises(Refused, match="by this approval has ended .* clear `ask`"):
        start_rollout(question, **FAST)
    with pytest.raises(Refused, match="version 2 did not pass its rollout"):
        promote(question)


def test_what_needs_a_rollout_is_not_promoted_without(question: QuestionRef) -> None:
    with pytest.raises(Refused, match="version 2 needs a rollout first, by the plan 'staged'"):
        promote(question, "staged")
    start_rollout(question, **FAST)
    with pytest.raises(NothingToDo, match=r"the rollout of version 2 is under way .*stage shadow"):
        promote(question, "staged")
    with pytest.raises(NothingToDo, match="is under way"):
        promote(question), "not even where the configuration says all_at_once meanwhile"


# --- what moves it --------------------------------------------------------------------------------------------------------------


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


# --- what gives it more time ---------------------------------------------------------------------------------------------------


@pytest.fixture
def later(question: QuestionRef, monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """A rollout has begun; sets the clock to so many hours after that."""
    start_rollout(question, **FAST)
    begun = datetime.fromisoformat(ledger.read()[-1].at)

    def to(hours: float) -> None:
        monkeypatch.setattr(ledger, "now", lambda: (begun + timedelta(hours=hours)).isoformat())

    return to


def hours_until_deadline() -> float:
    """Of the rollout that is under way, after its start."""
    found = state.current(ledger.read())
    assert found is not None
    return (deadline(found) - found.started_at).total_seconds() / 3600


def test_more_time_is_counted_from_the_deadline_or_from_now_where_it_has_passed(later: Callable[[float], None]) -> None:
    later(100)
    number = extend_rollout("ada", "labels come late", 48)
    assert (ledger.read()[-1].number, kinds()[-1], hours_until_deadline()) == (number, "rollout_extended", 384)
    assert (ledger.read()[-1].by, ledger.read()[-1].facts["reason"]) == ("person:ada", "labels come late")
    later(400)
    extend_rollout("ada", "labels come late", 48)
    assert hours_until_deadline() == 448


def test_the_alarm_of_the_old_deadline_is_answered_and_that_of_the_new_one_is_raised(
    later: Callable[[float], None], seen: Seen
) -> None:
    seen.make = seen.nothing
    later(340)
    judge_rollout()
    assert len(told()) == 1
    before = shares()
    extend_rollout("ada", "labels come late", 48)
    assert shares() == before, "no new generation: what was counted goes on counting"
    waits = judge_rollout()
    assert (waits.decision, told(), waits.reason[:24]) == ("hold", [], "not enough evidence yet:")
    later(388)
    judge_rollout()
    judge_rollout()
    assert "388 hours after the start" in told()[0][1][0]
    assert kinds() == ["promoted", "rollout_started", "rollout_alarm", "rollout_extended", "rollout_alarm"]
    later(389)
    extend_rollout("ada", "once more", 1)
    seen.make = seen.sound
    assert judge_rollout().decision == "advance", "evidence moves it, as before"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (("ada", " ", 1.0), "reason: is empty; who gives a rollout more time says why, in words"),
        ((" ", "why", 1.0), "by: ' ' names nobody"),
        (("ada", "why", 0.0), "hours: 0 is no time; give a number above 0"),
        (("ada", "why", -3.0), "hours: -3 is no time"),
        (("ada", "why", float("nan")), "hours: nan is no time"),
        (("ada", "why", float("inf")), "hours: inf is no time"),
        (("ada", "why", 1e300), r"hours: 1e\+300 is more than the 1824 that are left: captured requests are deleted after 90 days"),
        (("ada", "why", 1824.1), "hours: 1824.1 is more than the 1824 that are left"),
    ],
)
def test_what_is_no_extension_is_refused_in_one_line(later: Callable[[float], None], given: Any, words: str) -> None:
    events = ledger.read()
    later(1)
    with pytest.raises(PermanentError, match=words) as told:
        extend_rollout(*given)
    assert "\n" not in str(told.value)
    assert ledger.read() == events


def test_when_the_first_evidence_is_about_to_be_deleted_no_hour_is_left(later: Callable[[float], None]) -> None:
    later(1)
    extend_rollout("ada", "labels come late", 1824)
    with pytest.raises(Refused, match="hours: 1 is more than the 0 that are left"):
        extend_rollout("bob", "labels come late", 1)
    later(90 * 24 + 5)
    with pytest.raises(Refused, match="hours: 1 is more than the 0 that are left"):
        extend_rollout("bob", "labels come late", 1)


def test_what_is_not_under_way_has_no_deadline(question: QuestionRef) -> None:
    events = ledger.read()
    with pytest.raises(NothingToDo, match="no rollout is under way; version 1 answers, and goes on"):
        extend_rollout("ada", "labels come late", 48)
    assert ledger.read() == events


def test_the_same_extension_again_is_the_same(later: Callable[[float], None]) -> None:
    later(100)
    number = extend_rollout("ada", "labels come late", 48)
    assert extend_rollout("ada", "labels come late", 48) == number
    later(383)
    assert extend_rollout("ada", "labels come late", 48) == number
    assert hours_until_deadline() == 384
    assert extend_rollout("bob", "labels come late", 48) > number


def test_a_look_that_an_extension_overtook_does_not_ask_about_the_old_deadline(later: Callable[[float], None], seen: Seen) -> None:
    later(340)

    def slowly(started: Event, events: standing.Events) -> Evidence:
        seen.make = seen.nothing
        extend_rollout("ada", "labels come late", 48)
        return seen.nothing(started, events)

    seen.make = slowly
    with pytest.raises(NothingToDo, match="the rollout of version 2 was given more time meanwhile"):
        judge_rollout()
    assert kinds()[-1] == "rollout_extended"


def test_nobody_stays_for_an_extension_who_goes_back(later: Callable[[float], None], seen: Seen) -> None:
    def slowly(started: Event, events: standing.Events) -> Evidence:
        extend_rollout("ada", "labels come late", 48)
        return seen.worse(started, events)

    seen.make = slowly
    assert judge_rollout().decision == "back"
    assert kinds()[-1] == "rollout_ended"


def test_an_extension_is_of_the_rollout_that_was_seen(later: Callable[[float], None], monkeypatch: pytest.MonkeyPatch) -> None:
    other, append = approved("third", "1"), ledger.append
    later(1)

    def slowly(decide: Any) -> Event:
        monkeypatch.setattr(ledger, "append", append)
        abort_rollout("bob", "the third is better")
        start_rollout(other, **FAST)
        return append(decide)

    monkeypatch.setattr(ledger, "append", slowly)
    with pytest.raises(Refused, match="the rollout of version 2 ended, and that of version 3 began"):
        extend_rollout("ada", "labels come late", 48)
    assert kinds()[-1] == "rollout_started"


# --- what ends it ---------------------------------------------------------------------------------------------------------------


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


# --- whoever is first -----------------------------------------------------------------------------------------------------------


def passed(question: QuestionRef) -> RolloutRef:
    start_rollout(question, **FAST)
    told = judge_rollout()
    while told.decision != "finish":
        told = judge_rollout()
    return told


def test_a_rollback_and_the_promotion_end_as_one_of_the_two_orders(monkeypatch: pytest.MonkeyPatch) -> None:
    prepared = enter(World(), monkeypatch)
    first_champion()
    told = passed(approved("second", "1"))
    orders = set()
    for seed in range(120):
        world = another(prepared, monkeypatch, seed, kills=KILLS, losses=LOSSES)
        forward, back = world.run(partial(promote_challenger, told), lambda: rollback("1", "bob", "no"))
        world.kills = world.losses = 0
        found = routing(ledger.read())
        assert found is not None
        assert found.challenger is None
        orders.add((isinstance(forward, ChampionRef), found.champion.version, kinds()[-1]))
        if found.champion.version == "2":
            assert isinstance(back, Refused), (seed, back)
            assert "version 2" in str(back), "who was second is told who answers"
        current = champion.current_champion()
        assert current is not None
        assert current.version == found.champion.version
    assert {version for _, version, _ in orders} == {"1", "2"}
    assert orders <= {
        (True, "2", "promoted"),
        (False, "1", "rollout_ended"),
        (True, "1", "rolled_back"),
        (False, "1", "rolled_back"),
    }


def test_a_look_that_another_overtook_changes_nothing(question: QuestionRef, seen: Seen) -> None:
    start_rollout(question, **FAST)

    def slowly(started: Event, events: standing.Events) -> Evidence:
        seen.make = seen.sound
        judge_rollout()
        return evidence(state.standing_of(events, started), loss=0.08)

    seen.make = slowly
    with pytest.raises(NothingToDo, match="the rollout of version 2 moved meanwhile, to stage canary_a"):
        judge_rollout()
    assert kinds()[-1] == "rollout_moved"


def test_a_look_at_a_rollout_that_ended_does_not_end_the_next_one(question: QuestionRef, seen: Seen) -> None:
    other = approved("third", "1")
    start_rollout(question, **FAST)

    def slowly(started: Event, events: standing.Events) -> Evidence:
        abort_rollout("ada", "the third is better")
        start_rollout(other, **FAST)
        return seen.worse(started, events)

    seen.make = slowly
    with pytest.raises(NothingToDo, match="the rollout of version 2 ended meanwhile"):
        judge_rollout()
    assert shares()[1:] == ("1", "3", 0.0, 1.0)


def test_two_looks_at_once_move_it_one_stage(monkeypatch: pytest.MonkeyPatch) -> None:
    prepared = enter(World(), monkeypatch)
    first_champion()
    start_rollout(approved("second", "1"), **FAST)
    for seed in range(60):
        world = another(prepared, monkeypatch, seed, kills=KILLS)
        world.run(judge_rollout, judge_rollout, tries=1)
        world.kills = 0
        moved = [event.facts["stage"] for event in ledger.read() if event.kind == "rollout_moved"]
        assert moved in ([], [1], [1, 2]), seed
        assert shares()[3] in (0.0, 0.01, 0.1)


def test_an_abort_and_a_look_leave_no_share_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    prepared = enter(World(), monkeypatch)
    first_champion()
    start_rollout(approved("second", "1"), **FAST)
    for seed in range(60):
        world = another(prepared, monkeypatch, seed, kills=KILLS, losses=LOSSES)
        world.run(judge_rollout, lambda: abort_rollout("ada", "no"))
        world.kills = world.losses = 0
        assert shares()[1:] == ("1", None, 0.0, 0.0), seed
        assert kinds().count("rollout_ended") == 1


def test_two_who_give_more_time_at_once_do_not_add_up_unseen(monkeypatch: pytest.MonkeyPatch) -> None:
    prepared = enter(World(), monkeypatch)
    first_champion()
    start_rollout(approved("second", "1"), **FAST)
    ended = set()
    for seed in range(60):
        world = another(prepared, monkeypatch, seed, kills=KILLS, losses=LOSSES)
        told = world.run(*(partial(extend_rollout, who, "labels come late", 48.0) for who in ("ada", "bob")))
        world.kills = world.losses = 0
        refused = [str(one) for one in told if isinstance(one, Refused)]
        assert all("moved the deadline to" in one for one in refused), (seed, told)
        assert kinds().count("rollout_extended") == 2 - len(refused), (seed, told)
        assert hours_until_deadline() == 336 + 48 * (2 - len(refused))
        ended.add(len(refused))
    assert ended == {0, 1}


def test_two_starts_leave_one_rollout(monkeypatch: pytest.MonkeyPatch) -> None:
    prepared = enter(World(), monkeypatch)
    first_champion()
    one, other = approved("second", "1"), approved("third", "1")
    winners = set()
    for seed in range(60):
        world = another(prepared, monkeypatch, seed, kills=KILLS, losses=LOSSES)
        told = world.run(partial(start_rollout, one, **FAST), partial(start_rollout, other, **FAST))
        world.kills = world.losses = 0
        assert kinds().count("rollout_started") == 1, seed
        assert sorted(type(result).__name__ for result in told) == ["Refused", "RolloutRef"], (seed, told)
        winners.add(shares()[2])
    assert winners == {"2", "3"}


def test_a_look_killed_before_any_of_its_calls_is_finished_by_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    prepared = enter(World(), monkeypatch)
    first_champion()
    start_rollout(approved("second", "1"), **FAST)
    unharmed = another(prepared, monkeypatch, 0)
    judge_rollout()
    for call in range(1, unharmed.num_calls + 1):
        another(prepared, monkeypatch, 0, kill_at=call)
        with pytest.raises(Killed):
            judge_rollout()
        assert routing(ledger.read()) is not None
        told = judge_rollout()
        assert told.stage in ("shadow", "canary_a")
        moved = [event.facts["stage"] for event in ledger.read() if event.kind == "rollout_moved"]
        assert moved in ([1], [1, 2]), call
