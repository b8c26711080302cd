"""Rollouts of a whole plan, drawn look by look and decided by the machine that decides real ones."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from reviewloop.core.release.events import Draft, follow
from reviewloop.core.reviews import SENTIMENTS
from reviewloop.core.rollout.coverage import Half
from reviewloop.core.rollout.evidence import (
    LATENCY_STEP,
    ArmEvidence,
    Evidence,
    PairedEvidence,
    Reads,
    ShadowEvidence,
    StageEvidence,
    latency_step,
)
from reviewloop.core.rollout.forecast import Traffic
from reviewloop.core.rollout.machine import Advance, Back, Finish, Hold, decide
from reviewloop.core.rollout.paired_quality import Pairs
from reviewloop.core.rollout.plan import Plan, Stage
from reviewloop.core.rollout.routing import STARTED
from reviewloop.core.rollout.state import Rollout
from reviewloop.core.rollout.verdicts import SAMPLE_RATIO

BEGIN: Final = datetime(2026, 1, 5, 8, tzinfo=UTC)
LOOK_HOURS: Final = 0.25
DISCORDANT: Final = 0.12
"""Share of the reviews on which one of two models alone is right."""
NEGATIVE: Final = 0.1
"""Share of the labelled reviews that are complaints."""
FATES: Final = ("ok", "errors", "timeouts", "refused", "gone")
_FATES: Final = np.array([0.983, 0.004, 0.001, 0.002, 0.010])
_MIX: Final = np.array([0.1, 0.15, 0.75])
_AGREE: Final = 0.85
"""Of reviews that both read; the rest are answered by two draws of ``_MIX``, which agree now and then too."""
_STEPS: Final = np.arange(latency_step(0.5), latency_step(400.0))
_Counts = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Ended:
    """How a rollout ended: ``back``, ``finish`` or ``hold``, which is at its deadline or by the sample ratio. ``labels`` and
    ``hours`` until then."""

    word: str
    guard: str
    labels: int
    hours: float


def run(plan: Plan, loss: float, traffic: Traffic, seed: int) -> Ended:
    """One rollout of a challenger that is alike but for an accuracy lower by ``loss``; every unit sends one request."""
    rng, now = np.random.default_rng(seed), BEGIN
    of = _begun(plan)
    seen, both = _Stage(of.stage.name), _Both()
    for look in range(1, math.ceil(plan.deadline_hours / LOOK_HOURS) + 1):
        now = BEGIN + timedelta(hours=look * LOOK_HOURS)
        seen.draw(rng, of.stage, both, traffic, now)
        both.label(rng, rng.poisson(traffic.labels * LOOK_HOURS * of.stage.shadow * (1 - of.stage.challenger)), loss)
        found = Evidence(of.started.sha256, (*both.passed, seen.evidence()), both.evidence(), num_records=10_000)
        decision = decide(of, found, now).decision
        hours, labels = look * LOOK_HOURS, both.num_labels
        if isinstance(decision, Back):
            return Ended("back", decision.guard, labels, hours)
        if isinstance(decision, Finish):
            return Ended("finish", "", labels, hours)
        if isinstance(decision, Hold) and decision.asks == SAMPLE_RATIO:
            return Ended("hold", SAMPLE_RATIO, labels, hours)
        if isinstance(decision, Advance):
            both.passed = found.stages
            of = replace(of, at=decision.to, stage_at=now)
            seen = _Stage(of.stage.name)
    return Ended("hold", "", both.num_labels, plan.deadline_hours)


def _begun(plan: Plan) -> Rollout:
    started = follow((), Draft(STARTED, "program:study", "2", "d2", {}), BEGIN.isoformat())
    return Rollout(started, plan, 0, BEGIN, BEGIN, "1", "1", frozenset(), False, None)


class _Arm:
    """Counts of one version's requests, all of different units."""

    def __init__(self) -> None:
        self.fates: _Counts = np.zeros(len(FATES), dtype=np.int64)
        self.steps: _Counts = np.zeros(len(_STEPS), dtype=np.int64)
        self.answers: _Counts = np.zeros(len(SENTIMENTS), dtype=np.int64)

    def draw(self, rng: np.random.Generator, num: int) -> None:
        fates = rng.multinomial(num, _FATES)
        self.fates += fates
        self.steps += rng.multinomial(fates[0], _latencies())
        self.answers += rng.multinomial(fates[0], _MIX)

    def facts(self) -> dict[str, Any]:
        num, told = int(self.fates.sum()), dict(zip(FATES, map(int, self.fates), strict=True))
        steps: Mapping[int, int] = {int(step): int(n) for step, n in zip(_STEPS, self.steps, strict=True) if n}
        answers = {name: int(n) for name, n in zip(SENTIMENTS, self.answers, strict=True) if n}
        return {
            "num_requests": num, "num_units": num, "num_answered": told["ok"], "num_errors": told["errors"],
            "units_with_errors": told["errors"], "num_timeouts": told["timeouts"], "units_with_timeouts": told["timeouts"],
            "num_refused": told["refused"], "units_refused": told["refused"], "num_gone": told["gone"], "units_gone": told["gone"],
            "latencies": steps, "unit_latencies": steps, "answers": answers, "unit_answers": answers,
            "num_distinct": int(self.answers.sum()),
        }  # fmt: skip


class _Both:
    """Counts of the reviews that both read, over all stages so far."""

    def __init__(self) -> None:
        self.passed: tuple[StageEvidence, ...] = ()
        self.num_reviews = self.num_differ = 0
        self.pairs: _Counts = np.zeros((2, 3), dtype=np.int64)  # complaint or not; champion alone right, challenger, neither alone
        self.halves: _Counts = np.zeros(2, dtype=np.int64)

    @property
    def num_labels(self) -> int:
        return int(self.pairs.sum())

    def label(self, rng: np.random.Generator, num: int, loss: float) -> None:
        alone = np.array([(DISCORDANT + loss) / 2, (DISCORDANT - loss) / 2, 1 - DISCORDANT])
        share = np.stack([NEGATIVE * alone, (1 - NEGATIVE) * alone])
        self.pairs += rng.multinomial(num, share.ravel()).reshape(2, 3)
        shorter = rng.binomial(num, 0.5)
        self.halves += np.array([shorter, num - shorter])

    def evidence(self) -> PairedEvidence:
        num = self.num_reviews
        shorter, longer = (Half(num // 2, int(labelled), num // 2, int(labelled)) for labelled in self.halves)
        pairs, negative = (Pairs(*map(int, counts)) for counts in (self.pairs.sum(axis=0), self.pairs[0]))
        return PairedEvidence(
            num, self.num_differ, num, self.num_differ, pairs, negative, self.num_labels, median_chars=300, shorter=shorter,
            longer=longer,
        )  # fmt: skip


class _Stage:
    """Counts of one stage."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.champion, self.challenger = _Arm(), _Arm()
        self.read: _Counts = np.zeros((3, 3), dtype=np.int64)  # in shadow: champion's answer, challenger's
        self.first: datetime | None = None
        self.last: datetime | None = None

    def draw(self, rng: np.random.Generator, stage: Stage, both: _Both, traffic: Traffic, now: datetime) -> None:
        num = rng.poisson(traffic.requests * LOOK_HOURS)
        mine = rng.binomial(num, stage.challenger)
        self.champion.draw(rng, num - mine)
        self.challenger.draw(rng, mine)
        joint = _AGREE * np.diag(_MIX) + (1 - _AGREE) * np.outer(_MIX, _MIX)
        read = rng.multinomial(rng.binomial(num - mine, stage.shadow), joint.ravel()).reshape(3, 3)
        self.read += read
        both.num_reviews += int(read.sum())
        both.num_differ += int(read.sum() - np.trace(read))
        self.first, self.last = self.first or now - timedelta(hours=LOOK_HOURS), now

    def evidence(self) -> StageEvidence:
        arms = (_arm(self.champion), _arm(self.challenger))
        shadow = ShadowEvidence(_read(self.read.sum(axis=1)), _read(self.read.sum(axis=0)))
        return StageEvidence(
            self.name, *arms, shadow, *(moment.isoformat() if moment else "" for moment in (self.first, self.last))
        )


def _arm(arm: _Arm) -> ArmEvidence:
    facts = arm.facts()
    answered = facts["num_answered"]
    return ArmEvidence(**facts, units_answered=answered, num_reviews=answered)


def _read(counts: _Counts) -> Reads:
    num, answers = int(counts.sum()), {name: int(n) for name, n in zip(SENTIMENTS, counts, strict=True) if n}
    return Reads(num, num, num, answers=answers, unit_answers=answers, num_distinct=num)


@lru_cache(maxsize=1)
def _latencies() -> npt.NDArray[np.float64]:
    """Of each step: log-normal, a median of 12 ms and a p99 of 60 ms."""
    edges = (np.append(_STEPS, _STEPS[-1] + 1) * math.log(LATENCY_STEP) - math.log(12.0)) / 0.7
    below = np.array([math.erfc(-edge / math.sqrt(2)) / 2 for edge in edges])
    found: npt.NDArray[np.float64] = np.diff(below) / np.diff(below).sum()
    return found
