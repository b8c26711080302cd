"""A day as the champion reads it: where it contradicts the labels more often than it should, and the rows to look at."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from markupsafe import Markup

from reviewloop.pages import kit
from reviewloop.pages.links import Links
from reviewloop.pages.record import verdict_of

_MOST_CHARACTERS = 300
_ADVICE = (
    "Labels that were tampered with, a producer's mistake or a true change of how people write can all look like this. Read the "
    "rows below. If the labels are wrong, have the producer deliver the day again: the correction takes its place. If they are "
    "right, nothing is to be done: the monitor sees the change, too. The day was let in either way."
)


def reading_page(report: Mapping[str, Any], surest: pd.DataFrame | None, links: Links) -> str:
    """HTML. ``report`` is the stored one; ``surest`` holds ``core.monitoring.reading.contradictions``, where the day was read."""
    top = kit.bullets(report["warnings"])
    if report["verdict"] == "warn" and report["shares"]:
        top = kit.join([top, kit.paragraph(_ADVICE, "soft")])
    sections = []
    if report["shares"]:
        sections.append(kit.section("shares", "How often the labels are contradicted", lambda: _shares(report["shares"])))
    if surest is not None and len(surest):
        sections.append(kit.section("rows", "The surest contradictions", lambda: _rows(surest)))
    return kit.page(f"{report['day']} as the champion reads it", links, verdict_of(report), top, sections)


def _shares(shares: Sequence[Mapping[str, Any]]) -> Markup:
    head = ["Verdict", "Labelled", "Read as", "Of the day", "Share", "Held out", "Chance"]
    kinds = {"unusual": kit.mark("warn", "unusual"), "usual": kit.mark("pass", "usual")}
    rows = [
        [kinds.get(one["verdict"], kit.mark("none", one["verdict"])), one["label"], one["answer"],
         f"{one['count']} of {one['num_rows']}", _percent(one["count"], one["num_rows"]),
         _percent(one["held_out_count"], one["held_out_rows"]), "–" if one["chance"] is None else f"{one['chance']:.2g}"]
        for one in sorted(shares, key=lambda one: one["verdict"] != "unusual")
    ]  # fmt: skip
    return kit.table(head, rows, numeric=(3, 4, 5, 6))


def _rows(surest: pd.DataFrame) -> Markup:
    # Two columns: on a phone five of them leave the text no room.
    rows = [
        [kit.shorten(str(row.text), _MOST_CHARACTERS),
         f"{row.label}, read as {row.answer}; the label has {row.probability:.1%}. Review {row.review_id}"]
        for row in surest.itertuples()
    ]  # fmt: skip
    return kit.table(["Text", "Labelled"], rows, kind="texts")


def _percent(count: int, total: int) -> str:
    return f"{count / total:.1%}" if total else "–"
