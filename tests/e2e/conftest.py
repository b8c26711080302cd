"""One whole stack for these tests: its own home, its own ports, the profile ``e2e``, a small sample."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest

from reviewloop_local.loop.airflow_api import ACTIVE, AirflowApi, DagRun, Task
from reviewloop_local.sample.reviews import make_reviews, to_csv_bytes
from reviewloop_local.stack.home import MARKER, Home
from reviewloop_local.stack.orphans import processes
from reviewloop_local.stack.ports import Ports, is_free
from reviewloop_local.stack.stack import Stack

NUM_ROWS = 1500


@dataclass
class Loop:
    """A stack, questions to its Airflow, and the command line that a user has."""

    stack: Stack
    csv: Path

    @property
    def api(self) -> AirflowApi:
        return AirflowApi(self.stack.ports.airflow_url, self.stack.home.secrets()["admin_password"])

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """``python -m reviewloop_local ...`` to its end."""
        env = {key: value for key, value in self.stack.env.items() if key != MARKER}
        whole = [sys.executable, "-m", "reviewloop_local", *arguments]
        return subprocess.run(whole, env=env, capture_output=True, text=True, timeout=900, check=False)

    def run(self) -> subprocess.CompletedProcess[str]:
        return self.command("run", "--csv", str(self.csv))

    def trigger(self, dag_id: str, run_id: str, conf: dict[str, object]) -> DagRun:
        self.api.trigger(dag_id, run_id, conf)
        return until(lambda: self.api.run(dag_id, run_id))

    def finished(self, run: DagRun) -> DagRun:
        """The run once it is over."""
        return until(lambda: next((now for now in self.api.runs([run.dag_id]) if now.run_id == run.run_id and over(now)), None))

    def at_rest(self, dag_id: str) -> None:
        """Until the DAG has no run under way and no event waiting."""
        # Events first: one that becomes a run between the two questions would be missed by both the other way round.
        until(lambda: not self.api.num_pending_events(dag_id) and all(map(over, self.api.runs([dag_id]))))

    def task(self, run: DagRun, task_id: str) -> Task:
        return next(task for task in self.api.tasks(run) if task.task_id == task_id)

    def log(self, task: Task) -> str:
        return "\n".join(str(line) for line in self.api.log(task))

    def processes(self, *words: str) -> list[psutil.Process]:
        """Living processes of this stack whose command line holds all of ``words``."""
        alive = processes(str(self.stack.home.root))
        return [process for process in alive if all(word in " ".join(process.cmdline()) for word in words)]

    def workers(self) -> list[psutil.Process]:
        """The scheduler's workers."""
        return [process for process in self.processes() if process.cmdline()[0].startswith("airflow worker")]

    def pid_of(self, part: str) -> int:
        """The process that supervisord runs as ``part``."""
        return next(info["pid"] for info in self.stack._supervisor().getAllProcessInfo() if info["name"] == part)


def over(run: DagRun) -> bool:
    return run.state not in ACTIVE


def until(ask: Callable[[], Any], seconds: float = 420) -> Any:
    """The first true answer; fails when there is none in time."""
    deadline = time.monotonic() + seconds
    while not (answer := ask()):
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.5)
    return answer


@pytest.fixture(scope="module")
def loop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loop]:
    """A stack that this process can look into as its parts do; it is stopped, and everything with it, at the end.

    Of a module: what this process knows of the stack is gone before it runs the tests of another room.
    """
    root = tmp_path_factory.mktemp("stack")
    csv = root / "reviews.csv"
    csv.write_bytes(to_csv_bytes(make_reviews(NUM_ROWS, seed=7)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("REVIEWLOOP_PROFILE", "e2e")
        stack = Stack(Home(root / "home"), Ports(*[port for port in range(28900, 29900) if is_free(port)][:4]))
        for key, value in stack.env.items():
            if key != MARKER:
                patch.setenv(key, value)
        forget()
        yield Loop(stack, csv)
        stack.down(print)
    forget()


def forget() -> None:
    """What this process has read from its environment, which is another now: settings, configuration, every client."""
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] == "reviewloop":
            for found in vars(module).values():
                if hasattr(found, "cache_clear"):
                    found.cache_clear()
