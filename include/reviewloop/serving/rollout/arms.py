"""Which version answers whom: the routing that holds in this process, with its models in memory."""

import hashlib
from dataclasses import dataclass

from reviewloop.core.rollout.assignment import assign
from reviewloop.core.rollout.evidence import CHALLENGER, CHAMPION
from reviewloop.core.rollout.routing import Routing
from reviewloop.serving.api.schemas import PredictRequest
from reviewloop.serving.inference.loaded import LoadedModel


@dataclass(frozen=True)
class Arms:
    """Replaced as a whole, never changed: a request that holds one has models and shares that belong together."""

    routing: Routing
    champion: LoadedModel
    challenger: LoadedModel | None = None

    def holds(self, model: LoadedModel) -> bool:
        """Whether an arm has this very model."""
        return model is self.champion or model is self.challenger

    def arm_of(self, unit: str) -> str:
        """Whose answer the unit gets; the same on every machine for as long as the routing holds."""
        if self.challenger is None:
            return CHAMPION
        share = self.routing.challenger_share
        return assign(self.routing.salt, unit, {CHALLENGER: share, CHAMPION: 1 - share})

    def is_shadowed(self, unit: str) -> bool:
        """Whether the challenger reads after the champion has answered; drawn apart from ``arm_of``."""
        if self.challenger is None:
            return False
        share = self.routing.shadow_share
        return assign(shadow_salt(self.routing.salt), unit, {"shadow": share, "": 1 - share}) == "shadow"


def shadow_salt(salt: str) -> str:
    """A salt of 16 bytes whose draw has nothing to do with that of ``salt``."""
    return hashlib.blake2b(salt.encode(), digest_size=8, person=b"shadow").hexdigest()


def unit_of(asked: PredictRequest, request_id: str) -> tuple[str, bool]:
    """What is assigned to an arm, and whether it outlives the request: the caller's unit, else the first review's id, else the
    request's."""
    first = asked.reviews[0]
    if asked.unit is not None:
        return asked.unit, True
    if first.review_id is not None:
        day = first.day.isoformat() if first.day else ""
        return f"{first.dataset or ''}/{day}/{first.review_id}", True
    return request_id, False
