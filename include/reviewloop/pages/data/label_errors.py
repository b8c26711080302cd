"""Labels that may be wrong, for people to read."""

from collections.abc import Mapping
from typing import Any, Final

import pandas as pd
from markupsafe import Markup

from reviewloop.core.reviews import SENTIMENTS
from reviewloop.pages import kit
from reviewloop.pages.links import Links

_MAX_CHARS: Final = 600
"""Of a review; the CSV has it whole."""


def label_errors_page(listed: pd.DataFrame, counts: pd.DataFrame, links: Links) -> str:
    """HTML. ``listed`` is of ``core.label_errors.ranking.ranked``, ``counts`` holds ``num_rows`` and ``num_flagged`` of each
    ``label``."""
    num_rows, num_flagged = int(counts["num_rows"].sum()), int(counts["num_flagged"].sum())
    tiles = kit.tiles(
        (f"{len(listed):,}", "labels to look at"),
        (f"{num_rows:,}", "labelled reviews, without the sealed part"),
        (f"{num_flagged:,}", "taken for errors by cleanlab"),
    )
    told = (
        "The labels that the baseline believes least, having been fitted on other reviews. Nothing was dropped or changed: many "
        "are right, and say of a customer that three stars meant praise."
    )
    sections = [
        kit.section("listed", "Labels to look at, the least believed first", lambda: _listed(listed)),
        kit.section("counts", "How many there are", lambda: _counts(counts)),
    ]
    verdict = kit.Verdict("none", "for people", "a list to look at; nothing was changed")
    return kit.page("Labels that may be wrong", links, verdict, kit.join([tiles, kit.paragraph(told, "soft")]), sections)


def _listed(listed: pd.DataFrame) -> Markup:
    return kit.table(["Review", "Its label, and the likeliest"], [_row(one) for one in listed.to_dict("records")], kind="texts")


def _row(one: Mapping[Any, Any]) -> list[object]:
    title = "" if pd.isna(one["title"]) else str(one["title"])
    review = kit.titled(kit.shorten(title, _MAX_CHARS), kit.shorten(str(one["text"]), _MAX_CHARS))
    return [
        kit.below(review, f"{one['rank']}. {one['day']}, review {one['review_id']}"),
        kit.below(f"{one['label']} {one['p_label']:.3f}", f"{one['likeliest']} {one['p_likeliest']:.3f}"),
    ]


def _counts(counts: pd.DataFrame) -> Markup:
    rows = [
        [SENTIMENTS[one["label"]], f"{one['num_rows']:,}", f"{one['num_flagged']:,}", f"{one['num_flagged'] / one['num_rows']:.0%}"]
        for one in counts.to_dict("records")
    ]
    told = "Where a rare sentiment is much flagged, that says more of the sentiment than of its labels (docs/labels.md)."
    return kit.join([kit.paragraph(told, "soft"), kit.table(["Label", "Reviews", "Flagged", "Share"], rows, numeric=(1, 2, 3))])
