"""The plan of the demonstration: the guards and limits that are shipped, on stages that a laptop's traffic fills in minutes."""

from dataclasses import dataclass
from typing import Final

from reviewloop.config import PlanConfig, RolloutConfig, StageConfig
from reviewloop.core.rollout.forecast import Traffic, forecast, in_words, why_refused
from reviewloop.core.rollout.plan import Plan, plan_of
from reviewloop_local.errors import LocalError

NAME: Final = "demo"
LIKE: Final = "staged"
"""The shipped plan whose guards it has."""
REQUESTS: Final = 299
"""Of each stage: so many without a failure say that fewer than 1 % fail."""


@dataclass(frozen=True)
class Course:
    """The plan, and what it will take: in words, and in seconds for a version that is no worse."""

    plan: Plan
    told: tuple[str, ...]
    seconds: float


def demo_plan(config: RolloutConfig, requests_per_hour: float) -> Course:
    """The plan at this traffic, where every request gets its label. Raises ``LocalError`` where it cannot come to its verdicts."""
    stages = (
        StageConfig(name="shadow", challenger=0, shadow=1, requests=REQUESTS, labels=100),
        StageConfig(name="canary", challenger=0.25, shadow=1, requests=REQUESTS, labels=100),
        StageConfig(name="half", challenger=0.5, shadow=1, requests=REQUESTS, verdict=True),
        StageConfig(name="full", challenger=1, requests=REQUESTS),
    )
    of_demo = PlanConfig(name=NAME, stages=stages, guards=config.named(LIKE).guards, deadline_hours=1)
    plan = plan_of(config.model_copy(update={"plans": (of_demo,)}), NAME)
    told = forecast(plan, Traffic(requests_per_hour, requests_per_hour), config.discordant, config.power)
    if why := why_refused(plan, told):
        raise LocalError(f"the plan of the demonstration cannot start: {why}")
    return Course(plan, in_words(plan, told), 3600 * (told.hours or 0.0))
