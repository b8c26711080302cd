"""What the home of the loop shows: what ``adapters.overview`` knows, with links that the web server understands."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from reviewloop.adapters import overview
from reviewloop.adapters.retention import sizes
from reviewloop.core.retention.sizes import in_words
from reviewloop.pages import kit
from reviewloop.pages.links import Link
from reviewloop.pages.overview.history import DayMark
from reviewloop.pages.overview.home import GATES, Answering, Home, Judged, Latest, OpenAlert, Response, Store, Vote, Waiting
from reviewloop.pages.overview.reports import KINDS
from reviewloop_airflow import dashboards, stores
from reviewloop_airflow.links import PREFIX, report_url, web_path
from reviewloop_airflow.reports import day_reports, list_reports, verdict_of_page

NUM_DAYS: Final = 7
"""The newest days, of which each gate's verdict is shown."""
NUM_MARKS: Final = 90
"""Monitored days in the drawing."""
NUM_VOTES: Final = 5
"""Monitored days whose votes are shown."""
LATEST: Final = ("releases", "rollouts", "cards", "model", "products", "skew", "traffic", "captures")
"""Kinds of which the newest report is shown."""
_ACTIONS: Final = "Required actions"
_LINKS: Final = {
    "All reports": f"{PREFIX}/reports",
    "Ledger": f"{PREFIX}/ledger",
    "DAGs": "/dags",
    "Assets": "/assets",
    _ACTIONS: "/required_actions?response_received=false",
}


def look(is_open: Callable[[str], bool]) -> Home:
    """The page's parts, of the kinds of report that ``is_open`` to the reader."""
    return Home(
        champion=_champion,
        alerts=_alerts if is_open("alerts") else list,
        waiting=_waiting,
        rollout=overview.rollout,
        days=lambda: _days([kind for kind in GATES if is_open(kind)]),
        latest=lambda: _latest([kind for kind in LATEST if is_open(kind)]),
        history=_history if is_open("drift") else list,
        response=_response if is_open("responses") else lambda: None,
        stores=_stores,
        closed=[KINDS[kind] for kind in KINDS if not is_open(kind)],
    )


def links() -> list[Link]:
    """Where the page leads: the pages on the table of metrics first."""
    return [*dashboards.links(), *(Link(name, web_path(path)) for name, path in _LINKS.items())]


def _champion() -> Answering | None:
    found = overview.answering()
    if found is None:
        return None
    kind, _, name = found.act.by.partition(":")
    record = report_url(str(found.act.facts.get("record") or ""))
    by = name if kind == "person" else found.act.by
    return Answering(found.version, found.act.at, by, Link("record", record) if record else None, found.trouble)


def _waiting() -> list[Waiting]:
    actions = Link(_ACTIONS, web_path(_LINKS[_ACTIONS]))
    pages = [(one, report_url(one.page_uri)) for one in overview.waiting()]
    return [Waiting(one.what, one.since, Link("Its page", page) if page else actions) for one, page in pages]


def _alerts() -> list[OpenAlert]:
    found = []
    for one in overview.open_alerts():
        page = report_url(one.page_uri)
        where = Link("Its page", page) if page else None
        found.append(OpenAlert(one.severity, one.title, one.lines, one.opened_at.isoformat(), one.answered_by, where))
    return found


def _response() -> Response:
    found = overview.response(NUM_VOTES)
    votes = [Vote(one.day, one.judged, one.families, report_url(one.page_uri)) for one in found.votes]
    decided, page = found.decided, report_url(found.decided.page_uri) if found.decided else ""
    said = f"{decided.day}: {decided.verdict}: {decided.reason}" if decided else ""
    where = Link("all its conditions", page) if page else None
    return Response(found.trainings, found.allowed, found.window_days, votes, said, where)


def _days(kinds: list[str]) -> dict[str, dict[str, Judged]]:
    days = overview.landed_days(NUM_DAYS)
    with ThreadPoolExecutor(NUM_DAYS) as pool:
        shown = dict(zip(days, pool.map(lambda day: day_reports(day, kinds), days), strict=True))
    # The newest report of a kind stands first, and a day may have several: a correction, another champion.
    return {day: {one.kind: Judged(one.verdict, one.href) for one in reversed(reports)} for day, reports in shown.items()}


def _latest(kinds: list[str]) -> list[Latest]:
    newest = [one for kind in kinds for one in list_reports({"kind": kind}, kind.__eq__)[:1]]
    return [Latest(KINDS[one.kind], Link(one.about, one.href), one.verdict, one.written) for one in newest]


def _history() -> list[DayMark]:
    with ThreadPoolExecutor(16) as pool:
        return list(pool.map(_mark, overview.monitored_days(NUM_MARKS)))


def _stores() -> list[Store]:
    """As ``lake_retain`` measured them last, and Airflow's own database as it is now."""
    found = sizes.read()
    told = [
        Store(one.store, one.part, "?" if one.trouble else f"{one.num_objects:,}", one.trouble or in_words(one.num_bytes), found.at)
        for one in found.stores
    ]
    return [*told, Store("Airflow's database", "", "", in_words(stores.database_size()))]


def _mark(one: overview.Monitored) -> DayMark:
    found = one.verdict
    verdict = verdict_of_page(one.page_uri, one.etag) or kit.Verdict("none", "not told")
    told = verdict.told or "; ".join(found["reasons"])
    version, rated = str(found["model_version"]), found.get("live_macro_f1")
    return DayMark(one.day, verdict.kind, verdict.word, told, found["num_rows"], rated, version, report_url(one.page_uri))
