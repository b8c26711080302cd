"""``make drift``: deliver days that have drifted, and see the loop name what moved and start a training, or say why not."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import quote

from rich.console import Console
from rich.markup import escape

from reviewloop.adapters.alerts import channel
from reviewloop.adapters.lake import places, s3
from reviewloop.adapters.release.champion import current_champion
from reviewloop.config import load_config
from reviewloop.core.monitoring.kinds.kinds import TOLD, Kind
from reviewloop.refs import DecisionRef, DriftRef
from reviewloop_local.errors import LocalError
from reviewloop_local.loop.airflow_api import AirflowApi, DagRun, Task
from reviewloop_local.loop.display import new_console
from reviewloop_local.loop.follow import DAGS, Watch
from reviewloop_local.loop.replay import DAY_ROWS, HISTORY_DAY, Delivery
from reviewloop_local.loop.run import REAL, enter, open_stack, replay, run_for
from reviewloop_local.sample.dataset import require_dataset
from reviewloop_local.sample.faults import drifted
from reviewloop_local.sample.kinds import PLANTS, parse_kind
from reviewloop_local.stack.stack import Stack

_TRAIN, _SCORE, _MONITOR = DAGS[2], DAGS[4], DAGS[5]


def drift(stack: Stack, kind: str = "") -> int:
    """0 only if every day fired, a training started or was refused for a reason, and everything that followed went well.

    ``kind`` plants that one kind of drift, by whose name the monitor must call it; empty: much has moved at once.
    """
    planted = parse_kind(kind) if kind else None
    make = PLANTS[planted] if planted else drifted
    console = new_console()
    enter(stack)
    require_dataset('deliver a drifted day of its own: make deliver FILE="path/to/reviews.csv" DAY=2026-03-01')
    api = open_stack(stack, console)
    before = current_champion()
    if before is None:
        raise LocalError("there is no champion to drift away from: `make run` first")
    if planted:
        require_made_up(stack.home.profile)
    days = next_free_days(load_config().response.confirm.days)
    deliveries = [Delivery(day, make(DAY_ROWS, date.fromisoformat(day).toordinal())) for day in days]
    watch = Watch(api, {run_for(api, delivery) for delivery in deliveries})
    what = TOLD[planted].means if planted else "about other things"
    console.print(f"\n[bold]{len(days)} drifted days[/]  {', '.join(days)}: {DAY_ROWS} reviews each, {what}", soft_wrap=True)
    replay(api, console, watch, deliveries)
    problems = [*tell(api, watch, days, console, planted), *map(str, watch.failures())]
    for problem in problems:
        console.print(f"[bold red]✗[/] {escape(problem)}", soft_wrap=True)
    if not problems:
        now = current_champion()
        moved = now is not None and now.version != before.version
        word = "The loop closed by itself." if moved else "The loop did what it should."
        console.print(f"[bold green]✓ {word}[/] The champion is version {now.version if now else 'none'}.")
    return 1 if problems else 0


def require_made_up(profile: str) -> None:
    """Raises ``LocalError`` where the champion knows real reviews: beside them every made-up one is of another kind."""
    if profile == REAL:
        raise LocalError(
            "KIND: a kind is planted in made-up reviews, and this champion was trained on a file's; `make clean` and `make run` "
            "without CSV first, or leave KIND out; `make study-live-quality CSV=...` plants every kind in a file's own reviews"
        )


def tell(api: AirflowApi, watch: Watch, days: Sequence[str], console: Console, planted: Kind | None = None) -> list[str]:
    """Show what the loop made of the days; returns what it should have done and did not."""
    problems = [problem for day in days if (problem := _tell_day(api, watch, day, console, planted))]
    decision = decision_of(api, watch, days)
    if decision is None:
        return [*problems, f"nothing was decided of {', '.join(days)}"]
    _tell_decision(api, decision, console)
    _tell_alerts(watch, console)
    if decision.verdict == "suppressed":
        return problems
    if decision.verdict != "train":
        return [*problems, f"the drift of {', '.join(days)} was not confirmed: {decision.reason}"]
    run, scored = retraining_of(api, watch, decision), scored_at(api, watch, decision.day)
    if run is None or run.started is None or scored is None:
        return [*problems, f"no training run was started by the drift of {', '.join(days)}"]
    how, waited = run.run_type.replace("_", " "), (run.started - scored).total_seconds()
    console.print(f"\nA training run started by itself ({how}), {waited:.0f} s after {decision.day} was scored:", soft_wrap=True)
    console.print(f"  {api.url}/dags/{_TRAIN}/runs/{quote(run.run_id, safe='')}", soft_wrap=True)
    for _, training in _returned(api, watch, _TRAIN, "begin_training"):
        console.print(f"  trigger: {escape(training['trigger'])}", soft_wrap=True)
    return problems


def _tell_day(api: AirflowApi, watch: Watch, day: str, console: Console, planted: Kind | None) -> str:
    """The day's verdict, shown; returns what is wrong with it."""
    verdict = drift_of(api, watch, day)
    if verdict is None:
        return f"{day} was not monitored"
    word = f"drift: {verdict.kind}" if verdict.fired else "no drift"
    console.print(f"\n[bold]{day}: {word}[/]  {_page(api, verdict.page_uri)}", soft_wrap=True)
    for reason in verdict.reasons:
        console.print(f"  {escape(reason)}", soft_wrap=True)
    if not verdict.fired:
        return f"the monitor saw no drift in {day}"
    if planted and verdict.kind != planted:
        return f"the drift of {day} was planted as {planted}, and the monitor calls it {verdict.kind}"
    return ""


def _tell_decision(api: AirflowApi, decision: DecisionRef, console: Console) -> None:
    """The votes, then every condition with what was found."""
    found = s3.read_json(decision.report_uri)
    word = {"train": "a training starts", "suppressed": "no training"}.get(decision.verdict, decision.verdict)
    console.print(f"\n[bold]Decision: {word}[/]  {_page(api, decision.page_uri)}", soft_wrap=True)
    for vote in found["votes"]:
        said = ", ".join(vote["families"]) or ("calm" if vote["judged"] else "not judged")
        console.print(f"  {vote['day']} votes: {escape(said)}", soft_wrap=True)
    for one in found["conditions"]:
        sign = {"holds": "[green]✓[/]", "fails": "[red]✗[/]"}.get(one["verdict"], "[dim]–[/]")
        console.print(f"  {sign} {escape(one['asks'])}: {escape(one['value'])}  [dim]({escape(one['allowed'])})[/]", soft_wrap=True)


def _tell_alerts(watch: Watch, console: Console) -> None:
    """What people were told since the command began."""
    messages = [message for message in channel.read().messages if message.at >= watch.began]
    console.print("\n[bold]Told[/]" if messages else "\n[bold]Told[/]  nobody of anything")
    for message in messages:
        whom = ", ".join(message.told) or "nobody is named: the log and the page of alerts"
        console.print(f"  {message.severity}: {escape(message.title)}  [dim]({whom})[/]", soft_wrap=True)


def next_free_days(count: int) -> list[str]:
    """The days after the newest one in the inbox."""
    config = load_config()
    prefix = places.inbox(config.dataset.inbox_prefix) + "/"
    days = [uri.removeprefix(prefix).partition("/")[0] for uri in s3.list_uris(prefix)]
    newest = date.fromisoformat(max(days, default=HISTORY_DAY))
    return [str(newest + timedelta(days=number)) for number in range(1, count + 1)]


def drift_of(api: AirflowApi, watch: Watch, day: str) -> DriftRef | None:
    """The monitor's verdict on the day, among the runs just followed."""
    verdicts = (value for _, value in _returned(api, watch, _MONITOR, "monitor"))
    return next((DriftRef.model_validate(value) for value in verdicts if value["day"] == day), None)


def decision_of(api: AirflowApi, watch: Watch, days: Sequence[str]) -> DecisionRef | None:
    """What the days led to: the training that they asked for or, without one, the last that was decided of them."""
    found = [DecisionRef.model_validate(value) for _, value in _returned(api, watch, _MONITOR, "decide_retraining")]
    ours = sorted((one for one in found if one.day in days), key=lambda one: one.day)
    return next((one for one in ours if one.verdict == "train"), ours[-1] if ours else None)


def scored_at(api: AirflowApi, watch: Watch, day: str) -> datetime | None:
    """When the day's predictions were written."""
    return next((task.ended for task, value in _returned(api, watch, _SCORE, "score") if value["day"] == day), None)


def retraining_of(api: AirflowApi, watch: Watch, decision: DecisionRef) -> DagRun | None:
    """The training run that the decision's event started."""
    for run in watch.runs.values():
        if run.dag_id == _TRAIN and run.run_type == "asset_triggered":
            extras = [event.get("extra") or {} for event in api.triggering_events(run)]
            if any((extra.get("day"), extra.get("verdict")) == (decision.day, "train") for extra in extras):
                return run
    return None


def _page(api: AirflowApi, uri: str) -> str:
    return f"{api.url}/reviewloop/pages/{s3.split_uri(uri)[1]}"


def _returned(api: AirflowApi, watch: Watch, dag_id: str, task_id: str) -> Iterator[tuple[Task, Mapping[str, Any]]]:
    """What every instance of a task returned in the runs just followed."""
    for key in watch.runs:
        for (name, _), task in watch.tasks.get(key, {}).items():
            if key[0] == dag_id and name == task_id and task.state == "success" and (value := api.returned(task)):
                yield task, value
