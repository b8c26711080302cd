"""The pages under ``/reviewloop`` of the Airflow web server: the home of the loop, those on the table of metrics, and what the
steps stored under ``reports/``.

Airflow does not guard a plugin's app: every route here asks for the logged-in user itself, by cookie or bearer token,
and what that user may read (``access``).
"""

import html
import json
import mimetypes
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from typing import Final

from airflow.api_fastapi.auth.managers.models.base_user import BaseUser
from airflow.api_fastapi.core_api.security import GetUserDep, get_user
from fastapi import Depends, FastAPI, HTTPException, Request
from fastapi.exception_handlers import http_exception_handler
from fastapi.responses import HTMLResponse, Response
from starlette.exceptions import HTTPException as AnyHTTPException

from reviewloop.adapters.lake import places, s3
from reviewloop.errors import TransientError
from reviewloop.pages import kit
from reviewloop.pages.dashboards.menu import DASHBOARDS
from reviewloop.pages.links import Links
from reviewloop.pages.overview.home import home_page
from reviewloop.pages.overview.reports import KINDS, index_page
from reviewloop.pages.record import record_page
from reviewloop_airflow import dashboards, home, scripts, stories
from reviewloop_airflow.access import refusal
from reviewloop_airflow.links import PREFIX, web_path
from reviewloop_airflow.reports import about, list_reports

PAGE_HEADERS: Final = {
    # A report quotes what strangers wrote. In a sandbox nothing on it runs or posts; of the same origin, so that its links to
    # other reports carry the log-in also inside Airflow's frame.
    "Content-Security-Policy": f"sandbox allow-same-origin allow-popups allow-popups-to-escape-sandbox; {kit.POLICY}",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "private, no-cache",
}
SCRIPTED: Final = "/evidently.html"
"""How the address of a page ends whose scripts draw charts. They may; so it is of no origin, and cannot act as the reader."""
SCRIPTED_HEADERS: Final = {
    **PAGE_HEADERS,
    "Content-Security-Policy": f"sandbox allow-scripts allow-popups allow-popups-to-escape-sandbox; {kit.SCRIPTED_POLICY}",
}
CHARTED_HEADERS: Final = {
    # Made on request, of the reader's own session as the home is. Its scripts are ours alone, and reach nothing but the page.
    **PAGE_HEADERS,
    "Content-Security-Policy": f"{kit.CHARTED_POLICY}; frame-ancestors 'self'",
}

app = FastAPI(title="Reviewloop reports", dependencies=[Depends(get_user)], docs_url=None, redoc_url=None, openapi_url=None)


@app.get("/", response_class=HTMLResponse)
def front(user: GetUserDep, day: str = "", job: str = "", kind: str = "") -> str:
    """The home of the loop; with a ``day``, ``job`` or ``kind``, all of its reports: pages that were stored link those so."""
    if day or job or kind:
        return reports(user, day, job, kind)
    return home_page(home.look(_opened(user)), home.links())


@app.get("/reports", response_class=HTMLResponse)
def reports(user: GetUserDep, day: str = "", job: str = "", kind: str = "") -> str:
    """The newest reports of every kind that the reader may read, or all of one day, job or kind."""
    chosen = {name: value for name, value in (("day", day), ("job", job), ("kind", kind)) if value}
    is_open = _opened(user)
    return index_page(list_reports(chosen, is_open), chosen, [kind for kind in KINDS if not is_open(kind)])


@app.get("/ledger", response_class=HTMLResponse)
def told_ledger(user: GetUserDep) -> str:
    """What became of every model. 403 for whom the records of releases are closed, 503 while the lake is away."""
    if reason := refusal(stories.KIND, user):
        raise HTTPException(403, reason)
    try:
        return stories.page()
    except TransientError as error:
        raise HTTPException(503, str(error)) from error


@app.get("/dashboards/{name}", response_class=HTMLResponse)
def dashboard(name: str, user: GetUserDep) -> Response:
    """One of the pages on the table of metrics. 403 for whom the monitor's pages are closed, 503 while the lake is away."""
    if reason := refusal(dashboards.KIND, user):
        raise HTTPException(403, reason)
    if name not in DASHBOARDS:
        raise HTTPException(404, f"no such page; there are {', '.join(DASHBOARDS)}")
    try:
        return HTMLResponse(dashboards.page(name), headers=CHARTED_HEADERS)
    except TransientError as error:
        raise HTTPException(503, str(error)) from error


def _opened(user: BaseUser) -> Callable[[str], bool]:
    """Whether the reader may read a kind of report; each is asked for once."""
    return cache(lambda kind: not refusal(kind, user))


@app.get("/pages/{key:path}")
def page(key: str, request: Request, user: GetUserDep, raw: bool = False) -> Response:
    """One object of the lake by its key, which must lie under ``reports/``. 404 for anything else, 503 while S3 is away.
    403 where the reader may not read pages of its kind, whether there is one or not.

    A browser gets a JSON record as a page, unless it asks for it ``raw``; a program gets the JSON.
    """
    parts = key.split("/")
    if parts[0] != places.Folder.REPORTS or len(parts) < 2 or {"", ".", ".."} & set(parts):
        raise HTTPException(404, "no such report")
    if reason := refusal(parts[1], user):
        raise HTTPException(403, reason)
    uri = places.reports(*parts[1:])
    try:
        if not s3.exists(uri):
            raise HTTPException(404, "no such report")
        data = s3.read_bytes(uri)
    except TransientError as error:
        raise HTTPException(503, str(error)) from error
    if key.endswith(".json") and not raw and _is_person(request):
        with suppress(ValueError):  # damaged: served as it is
            return HTMLResponse(_record(parts[1:], json.loads(data)), headers=PAGE_HEADERS)
    kind = mimetypes.guess_type(key)[0] or "application/octet-stream"
    if "script" in kind:  # pages may run scripts of this server: what lies in the lake is never one
        kind = "text/plain"
    return Response(data, media_type=kind, headers=SCRIPTED_HEADERS if key.endswith(SCRIPTED) else PAGE_HEADERS)


def _record(parts: list[str], record: object) -> str:
    """A JSON record as a page; ``parts`` are its path below ``reports/``."""
    subject = about("/".join(parts[1:]))
    title = f"{KINDS.get(parts[0], parts[0])}: {subject.words}"
    links = Links(depth=len(parts) - 1, day=subject.day, job=subject.job)
    return record_page(title, record, "?raw=true", links)


def _is_person(request: Request) -> bool:
    return "text/html" in request.headers.get("accept", "")


@app.exception_handler(AnyHTTPException)
async def say_so(request: Request, error: AnyHTTPException) -> Response:
    """A person gets a page that says what to do; a program gets FastAPI's JSON."""
    if not _is_person(request):
        return await http_exception_handler(request, error)
    way_out = f'<a href="{web_path("/")}">Log in to Airflow</a>, then open this page again.' if error.status_code == 401 else ""
    return HTMLResponse(f"<p>{html.escape(str(error.detail))}. {way_out}</p>", error.status_code, headers=error.headers)


app.mount(scripts.PLACE, scripts.app)
MOUNT: Final = {"app": app, "url_prefix": PREFIX, "name": "Reviewloop reports"}
"""The app as Airflow's plugin manager takes it."""
