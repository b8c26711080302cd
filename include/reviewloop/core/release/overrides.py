"""A gate that refused is overridden by people: who it takes, and whose word still counts."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from reviewloop.config import ReleaseConfig
from reviewloop.core.gates.gates import GateResult
from reviewloop.core.release import people
from reviewloop.core.release.events import Event
from reviewloop.core.release.standing import Events

OVERRIDDEN: Final = "overridden"
"""A person overrode a gate, for one model, by one verdict's gates and champion: ``facts.gate``, ``facts.reason``."""
TWO_PEOPLE: Final = ("leakage.", "bias_after.", "slices.")
"""How the metrics begin of gates on leakage and on fairness: one person alone does not override them."""
NEVER: Final = ("served.same_artifact", "lineage.", "degenerate.")
"""Of gates without which nobody knows what is released, or whether it works at all."""


def num_needed(metric: str) -> int:
    """How many different people it takes; 0 where nobody may."""
    if metric.startswith(NEVER):
        return 0
    return 2 if metric.startswith(TWO_PEOPLE) else 1


def why_never(gate: Mapping[str, Any]) -> str | None:
    """Why nobody may override this refusal (a gate of a report, JSON), in words; None where people may."""
    if gate["value"] is None:
        return "its evidence is missing, and what nobody has measured nobody can take upon himself: mend the measurement"
    if not num_needed(gate["metric"]):
        return "without it nobody knows what is released, or whether it works at all: mend the model"
    return None


def said(events: Events, digest: str, gates_digest: str, against: str) -> dict[str, list[Event]]:
    """Overrides of this model, under these gates and beside this champion (empty: none), by gate, the oldest first."""
    found: dict[str, list[Event]] = {}
    for event in events:
        judged_by = event.facts.get("gates_digest"), event.facts.get("against")
        if event.kind == OVERRIDDEN and event.digest == digest and judged_by == (gates_digest, against):
            found.setdefault(str(event.facts["gate"]), []).append(event)
    return found


def applied(
    results: Sequence[GateResult], overrides: Mapping[str, Sequence[Event]], release: ReleaseConfig
) -> tuple[GateResult, ...]:
    """The results, where enough different people overrode what refuses: it then says so, and refuses no more."""
    return tuple(_applied(result, overrides.get(result.name, ()), release) for result in results)


def _applied(result: GateResult, overrides: Sequence[Event], release: ReleaseConfig) -> GateResult:
    if not result.blocks or why_never(vars(result)) is not None or not is_enough(result.metric, overrides, release):
        return result
    words = "; ".join(f"{name_of(event)}: {event.facts['reason']}" for event in overrides)
    return replace(result, verdict="overridden", blocks=False, finding=f"{result.finding}; overridden by {words}")


def is_enough(metric: str, overrides: Sequence[Event], release: ReleaseConfig) -> bool:
    """Whether so many different people said so as it takes."""
    needed = num_needed(metric)
    return needed > 0 and people.num_different(map(name_of, overrides), release) >= needed


def name_of(event: Event) -> str:
    """The person's name."""
    return event.by.partition(":")[2]
