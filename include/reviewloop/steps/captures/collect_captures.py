"""Captured requests become rows of the Glue table ``captures``."""

import logging
from collections.abc import Sequence
from dataclasses import asdict

from reviewloop.adapters.captures import notes, retention
from reviewloop.adapters.captures.collection import Collected, collect, collect_since
from reviewloop.adapters.lake import places, s3
from reviewloop.config import load_config
from reviewloop.core.captures.gaps import Completeness
from reviewloop.errors import NothingToDo
from reviewloop.pages.links import Links
from reviewloop.pages.serving.captures import captures_page
from reviewloop.refs import CapturesRef

log = logging.getLogger(__name__)


def collect_captures(day: str | None = None) -> CapturesRef:
    """Bring the table up to date with what the endpoint has captured: ``day`` (``YYYY-MM-DD``), else every day that is kept.

    What a machine ships late changes the partition of its own day. Run again it finds the same rows. The result tells, of every
    spool, how many records are lost or were dropped, and so does its page. Raises ``NothingToDo`` where nothing was captured.
    """
    oldest = retention.oldest_kept(load_config().captures.retention_days)
    found = [collect(day)] if day else collect_since(oldest)
    if not found:
        raise NothingToDo(f"the endpoint has captured no request since {oldest}")
    for one in found:
        _tell(one)
    changed = tuple(one.ref.day for one in found if one.changed)
    newest = max(one.ref.day for one in found)
    page_uri = places.reports("captures", f"day={newest}", "report.html")
    spools = notes.spools([one.ref.day for one in found])
    ref = CapturesRef(
        days=tuple(one.ref for one in found), changed=changed, num_records=sum(line.kept for line in spools),
        num_lost=sum(line.lost for line in spools), num_dropped=sum(line.dropped for line in spools),
        warnings=_warnings(found, spools) if changed else (), page_uri=page_uri,
    )  # fmt: skip
    if changed or not s3.exists(page_uri):
        lines = [{**asdict(line), "lost": line.lost} for line in spools]
        page = captures_page(f"Requests to the endpoint, up to {newest}", ref.model_dump(), lines, Links(depth=2, day=newest))
        s3.write_bytes(page_uri, page.encode(), "text/html; charset=utf-8")
    return ref


def _warnings(found: Sequence[Collected], spools: Sequence[Completeness]) -> tuple[str, ...]:
    """Of the spools that have records in what is new."""
    touched = {place.spool for one in found if one.changed for place in one.places}
    lines = [
        f"captured records {line.first} to {line.last} of spool {line.spool}: {line.lost} are lost, {line.dropped} were dropped "
        f"for want of room, {line.kept} are kept"
        for line in spools
        if line.spool in touched and (line.lost or line.dropped)
    ]
    lines += [
        f"captures of {one.ref.day}: {one.ref.num_unreadable} lines are no records and were left out"
        for one in found
        if one.changed and one.ref.num_unreadable
    ]
    return tuple(lines)


def _tell(one: Collected) -> None:
    ref = one.ref
    arms = ", ".join(f"{arm} {num / max(ref.num_requests, 1):.1%}" for arm, num in ref.arms.items())
    latency = "" if ref.latency_p99_ms is None else f", p50 {ref.latency_p50_ms:.1f} ms, p99 {ref.latency_p99_ms:.1f} ms"
    log.info(
        "captures of %s: %s%d requests, %d reviews, %d failed, %d read in shadow, %d with feedback (%s)%s; "
        "%d lines unreadable, %d without their answer",
        ref.day, "" if one.changed else "nothing new; ", ref.num_requests, ref.num_rows, ref.num_failed, ref.num_shadowed,
        ref.num_feedback, arms or "no arm", latency, ref.num_unreadable, ref.num_unmatched,
    )  # fmt: skip
