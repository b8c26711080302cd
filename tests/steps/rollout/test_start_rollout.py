"""What may start a rollout, and what it says before."""

from typing import Any

import pytest
from tests.helpers.fake_edges import World
from tests.helpers.rolled_out import FAST, Seen, kinds, shares
from tests.steps.release.test_interleavings import approved

from reviewloop.adapters.release import ledger
from reviewloop.core.rollout.routing import open_rollout
from reviewloop.errors import NothingToDo, Refused
from reviewloop.refs import QuestionRef
from reviewloop.steps.release.promote import promote
from reviewloop.steps.rollout.abort_rollout import abort_rollout
from reviewloop.steps.rollout.judge_rollout import judge_rollout
from reviewloop.steps.rollout.start_rollout import start_rollout

pytestmark = pytest.mark.usefixtures("seen")


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
