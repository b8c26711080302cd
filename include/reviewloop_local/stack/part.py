"""``python -m reviewloop_local.stack.part NAME``: end what a killed predecessor left behind, then become the part.

supervisord runs every part through this, so that a restart never meets its own orphans: an API server's child that still
holds the port, or a scheduler's workers that wait for work nobody will give them.
"""

import os
import sys

from reviewloop_local.stack.home import MARKER, home_from
from reviewloop_local.stack.orphans import PART, kill_all, orphaned_workers, sweep_workers
from reviewloop_local.stack.ports import ports_from
from reviewloop_local.stack.services import part_named


def main(name: str) -> None:
    """Never returns."""
    part = part_named(name, home_from(os.environ), ports_from(os.environ))
    stack = os.environ[MARKER]
    if name == "airflow-scheduler":
        _sweep_beside(stack, name)  # its descendants include running tasks and their training processes: those live on
    else:
        kill_all(stack, name)
    os.environ.update(part.env, **{PART: name})
    os.execv(sys.executable, [sys.executable, *part.arguments])  # noqa: S606 (our own interpreter, no shell)


def _sweep_beside(stack: str, name: str) -> None:
    """Start a process that waits for the orphaned workers to fall idle and ends them; it belongs to nobody and ends itself."""
    if not any(orphaned_workers(stack, name)):
        return
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            sweep_workers(stack, name)
        os._exit(0)
    os.wait()


if __name__ == "__main__":
    main(sys.argv[1])
