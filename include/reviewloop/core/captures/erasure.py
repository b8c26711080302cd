"""One customer's words leave the captured records; that there was a request, and its answer, stays."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final
from unicodedata import normalize

from reviewloop.core.captures.records import ANSWER, Record, event_of

NAMES: Final = ("review_id", "dataset", "day")
"""Fields of a captured review that say whose it is."""


@dataclass(frozen=True)
class Erasure:
    """What somebody asked to be erased: the review (``dataset``, ``day``, ``review_id``), or all that a ``unit`` sent.

    It holds for what was captured until ``at`` (ISO 8601, UTC), wherever it still lies then: what a machine ships later, too.
    """

    at: str
    by: str
    reason: str
    dataset: str | None = None
    day: str | None = None
    review_id: int | None = None
    unit: str | None = None

    def to_json(self) -> dict[str, Any]:
        """As it is kept."""
        return asdict(self)


def erased(record: Record, erasures: Iterable[Erasure]) -> tuple[Record, int]:
    """The record without the words that are to be erased, and how many reviews that changed; 0 gives the very record.

    Title and text go, and what names the review; a unit by which it could be found again becomes the request's own id. Numbers,
    arm, version and prediction stay, so that nothing is missing from what is counted.
    """
    if event_of(record) != ANSWER or not isinstance(record.get("reviews"), list):
        return record, 0
    found = [erasure for erasure in erasures if str(record["received_at"]) <= erasure.at]
    reviews = list(record["reviews"])
    gone = [at for at, review in enumerate(reviews) if any(_is_meant(record, review, one) for one in found)]
    if not gone:
        return record, 0
    unit = {}
    if any(_names(record.get("unit"), reviews[at]) for at in gone) or any(_is_units(record, one) for one in found):
        unit = {"unit": record["request_id"], "sticky": False}
    for at in gone:
        reviews[at] = {**reviews[at], "title": None, "text": "", **dict.fromkeys(NAMES), "erased": True}
    return {**record, "reviews": reviews, **unit}, len(gone)


def _is_meant(record: Record, review: object, erasure: Erasure) -> bool:
    if not isinstance(review, Mapping) or review.get("erased"):
        return False
    if _is_units(record, erasure):
        return True
    # A lake holds one dataset. Where the caller left out the day, it may be this review: rather too much is erased than too little.
    same = review.get("dataset") in (None, erasure.dataset) and review.get("day") in (None, erasure.day)
    return erasure.review_id is not None and same and str(review.get("review_id")) == str(erasure.review_id)


def _is_units(record: Record, erasure: Erasure) -> bool:
    """Whether the unit sent it: one name in two ways of writing é is one unit, as it is to the draw of arms."""
    return erasure.unit is not None and normalize("NFC", str(record.get("unit"))) == normalize("NFC", erasure.unit)


def _names(unit: object, review: Mapping[str, Any]) -> bool:
    """Whether the unit is the review: its id is one of the words of it."""
    number = review.get("review_id")
    return unit is not None and number is not None and str(number) in re.split(r"[^0-9A-Za-z-]+", str(unit))
