"""Questions about the run a task is part of, for ``FromRun``: what started it, with which params, who did."""

from collections.abc import Callable, Mapping
from typing import Any

from airflow.sdk import Asset
from airflow.sdk.configuration import conf

from reviewloop.core.release.events import person, program
from reviewloop.errors import PermanentError
from reviewloop_airflow.assets import CANDIDATE, CHANGED, CURATED, DRIFT, FEATURES, SCORED

Context = Mapping[str, Any]


def extras(context: Context, asset: Asset) -> list[dict[str, Any]]:
    """The refs (as dicts) in the events of ``asset`` that started this run, oldest first; an event without one is left out.

    While a DAG waits for its one active run, Airflow 3.3 counts later events of the same asset as waiting too, but hands the
    next run only the first of them and forgets the rest (``findings/airflow-waiting-run-loses-events.sh``). So a task that must
    miss none names the asset among its inlets: it is then given every event from the first one that started its run until now.
    One that also starts a run of its own is taken twice, which idempotent steps do not mind.
    """
    triggering = context.get("triggering_asset_events") or {}
    started = [event for found, events in triggering.items() if found.name == asset.name for event in events]
    if started and asset in context["task"].inlets:
        first = min(event.timestamp for event in started)
        started = list(context["inlet_events"][asset].after(first.isoformat()))
    return [dict(event.extra) for event in sorted(started, key=lambda event: event.timestamp) if event.extra]


def param(name: str) -> Callable[[Context], Any]:
    """This run's value of a param, in its own type."""

    def ask(context: Context) -> Any:
        return context["params"].get(name)

    ask.__qualname__ = f"params.{name}"
    return ask


def run_key(context: Context) -> str:
    """The run's id."""
    return str(context["run_id"])


def drift_day(context: Context) -> str | None:
    """The newest day whose drift started this run: its reviews must be among those trained on."""
    return max((extra["day"] for extra in extras(context, DRIFT)), default=None)


def why_started(context: Context) -> str:
    """Why this training run started, with the evidence in words."""
    reasons = [
        f"drift: {extra['day']} under version {extra['model_version']}: {'; '.join(extra['reasons'])}"
        for extra in extras(context, DRIFT)
    ]
    reasons += ["; ".join(extra["changes"]) for extra in extras(context, CHANGED)]
    reasons += [
        "; ".join(extra["changes"]) + ", in the making of the snapshot"
        for extra in extras(context, FEATURES)
        if extra.get("changes")
    ]
    reasons += [
        f"new data: up to {extra['last_day']}, {extra['num_new']} new of {extra['num_train']} training rows"
        for extra in extras(context, FEATURES)
    ]
    if reasons:
        return " | ".join(reasons)
    return "schedule" if context["dag_run"].run_type == "scheduled" else "by hand"


def most_mapped(_: Context) -> int:
    """How often Airflow maps one task at most: its `max_map_length`."""
    return conf.getint("core", "max_map_length")


def curated_days(context: Context) -> list[dict[str, Any]]:
    """The days curated since the one that started this run, that one first."""
    return extras(context, CURATED)


def scored_days(context: Context) -> list[dict[str, Any]]:
    """The days scored since the one that started this run, that one first."""
    return extras(context, SCORED)


def newest_candidate(context: Context) -> dict[str, Any] | None:
    """The newest candidate since the one that started this run; ``None`` when a person did."""
    return next(reversed(extras(context, CANDIDATE)), None)


def started_by(context: Context) -> str:
    """The user who started this run by hand. Raises ``PermanentError`` where Airflow knows none."""
    user = getattr(context["dag_run"], "triggering_user_name", None)
    if not user:
        raise PermanentError("by: Airflow does not know who started this run; start it by hand as a user who is logged in")
    return str(user)


def trainer(context: Context) -> str:
    """The user who started this run by hand; empty where an event or the clock did."""
    by_hand = context["dag_run"].run_type == "manual"
    return str(getattr(context["dag_run"], "triggering_user_name", None) or "") if by_hand else ""


def by_whom(context: Context) -> str:
    """Who asked for what this run does, as the ledger names them: the user who started it by hand, else the DAG."""
    user = trainer(context)
    return person(user) if user else program(str(context["dag_run"].dag_id))
