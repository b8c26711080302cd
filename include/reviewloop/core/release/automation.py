"""How much of a decision on a release is the loop's: five levels, what each of them needs, and what the loop would say itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, get_args

from reviewloop.config import AutomationLevel, ReleaseConfig
from reviewloop.core.gates.gates import DELTA
from reviewloop.core.release.events import Event
from reviewloop.core.release.standing import ANSWERS, Events

LEVELS: Final[tuple[AutomationLevel, ...]] = get_args(AutomationLevel)
"""The most careful first."""
MEANING: Final[Mapping[AutomationLevel, str]] = {
    "human_only": "a person decides, and the loop has no opinion",
    "shadow": "a person decides; what the loop would have said is kept in the ledger, and not shown",
    "assisted": "the loop proposes, a person decides",
    "partial": "the loop decides when it is sure, a person when it is not",
    "full": "the loop decides whatever passed the gates, unless a person overrode one of them",
}
NEEDS: Final[Mapping[AutomationLevel, str]] = {
    "human_only": "no gate refuses",
    "shadow": "no gate refuses",
    "assisted": "no gate refuses",
    "partial": "every gate is a plain pass, and macro-F1 is above the champion's by `release.sure_delta`, beyond luck",
    "full": "no gate refuses, and none was overridden",
}
"""From the gates, for whoever decides at that level to say yes."""
SET: Final = "automation_set"
"""A person set the level: ``facts.level``."""
_PLAIN: Final = ("pass", "not applicable")


def lowest(*levels: str) -> AutomationLevel:
    """The most careful of them; a word that is no level (a later release's) counts as the most careful of all."""
    return LEVELS[min(LEVELS.index(level) if level in LEVELS else 0 for level in levels)]


def level_now(events: Events, configured: AutomationLevel) -> AutomationLevel:
    """The level that counts: as a person set it last, and never above the configuration's."""
    told = next((str(event.facts.get("level")) for event in reversed(events) if event.kind == SET), configured)
    return lowest(configured, told)


@dataclass(frozen=True)
class Proposal:
    """What the loop would say: yes where nothing is in ``doubts``, and else that a person should look, for these reasons."""

    doubts: tuple[str, ...]
    overridden: tuple[str, ...] = ()
    """Gates that people have overridden."""

    @property
    def is_sure(self) -> bool:
        """Whether it would say yes by itself."""
        return not self.doubts

    @property
    def word(self) -> str:
        """As the ledger keeps it."""
        return "approve" if self.is_sure else "ask"


def propose(report: Mapping[str, Any], sure_delta: float, others: Sequence[str] = ()) -> Proposal:
    """By a gate report (JSON), and ``others``, doubts of another kind. What is not in the report is a doubt, never a yes."""
    gates = report.get("gates") or []
    doubts = [f"gate {gate['name']}: {gate['verdict']}" for gate in gates if gate["verdict"] not in _PLAIN]
    if not gates:
        doubts.append("the report holds no gate")
    low = (report.get("evidence") or {}).get(f"{DELTA}_low")
    if low is None:
        doubts.append("it was not compared with a champion")
    elif low < sure_delta:
        doubts.append(f"macro-F1 above the champion's may be as low as {low:+.4f}; sure is {sure_delta:+g} or more")
    overridden = tuple(gate["name"] for gate in gates if gate["verdict"] == "overridden")
    return Proposal((*doubts, *others), overridden)


def is_for_the_loop(level: str, proposal: Proposal) -> bool:
    """Whether the loop decides on this at this level."""
    return (level == "full" and not proposal.overridden) or (level == "partial" and proposal.is_sure)


def may_still_decide(asked: Event, now: AutomationLevel) -> bool:
    """Whether the loop may say yes to this question by itself, at today's level: one that was raised since counts for the next.

    What it may decide at ``partial`` is a part of what it may at ``full``.
    """
    level = lowest(str(asked.facts.get("level")), now)
    return asked.facts.get("decides") == "loop" and (
        level == "full" or (level == "partial" and asked.facts.get("proposal") == "approve")
    )


def patience(asked: Event, release: ReleaseConfig) -> timedelta:
    """How long this question waits for an answer."""
    is_loops = asked.facts.get("decides") == "loop"
    return timedelta(seconds=release.objection_seconds if is_loops else release.approval_timeout_seconds)


def agreement(events: Events) -> tuple[int, int]:
    """Of the questions that people answered with yes or no and on which the loop had an opinion: how often the loop was sure and
    they said yes or it was not and they said no, and how many they are."""
    opinions = {
        event.sha256: event.facts.get("proposal") for event in events if event.kind == "asked" and event.facts.get("proposal")
    }
    first: dict[str, Event] = {}
    for event in events:
        if event.kind in ANSWERS and event.facts.get("asked") in opinions:
            first.setdefault(str(event.facts["asked"]), event)
    said = [
        (opinions[asked] == "approve", event.kind == "approved") for asked, event in first.items() if event.by.startswith("person:")
    ]
    return sum(sure == yes for sure, yes in said), len(said)
