"""``make drift``: deliver a day that has drifted, and see the loop notice it and start a training run by itself."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import quote

from rich.console import Console
from rich.markup import escape

from reviewloop.adapters.lake import places, s3
from reviewloop.adapters.release.champion import current_champion
from reviewloop.config import load_config
from reviewloop.refs import DriftRef
from reviewloop_local.errors import LocalError
from reviewloop_local.loop.airflow_api import AirflowApi, DagRun, Task
from reviewloop_local.loop.display import new_console
from reviewloop_local.loop.follow import DAGS, Watch
from reviewloop_local.loop.replay import DAY_ROWS, HISTORY_DAY, Delivery
from reviewloop_local.loop.run import enter, open_stack, replay, run_for
from reviewloop_local.sample.dataset import require_dataset
from reviewloop_local.sample.faults import FAULTS
from reviewloop_local.stack.stack import Stack

_TRAIN, _SCORE, _MONITOR = DAGS[2], DAGS[4], DAGS[5]


def drift(stack: Stack) -> int:
    """0 only if the drifted day fired, started a training run, and everything that followed went well."""
    console = new_console()
    enter(stack)
    require_dataset('deliver a drifted day of its own: make deliver FILE="path/to/reviews.csv" DAY=2026-03-01')
    api = open_stack(stack, console)
    if current_champion() is None:
        raise LocalError("there is no champion to drift away from: `make run` first")
    day = next_free_day()
    delivery = Delivery(day, FAULTS["drifted"](DAY_ROWS, date.fromisoformat(day).toordinal()))
    watch = Watch(api, {run_for(api, delivery)})
    console.print(f"\n[bold]A drifted day[/]  {day}: {DAY_ROWS} reviews about other things, in other words")
    replay(api, console, watch, [delivery])
    problems = [*tell(api, watch, day, console), *map(str, watch.failures())]
    for problem in problems:
        console.print(f"[bold red]✗[/] {escape(problem)}", soft_wrap=True)
    if not problems:
        now = current_champion()
        console.print(f"[bold green]✓ The loop closed by itself.[/] The champion is version {now.version if now else 'none'}.")
    return 1 if problems else 0


def tell(api: AirflowApi, watch: Watch, day: str, console: Console) -> list[str]:
    """Show what the loop made of the day; returns what it should have done and did not."""
    verdict = drift_of(api, watch, day)
    if verdict is None:
        return [f"{day} was not monitored"]
    _, key = s3.split_uri(verdict.page_uri)
    console.print(f"\n[bold]{day}: {'drift' if verdict.fired else 'no drift'}[/]  {api.url}/reviewloop/pages/{key}", soft_wrap=True)
    for reason in verdict.reasons:
        console.print(f"  {escape(reason)}", soft_wrap=True)
    if not verdict.fired:
        return [f"the monitor saw no drift in {day}"]
    run, scored = retraining_of(api, watch, day), scored_at(api, watch, day)
    if run is None or run.started is None or scored is None:
        return [f"no training run was started by the drift of {day}"]
    how, waited = run.run_type.replace("_", " "), (run.started - scored).total_seconds()
    console.print(f"\nA training run started by itself ({how}), {waited:.0f} s after the day was scored:", soft_wrap=True)
    console.print(f"  {api.url}/dags/{_TRAIN}/runs/{quote(run.run_id, safe='')}", soft_wrap=True)
    for _, training in _returned(api, watch, _TRAIN, "begin_training"):
        console.print(f"  trigger: {escape(training['trigger'])}", soft_wrap=True)
    return []


def next_free_day() -> str:
    """The day after the newest one in the inbox."""
    config = load_config()
    prefix = places.inbox(config.dataset.inbox_prefix) + "/"
    days = [uri.removeprefix(prefix).partition("/")[0] for uri in s3.list_uris(prefix)]
    return str(date.fromisoformat(max(days, default=HISTORY_DAY)) + timedelta(days=1))


def drift_of(api: AirflowApi, watch: Watch, day: str) -> DriftRef | None:
    """The monitor's verdict on the day, among the runs just followed."""
    verdicts = (value for _, value in _returned(api, watch, _MONITOR, "monitor"))
    return next((DriftRef.model_validate(value) for value in verdicts if value["day"] == day), None)


def scored_at(api: AirflowApi, watch: Watch, day: str) -> datetime | None:
    """When the day's predictions were written."""
    return next((task.ended for task, value in _returned(api, watch, _SCORE, "score") if value["day"] == day), None)


def retraining_of(api: AirflowApi, watch: Watch, day: str) -> DagRun | None:
    """The training run that the day's drift event started."""
    for run in watch.runs.values():
        if run.dag_id == _TRAIN and run.run_type == "asset_triggered":
            extras = [event.get("extra") or {} for event in api.triggering_events(run)]
            if any(extra.get("day") == day and extra.get("fired") for extra in extras):
                return run
    return None


def _returned(api: AirflowApi, watch: Watch, dag_id: str, task_id: str) -> Iterator[tuple[Task, Mapping[str, Any]]]:
    """What every instance of a task returned in the runs just followed."""
    for key in watch.runs:
        for (name, _), task in watch.tasks.get(key, {}).items():
            if key[0] == dag_id and name == task_id and task.state == "success" and (value := api.returned(task)):
                yield task, value
