"""What lies under ``reports/`` in the lake, as rows of the index."""

import html
import json
import logging
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Final, cast

from reviewloop.adapters.lake import artifacts, places, s3
from reviewloop.errors import PermanentError
from reviewloop.pages.kit import Kind, Verdict
from reviewloop.pages.links import Link
from reviewloop.pages.overview.reports import NUM_NEWEST, Report
from reviewloop.pages.record import verdict_of
from reviewloop_airflow.links import report_url

log = logging.getLogger(__name__)

_FRONT: Final = ("index.html", "report.html")
"""The page of a folder that others lie beside."""
_HEAD_BYTES: Final = 2048
"""Of a page: its verdict stands before the style."""
_DAY: Final = re.compile(r"(?:^|day=)(\d{4}-\d\d-\d\d)(?:/|$)")
_JOB: Final = re.compile(r"^([0-9a-f]{16})(?:-([0-9a-z]+))?(?:/|$)")
_VERDICT: Final = re.compile(
    r'<meta name="verdict" content="(pass|warn|fail|none): ([^"]*)">\s*<meta name="description" content="([^"]*)">'
)


@dataclass(frozen=True)
class About:
    """What a report is about: a day or a job (one is empty, or both are), and the same in words."""

    day: str
    job: str
    words: str


@dataclass(frozen=True)
class Stored:
    """One stored page: its kind (folder), its name below that, its URI, the ETag of its bytes, and when it was written."""

    kind: str
    name: str
    uri: str
    etag: str
    written: datetime


def about(name: str) -> About:
    """The subject of a report, by its name below its kind's folder, such as ``2026-01-02/ab/index.html``."""
    if found := _DAY.search(name):
        return About(found[1], "", found[1])
    if found := _JOB.search(name):
        model = f", {found[2]}" if found[2] in ("baseline", "transformer") else ""
        return About("", found[1], f"job {found[1]}{model}")
    return About("", "", name.removesuffix(".json").removesuffix(".html").removesuffix("/index").replace("=", " "))


def list_reports(chosen: Mapping[str, str], is_open: Callable[[str], bool]) -> list[Report]:
    """A report for each folder of pages, newest first; of one ``day``, ``job`` or ``kind`` where ``chosen`` says so, and of the
    kinds alone that ``is_open`` to the reader.

    The verdicts of those that the index shows are read, each once as long as the page stays the same.
    """
    folders = _folders([one for one in _list_pages(f"{chosen['kind']}/" if "kind" in chosen else "") if is_open(one.kind)])
    subjects = {front.uri: about(front.name) for front, _ in folders}
    wanted: dict[str, Callable[[Stored], str]] = {
        "day": lambda one: subjects[one.uri].day,
        "job": lambda one: subjects[one.uri].job,
        "kind": lambda one: one.kind,
    }
    folders = [pair for pair in folders if all(wanted[name](pair[0]) == value for name, value in chosen.items())]
    shown: Counter[str] = Counter()
    read = []
    for front, _ in folders:
        shown[front.kind] += 1
        if chosen or shown[front.kind] <= NUM_NEWEST:
            read.append(front)
    return _told(folders, read)


def day_reports(day: str, kinds: Sequence[str]) -> list[Report]:
    """The reports of one day, newest first, of these kinds, whose verdicts are all read. Nothing else is listed."""
    prefixes = [f"{kind}/{shape}/" for kind in kinds for shape in (day, f"day={day}")]
    folders = _folders([page for prefix in prefixes for page in _list_pages(prefix)])
    return _told(folders, [front for front, _ in folders])


def _told(folders: Sequence[tuple[Stored, list[Stored]]], read: Sequence[Stored]) -> list[Report]:
    """The folders as reports; the verdicts of ``read`` are looked up."""
    with ThreadPoolExecutor(16) as pool:
        found = pool.map(lambda one: verdict_of_page(one.uri, one.etag), read)
        verdicts = dict(zip((one.uri for one in read), found, strict=True))
    return [
        Report(
            front.kind, about(front.name).words, report_url(front.uri), front.written, verdicts.get(front.uri),
            [Link(_label(one), report_url(one.uri)) for one in others],
        )
        for front, others in folders
    ]  # fmt: skip


def _list_pages(prefix: str = "") -> list[Stored]:
    """Every HTML and JSON object whose name below ``reports/`` begins so, newest first; manifests left out."""
    root = places.reports("")
    pages = []
    for found in s3.list_objects(root + prefix):
        kind, _, name = found.uri.removeprefix(root).partition("/")
        if name.endswith((".html", ".json")) and not name.endswith(artifacts.MANIFEST):
            pages.append(Stored(kind, name, found.uri, found.etag, found.modified))
    return sorted(pages, key=lambda page: page.written, reverse=True)


def _folders(pages: list[Stored]) -> list[tuple[Stored, list[Stored]]]:
    """The front page of each folder with the others beside it; a folder without one has a report in every page.

    JSON beside an HTML page says the same, to a program.
    """
    folders: dict[str, list[Stored]] = {}
    for page in pages:
        folders.setdefault(page.uri.rpartition("/")[0], []).append(page)
    found: list[tuple[Stored, list[Stored]]] = []
    for inside in folders.values():
        shown = [page for page in inside if page.name.endswith(".html")] or inside
        front = next((page for page in shown if page.name.rpartition("/")[2] in _FRONT), None)
        if front is None:
            found += [(page, []) for page in shown]
        else:
            found.append((front, sorted((page for page in shown if page is not front), key=lambda page: page.name)))
    return sorted(found, key=lambda pair: pair[0].written, reverse=True)


def _label(page: Stored) -> str:
    return page.name.rpartition("/")[2].removesuffix(".html").replace("_", " ")


@lru_cache(maxsize=10_000)
def verdict_of_page(uri: str, etag: str) -> Verdict | None:  # noqa: ARG001 (other bytes are another question)
    """What a page or record comes to; ``None`` where it does not say."""
    if uri.endswith(".json"):
        try:
            return verdict_of(json.loads(s3.read_bytes(uri)))
        except (PermanentError, ValueError) as error:
            log.warning("%s has no verdict to show: %s", uri, error)
            return None
    found = _VERDICT.search(s3.read_head(uri, _HEAD_BYTES).decode(errors="replace"))
    if found is None:
        return None
    return Verdict(cast(Kind, found[1]), html.unescape(found[2]), html.unescape(found[3]))
