"""Does an outage need a person? ``python -m reviewloop_local.studies.outage_study [--seconds N]``.

A small loop on a stack of its own. In each DAG, as soon as one of its tasks runs, S3 (with Glue and Athena) goes away for ``N``
seconds; then the same in a fresh stack with MLflow. Exit status 0 only where every DAG met its outage and the loop ended in one
champion, with every day scored and no run failed. The metadata database is not among them: SQLite cannot be away; the team
stack's PostgreSQL is killed in ``tests/deploy``.
"""

import argparse
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.table import Table

from reviewloop.adapters.catalog import glue
from reviewloop.adapters.lake import s3
from reviewloop.adapters.release.champion import current_champion
from reviewloop.config import load_config
from reviewloop.settings import settings
from reviewloop_local.loop.airflow_api import AirflowApi
from reviewloop_local.loop.display import LineDisplay, new_console
from reviewloop_local.loop.follow import DAGS, Change, Watch, follow
from reviewloop_local.loop.replay import Delivery, deliver, split
from reviewloop_local.loop.run import enter, open_stack, run_for, start
from reviewloop_local.sample.reviews import make_reviews, to_csv_bytes
from reviewloop_local.stack.home import Home
from reviewloop_local.stack.ports import Ports, is_free
from reviewloop_local.stack.stack import Stack

SERVICES: Final = ("aws", "mlflow")
NUM_ROWS: Final = 1500


@dataclass
class Outages(LineDisplay):
    """Follows the loop, and takes ``service`` away for ``seconds`` when a task of a DAG that had no outage yet runs."""

    console: Console
    stack: Stack
    service: str
    seconds: float
    met: dict[str, str] = field(default_factory=dict)
    """DAG -> the task under which the service went away."""
    _back: threading.Thread | None = None

    def __post_init__(self) -> None:
        super().__init__(self.console)

    def changed(self, change: Change) -> None:
        """One outage at a time."""
        super().changed(change)
        away = self._back is not None and self._back.is_alive()
        if change.task.state == "running" and change.run.dag_id not in self.met and not away:
            self.met[change.run.dag_id] = change.task.task_id
            self.console.print(f"  {self.service} goes away for {self.seconds:g} s under {change.run.dag_id}.{change.task.task_id}")
            self.stack.stop_part(self.service)
            self._back = threading.Thread(target=self._bring_back, daemon=True)
            self._back.start()

    def _bring_back(self) -> None:
        time.sleep(self.seconds)
        self.stack.start_part(self.service)
        self.console.print(f"  {self.service} is back")

    def over(self) -> None:
        """Until the service is there again."""
        if self._back:
            self._back.join()


def outages_of(service: str, seconds: float, console: Console) -> list[str]:
    """One loop in a fresh stack; returns what should have been otherwise."""
    with tempfile.TemporaryDirectory(prefix="reviewloop-outage-") as root:
        ports = Ports(*[port for port in range(27900, 28900) if is_free(port)][:4])
        stack = Stack(Home(Path(root) / "home"), ports, profile="e2e")
        enter(stack)
        for cached in (settings, load_config, s3.client):
            cached.cache_clear()
        try:
            return _loop(stack, service, seconds, console)
        finally:
            stack.clean(lambda _: None)


def _loop(stack: Stack, service: str, seconds: float, console: Console) -> list[str]:
    api = open_stack(stack, console)
    deliveries = split(to_csv_bytes(make_reviews(NUM_ROWS, seed=7)), "sample", load_config())
    watch = Watch(api, {run_for(api, delivery) for delivery in deliveries})
    display = Outages(console, stack, service, seconds)
    for delivery in deliveries:
        _take_in(api, console, watch, delivery, display)
    show(service, display.met, api, watch, console)
    problems = [f"no outage met {dag_id}" for dag_id in DAGS if dag_id not in display.met]
    problems += [str(failure) for failure in watch.failures()]
    if current_champion() is None:
        problems.append("no champion")
    scored = {partition.day for partition in glue.partitions("predictions")}
    problems += [f"{delivery.day} is not scored" for delivery in deliveries[1:] if delivery.day not in scored]
    return problems


def _take_in(api: AirflowApi, console: Console, watch: Watch, delivery: Delivery, display: Outages) -> None:
    deliver(delivery, load_config())
    start(api, console, delivery.day, run_for(api, delivery))
    follow(watch, display)
    display.over()


def show(service: str, met: dict[str, str], api: AirflowApi, watch: Watch, console: Console) -> None:
    """A row a DAG: where the outage met it, and how many tries its tasks took."""
    table = Table("DAG", "away", "under", "runs", "failed", "most tries of a task", title=f"{service} away")
    for dag_id in DAGS:
        runs = [run for run in watch.runs.values() if run.dag_id == dag_id]
        tries = max((task.try_number for run in runs for task in api.tasks(run)), default=0)
        failed = sum(run.state == "failed" for run in runs)
        table.add_row(dag_id, service, met.get(dag_id, "-"), str(len(runs)), str(failed), str(tries))
    console.print(table)


def main(arguments: list[str] | None = None) -> int:
    """Print a table a service, and what went wrong."""
    parser = argparse.ArgumentParser(prog="make study-outage", description=__doc__)
    parser.add_argument("--seconds", type=float, default=600.0, help="how long a service is away (600)")
    parser.add_argument("--service", choices=SERVICES, action="append", help="only this one")
    chosen = parser.parse_args(arguments)
    console, problems = new_console(), []
    for service in chosen.service or SERVICES:
        problems += [f"{service}: {line}" for line in outages_of(service, chosen.seconds, console)]
    for problem in problems:
        console.print(f"✗ {problem}", soft_wrap=True)
    console.print(
        "an outage needs a person" if problems else "no outage needed a person: one champion, every day scored, no run failed"
    )
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
