"""What each verdict of a plan will take, and when it will be there at today's traffic: said before the start, or it is refused."""

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from reviewloop.core.rollout.plan import Guard, Plan, Stage
from reviewloop.core.rollout.power import LabelsNeeded, labels_for_no_worse, labels_for_worse, requests_without_failure
from reviewloop.core.rollout.verdicts import QUALITY, QUALITY_SHARE

_MOST_LABELS: Final = 2000
"""Simulated at most: about 1 GB and two seconds. A plan that takes more cannot start: its margin is too small for a rollout."""
_COUNTED: Final = ("errors", "timeouts")


@dataclass(frozen=True)
class Traffic:
    """What comes in an hour: requests, and reviews whose label becomes known."""

    requests: float
    labels: float


@dataclass(frozen=True)
class Step:
    """One stage: hours until it ends, None where it cannot; and why, in words."""

    stage: str
    hours: float | None
    told: str


@dataclass(frozen=True)
class Forecast:
    """Of a whole plan. ``labels_needed`` for the verdict on quality: 0 where none is asked for, None beyond ``_MOST_LABELS``.
    ``until_back``: until a version that is worse by the margin goes back; None where no guard asks labels for it."""

    steps: tuple[Step, ...]
    labels_needed: int | None
    until_back: LabelsNeeded | None = None

    @property
    def hours(self) -> float | None:
        """Of all stages; None where one cannot end."""
        each = [step.hours for step in self.steps]
        return None if None in each else math.fsum(hours or 0.0 for hours in each)


@lru_cache(maxsize=32)
def labels_in_power(margin: float, discordant: float, alpha: float, power: float) -> int | None:
    """Labels within which ``power`` of all rollouts of two equal versions come to "no worse"; None: more than are simulated."""
    most = 250
    while most <= _MOST_LABELS:
        needed = labels_for_no_worse(margin, discordant, alpha, power, most)
        if needed.in_power is not None:
            return needed.in_power
        most *= 2
    return None


@lru_cache(maxsize=32)
def labels_until_back(loss: float, discordant: float, alpha: float, power: float) -> LabelsNeeded:
    """Labels within which half, and ``power``, of all rollouts of a version that is worse by ``loss`` send it back."""
    return labels_for_worse(loss, discordant, alpha * QUALITY_SHARE, power, _MOST_LABELS, num_rollouts=500)


def forecast(plan: Plan, traffic: Traffic, discordant: float, power: float) -> Forecast:
    """Stage by stage. ``discordant`` is the share of reviews on which one version alone is right, ``power`` that of rollouts."""
    labels = labels_in_power(plan.margin, discordant, plan.alpha, power) if plan.asks_verdict else 0
    steps, labelled = [], 0.0
    for stage in plan.stages:
        step, labelled = _step(stage, traffic, labels, labelled)
        steps.append(step)
    is_judged = plan.guard(QUALITY) is not None and plan.margin <= discordant
    back = labels_until_back(plan.margin, discordant, plan.alpha, power) if is_judged else None
    return Forecast(tuple(steps), labels, back)


def _step(stage: Stage, traffic: Traffic, verdict_labels: int | None, labelled: float) -> tuple[Step, float]:
    """One stage, and how many labels there will be at its end."""
    share = stage.challenger or stage.shadow
    paired = traffic.labels * (1 - stage.challenger) * stage.shadow
    waits = [(stage.bake_seconds / 3600, f"{stage.bake_seconds:g} s with traffic")]
    waits.append(_wait(stage.requests, traffic.requests * share, "requests", f"{share:.0%} of {traffic.requests:,.4g} an hour"))
    need = max(stage.labels, (verdict_labels or math.inf) if stage.verdict else 0)
    if need > labelled:
        waits.append(_wait(need - labelled, paired, "more labels", f"{paired:,.3g} an hour of reviews that both read"))
    hours = max(wait for wait, _ in waits)
    told = "; ".join(words for _, words in waits if words)
    ends = hours if math.isfinite(hours) else None
    return Step(stage.name, ends, told), labelled + paired * (hours if ends is not None else 0)


def _wait(need: float, pace: float, what: str, of: str) -> tuple[float, str]:
    hours = need / pace if pace else math.inf
    when = _hours(hours) if math.isfinite(hours) else "never"
    count = f"{need:,.0f}" if math.isfinite(need) else f"more than {_MOST_LABELS:,}"
    return hours, f"{count} {what} at {of}: {when}"


def _hours(hours: float) -> str:
    return f"{hours:,.0f} h" if hours >= 10 else f"{hours:.2g} h"


def why_refused(plan: Plan, told: Forecast) -> str:
    """Why the plan may not start, in one line; empty where it may."""
    for guard in plan.guards:
        if not _is_counted(guard):
            continue
        needed = requests_without_failure(guard.limit)
        short = [stage for stage in plan.stages if stage.requests < needed]
        if short:
            return (
                f"stage {short[0].name} ends on {short[0].requests} requests, and it takes {needed} without a failure to say that "
                f"fewer than {guard.limit:.3g} of them fail (guard {guard.name}): raise its requests, or the guard's limit"
            )
    never = [step for step in told.steps if step.hours is None]
    if never:
        return f"stage {never[0].stage} would never end at today's traffic: {never[0].told}"
    hours = told.hours
    if hours is not None and hours > plan.deadline_hours:
        long = max(told.steps, key=lambda step: step.hours or 0.0)
        return (
            f"it would take {_hours(hours)} at today's traffic, and its deadline is {plan.deadline_hours:g} h; most of it in stage "
            f"{long.stage}: {long.told}"
        )
    return ""


def _is_counted(guard: Guard) -> bool:
    """Whether so many requests without a failure say that its limit holds: none says it of 0, and none is needed for 1."""
    return guard.name in _COUNTED and 0 < guard.limit < 1


def in_words(plan: Plan, told: Forecast) -> tuple[str, ...]:
    """What a person is told before the start, a line a stage, each with its number and its hour."""
    lines = [f"{step.stage}: {step.told}" for step in told.steps]
    lines += [
        f"0 {guard.name} in {requests_without_failure(guard.limit)} requests say that fewer than {guard.limit:.3g} fail"
        for guard in plan.guards
        if _is_counted(guard)
    ]
    if told.labels_needed:
        lines.append(f"{told.labels_needed} labels, about, for the verdict: no worse within {plan.margin:g}")
    if told.until_back:
        back = told.until_back
        half, most = (f"{num:,}" if num else f"more than {back.max_labels:,}" for num in (back.median, back.in_power))
        lines.append(
            f"one that is worse by {plan.margin:g} goes back within {half} labels in half of all rollouts, within {most} in "
            f"{back.power:.0%} of them"
        )
    if told.hours is not None:
        lines.append(f"in all {_hours(told.hours)}, of {plan.deadline_hours:g} h until a person is asked")
    return tuple(lines)
