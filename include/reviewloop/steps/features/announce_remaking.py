"""A deploy that makes snapshots otherwise asks for one."""

import logging

from reviewloop.adapters import deployed
from reviewloop.config import load_config
from reviewloop.errors import NothingToDo
from reviewloop.refs import ChangeRef

log = logging.getLogger(__name__)


def announce_remaking(dag_run_key: str) -> ChangeRef:
    """What of code, configuration, lock file or tokenizer makes a snapshot and is other than in the newest one.

    For the asset REMAKING, once for each change. Raises ``NothingToDo`` where nothing changed, where this change was told before,
    and before the first snapshot was announced: curated days ask for that one.
    """
    changes = deployed.features_to_tell(deployed.deployed_features(load_config()), dag_run_key)
    if not changes:
        raise NothingToDo("nothing that makes a snapshot has changed since the newest one, or it was announced before")
    log.info("a snapshot is asked for: %s", "; ".join(changes))
    return ChangeRef(changes=changes)
