"""What the endpoint was asked and answered, day by day, and whether all of it is there."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from markupsafe import Markup

from reviewloop.pages import kit
from reviewloop.pages.links import Links

NUM_DAYS: Final = 31
"""The newest days that are shown."""


def captures_page(title: str, found: Mapping[str, Any], spools: Sequence[Mapping[str, Any]], links: Links) -> str:
    """HTML. ``found`` is a ``CapturesRef`` as JSON; ``spools`` are ``Completeness`` as mappings, with ``lost``."""
    days = sorted(found["days"], key=lambda one: one["day"], reverse=True)
    newest = days[0]
    tiles = kit.tiles(
        (f"{newest['num_requests']:,}", f"requests on {newest['day']}"),
        (_ms(newest["latency_p99_ms"]), "p99 of its answers"),
        (f"{found['num_lost']:,}", "records lost"),
        (f"{found['num_dropped']:,}", "records dropped for want of room"),
    )
    sections = [
        kit.section("days", "Days", lambda: _days(days)),
        kit.section("spools", "What is missing", lambda: _spools(spools)),
    ]
    return kit.page(title, links, _verdict(found), tiles, sections)


def _verdict(found: Mapping[str, Any]) -> kit.Verdict:
    told = f"{found['num_records']:,} records kept, {found['num_lost']:,} lost, {found['num_dropped']:,} dropped"
    if found["num_lost"]:
        return kit.Verdict("warn", "records lost", told)
    return kit.Verdict("warn", "records dropped", told) if found["num_dropped"] else kit.Verdict("pass", "all there", told)


def _days(days: Sequence[Mapping[str, Any]]) -> Markup:
    head = ["Day", "Requests", "Reviews", "Not answered", "p50", "p99", "In shadow", "Labelled by feedback", "Unreadable", "Arms"]
    rows = [
        [
            Markup('<span class="line">{}</span>').format(one["day"]),
            *(f"{one[name]:,}" for name in ("num_requests", "num_rows", "num_failed")),
            *(_ms(one[name]) for name in ("latency_p50_ms", "latency_p99_ms")),
            *(f"{one[name]:,}" for name in ("num_shadowed", "num_feedback", "num_unreadable")),
            _arms(one["arms"]),
        ]
        for one in days[:NUM_DAYS]
    ]
    return kit.table(head, rows, numeric=range(1, 9))


def _arms(arms: Mapping[str, int]) -> str:
    whole = sum(arms.values())
    return ", ".join(f"{name} {num / whole:.1%}" for name, num in arms.items()) if whole else "none"


def _spools(spools: Sequence[Mapping[str, Any]]) -> Markup:
    short = [one for one in spools if one["lost"] or one["dropped"]]
    if not short:
        return kit.paragraph("Every number of every spool is there.", "soft")
    head = ["Spool", "From", "To", "Kept", "Dropped", "Lost"]
    rows = [[one["spool"], *(f"{one[name]:,}" for name in ("first", "last", "kept", "dropped", "lost"))] for one in short]
    told = kit.paragraph("Dropped: the endpoint had no room. Lost: in no object, though nobody dropped it.", "soft")
    return kit.join([told, kit.table(head, rows, numeric=range(1, 6))])


def _ms(latency_ms: float | None) -> str:
    return "–" if latency_ms is None else f"{latency_ms:,.1f} ms"
