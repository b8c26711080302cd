"""Does an outage need a person? ``python -m reviewloop_local.studies.outage_study [--seconds N] [--service S] [--dag D]``.

A small loop on a stack of its own. In the middle of each DAG a service goes away for ``N`` seconds: S3 (with Glue and Athena),
then MLflow. Then, in a training and in the release of what it made, each of them loses all that it stored, and comes back from a
backup taken just before. Exit status 0 only where every chosen outage took place and the loop ended in one champion: no run
failed, every day scored, no version registered twice, the ledger whole. The metadata database is not among them: SQLite cannot
be away; the team stack's PostgreSQL is killed in ``tests/deploy``.
"""

import argparse
import shutil
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from rich.console import Console
from rich.table import Table

from reviewloop.adapters.catalog import glue
from reviewloop.adapters.mlflow import registry
from reviewloop.adapters.mlflow.tags import Tag
from reviewloop.adapters.release import ledger
from reviewloop.adapters.release.champion import current_champion
from reviewloop.config import load_config
from reviewloop_local.errors import LocalError
from reviewloop_local.loop.airflow_api import AirflowApi, DagRun
from reviewloop_local.loop.display import LineDisplay, new_console
from reviewloop_local.loop.follow import DAGS, Change, Watch, follow
from reviewloop_local.loop.own_stack import own_stack
from reviewloop_local.loop.replay import Delivery, deliver, split
from reviewloop_local.loop.run import open_stack, run_for, start
from reviewloop_local.sample.reviews import make_reviews, to_csv_bytes
from reviewloop_local.stack.backup import STORED, backup, restore_part
from reviewloop_local.stack.health import wait_until_ready
from reviewloop_local.stack.home import Home
from reviewloop_local.stack.stack import Stack

NUM_ROWS: Final = 1500


@dataclass
class Outage:
    """``service`` goes away once the task has begun. ``lost``: once it writes no more, and with all that is stored."""

    service: str
    dag_id: str
    task_id: str
    lost: bool = False
    began: float | None = None
    seconds: float = 0.0
    """From its stop until it was ready again."""
    slept: set[str] = field(default_factory=set)
    """Tasks that were put to sleep because of it."""


def history() -> list[Outage]:
    """Under the first delivery, which ends in the first champion. ``reviews_features`` asks MLflow nothing."""
    return [
        Outage("aws", "reviews_features", "build_features"),
        Outage("aws", "sentiment_train", "finetune"),
        Outage("mlflow", "sentiment_train", "evaluate_transformer"),
        Outage("aws", "sentiment_release", "pick_candidate"),
        Outage("mlflow", "sentiment_release", "approve"),
    ]


def daily() -> list[list[Outage]]:
    """Under two days that a champion reads."""
    return [
        [
            Outage("aws", "reviews_ingest", "parse"),
            Outage("mlflow", "reviews_ingest", "validate"),
            Outage("aws", "sentiment_score", "days_to_score"),
            Outage("aws", "sentiment_monitor", "days_to_monitor"),
        ],
        [Outage("mlflow", "sentiment_score", "days_to_score"), Outage("mlflow", "sentiment_monitor", "days_to_monitor")],
    ]


def losses() -> list[Outage]:
    """Under a second training, each where the service is not written to: what is written after a backup is lost with it."""
    return [
        Outage("aws", "sentiment_train", "evaluate_baseline", lost=True),  # the fine-tune still runs
        Outage("mlflow", "sentiment_release", "approve", lost=True),
    ]


class Outages(LineDisplay):
    """Follows the loop, and lets one outage after the other happen."""

    def __init__(self, console: Console, stack: Stack, seconds: float) -> None:
        super().__init__(console)
        self._stack, self._seconds = stack, seconds
        self._pending: list[Outage] = []
        self._now: Outage | None = None
        self._back: threading.Thread | None = None
        self._error: BaseException | None = None

    def plan(self, outages: Sequence[Outage]) -> None:
        """What is to happen next."""
        self._pending = list(outages)

    def changed(self, change: Change) -> None:
        """A line; and who sleeps because of the outage."""
        super().changed(change)
        if self._now and self._away() and change.task.state == "up_for_reschedule":
            self._now.slept.add(f"{change.run.dag_id}.{change.task.task_id}")

    def tick(self, watch: Watch) -> None:
        """Begin the next outage that is due in a run that is not over, when nothing is away."""
        if self._away():
            return
        for outage in self._pending:
            if any(_is_due(watch, run, outage) for run in watch.active() if run.dag_id == outage.dag_id):
                self._pending.remove(outage)
                self._begin(outage)
                return

    def over(self) -> None:
        """Until the service is there again."""
        if self._back:
            self._back.join()
        if self._error:
            raise self._error

    def _away(self) -> bool:
        return self._back is not None and self._back.is_alive()

    def _begin(self, outage: Outage) -> None:
        what = "loses all that it stored and is away" if outage.lost else "goes away"
        self._say(f"{outage.service} {what} for {self._seconds:g} s under {outage.dag_id}.{outage.task_id}")
        self._now = outage
        self._back = threading.Thread(target=self._happen, args=(outage,), daemon=True)
        outage.began = time.monotonic()
        self._back.start()

    def _happen(self, outage: Outage) -> None:
        try:
            with _lost(self._stack.home, outage.service, self._say) if outage.lost else _kept():
                self._stack.stop_part(outage.service)
                outage.began = time.monotonic()
                time.sleep(self._seconds)
            self._stack.start_part(outage.service)
            wait_until_ready((outage.service,), self._stack.states, self._stack.ports, self._say)
            outage.seconds = time.monotonic() - (outage.began or 0.0)
        except BaseException as error:  # of a thread: raised again by `over`
            self._error = error

    def _say(self, line: str) -> None:
        self._console.print(f"  {line}", soft_wrap=True, markup=False)


@contextmanager
def _lost(home: Home, service: str, say: Callable[[str], None]) -> Iterator[None]:
    """A backup of the running stack; then, of the stopped service, nothing is left but that."""
    saved = home.root.with_name(f"saved-{service}")
    backup(home, saved, say)
    yield
    for name in STORED[service]:
        path = home.root / name
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    restore_part(home, saved, service, say)


@contextmanager
def _kept() -> Iterator[None]:
    yield


def _is_due(watch: Watch, run: DagRun, outage: Outage) -> bool:
    tasks = watch.tasks.get((run.dag_id, run.run_id), {})
    seen = [task for (name, _), task in tasks.items() if name == outage.task_id]
    return any(task.ended or task.state == "awaiting_input" if outage.lost else task.started for task in seen)


def study(chosen: argparse.Namespace, console: Console) -> list[str]:
    """One loop in a fresh stack; returns what should have been otherwise."""
    with own_stack("e2e") as stack:
        return _loop(stack, chosen, console)


def _loop(stack: Stack, chosen: argparse.Namespace, console: Console) -> list[str]:
    def wanted(outages: list[Outage]) -> list[Outage]:
        return [one for one in outages if one.service in chosen.service and one.dag_id in chosen.dag]

    api = _open(stack, console)
    first, *days = split(to_csv_bytes(make_reviews(NUM_ROWS, seed=7)), "sample", load_config())
    watch = Watch(api, {run_for(api, delivery) for delivery in (first, *days)})
    display = Outages(console, stack, chosen.seconds)
    begun = time.monotonic()
    planned = wanted(history())
    _take_in(api, console, watch, first, display, planned)
    for outages in filter(None, map(wanted, daily())):
        _take_in(api, console, watch, days.pop(0), display, outages)
        planned += outages
    if chosen.lost and (lost := [one for one in losses() if one.service in chosen.service]):
        api.trigger("sentiment_train", "lost", {"force": True})
        _follow(watch, display, lost)
        planned += lost
    _take_in(api, console, watch, days.pop(0), display, [])  # all is well again
    console.print(f"  the loop took {time.monotonic() - begun:.0f} s")
    show(planned, api, watch, console)
    scored = {partition.day for partition in glue.partitions("predictions")}
    days_read = [str(run.conf["day"]) for run in watch.ours() if run.conf["day"] != first.day]
    problems = [f"{one.service} was not away under {one.dag_id}" for one in planned if not one.seconds]
    problems += [str(failure) for failure in watch.failures()]
    problems += [f"{day} is not scored" for day in days_read if day not in scored]
    return problems + not_one_champion(num_trainings=2 if chosen.lost else 1)


def _open(stack: Stack, console: Console) -> AirflowApi:
    """On a machine that others use, a start takes longer than a user would wait for it."""
    try:
        return open_stack(stack, console)
    except LocalError as error:
        console.print(f"  {error}; waiting on", soft_wrap=True, markup=False)
        return open_stack(stack, console)


def _take_in(
    api: AirflowApi, console: Console, watch: Watch, delivery: Delivery, display: Outages, outages: Sequence[Outage]
) -> None:
    deliver(delivery, load_config())
    start(api, console, delivery.day, run_for(api, delivery))
    _follow(watch, display, outages)


def _follow(watch: Watch, display: Outages, outages: Sequence[Outage]) -> None:
    display.plan(outages)
    follow(watch, display)
    display.over()


def not_one_champion(num_trainings: int) -> list[str]:
    """What registry and ledger have otherwise than one version a training, and the last one as champion."""
    champion, versions = current_champion(), registry.versions()  # verifies ledger, files, record and alias
    problems = [] if champion else ["no champion"]
    if champion and champion.version != versions[0].version:
        problems.append(f"version {champion.version} answers, not {versions[0].version}")
    jobs = [version.tags.get(Tag.JOB_KEY) for version in versions]
    told = [event.version for event in ledger.read() if event.kind == "registered"]
    if not len(jobs) == len(set(jobs)) == len(told) == len(set(told)) == num_trainings:
        problems.append(f"{num_trainings} trainings, but versions {[one.version for one in versions]}, the ledger tells of {told}")
    return problems


def show(outages: Sequence[Outage], api: AirflowApi, watch: Watch, console: Console) -> None:
    """A row an outage: what it met, and what it cost. A task's tries are of the whole study."""
    table = Table("DAG", "away", "under", "seconds", "slept", "most tries", "failed runs", title="Services away")
    for one in outages:
        runs = [run for run in watch.runs.values() if run.dag_id == one.dag_id]
        tries = max((task.try_number for run in runs for task in api.tasks(run)), default=0)
        failed = sum(run.state == "failed" for run in runs)
        away = f"{one.service}, lost and restored" if one.lost else one.service
        slept = ", ".join(sorted(one.slept)) or "-"
        table.add_row(one.dag_id, away, one.task_id, f"{one.seconds:.0f}", slept, str(tries), str(failed))
    console.print(table)


def main(arguments: list[str] | None = None) -> int:
    """Print the table, and what went wrong."""
    parser = argparse.ArgumentParser(prog="make study-outage", description=__doc__)
    parser.add_argument("--seconds", type=float, default=600.0, help="how long a service is away (600)")
    parser.add_argument("--service", choices=tuple(STORED), nargs="+", default=tuple(STORED), help="only these")
    parser.add_argument("--dag", choices=DAGS, nargs="+", default=DAGS, help="outages in the middle of these only")
    parser.add_argument("--lost", action=argparse.BooleanOptionalAction, default=True, help="lose and restore, too")
    chosen, console = parser.parse_args(arguments), new_console()
    try:
        problems = study(chosen, console)
    except LocalError as error:
        console.print(f"✗ nothing was measured: {error}", soft_wrap=True, markup=False)
        return 2
    for problem in problems:
        console.print(f"✗ {problem}", soft_wrap=True, markup=False)
    console.print("an outage needs a person" if problems else "no outage needed a person: one champion, no run failed")
    return 1 if problems else 0


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # or its stack would outlive it
    sys.exit(main())
