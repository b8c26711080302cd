"""Logs are not kept for ever."""

import logging
from collections.abc import Sequence

from reviewloop.adapters.retention import log_files
from reviewloop.config import load_config
from reviewloop.errors import NothingToDo
from reviewloop.refs import ExpiredLogsRef

log = logging.getLogger(__name__)


def expire_logs(folders: Sequence[str]) -> ExpiredLogsRef:
    """Delete the log files below these folders of this machine to which nobody wrote for ``retention.log_days``.

    Logs of tasks and of DAG files, and lineage events in files; nothing else, and no link. Run again it finishes what a kill has
    left. Raises ``NothingToDo`` where none is too old.
    """
    days = load_config().retention.log_days
    num_files, num_bytes = log_files.expire(folders, days)
    if not num_files:
        raise NothingToDo(f"no log below {', '.join(folders)} is older than {days} days")
    log.info("%d log files, %d bytes, below %s are deleted", num_files, num_bytes, ", ".join(folders))
    return ExpiredLogsRef(log_days=days, num_files=num_files, num_bytes=num_bytes)
