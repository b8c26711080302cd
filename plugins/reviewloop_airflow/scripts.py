"""The scripts that draw plots: plotly.js, its bundle of plots on two axes, and our own. Of them alone a page may run one.

They hold no data, so nobody has to be logged in for them, and a browser keeps each until another version has another address.
"""

import gzip
from collections.abc import Callable, Mapping
from functools import cache
from typing import Final

from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import Response

from reviewloop.core.digests import bytes_digest
from reviewloop.pages.kit import PLOTLY, TEMPLATES
from reviewloop_airflow.links import PREFIX, web_path

PLACE: Final = "/scripts"
"""Below the plugin's prefix."""
HEADERS: Final = {
    "Cache-Control": "public, max-age=31536000, immutable",
    "X-Content-Type-Options": "nosniff",
    "Vary": "Accept-Encoding",
}

app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)


SCRIPTS: Final[Mapping[str, Callable[[], bytes]]] = {
    "plotly.js": cache(PLOTLY.read_bytes),
    "charts.js": cache(lambda: (TEMPLATES / "charts.js").read_bytes()),
}


def addresses() -> list[str]:
    """Where a page finds them, in the order in which they run."""
    return [web_path(f"{PREFIX}{PLACE}/{name}?v={_version(name)}") for name in SCRIPTS]


@cache
def _version(name: str) -> str:
    return bytes_digest(SCRIPTS[name]())[:16]


@cache
def _compressed(name: str) -> bytes:
    return gzip.compress(SCRIPTS[name](), compresslevel=6)


@app.get("/{name}")
def script(name: str, request: Request) -> Response:
    """One script by its name; 404 for anything else."""
    if name not in SCRIPTS:
        raise HTTPException(404, "no such script")
    if "gzip" in request.headers.get("accept-encoding", ""):  # once for all readers: it takes longer than to send it
        return Response(_compressed(name), media_type="text/javascript", headers=HEADERS | {"Content-Encoding": "gzip"})
    return Response(SCRIPTS[name](), media_type="text/javascript", headers=HEADERS)
