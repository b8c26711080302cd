"""What the machine decides of a plan of five stages, some hours after its start."""

from datetime import timedelta

from tests.helpers.rollouts import START, plan

from reviewloop.core.rollout.evidence import Evidence
from reviewloop.core.rollout.machine import Decision, decide
from reviewloop.core.rollout.state import Rollout

LATER = START + timedelta(hours=3)
STAGED = plan()
SHADOW, CANARY, HALF, FULL = 0, 2, 3, 4


def decided(of: Rollout, found: Evidence, hours: float = 3) -> Decision:
    return decide(of, found, START + timedelta(hours=hours)).decision
