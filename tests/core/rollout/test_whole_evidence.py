"""Evidence of which a part is missing, or was dealt out otherwise than planned, moves nothing."""

from dataclasses import replace
from typing import Any

import pytest
from tests.helpers.deciding import CANARY, HALF, LATER, SHADOW, STAGED, decided
from tests.helpers.rollouts import asked, evidence, rollout, stage_evidence

from reviewloop.core.rollout.coverage import Half
from reviewloop.core.rollout.evidence import Evidence
from reviewloop.core.rollout.machine import LOST, Advance, Back, Finish, Hold, decide
from reviewloop.core.rollout.state import Rollout
from reviewloop.core.rollout.verdicts import SAMPLE_RATIO


def spoilt_ratio(of: Rollout) -> Evidence:
    found = evidence(of)
    thin = stage_evidence("canary_b", 0.05, 8000)
    return replace(found, stages=(*found.stages[:-1], thin))


def test_a_sample_ratio_that_fired_forbids_to_go_on_and_sends_nobody_back() -> None:
    of = rollout(STAGED, CANARY)
    held = decided(of, spoilt_ratio(of))
    assert isinstance(held, Hold)
    assert held.asks == SAMPLE_RATIO


def test_it_stays_fired_when_later_units_hide_it() -> None:
    of = rollout(STAGED, 0, asked(STAGED, SAMPLE_RATIO))
    held = decided(of, evidence(of))
    assert isinstance(held, Hold)
    assert held.asks == SAMPLE_RATIO


def test_units_of_an_arm_without_a_share_are_a_leak() -> None:
    of = rollout(STAGED, SHADOW)
    found = evidence(of)
    leaked = replace(found.stages[0], challenger=replace(found.stages[0].challenger, num_units=1))
    judged = decide(of, replace(found, stages=(leaked,)), LATER)
    assert isinstance(judged.decision, Hold)
    assert judged.decision.asks == SAMPLE_RATIO
    assert judged.findings[-1].told == "units in an arm of share 0: challenger"


def test_a_plan_of_95_to_5_with_a_million_units_is_no_mismatch() -> None:
    lopsided = replace(STAGED, stages=(replace(STAGED.stages[1], challenger=0.05),))
    of = rollout(lopsided)
    found = replace(evidence(of), stages=(stage_evidence("canary_a", 0.05, 1_000_000),))
    assert decided(of, found) == Finish()


def test_a_slow_challenger_that_thins_what_is_answered_is_seen_though_what_was_assigned_is_right() -> None:
    of = rollout(STAGED, HALF)
    found = evidence(of)
    last = found.stages[-1]
    thinned = replace(last, challenger=replace(last.challenger, units_answered=1500))
    judged = decide(of, replace(found, stages=(*found.stages[:-1], thinned)), LATER)
    assert isinstance(judged.decision, Hold)
    assert "among those answered" in judged.findings[-1].told


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ({"num_misattributed": 1}, "1 records name another version than their arm's"),
        ({"num_lost": 200}, "200 of 10200 captured records are lost"),
        ({"num_dropped": 200}, "200 of 10200 captured records are lost"),
    ],
)
def test_evidence_that_is_not_whole_moves_nothing(fault: dict[str, Any], words: str) -> None:
    of = rollout(STAGED, CANARY)
    held = decided(of, replace(evidence(of), **fault))
    assert isinstance(held, Hold)
    assert (held.asks, held.reason[: len(words)]) == (LOST, words)
    assert isinstance(decided(of, replace(evidence(of, loss=0.1), **fault)), Back), "what is there is enough to go back"


@pytest.mark.parametrize("at", [SHADOW, CANARY, HALF])
def test_a_shadow_that_drops_the_long_requests_moves_nothing_and_a_person_is_asked(at: int) -> None:
    of = rollout(STAGED, at)
    found = evidence(of)
    uneven = replace(
        found.paired, median_tokens=60, fewer_tokens=Half(2000, 2000, 2000, 2000), more_tokens=Half(2000, 900, 2000, 900)
    )
    held = decided(of, replace(found, paired=uneven))
    assert held == Hold(
        "of the requests up to 60 tokens 100.0% were read in shadow, of the longer ones 45.0%: what was dropped for want of room "
        "(serving.shadow_tokens) is not like what was read",
        (),
        LOST,
    )
    worse = evidence(of, loss=0.1)
    back = decided(
        of, replace(worse, paired=replace(worse.paired, fewer_tokens=uneven.fewer_tokens, more_tokens=uneven.more_tokens))
    )
    assert isinstance(back, Back), "what is there is enough to go back"


def test_a_shadow_that_drops_whatever_comes_and_a_few_long_ones_keep_nobody() -> None:
    of = rollout(STAGED, CANARY)
    found = evidence(of)
    for halves in ((Half(2000, 900, 2000, 900), Half(2000, 800, 2000, 800)), (Half(9, 9, 9, 9), Half(9, 5, 9, 5))):
        even = replace(found.paired, fewer_tokens=halves[0], more_tokens=halves[1])
        assert decided(of, replace(found, paired=even)) == Advance(CANARY + 1)
