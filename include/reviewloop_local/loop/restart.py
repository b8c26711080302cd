"""A restart ends what runs: say what, and ask where that is a training of many minutes."""

import os
import sys
from collections.abc import Sequence

from reviewloop_local.errors import LocalError
from reviewloop_local.loop.airflow_api import ACTIVE, AirflowApi
from reviewloop_local.loop.follow import DAGS, label
from reviewloop_local.stack.health import Say
from reviewloop_local.stack.orphans import TRAINING, names
from reviewloop_local.stack.stack import Stack

TRAIN = DAGS[2]
FORCE = "FORCE"
"""The variable that answers yes beforehand: ``FORCE=1``."""


def ask_before_restart(stack: Stack, say: Say, patience_seconds: float = 5) -> None:
    """Says which tasks a restart ends; raises ``LocalError`` where one trains and nobody says that it may be ended.

    Asks on a terminal; elsewhere only ``FORCE=1`` is a yes. Where Airflow does not answer, a training is known by its process.
    """
    api = AirflowApi(stack.ports.airflow_url, stack.home.secrets()["admin_password"], patience_seconds)
    try:
        ended = running_tasks(api)
        trains = any(task.startswith(f"{TRAIN}.") for task in ended)
    except LocalError:
        ended, trains = [], False
    if not trains and TRAINING in names(str(stack.home.root)):
        ended, trains = [*ended, TRAINING], True
    if not ended:
        return
    say(f"this ends {', '.join(ended)}; Airflow runs it again after the restart, a fine-tune from its last checkpoint")
    if trains and os.environ.get(FORCE, "0") in {"", "0"}:
        _ask()


def running_tasks(api: AirflowApi) -> list[str]:
    """``dag.task (run)`` of every task that runs now, oldest run first."""
    found: Sequence[tuple[str, str]] = [
        (f"{run.dag_id}.{task.task_id}", label(run))
        for run in api.runs([*DAGS, "lake_crawl"])
        if run.state in ACTIVE
        for task in api.tasks(run)
        if task.state == "running"
    ]
    return [f"{task} ({run})" for task, run in found]


def _ask() -> None:
    if not sys.stdin.isatty():
        raise LocalError(f"a training runs, and nobody is there to ask: wait until it is over, or restart with {FORCE}=1")
    if input("  End the training and restart? [y/N] ").strip().lower() not in {"y", "yes"}:
        raise LocalError("nothing was restarted, and the training goes on")
