"""A deploy of other code or configuration asks for a training."""

import logging

from reviewloop.adapters import deployed
from reviewloop.config import load_config
from reviewloop.errors import NothingToDo
from reviewloop.refs import ChangeRef

log = logging.getLogger(__name__)


def announce_change(dag_run_key: str) -> ChangeRef:
    """What of code, configuration, lock file, weights or gates is other than in the newest training, for the asset CHANGED.

    Once for each change. A comment, a docstring or another layout of the source is none. Raises ``NothingToDo`` where nothing
    changed, where this change was told before, and before the first training: new data starts that one. So it does at a look that
    asks for another snapshot, which starts a training itself; where none has begun by the next look, that one asks for it.
    """
    config = load_config()
    if deployed.features_come_first(deployed.deployed_features(config), dag_run_key):
        raise NothingToDo("another snapshot is asked for first, and a training comes of that")
    changes = deployed.changes_to_tell(deployed.deployed(config), dag_run_key)
    if not changes:
        raise NothingToDo("nothing that decides a training has changed since the newest one, or it was announced before")
    log.info("a training is asked for: %s", "; ".join(changes))
    return ChangeRef(changes=changes)
