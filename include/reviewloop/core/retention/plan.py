"""What may go from the lake: what something else has superseded, or what can be made again, and never what anything names.

Only what lies in one of ``PLACES`` is looked at, so that nothing else can go, whatever a rule says. Of what is looked at, all stays
that a rule does not send away.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from reviewloop.config import RetentionConfig

Kind = Literal["reviews", "predictions", "metrics", "parsed", "chunks", "results"]
PLACES: Final[Mapping[Kind, str]] = {
    "reviews": "curated/reviews/",
    "predictions": "predictions/",
    "metrics": "monitoring/metrics/",
    "parsed": "staging/reviews/",
    "chunks": "chunks/",
    "results": "athena-results/",
}
"""What each kind's keys begin with: the only places from which anything goes."""
TABLES: Final[Mapping[Kind, str]] = {"reviews": "reviews", "predictions": "predictions", "metrics": "metrics"}
"""Kinds of which a day has batches, and the Glue table that lists the one which counts."""
SETTLED: Final = timedelta(days=1)
"""A day that a delivery landed for is left alone for so long: an older delivery may be on its way to count again."""


@dataclass(frozen=True)
class Item:
    """One thing that lies there: a day's batch, a parsed delivery, pieces of a day, an answer of Athena."""

    kind: Kind
    key: str
    """What its objects' keys begin with, from the bucket's root; ends with a slash where it is a folder."""
    day: str
    """Empty where it has none."""
    written_at: datetime
    """Of its youngest object."""
    num_objects: int
    num_bytes: int
    is_whole: bool = True
    """Whether it has its manifest, or is of a kind that has none."""

    @property
    def name(self) -> str:
        """Of a batch: as the catalog has it."""
        return self.key.rstrip("/").rpartition("/")[2].removeprefix("batch=")


@dataclass(frozen=True)
class Known:
    """What was looked up of what is still needed. Who cannot look it up has no ``Known``, and nothing goes."""

    counting: Mapping[tuple[Kind, str], frozenset[str]]
    """By kind and day: the batches that count, by the lake's word and by Glue's."""
    named: Mapping[str, str]
    """By the key of an item: who names it, in words."""
    landed: Mapping[str, datetime]
    """By day: when a delivery landed last."""


@dataclass(frozen=True)
class Decision:
    """What is to become of an item, and why, in words."""

    item: Item
    act: Literal["go", "keep"]
    why: str


def decide(items: Sequence[Item], known: Known, now: datetime, limits: RetentionConfig) -> list[Decision]:
    """What is to become of each item, in the order of kinds and keys. ``now`` is the store's clock, as ``written_at`` is."""
    ranks = _ranks(items, known)
    return [_decide(one, ranks.get(one.key), known, now, limits) for one in sorted(items, key=lambda one: (one.kind, one.key))]


def _decide(one: Item, rank: int | None, known: Known, now: datetime, limits: RetentionConfig) -> Decision:
    if why := _stays(one, known, now):
        return Decision(one, "keep", why)
    age = (now - one.written_at) / timedelta(days=1)
    if not one.is_whole:
        return _by_age(one, age, limits.half_written_days, "it was never written to its end: it has no manifest")
    if one.kind in TABLES:
        if rank is None or rank < limits.superseded_batches:
            return Decision(one, "keep", f"one of the {limits.superseded_batches} batches of its day that were superseded last")
        return _by_age(one, age, limits.superseded_days, "another batch of its day counts")
    days, why = {
        "parsed": (limits.parsed_days, "no batch that is kept was made of it, and parse makes it again"),
        "chunks": (limits.chunk_days, "its day was not scored with it"),
        "results": (limits.result_days, "who asked Athena has read it"),
    }[one.kind]
    return _by_age(one, age, days, why)


def _by_age(one: Item, age: float, days: int, why: str) -> Decision:
    if age < days:
        return Decision(one, "keep", f"{why}; it is {age:.1f} days old, and goes after {days}")
    return Decision(one, "go", f"{why}, and it is {age:.0f} days old")


def _stays(one: Item, known: Known, now: datetime) -> str:
    """Why it stays, whatever its age; empty where nothing says so."""
    if not one.key.startswith(PLACES[one.kind]) or one.key == PLACES[one.kind]:
        return "it lies where nothing is ever deleted"
    if one.kind in TABLES:
        counting = known.counting.get((one.kind, one.day), frozenset())
        if one.name in counting:
            return "it counts for its day"
        if not counting and one.is_whole:
            return "no batch counts for its day: nothing has superseded it"
    if by := known.named.get(one.key):
        return by
    landed = known.landed.get(one.day)
    if one.kind in {"reviews", "parsed"} and landed is not None and now - landed < SETTLED:
        return f"a delivery of its day landed {landed:%Y-%m-%d %H:%M} UTC, and may not count yet"
    return ""


def _ranks(items: Sequence[Item], known: Known) -> dict[str, int]:
    """Of the whole batches that do not count: how many of the same day are younger."""
    by_day: dict[tuple[Kind, str], list[Item]] = {}
    for one in items:
        if one.kind in TABLES and one.is_whole and one.name not in known.counting.get((one.kind, one.day), ()):
            by_day.setdefault((one.kind, one.day), []).append(one)
    return {
        one.key: rank
        for of_day in by_day.values()
        for rank, one in enumerate(sorted(of_day, key=lambda one: (one.written_at, one.key), reverse=True))
    }


def days_of(items: Collection[Item]) -> set[tuple[Kind, str]]:
    """Kinds and days of which more lies there than one whole batch: only of these anything can go."""
    found: dict[tuple[Kind, str], list[Item]] = {}
    for one in items:
        if one.kind in TABLES:
            found.setdefault((one.kind, one.day), []).append(one)
    return {key for key, of_day in found.items() if len(of_day) > 1 or not of_day[0].is_whole}
