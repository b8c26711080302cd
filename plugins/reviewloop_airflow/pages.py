"""The pages under ``/reviewloop`` of the Airflow web server: what the steps stored under ``reports/`` in the lake, nothing else.

Airflow does not guard a plugin's app: every route here asks for the logged-in user itself, by cookie or bearer token.
"""

import html
import mimetypes
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Final

from airflow.api_fastapi.core_api.security import get_user
from botocore.exceptions import BotoCoreError, ClientError
from fastapi import Depends, FastAPI, HTTPException, Request
from fastapi.exception_handlers import http_exception_handler
from fastapi.responses import HTMLResponse, Response
from starlette.exceptions import HTTPException as AnyHTTPException

from reviewloop.adapters.lake import places, s3
from reviewloop.errors import TransientError
from reviewloop_airflow.links import PREFIX, report_url, web_path

ROOMS: Final = {
    "quality": "Data quality",
    "bias": "Bias before training",
    "profile": "Profile of the training snapshots",
    "training": "Training",
    "bias_after": "Bias after training",
    "behaviour": "Behaviour tests of models",
    "model": "Model gates",
    "errors": "Where candidates are wrong",
    "releases": "Releases",
    "drift": "Drift and live quality",
}
"""Folders under ``reports/`` and their headings, in the order of the loop; other folders follow under their own names."""

NUM_NEWEST: Final = 25
"""Pages listed for a room; older ones keep their addresses."""

PAGE_HEADERS: Final = {
    # A report quotes what strangers wrote. In a sandbox its scripts draw charts but cannot act as the person who looks.
    "Content-Security-Policy": "sandbox allow-scripts allow-popups allow-popups-to-escape-sandbox",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "private, no-cache",
}

app = FastAPI(title="Reviewloop reports", dependencies=[Depends(get_user)], docs_url=None, redoc_url=None, openapi_url=None)


@dataclass(frozen=True)
class Page:
    """One stored page: its room (folder), its name below the room, its URI and when it was written."""

    room: str
    name: str
    uri: str
    written: datetime


@app.get("/", response_class=HTMLResponse)
def index() -> str:
    """The newest pages of every room."""
    return render_index(list_pages())


@app.get("/pages/{key:path}")
def page(key: str) -> Response:
    """One object of the lake by its key, which must lie under ``reports/``. 404 for anything else, 503 while S3 is away."""
    parts = key.split("/")
    if parts[0] != places.Folder.REPORTS or len(parts) < 2 or {"", ".", ".."} & set(parts):
        raise HTTPException(404, "no such report")
    uri = places.reports(*parts[1:])
    try:
        if not s3.exists(uri):
            raise HTTPException(404, "no such report")
        data = s3.read_bytes(uri)
    except TransientError as error:
        raise HTTPException(503, str(error)) from error
    kind = mimetypes.guess_type(key)[0] or "application/octet-stream"
    return Response(data, media_type=kind, headers=PAGE_HEADERS)


@app.exception_handler(AnyHTTPException)
async def say_so(request: Request, error: AnyHTTPException) -> Response:
    """A person gets a page that says what to do; a program gets FastAPI's JSON."""
    if "text/html" not in request.headers.get("accept", ""):
        return await http_exception_handler(request, error)
    way_out = f'<a href="{web_path("/")}">Log in to Airflow</a>, then open this page again.' if error.status_code == 401 else ""
    return HTMLResponse(f"<p>{html.escape(str(error.detail))}. {way_out}</p>", error.status_code, headers=error.headers)


def list_pages() -> list[Page]:
    """Every HTML and JSON page, newest first; manifests left out. JSON beside an HTML page of the same folder is too."""
    root = places.reports("")
    bucket, prefix = s3.split_uri(root)
    pages = []
    try:
        for listing in s3.client().get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
            for item in listing.get("Contents", []):
                room, _, name = item["Key"].removeprefix(prefix).partition("/")
                if name.endswith((".html", ".json")) and not name.endswith(s3.MANIFEST):
                    pages.append(Page(room, name, f"s3://{bucket}/{item['Key']}", item["LastModified"]))
    except (ClientError, BotoCoreError) as error:
        raise s3.aws_error(error, f"list {root}") from error
    shown = {page.uri.rpartition("/")[0] for page in pages if page.name.endswith(".html")}
    pages = [page for page in pages if page.name.endswith(".html") or page.uri.rpartition("/")[0] not in shown]
    return sorted(pages, key=lambda page: page.written, reverse=True)


def render_index(pages: list[Page]) -> str:
    """The index as HTML."""
    order = [*ROOMS, *sorted({page.room for page in pages} - set(ROOMS))]
    rooms = {room: list(found) for room, found in groupby(sorted(pages, key=lambda page: order.index(page.room)), lambda p: p.room)}
    sections = "".join(_section(ROOMS.get(room, room), rooms.get(room, [])) for room in order)
    return f"""<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Reviewloop reports</title><style>
:root {{ color-scheme: light dark }}
body {{ font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }}
h2 {{ font-size: 1.1rem; margin: 1.8rem 0 .4rem }} table {{ border-collapse: collapse; width: 100% }}
td {{ padding: .2rem 1rem .2rem 0; border-bottom: 1px solid #8884 }} td:last-child {{ white-space: nowrap; text-align: right }}
p, td:last-child {{ opacity: .7 }}</style></head><body><h1>Reviewloop reports</h1>
<p>What the gates and the monitor left behind, newest first.</p>{sections}</body></html>"""


def _section(title: str, pages: list[Page]) -> str:
    rows = "".join(
        f'<tr><td><a href="{html.escape(report_url(page.uri))}">{html.escape(page.name)}</a></td>'
        f"<td>{page.written:%Y-%m-%d %H:%M} UTC</td></tr>"
        for page in pages[:NUM_NEWEST]
    )
    return f"<h2>{html.escape(title)}</h2>" + (f"<table>{rows}</table>" if rows else "<p>Nothing yet.</p>")


MOUNT: Final = {"app": app, "url_prefix": PREFIX, "name": "Reviewloop reports"}
"""The app as Airflow's plugin manager takes it."""
