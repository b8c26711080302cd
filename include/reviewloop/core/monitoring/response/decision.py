"""From the votes to what is done: nothing, a training, or the reasons why there is none."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Any

from reviewloop.config import ResponseConfig
from reviewloop.core.kept import Kept
from reviewloop.core.monitoring.response.conditions import Condition, Facts, conditions, evidence
from reviewloop.core.monitoring.response.state import Answer, Decided, State
from reviewloop.core.monitoring.response.votes import Stand, Standing, Vote, standings

WHO = "program:decide_retraining"
_SHOWN_DAYS = 14
_SHOWN_DECISIONS = 30


class Verdict(StrEnum):
    """What a decision comes to."""

    CALM = "calm"
    PENDING = "pending"
    """It fired, on too few days to be believed."""
    ANSWERED = "answered"
    """What fired was answered before."""
    SUPPRESSED = "suppressed"
    """Confirmed, and no training: a condition fails."""
    TRAIN = "train"


class Decision(Kept):
    """``day`` is the newest day that voted; ``families`` and ``days`` are what is confirmed, and by which days."""

    version: str
    day: str
    verdict: Verdict
    reason: str
    families: tuple[str, ...]
    days: tuple[str, ...]
    reasons: tuple[str, ...]
    """What the monitor said on those days."""
    asks_person: bool
    standings: dict[str, Standing]
    conditions: tuple[Condition, ...]


def decide(state: State, facts: Facts, limits: ResponseConfig) -> Decision:
    """Of the version that answers. Raises ``ValueError`` where no day of it has voted."""
    votes = state.of(facts.version)
    if not votes:
        raise ValueError(f"no day of version {facts.version} was monitored")
    standing = standings(votes, state.answered_through(facts.version), limits.confirm)
    asked = conditions(state, standing, facts, limits)
    failed = [one for one in asked if one.verdict == "fails"]
    confirmed = {family: found for family, found in standing.items() if found.stand is Stand.CONFIRMED}
    rests_on = evidence(state, facts.version, confirmed)
    verdict = _verdict({found.stand for found in standing.values()}, failed)
    return Decision(
        version=facts.version, day=_newest(votes), verdict=verdict, reason=_reason(verdict, standing, failed),
        families=tuple(confirmed), days=tuple(vote.day for vote in rests_on),
        reasons=tuple(dict.fromkeys(reason for vote in reversed(rests_on) for reason in vote.reasons)),
        asks_person=verdict is Verdict.SUPPRESSED and any(one.name == "gain" for one in failed),
        standings=standing, conditions=tuple(asked),
    )  # fmt: skip


def _newest(votes: Sequence[Vote]) -> str:
    """Of the delivered days, where there is one: a day of requests is over before its reviews are delivered, and an answer up to it
    would answer them unseen."""
    return max((vote.day for vote in votes if vote.source == "batch"), default=votes[-1].day)


def recorded(state: State, decision: Decision, facts: Facts, run: str, page_uri: str = "") -> State:
    """The state with the decision in it; a training answers every day up to the newest that was scored, or that it rests on."""
    decided = Decided(
        version=decision.version, day=decision.day, at=facts.now, run=run, verdict=decision.verdict, reason=decision.reason,
        report=decision.model_dump(mode="json"), page_uri=page_uri,
    )  # fmt: skip
    state = state.with_decision(decided)
    if decision.verdict is not Verdict.TRAIN:
        return state
    why, through = decision.reason, max(decision.day, *decision.days)
    return state.with_answer(
        Answer(what="training", version=decision.version, through=through, at=facts.now, by=WHO, run=run, reason=why)
    )


def report(state: State, decision: Decision) -> dict[str, Any]:
    """All that the page shows, as plain JSON: the decision, the last days' votes, and what was decided and answered before."""
    version = decision.version
    return {
        **decision.model_dump(mode="json"),
        "votes": [vote.model_dump(mode="json") for vote in state.of(version)[-_SHOWN_DAYS:]],
        "answers": [answer.model_dump(mode="json") for answer in state.answers[-_SHOWN_DECISIONS:]],
        "decisions": [one.model_dump(mode="json", exclude={"report"}) for one in state.decisions[-_SHOWN_DECISIONS:]],
    }


def _verdict(stands: set[Stand], failed: Sequence[Condition]) -> Verdict:
    if Stand.CONFIRMED in stands:
        return Verdict.SUPPRESSED if failed else Verdict.TRAIN
    if Stand.PENDING in stands:
        return Verdict.PENDING
    return Verdict.ANSWERED if Stand.ACKNOWLEDGED in stands else Verdict.CALM


def _reason(verdict: Verdict, standing: dict[str, Standing], failed: Sequence[Condition]) -> str:
    if verdict is Verdict.TRAIN:
        return f"confirmed: {_fired(standing, Stand.CONFIRMED)}"
    if verdict is Verdict.SUPPRESSED:
        return f"confirmed: {_fired(standing, Stand.CONFIRMED)}; no training, as {'; '.join(map(str, failed))}"
    if verdict is Verdict.PENDING:
        return f"on too few days: {_fired(standing, Stand.PENDING)}"
    if verdict is Verdict.ANSWERED:
        return "every day that fired was answered before"
    return "no signal family fired on the last days"


def _fired(standing: dict[str, Standing], stand: Stand) -> str:
    return "; ".join(f"{family} on {', '.join(found.fired)}" for family, found in standing.items() if found.stand is stand)
