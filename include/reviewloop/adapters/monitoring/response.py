"""The state of drift in the lake: one object, compared and set. No count lies in Airflow's events, which are lost or told twice."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final, TypeVar

from reviewloop.adapters.catalog import athena, days, glue
from reviewloop.adapters.lake import artifacts, places, states
from reviewloop.adapters.mlflow import runs
from reviewloop.adapters.mlflow.tags import Tag
from reviewloop.adapters.release import ledger
from reviewloop.adapters.release.champion import Champion
from reviewloop.config import load_config
from reviewloop.core.monitoring.response.conditions import Facts
from reviewloop.core.monitoring.response.state import State
from reviewloop.core.monitoring.response.votes import Source
from reviewloop.core.release import automation, standing
from reviewloop.core.rollout.routing import open_rollout

T = TypeVar("T")
TRIGGER: Final = "drift: "
"""How the reason of a training begins that drift started."""


def read() -> State:
    """What is known now; an empty state before the first day was monitored."""
    return states.read(places.response(), State)


def change(make: Callable[[State], tuple[State, T]]) -> T:
    """As ``adapters.lake.states.change``."""
    return states.change(places.response(), State, make)


def counts(day: str, batch: str, source: Source) -> int | None:
    """The generation of the day's predictions, or requests, where this batch of them counts; None where another does."""
    table = days.predictions_table() if source == "batch" else days.captures_table()
    found = days.standing(table.name, day)
    return found.generation if found.batch == batch else None


def facts(champion: Champion) -> Facts:
    """The world as it is: the clock, the lake, what MLflow says of trainings, and the ledger."""
    now = datetime.fromisoformat(ledger.now())
    since = now - timedelta(days=load_config().response.budget.window_days)
    return Facts(
        now=now, version=champion.version, num_new_rows=_new_rows(champion), training_minutes=runs.minutes(TRIGGER, since, now),
        under_way=_under_way(now),
    )  # fmt: skip


def _new_rows(champion: Champion) -> int | None:
    """Rated reviews in batches that the champion's snapshot does not hold; None where it does not say which it holds."""
    snapshot = artifacts.open_artifact(champion.tags[Tag.FEATURES_URI])
    held = snapshot.meta.get("batches")
    if held is None:
        return None
    new = sorted(found.batch for found in glue.partitions(days.reviews_table().name) if held.get(found.day) != found.batch)
    return int(athena.query("count_rated", batches=new)["num_rated"].iloc[0]) if new else 0


def _under_way(now: datetime) -> str:
    """A rollout, or a question that waits for its answer: a training would be judged against a champion that may be gone."""
    events = ledger.read()
    started = open_rollout(events)
    if started is not None:
        return f"a rollout of version {started.version}"
    release = load_config().release
    open_now = standing.open_questions(events)
    asked = [one for one in open_now if now - datetime.fromisoformat(one.at) < automation.patience(one, release)]
    return f"version {asked[-1].version} waits for an answer" if asked else ""
