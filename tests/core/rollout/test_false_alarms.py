"""Two versions that are equal, watched throughout: seldom does one of all guards send the challenger back."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from tests.helpers.rollouts import START, evidence, plan, rollout

from reviewloop.core.reviews import SENTIMENTS
from reviewloop.core.rollout.evidence import ArmEvidence, Evidence, PairedEvidence, StageEvidence, latency_step
from reviewloop.core.rollout.machine import Back, decide
from reviewloop.core.rollout.paired_quality import Pairs
from reviewloop.core.rollout.state import Rollout

NUM_UNITS, EVERY, NUM_ROLLOUTS = 3000, 150, 100


def arm(mine: np.ndarray, failed: np.ndarray, steps: np.ndarray, answers: np.ndarray) -> ArmEvidence:
    num, bad = int(mine.sum()), int(failed[mine].sum())
    latencies = dict(Counter(steps[mine].tolist()))
    said: dict[str, int] = {name: int((answers[mine] == at).sum()) for at, name in enumerate(SENTIMENTS)}
    facts: dict[str, Any] = {
        "num_requests": num, "num_units": num, "num_errors": bad, "units_with_errors": bad, "latencies": latencies,
        "unit_latencies": latencies, "answers": said, "unit_answers": said, "num_distinct": num, "units_answered": num,
    }  # fmt: skip
    return ArmEvidence(**facts)


def looks(of: Rollout, share: float, seed: int) -> list[Evidence]:
    rng = np.random.default_rng(seed)
    mine, failed = rng.random(NUM_UNITS) < share, rng.random(NUM_UNITS) < 0.01
    steps = np.array([latency_step(float(ms)) for ms in rng.lognormal(2.5, 0.7, NUM_UNITS)])
    answers = rng.choice(3, NUM_UNITS, p=[0.1, 0.15, 0.75])
    pair = rng.choice(3, NUM_UNITS // 4, p=[0.06, 0.06, 0.88])
    found = []
    for seen in range(EVERY, NUM_UNITS + 1, EVERY):
        first = [part[:seen] for part in (failed, steps, answers)]
        theirs, ours, ties = ((pair[: seen // 4] == which).sum() for which in range(3))
        pairs = Pairs(int(theirs), int(ours), int(ties))
        stage = StageEvidence(of.stage.name, arm(~mine[:seen], *first), arm(mine[:seen], *first))
        both = PairedEvidence(seen, seen // 8, seen, seen // 8, pairs, Pairs(1, 1, 18))
        found.append(replace(evidence(of), stages=(stage,), paired=both))
    return found


@pytest.mark.parametrize("at", [2, 3])
def test_an_equal_challenger_is_seldom_sent_back(at: int) -> None:
    of = rollout(plan(), at)
    sent: Counter[str] = Counter()
    for seed in range(NUM_ROLLOUTS):
        for found in looks(of, of.stage.challenger, seed):
            decision = decide(of, found, START + timedelta(hours=1)).decision
            if isinstance(decision, Back):
                sent[decision.guard] += 1
                break
    assert sum(sent.values()) <= 0.05 * NUM_ROLLOUTS, sent
