"""A rollout's plan as the ledger holds it: text and whole numbers, frozen at the start, whatever the configuration says later."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from reviewloop.config import RolloutConfig
from reviewloop.core.rollout.assignment import NUM_BUCKETS


@dataclass(frozen=True)
class Stage:
    """See ``config.release.rollout.StageConfig``. ``challenger`` and ``shadow`` are shares, 0 to 1."""

    name: str
    challenger: float
    shadow: float
    requests: int
    labels: int
    verdict: bool
    bake_seconds: float


@dataclass(frozen=True)
class Guard:
    """See ``config.release.rollout.RolloutGuardConfig``."""

    name: str
    limit: float
    sick: float | None


@dataclass(frozen=True)
class Plan:
    """Stages, guards, and by what they judge. ``labels_needed``: forecast for the verdict, 0 where none is asked for."""

    name: str
    stages: tuple[Stage, ...]
    guards: tuple[Guard, ...]
    margin: float
    alpha: float
    max_lost_share: float
    max_coverage_gap: float
    deadline_hours: float
    labels_needed: int = 0
    ignored_callers: tuple[str, ...] = ()

    def guard(self, name: str) -> Guard | None:
        """The guard of this name; None where the plan has none."""
        return next((guard for guard in self.guards if guard.name == name), None)

    @property
    def asks_verdict(self) -> bool:
        """Whether some stage waits for the verdict on quality."""
        return any(stage.verdict for stage in self.stages)


def plan_of(config: RolloutConfig, name: str) -> Plan:
    """The configured plan. Raises ``ValueError`` for a name that is none."""
    chosen = config.named(name)
    of = {guard.name: guard for guard in config.guards}
    return Plan(
        chosen.name,
        tuple(Stage(**stage.model_dump()) for stage in chosen.stages),
        tuple(Guard(name, of[name].limit, of[name].sick) for name in chosen.guards),
        config.margin, config.alpha, config.max_lost_share, config.max_coverage_gap,
        chosen.deadline_hours, ignored_callers=config.ignored_callers,
    )  # fmt: skip


def to_facts(plan: Plan) -> dict[str, Any]:
    """For the event ``rollout_started``: shares are counted in buckets, measured numbers are text."""
    return {
        "plan": plan.name,
        "stages": [
            {
                "name": stage.name, "challenger": round(stage.challenger * NUM_BUCKETS), "requests": stage.requests,
                "shadow": round(stage.shadow * NUM_BUCKETS), "labels": stage.labels, "verdict": stage.verdict,
                "bake_seconds": f"{stage.bake_seconds:g}",
            }
            for stage in plan.stages
        ],
        "guards": [{"name": one.name, "limit": f"{one.limit:g}", "sick": "" if one.sick is None else f"{one.sick:g}"}
                   for one in plan.guards],
        "margin": f"{plan.margin:g}", "alpha": f"{plan.alpha:g}", "max_lost_share": f"{plan.max_lost_share:g}",
        "max_coverage_gap": f"{plan.max_coverage_gap:g}",
        "deadline_hours": f"{plan.deadline_hours:g}", "labels_needed": plan.labels_needed,
        "ignored_callers": list(plan.ignored_callers),
    }  # fmt: skip


def from_facts(facts: Mapping[str, Any]) -> Plan:
    """The way back. Raises ``KeyError`` or ``ValueError`` for facts of no plan."""
    stages = tuple(
        Stage(
            str(one["name"]), one["challenger"] / NUM_BUCKETS, one["shadow"] / NUM_BUCKETS, int(one["requests"]),
            int(one["labels"]), bool(one["verdict"]), float(one["bake_seconds"]),
        )
        for one in facts["stages"]
    )  # fmt: skip
    guards = tuple(
        Guard(str(one["name"]), float(one["limit"]), float(one["sick"]) if one["sick"] else None) for one in facts["guards"]
    )
    return Plan(
        str(facts["plan"]), stages, guards, float(facts["margin"]), float(facts["alpha"]), float(facts["max_lost_share"]),
        float(facts.get("max_coverage_gap", "1")),  # a rollout from before there was one has none
        float(facts["deadline_hours"]), int(facts["labels_needed"]), tuple(facts.get("ignored_callers", ())),
    )  # fmt: skip
