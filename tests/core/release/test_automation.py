"""How much the loop decides by itself."""

from typing import Any

import pytest

from reviewloop.config import load_config
from reviewloop.core.gates.gates import DELTA
from reviewloop.core.release import automation
from reviewloop.core.release.automation import LEVELS, Proposal, propose
from reviewloop.core.release.events import Draft, Event, follow

AT = "2026-01-05T10:00:00+00:00"
SURE, UNSURE = Proposal(()), Proposal(("gate x: warn",))
OVERRIDDEN = Proposal(("gate x: overridden",), ("x",))


def chain(*drafts: Draft) -> tuple[Event, ...]:
    events: tuple[Event, ...] = ()
    for draft in drafts:
        events = (*events, follow(events, draft, AT))
    return events


def set_to(level: str) -> Draft:
    return Draft(automation.SET, "person:ada", facts={"level": level})


def report(**changed: Any) -> dict[str, Any]:
    gates = [{"name": "floor", "verdict": "pass"}, {"name": "other", "verdict": "not applicable"}]
    return {"gates": gates, "evidence": {f"{DELTA}_low": 0.01}, **changed}


def test_the_five_levels_are_said_in_words() -> None:
    assert LEVELS == ("human_only", "shadow", "assisted", "partial", "full")
    assert set(automation.MEANING) == set(automation.NEEDS) == set(LEVELS)


@pytest.mark.parametrize(
    ("proposal", "levels"),
    [(SURE, {"partial", "full"}), (UNSURE, {"full"}), (OVERRIDDEN, set())],
    ids=["sure", "unsure", "overridden"],
)
def test_which_levels_leave_it_to_the_loop(proposal: Proposal, levels: set[str]) -> None:
    assert {level for level in LEVELS if automation.is_for_the_loop(level, proposal)} == levels


def test_the_level_is_the_configuration_s_until_a_person_sets_another_and_never_above_it() -> None:
    assert automation.level_now((), "partial") == "partial"
    assert automation.level_now(chain(set_to("shadow")), "partial") == "shadow"
    assert automation.level_now(chain(set_to("shadow"), set_to("partial")), "partial") == "partial"
    assert automation.level_now(chain(set_to("full")), "assisted") == "assisted", "the configuration was lowered since"
    assert automation.level_now(chain(set_to("autopilot")), "full") == "human_only", "a word that nobody knows allows nothing"


def asked(level: str, decides: str, proposal: str) -> Event:
    facts = {"shown": "s", "replaces": "", "level": level, "decides": decides, "proposal": proposal}
    return chain(Draft("asked", "program:ask", "1", "d", facts))[0]


def test_lowered_it_holds_for_the_question_that_waits_and_raised_for_the_next() -> None:
    sure, unsure = asked("full", "loop", "approve"), asked("full", "loop", "ask")
    assert automation.may_still_decide(sure, "full")
    assert automation.may_still_decide(sure, "partial")
    assert not automation.may_still_decide(unsure, "partial"), "of what it is not sure it decides at the highest level alone"
    for level in ("assisted", "shadow", "human_only"):
        assert not automation.may_still_decide(sure, level)
    assert not automation.may_still_decide(asked("assisted", "person", "approve"), "full"), "raised since"
    old = chain(Draft("asked", "program:ask", "1", "d", {"shown": "s", "replaces": ""}))[0]
    assert not automation.may_still_decide(old, "full"), "asked before there were levels"


def test_the_loop_is_sure_where_every_gate_is_a_plain_pass_and_the_difference_is_beyond_luck() -> None:
    assert propose(report(), 0.0) == Proposal(())
    assert propose(report(), 0.0).word == "approve"


@pytest.mark.parametrize("verdict", ["warn", "not enough evidence", "fail", "off", "overridden", "a word of tomorrow"])
def test_a_gate_that_is_no_plain_pass_is_a_doubt(verdict: str) -> None:
    found = propose(report(gates=[{"name": "floor", "verdict": verdict}]), 0.0)
    assert (found.is_sure, found.word, found.doubts) == (False, "ask", (f"gate floor: {verdict}",))


@pytest.mark.parametrize(
    ("changed", "doubt"),
    [
        ({"gates": []}, "holds no gate"), ({"evidence": {}}, "not compared"), ({"evidence": None}, "not compared"),
        ({"evidence": {f"{DELTA}_low": -0.001}}, "may be as low as -0.0010"),
    ],
)  # fmt: skip
def test_evidence_that_is_missing_or_weak_is_a_doubt(changed: dict[str, Any], doubt: str) -> None:
    (found,) = propose(report(**changed), 0.0).doubts
    assert doubt in found


def test_other_doubts_count_as_well() -> None:
    assert propose(report(), 0.0, ["its code was not committed"]).doubts == ("its code was not committed",)


def test_patience_is_short_where_the_loop_decides() -> None:
    release = load_config("test").release
    assert automation.patience(asked("full", "loop", "ask"), release).total_seconds() == release.objection_seconds
    assert automation.patience(asked("full", "person", "ask"), release).total_seconds() == release.approval_timeout_seconds


def test_agreement_counts_people_s_first_answers_alone() -> None:
    events: tuple[Event, ...] = ()
    for proposal, kind, by in [
        ("approve", "approved", "person:ada"),
        ("approve", "rejected", "person:ada"),
        ("ask", "sent_back", "person:ada"),
        ("approve", "approved", "nobody"),
        ("", "approved", "person:ada"),
    ]:
        facts = {"shown": f"s{len(events)}", "replaces": "", "proposal": proposal}
        events = (*events, follow(events, Draft("asked", "program:ask", "1", "d", facts), AT))
        question = events[-1].sha256
        for said in (kind, "approved"):
            events = (*events, follow(events, Draft(said, by, "1", "d", {"asked": question}), AT))  # fmt: skip
    assert automation.agreement(events) == (2, 3)
