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
    changed, where this change was told before, and before the first training: new data starts that one.
    """
    changes = deployed.changes_to_tell(deployed.deployed(load_config()), dag_run_key)
    if not changes:
        raise NothingToDo("nothing that decides a training has changed since the newest one, or it was announced before")
    log.info("a training is asked for: %s", "; ".join(changes))
    return ChangeRef(changes=changes)
