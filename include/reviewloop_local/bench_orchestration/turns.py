"""The training as a DAG and as a script, in turns, on a stack of their own."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rich.console import Console

from reviewloop_local.bench_orchestration.timeline import Timeline, timeline
from reviewloop_local.errors import LocalError
from reviewloop_local.loop.airflow_api import ACTIVE, AirflowApi
from reviewloop_local.loop.follow import DAGS, Watch
from reviewloop_local.loop.replay import reviews
from reviewloop_local.loop.run import open_stack, replay, run_for
from reviewloop_local.stack.health import wait_until_ready
from reviewloop_local.stack.stack import Stack

TRAIN: Final = "sentiment_train"
_AIRFLOW: Final = ("airflow-scheduler", "airflow-dag-processor", "airflow-triggerer")
"""What costs a processor's time while nothing is scheduled; a script needs none of it."""
_POLL_SECONDS: Final = 0.1
_LONGEST_SECONDS: Final = 3600.0


@dataclass(frozen=True)
class Script:
    """``seconds``: from the start of its process to its end. ``steps``: of each step, by the name of its task."""

    seconds: float
    steps: dict[str, float]


@dataclass
class Bench:
    """A stack whose training DAG has trained once, and where nothing else starts any more."""

    stack: Stack
    api: AirflowApi
    upstream: dict[str, list[str]]
    count: int = 0

    def as_dag(self, force: bool) -> Timeline:
        """Trigger the DAG and wait for it; ``force``: train anew, else it finds that nothing changed."""
        run_id = self._next("dag")
        self.api.trigger(TRAIN, run_id, {"force": force})
        deadline = time.monotonic() + _LONGEST_SECONDS
        while (run := self.api.run(TRAIN, run_id)) is None or run.state in ACTIVE:
            if time.monotonic() > deadline:
                raise LocalError(f"{TRAIN} {run_id}: it did not end within {_LONGEST_SECONDS:g} s")
            time.sleep(_POLL_SECONDS)
        if run.state != "success":
            raise LocalError(f"{TRAIN} {run_id}: {run.state}; a training that fails measures nothing: see {self.stack.home.logs}")
        tasks = self.api.tasks(run)
        logs = {task.task_id: self.api.log(task) for task in tasks if task.started and task.try_number}
        return timeline(run, tasks, logs, self.upstream)

    def as_script(self, force: bool) -> Script:
        """The same steps in one process, while Airflow stands still."""
        command = [sys.executable, "-m", "reviewloop_local.bench_orchestration.plain", self._next("script")]
        with self._without_airflow():
            begun = time.perf_counter()
            done = subprocess.run(  # noqa: S603  the command is our own
                [*command, *(["--force"] if force else [])], env=dict(os.environ), capture_output=True, text=True, check=False
            )
            seconds = time.perf_counter() - begun
        if done.returncode:
            raise LocalError(f"the script ended with status {done.returncode}: {done.stderr[-2000:]}")
        return Script(seconds, json.loads(done.stdout.splitlines()[-1]))

    def _next(self, what: str) -> str:
        self.count += 1
        return f"bench__{what}__{self.count}"

    @contextmanager
    def _without_airflow(self) -> Iterator[None]:
        for name in _AIRFLOW:
            self.stack.stop_part(name)
        try:
            yield
        finally:
            for name in _AIRFLOW:
                self.stack.start_part(name)
            wait_until_ready(_AIRFLOW, self.stack.states, self.stack.ports, lambda _: None)


def prepared(stack: Stack, csv: Path | None) -> Bench:
    """Start the stack, deliver the reviews' history, follow the loop to its first champion, and pause every other DAG."""
    console = Console(stderr=True)
    (history, *_) = reviews(str(csv) if csv else "")
    api = open_stack(stack, console)
    watch = Watch(api, {run_for(api, history)})
    replay(api, console, watch, [history])
    if failures := watch.failures():
        raise LocalError(f"the loop failed before anything was measured: {failures[0]}")
    for dag_id in sorted({*DAGS, *api.known_dags()} - {TRAIN}):
        api.pause(dag_id)
    return Bench(stack, api, api.upstream(TRAIN))
