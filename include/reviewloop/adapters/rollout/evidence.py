"""What is known of a rollout, from the Glue tables ``captures`` and ``reviews``."""

from datetime import date, timedelta
from typing import Final

import pandas as pd

from reviewloop.adapters.captures import notes
from reviewloop.adapters.captures.collection import collect_since
from reviewloop.adapters.catalog import days, glue, unload
from reviewloop.contracts import load_contract
from reviewloop.core.captures.rows import COLUMNS
from reviewloop.core.release import standing
from reviewloop.core.release.events import Event
from reviewloop.core.release.standing import Events
from reviewloop.core.rollout.counting import Plan, counted, labelled, of_customers
from reviewloop.core.rollout.evidence import CHALLENGER, CHAMPION, Evidence
from reviewloop.core.rollout.routing import MOVED
from reviewloop.errors import PermanentError

_MAX_DAYS: Final = 500
"""Days of reviews in one statement."""


def read_evidence(started: Event, events: Events) -> Evidence:
    """All that was captured of the rollout that ``started``, up to now: what is not in the table yet is collected first.

    Reads nothing of requests from before the rollout, of other rollouts, and of generations that are not its own. Raises
    ``Unavailable`` while a service is away, ``PermanentError`` where nothing had been released before the rollout.
    """
    champion = standing.champion(tuple(event for event in events if event.number < started.number))
    if champion is None:
        raise PermanentError(f"rollout {started.sha256[:16]}: nothing was released before event {started.number}, which starts it")
    table, since = days.captures_table().name, first_day(started)
    collect_since(since)
    kept = [part.day for part in glue.partitions(table) if part.day >= since]
    if not kept:
        return Evidence(started.sha256)
    rows, num_ignored = of_customers(
        unload.query_frame("rollout_reviews", first_day=since, rollout=started.sha256), started.facts.get("ignored_callers", ())
    )
    arms = {CHAMPION: (str(champion.version), str(champion.digest)), CHALLENGER: (str(started.version), str(started.digest))}
    known = labelled(_typed(rows), _ratings(rows), load_contract().name)
    stages, paired, num_misattributed = counted(known, Plan(stage_names(started, events), arms))
    lines = notes.spools(set(rows["day"]) or set(kept), since)
    return Evidence(
        started.sha256, stages, paired, num_misattributed,
        num_lost=sum(line.lost for line in lines), num_dropped=sum(line.dropped for line in lines),
        num_records=sum(line.kept for line in lines), num_ignored=num_ignored,
    )  # fmt: skip


def first_day(started: Event) -> str:
    """The first day whose requests may be the rollout's. The clocks of the ledger's writer and of an endpoint may differ."""
    return (date.fromisoformat(started.at[:10]) - timedelta(days=1)).isoformat()


def stage_names(started: Event, events: Events) -> dict[int, str]:
    """Generation -> the stage that it began, of this rollout."""
    names = [str(stage["name"]) for stage in started.facts["stages"]]
    moves = (event for event in events if event.kind == MOVED and event.facts.get("rollout") == started.sha256)
    return {started.number: names[0], **{event.number: names[event.facts["stage"]] for event in moves}}


def _ratings(rows: pd.DataFrame) -> pd.DataFrame:
    """Stars of the reviews of all curated days that the rows name."""
    named = set(rows["review_day"].dropna())
    curated = [part.day for part in glue.partitions(days.reviews_table().name) if part.day in named]
    parts = [unload.query_frame("ratings", days=curated[at : at + _MAX_DAYS]) for at in range(0, len(curated), _MAX_DAYS)]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame({"review_day": [], "review_id": [], "rating": []})


def _typed(rows: pd.DataFrame) -> pd.DataFrame:
    """A column without a value has no type of its own in what Athena gives."""
    kinds = {"string": "string", "bigint": "Int64", "double": "Float64"}
    return rows.astype(
        {name: kinds[COLUMNS[name]] for name in map(str, rows) if COLUMNS.get(name) in kinds} | {"num_chars": "int64"}
    )
