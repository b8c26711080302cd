"""``make stories``: one model that the gates refuse, one promoted, one that a person takes back; and what a trace tells of each."""

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from rich.console import Console
from rich.markup import escape

from reviewloop.adapters.lineage.tracing import trace
from reviewloop.adapters.release import ledger
from reviewloop.core.lineage import links, subjects
from reviewloop.core.release import standing
from reviewloop.core.release.events import Event
from reviewloop.core.release.standing import Events
from reviewloop_local.errors import LocalError
from reviewloop_local.loop.airflow_api import ACTIVE, AirflowApi
from reviewloop_local.loop.display import display_for, new_console
from reviewloop_local.loop.follow import DAGS, Watch, follow
from reviewloop_local.loop.run import enter, open_stack
from reviewloop_local.stack.stack import Stack

_TRAIN: Final = DAGS[2]
_ROLLBACK: Final = "sentiment_rollback"
SPOILED: Final[Mapping[str, object]] = {"force": True, "epochs": 1, "learning_rate": 1e-6}
"""Params of a training that leaves the encoder as it was: what comes of it is no better than the baseline, and the champion is."""
_MOST_SECONDS: Final = 300.0


def stories(stack: Stack) -> int:
    """0 only if each of the three came about, and the trace of each is complete."""
    console = new_console()
    enter(stack)
    api = open_stack(stack, console)
    before = ledger.read()
    champion = standing.champion(before)
    if champion is None:
        raise LocalError("no model answers yet, so none can be replaced or come back: `make run` first")
    now = datetime.now(UTC)
    for conf in (SPOILED, {"force": True, "seed": int(now.timestamp())}):
        said = ", ".join(f"{name} {value}" for name, value in conf.items() if name != "force")
        console.print(f"\n[bold]A training[/]  {said}")
        api.trigger(_TRAIN, f"stories__{now:%Y%m%dT%H%M%S}__{'refused' if conf is SPOILED else 'promoted'}", conf)
        with display_for(console) as display:
            follow(Watch(api, ()), display)
    console.print(f"\n[bold]Back[/]  to version {champion.version}")
    go_back(api, f"stories__{now:%Y%m%dT%H%M%S}", str(champion.version))
    return 1 if _told(told(ledger.read()[len(before) :]), console) else 0


def go_back(api: AirflowApi, run_id: str, version: str) -> None:
    """As a person does it in the UI. Raises ``LocalError`` where the run fails, or does not end."""
    api.trigger(_ROLLBACK, run_id, {"version": version, "reason": "make stories: it was only lent"})
    deadline = time.monotonic() + _MOST_SECONDS
    while (run := api.run(_ROLLBACK, run_id)) is None or run.state in ACTIVE:
        if time.monotonic() > deadline:
            raise LocalError(f"{_ROLLBACK} ({run_id}) did not end in {_MOST_SECONDS:g} s: see it in Airflow")
        time.sleep(1)
    if run.state != "success":
        raise LocalError(f"{_ROLLBACK} ({run_id}) {run.state}: see its log in Airflow")


def told(events: Events) -> dict[str, str]:
    """What to trace of each story, by its name, from the events since. Raises ``LocalError`` that says which did not come about."""
    refused = _last(events, "judged", verdict="refused")
    promoted, back = _last(events, "promoted"), _last(events, "rolled_back")
    found = {
        "refused": refused and str(refused.digest),
        "promoted, and taken back": promoted and str(promoted.version),
        "rolled back to": back and str(back.version),
    }
    if lacking := [name for name, subject in found.items() if not subject]:
        kinds = ", ".join(event.kind for event in events) or "nothing"
        raise LocalError(f"no model was {' and none '.join(lacking)}; the ledger got: {kinds}")
    return {name: str(subject) for name, subject in found.items()}


def _last(events: Events, kind: str, **facts: Any) -> Event | None:
    wanted = facts.items()
    return next((one for one in reversed(events) if one.kind == kind and wanted <= one.facts.items()), None)


def _told(found: Mapping[str, str], console: Console) -> list[str]:
    """Show what the traces tell; returns the stories of which a link is missing."""
    lacking = []
    for name, subject in found.items():
        known = trace(subjects.parse(subject))
        console.print(f"\n[bold]The model that was {name}[/]  python -m reviewloop trace {subject[:16]}")
        console.print(escape(links.in_words(known)), soft_wrap=True, highlight=False)
        lacking += [name] if known.missing else []
    return lacking
