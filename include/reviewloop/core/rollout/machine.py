"""What is to be done with a rollout now: hold, go on, go back, promote, or void; by the ledger, the evidence and the time alone.

Time alone moves nothing forward. Silence is a hold, whatever was seen before; so is a deadline, at which a person is asked.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from reviewloop.core.rollout.evidence import Evidence, PairedEvidence, StageEvidence
from reviewloop.core.rollout.guards import Finding, window
from reviewloop.core.rollout.paired_quality import Verdict
from reviewloop.core.rollout.plan import Stage
from reviewloop.core.rollout.state import DEADLINE, Rollout
from reviewloop.core.rollout.verdicts import LABELLED, SAMPLE_RATIO, dropped, is_uneven, judge_guards, quality

SICK: Final = "champion"
LOST: Final = "evidence"
COVERAGE: Final = "coverage"


@dataclass(frozen=True)
class Missing:
    """One thing that the stage waits for. ``seconds`` until it will be there at the pace so far; None: nobody can tell."""

    what: str
    have: float
    need: float
    seconds: float | None

    def __str__(self) -> str:
        return f"{self.have:,.0f} of {self.need:,.0f} {self.what}"


@dataclass(frozen=True)
class Hold:
    """Everything stays as it is. ``asks`` names what a person must decide, empty where nobody must."""

    reason: str
    missing: tuple[Missing, ...] = ()
    asks: str = ""


@dataclass(frozen=True)
class Advance:
    """To this stage of the plan."""

    to: int


@dataclass(frozen=True)
class Back:
    """The challenger goes back, by this guard."""

    guard: str
    why: str


@dataclass(frozen=True)
class Finish:
    """Every stage is passed: the challenger may be promoted."""


@dataclass(frozen=True)
class Void:
    """The rollout says nothing about anybody any more, and ends without a verdict."""

    why: str


Decision = Hold | Advance | Back | Finish | Void


@dataclass(frozen=True)
class Judgement:
    """The decision, and what it rests on."""

    decision: Decision
    findings: tuple[Finding, ...]
    missing: tuple[Missing, ...]


def decide(rollout: Rollout, evidence: Evidence, now: datetime) -> Judgement:
    """Of one that is under way. Raises ``ValueError`` for another rollout's evidence: nothing is inherited."""
    if evidence.rollout != rollout.started.sha256:
        raise ValueError(f"evidence of rollout {evidence.rollout[:16]} says nothing about {rollout.started.sha256[:16]}")
    findings = judge_guards(rollout.plan, rollout.stage, evidence)
    missing = tuple(_missing(rollout, evidence, now))
    return Judgement(_decide(rollout, evidence, findings, missing, now), findings, missing)


def _decide(
    rollout: Rollout, evidence: Evidence, findings: tuple[Finding, ...], missing: tuple[Missing, ...], now: datetime
) -> Decision:
    if rollout.answering != rollout.replaces:
        return Void(
            f"version {rollout.replaces} was the champion at its start, and version {rollout.answering or 'none'} answers now"
        )
    fired = [one for one in findings if one.word == "fired" and one.guard != SAMPLE_RATIO]
    if fired:
        first, *others = fired  # in the plan's order, where what says more of the cause stands first
        also = "".join(f"; {one.guard}: {one.told}" for one in others)
        return Back(first.guard, f"{first.told}{also}")
    if whole := _why_not_whole(rollout, evidence):
        return Hold(whole, missing, LOST)
    if SAMPLE_RATIO in rollout.alarms or any(one.word == "fired" for one in findings):
        return Hold("the arms do not hold the units that they should: no comparison of them counts", missing, SAMPLE_RATIO)
    if sick := [one for one in findings if one.word == "no verdict"]:
        return Hold("; ".join(f"{one.guard}: {one.told}" for one in sick), missing, SICK)
    if now >= deadline(rollout):
        return Hold(_at_deadline(rollout), missing, DEADLINE)
    if rollout.stage.verdict and quality(rollout.plan, evidence) is Verdict.UNEVEN:
        return Hold(_uneven(evidence.paired), missing, COVERAGE)
    if missing:
        return Hold("not enough evidence yet", missing)
    if open_ := [one for one in findings if _is_open(one, rollout.stage)]:
        return Hold("; ".join(f"{one.guard}: {one.told}" for one in open_), missing)
    return Finish() if rollout.at + 1 == len(rollout.plan.stages) else Advance(rollout.at + 1)


def _is_open(found: Finding, stage: Stage) -> bool:
    """Whether a guard keeps the stage from ending. One that asks labels does so where the stage asks for any."""
    if found.word == "no evidence" and found.guard in LABELLED:
        return stage.verdict or stage.labels > 0
    return found.word in ("beyond", "no evidence")


def deadline(rollout: Rollout) -> datetime:
    """From then on nothing moves forward by itself: the plan's, or the one that a person has set since."""
    return rollout.extended_to or rollout.started_at + timedelta(hours=rollout.plan.deadline_hours)


def _at_deadline(rollout: Rollout) -> str:
    hours = round((deadline(rollout) - rollout.started_at).total_seconds() / 3600, 1)
    return f"the deadline has passed, {hours:g} hours after the start: end it (abort_rollout) or give it more time (extend_rollout)"


def _uneven(both: PairedEvidence) -> str:
    return (
        f"of the reviews up to {both.median_chars:,.0f} characters {both.shorter.share:.1%} are labelled, of the longer ones "
        f"{both.longer.share:.1%}: labels of the one half are no verdict on both"
    )


def _why_not_whole(rollout: Rollout, evidence: Evidence) -> str:
    """Why the evidence is none, in words; empty where it is whole enough."""
    if evidence.num_misattributed:
        return (
            f"{evidence.num_misattributed} records name another version than their arm's: nobody can tell what they are evidence of"
        )
    gone, total = evidence.num_lost + evidence.num_dropped, evidence.num_records + evidence.num_lost + evidence.num_dropped
    if total and gone / total > rollout.plan.max_lost_share:
        return (
            f"{gone} of {total} captured records are lost or were dropped, and {rollout.plan.max_lost_share:.1%} may be: what is "
            "missing may be what failed"
        )
    if is_uneven(rollout.plan, dropped(evidence)):
        both = evidence.paired
        return (
            f"of the requests up to {both.median_tokens:,.0f} tokens {both.fewer_tokens.share:.1%} were read in shadow, of the "
            f"longer ones {both.more_tokens.share:.1%}: what was dropped for want of room (serving.shadow_tokens) is not like what "
            "was read"
        )
    return ""


def _missing(rollout: Rollout, evidence: Evidence, now: datetime) -> Iterator[Missing]:
    stage, found = rollout.stage, evidence.stage(rollout.stage.name)
    in_stage = max((now - rollout.stage_at).total_seconds(), 1.0)
    in_all = max((now - rollout.started_at).total_seconds(), 1.0)
    answered = window(stage, found).challenger.num_answered
    if answered < stage.requests:
        yield _at_pace("requests answered by the challenger", answered, stage.requests, in_stage)
    baked = baked_seconds(found)
    if baked < stage.bake_seconds:
        yield Missing("seconds with traffic", baked, stage.bake_seconds, stage.bake_seconds - baked if answered else None)
    labelled = evidence.paired.num_labelled
    if labelled < stage.labels:
        yield _at_pace("labelled reviews that both read, one a unit", labelled, stage.labels, in_all)
    if stage.verdict and quality(rollout.plan, evidence) not in (Verdict.NO_WORSE, Verdict.UNEVEN):
        need = max(rollout.plan.labels_needed, labelled + 1)
        yield _at_pace(f"labels, about, for the verdict: no worse within {rollout.plan.margin:g}", labelled, need, in_all)


def _at_pace(what: str, have: int, need: int, seconds: float) -> Missing:
    return Missing(what, have, need, (need - have) * seconds / have if have else None)


def baked_seconds(found: StageEvidence) -> float:
    """Between the stage's first request and its last."""
    if not (found.first_at and found.last_at):
        return 0.0
    return (datetime.fromisoformat(found.last_at) - datetime.fromisoformat(found.first_at)).total_seconds()


def needs_of(stage: Stage) -> tuple[str, ...]:
    """What a stage waits for beside clear guards, in words."""
    told = [f"{stage.requests:,} requests"]
    if stage.labels:
        told.append(f"{stage.labels:,} labels")
    if stage.verdict:
        told.append("the verdict no worse")
    if stage.bake_seconds:
        told.append(f"{stage.bake_seconds:g} s with traffic")
    return tuple(told)
