"""``make run``: the stack, the deliveries, the loop, the summary."""

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from rich.console import Console

from reviewloop.adapters.lake import s3, signatures
from reviewloop.adapters.release import ledger
from reviewloop.adapters.release.champion import current_champion
from reviewloop.config import load_config
from reviewloop.core.release import standing
from reviewloop.errors import NothingToDo, PermanentError
from reviewloop.settings import settings
from reviewloop.steps.release.adopt import adopt
from reviewloop.steps.release.sign_model import sign_model
from reviewloop_local.errors import LocalError
from reviewloop_local.loop.airflow_api import AirflowApi
from reviewloop_local.loop.display import display_for, new_console
from reviewloop_local.loop.follow import DAGS, Watch, follow
from reviewloop_local.loop.replay import Delivery, deliver, require_file, reviews
from reviewloop_local.loop.restart import ask_before_restart
from reviewloop_local.stack.addresses import way_in
from reviewloop_local.stack.environment import MLFLOW_BUCKET
from reviewloop_local.stack.home import MARKER
from reviewloop_local.stack.stack import Stack

INGEST = "reviews_ingest"
REAL: Final = "local"
"""The profile of a loop on a file of real reviews."""


def run(stack: Stack, csv_path: str) -> int:
    """Everything; 0 only if the loop succeeded."""
    from reviewloop_local.loop import summary
    from reviewloop_local.loop.render import show

    console = new_console()
    begun = time.monotonic()
    if csv_path:
        require_file(Path(csv_path))
    stack = replace(stack, profile=REAL if csv_path else "sample")
    enter(stack)
    history, *daily = reviews(csv_path)  # a wrong path is told before anything starts
    api = open_stack(stack, console)
    watch = Watch(api, {run_for(api, delivery) for delivery in (history, *daily)})
    console.print(f"\n[bold]History[/]  {history.day}: every gate, then features, training, release")
    if done(api, history):  # a new delivery starts everything after it anew, by itself
        mend(api, console)
    replay(api, console, watch, [history])
    if not watch.failures() and current_champion() is not None:
        console.print(f"\n[bold]Daily[/]  {', '.join(delivery.day for delivery in daily)}: every gate, then scored and monitored")
        replay(api, console, watch, daily)
    report = summary.collect(api, stack.ports, watch, time.monotonic() - begun)
    summary.write(report, stack.home.summary)
    show(report, console)
    console.print(f"\nAs JSON: {stack.home.summary}", soft_wrap=True)
    return 0 if report.succeeded else 1


def enter(stack: Stack) -> None:
    """Make this process see the stack as its parts do: the adapters then talk to its S3 and its MLflow."""
    os.environ.update(stack.env)
    del os.environ[MARKER]  # this process is not a part, and `down` must not end it


def open_stack(stack: Stack, console: Console) -> AirflowApi:
    """Start what does not run, make the buckets, wait until Airflow knows the loop's DAGs, and tell the way in."""
    console.print("[bold]Stack[/]")

    def say(line: str) -> None:
        console.print(f"  {line}", soft_wrap=True, markup=False)

    stack.up(say, lambda: ask_before_restart(stack, say))
    make_buckets()
    adopt_older_releases(say)
    sign_older_champion(say)
    api = AirflowApi(stack.ports.airflow_url, stack.home.secrets()["admin_password"])
    wait_for_dags(api, datetime.fromtimestamp(stack.states()["airflow-dag-processor"].started, UTC))
    for line in way_in(stack).splitlines():
        console.print(f"  {line}", soft_wrap=True, markup=False)
    return api


def make_buckets() -> None:
    """The lake's bucket and MLflow's, where they are missing."""
    there = {bucket["Name"] for bucket in s3.client().list_buckets()["Buckets"]}
    for name in (settings().bucket, MLFLOW_BUCKET):
        if name not in there:
            s3.client().create_bucket(Bucket=name)


def adopt_older_releases(say: Callable[[str], None]) -> None:
    """Take over what an older reviewloop released into this home, before it had a ledger; says so where there was something.

    Raises ``LocalError`` with one line where it cannot be: the loop would fail at its first question who answers.
    """
    try:
        say(f"releases from before the ledger are taken over: version {', '.join(adopt())}")
    except NothingToDo:
        return
    except PermanentError as error:
        raise LocalError(str(error)) from None


def sign_older_champion(say: Callable[[str], None]) -> None:
    """Sign the version that answers, where it is from before models were signed; other versions are signed by name.

    Raises ``LocalError`` where it cannot be: it could not be loaded any more.
    """
    head = standing.champion(ledger.read())
    if head is not None and not signatures.is_signed(str(head.facts["source"])):
        try:
            number = sign_model(str(head.version), "make run")
        except PermanentError as error:
            raise LocalError(str(error)) from None
        say(f"version {head.version}, which answers, is from before models were signed: it is signed now (ledger, event {number})")


def wait_for_dags(api: AirflowApi, since: datetime, seconds: float = 180) -> None:
    """Until Airflow schedules all of the loop's DAGs.

    Raises ``LocalError`` with the parse error (found after ``since``), or naming the DAG that is paused.
    """
    deadline = time.monotonic() + seconds
    while missing := set(DAGS) - api.known_dags():
        if errors := api.import_errors(since):
            raise LocalError(f"a DAG file does not parse: {'; '.join(errors)}")
        if time.monotonic() > deadline:
            raise LocalError(f"Airflow does not schedule {', '.join(sorted(missing))}: paused in the UI, or not in dags/")
        time.sleep(1)


def done(api: AirflowApi, delivery: Delivery) -> bool:
    """Whether this very object is what was ingested last for its day."""
    run = api.run(INGEST, run_for(api, delivery))
    return run is not None and run.state == "success"


def mend(api: AirflowApi, console: Console) -> None:
    """Run again what failed in the newest run of a DAG after ingest, as an earlier `make run` left it."""
    newest = {run.dag_id: run for run in api.runs(DAGS[1:])}
    for run in newest.values():
        if run.state == "failed":
            console.print(f"  {run.dag_id} failed the last time: running what failed again")
            api.clear_failed(run)


def replay(api: AirflowApi, console: Console, watch: Watch, deliveries: Sequence[Delivery]) -> None:
    """Deliver, start what is not done yet, and follow until the loop is at rest."""
    for delivery in deliveries:
        deliver(delivery, load_config())
        start(api, console, delivery.day, run_for(api, delivery))
    with display_for(console) as display:
        follow(watch, display)


def start(api: AirflowApi, console: Console, day: str, run_id: str) -> None:
    """Start the day's ingest run: not again when it is done or under way, and only its failed tasks when it failed."""
    run = api.run(INGEST, run_id)
    if run is None:
        api.trigger(INGEST, run_id, {"day": day})
    elif run.state == "failed":
        api.clear_failed(run)
    else:
        console.print(f"  {day}: nothing changed since it was ingested" if run.state == "success" else f"  {day}: under way")


def run_for(api: AirflowApi, delivery: Delivery) -> str:
    """The id of the run that takes the delivery in: the day's newest run if that took this very object, else a new one."""
    base = run_id_of(delivery)
    of_day = [run.run_id for run in api.runs([INGEST]) if run.conf.get("day") == delivery.day]
    tries = [run_id for run_id in of_day if run_id.startswith(base)]
    if tries and of_day[-1] == tries[-1]:
        return tries[-1]
    return f"{base}__{len(tries) + 1}" if tries else base  # after a correction the old object is news again


def run_id_of(delivery: Delivery) -> str:
    """The same object gets the same run, so that a second `make run` finds the first one's."""
    return f"delivery__{delivery.day}__{delivery.digest[:16]}"
