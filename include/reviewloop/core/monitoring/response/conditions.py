"""What a retraining asks for: each condition with what was found, what is allowed, and whether it holds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from reviewloop.config import ResponseConfig
from reviewloop.core.kept import Kept
from reviewloop.core.monitoring.response.state import State
from reviewloop.core.monitoring.response.votes import Stand, Standing, Vote

PRIOR: Final = "prior"
"""The kind of drift in which the shares of the sentiments moved and nothing else did."""


@dataclass(frozen=True)
class Facts:
    """What is known of the world when it is decided."""

    now: datetime
    version: str
    """The champion, whose days are judged."""
    num_new_rows: int | None
    """Rated reviews that its snapshot does not hold; None where nobody can tell."""
    training_minutes: float
    """What trainings that drift started took, within the budget's window."""
    under_way: str
    """What may bring another champion already, in words; empty where nothing does."""


class Condition(Kept):
    """One line of the decision. ``not judged`` where what it asks about was not said: that alone stops no training."""

    name: str
    asks: str
    value: str
    allowed: str
    verdict: Literal["holds", "fails", "not judged"]

    def __str__(self) -> str:
        return f"{self.asks}: {self.value} ({self.allowed})"


def conditions(state: State, standing: Mapping[str, Standing], facts: Facts, limits: ResponseConfig) -> list[Condition]:
    """Every condition, in the order in which the page shows them."""
    confirmed = {family: found for family, found in standing.items() if found.stand is Stand.CONFIRMED}
    return [
        _confirmed(confirmed, limits),
        _not_prior_alone(evidence(state, facts.version, confirmed)),
        _condition("nothing_under_way", "another model on its way", facts.under_way or "none", "none", not facts.under_way),
        _cool_down(state, facts, limits),
        *_budget(state, facts, limits),
        _new_rows(facts, limits),
        _gain(state, facts, limits),
    ]


def evidence(state: State, version: str, confirmed: Mapping[str, Standing]) -> list[Vote]:
    """The votes that a confirmed drift rests on, by day."""
    return [
        vote
        for vote in state.of(version)
        if any(family in vote.families and vote.day in found.fired for family, found in confirmed.items())
    ]


def _condition(name: str, asks: str, value: str, allowed: str, holds: bool) -> Condition:
    return Condition(name=name, asks=asks, value=value, allowed=allowed, verdict="holds" if holds else "fails")


def _confirmed(confirmed: Mapping[str, Standing], limits: ResponseConfig) -> Condition:
    rule = limits.confirm
    value = "; ".join(f"{family} on {', '.join(found.fired)}" for family, found in confirmed.items()) or "no signal family"
    asked = f"fired on at least {rule.days} of the last {rule.of} monitored days, not answered yet"
    return _condition("confirmed", "confirmed drift", value, asked, bool(confirmed))


def _not_prior_alone(rests_on: Sequence[Vote]) -> Condition:
    kinds = sorted({vote.kind for vote in rests_on})
    allowed = "more than the sentiments' shares moved; where they alone did, the monitor corrects its numbers by them"
    if not rests_on or "" in kinds:
        value = "the monitor does not say"
        return Condition(name="not_prior_alone", asks="kind of drift", value=value, allowed=allowed, verdict="not judged")
    return _condition("not_prior_alone", "kind of drift", ", ".join(kinds), allowed, kinds != [PRIOR])


def _cool_down(state: State, facts: Facts, limits: ResponseConfig) -> Condition:
    asked = [answer.at for answer in state.answers if answer.what == "training"]
    days = (facts.now - max(asked)).total_seconds() / 86_400 if asked else None
    value = "no training was started by drift before" if days is None else f"{days:.1f} days"
    allowed = f"at least {limits.cool_down_days:g} days"
    holds = days is None or days >= limits.cool_down_days
    return _condition("cool_down", "since drift started a training last", value, allowed, holds)


def _budget(state: State, facts: Facts, limits: ResponseConfig) -> list[Condition]:
    budget = limits.budget
    spent = len(state.trainings(facts.now - timedelta(days=budget.window_days)))
    within = f"in {budget.window_days:g} days"
    return [
        _condition(
            "budget", f"trainings that drift started {within}", str(spent), f"fewer than {budget.trainings}",
            spent < budget.trainings,
        ),
        _condition(
            "budget_minutes", f"minutes that they took {within}", f"{facts.training_minutes:.0f}", f"under {budget.minutes:g}",
            facts.training_minutes < budget.minutes,
        ),
    ]  # fmt: skip


def _new_rows(facts: Facts, limits: ResponseConfig) -> Condition:
    known = facts.num_new_rows
    value = "nobody can tell: the champion's snapshot does not say what it holds" if known is None else f"{known:,}"
    asks = "rated reviews that the champion was not made from"
    return _condition(
        "new_rows", asks, value, f"at least {limits.min_new_rows:,}", known is not None and known >= limits.min_new_rows
    )


def _gain(state: State, facts: Facts, limits: ResponseConfig) -> Condition:
    row = state.without_gain(facts.version)
    asks = f"trainings in a row that drift started under version {facts.version} and that brought no other champion"
    allowed = f"fewer than {limits.max_without_gain}; then a person decides (acknowledge_drift)"
    return _condition("gain", asks, str(row), allowed, row < limits.max_without_gain)
