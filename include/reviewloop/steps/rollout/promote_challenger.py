"""A challenger that passed its rollout becomes the champion."""

from reviewloop.errors import NothingToDo
from reviewloop.refs import ChampionRef, RolloutRef
from reviewloop.steps.release.promote import promote


def promote_challenger(rollout: RolloutRef) -> ChampionRef:
    """Promote by the approval that the rollout began with, as ``promote`` does and with all that it asks.

    Raises ``NothingToDo`` where the rollout was not passed just now.
    """
    if rollout.decision != "finish" or rollout.question is None:
        raise NothingToDo(f"version {rollout.version}, stage {rollout.stage}: {rollout.decision}: {rollout.reason}")
    return promote(rollout.question, rollout.plan)
