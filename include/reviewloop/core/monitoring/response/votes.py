"""Days vote, each once: whether a signal family has drifted is what the last days say together.

Nothing here counts up. What stands is a fold over the votes in the order of their days, so a day that comes late, comes again or
comes with twenty others ends in the same state as one that came in its turn.
"""

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Final, Literal, get_args

from reviewloop.config import ConfirmConfig
from reviewloop.core.kept import Kept

Source = Literal["batch", "endpoint"]
"""Whose day it is: delivered reviews, or requests to the endpoint."""
SOURCES: Final[tuple[Source, ...]] = get_args(Source)
PREFIX: Final[Mapping[Source, str]] = {"batch": "", "endpoint": "requests: "}
"""How the names of a source's signal families begin."""


class Vote(Kept):
    """What one monitored day of one source says of one version.

    ``families`` are the signal families that fired; none: the day is calm.
    """

    day: str
    version: str
    batch: str
    generation: int
    """How often the day's predictions were replaced until these: of two votes of a day the higher one counts."""
    judged: bool
    """False for a day of too few rows, which says neither yes nor no."""
    families: tuple[str, ...]
    pooled: tuple[str, ...] = ()
    """Of the families, those that fired by the days before and the day together, and not by the day's own rows."""
    kind: str = ""
    """What kind of drift the monitor takes it for; empty where it does not say."""
    reasons: tuple[str, ...] = ()
    page_uri: str = ""
    source: Source = "batch"


class Stand(StrEnum):
    """Where a signal family of a version stands."""

    CLEAR = "clear"
    PENDING = "pending"
    """It fired, but on too few days to be believed."""
    CONFIRMED = "confirmed"
    ACKNOWLEDGED = "acknowledged"
    """Every day on which it fired was answered: by a training, or by a person who knows of it."""


class Standing(Kept):
    """``fired`` are the days among the last ones on which the family fired, each by rows that no other of them rests on, and which
    nobody has answered yet."""

    stand: Stand
    since: str
    """The day from which on it stands like this."""
    fired: tuple[str, ...] = ()


def standings(votes: Iterable[Vote], answered_through: str, confirm: ConfirmConfig) -> dict[str, Standing]:
    """Where each family that ever fired stands after the last day, by name. ``votes`` are of one version, a day of a source once.

    In any order. Each source by itself: its families have names of their own, and its last days are its own.

    Days up to ``answered_through`` (empty: none) confirm nothing any more, so no two answers rest on the same day. A day that was
    not judged is left out of the count, as if it had not been monitored. A day that fired by days pooled says again what the day
    before it said, for their rows are the same: behind another day that fired it confirms nothing.
    """
    judged = sorted((vote for vote in votes if vote.judged), key=lambda vote: vote.day)
    of_sources = [_standings([vote for vote in judged if vote.source == source], answered_through, confirm) for source in SOURCES]
    return dict(sorted(item for found in of_sources for item in found.items()))


def _standings(days: Sequence[Vote], answered_through: str, confirm: ConfirmConfig) -> dict[str, Standing]:
    found: dict[str, Standing] = {}
    for at, vote in enumerate(days):
        window = days[max(0, at + 1 - confirm.of) : at + 1]
        for family in found.keys() | set(vote.families):
            fired = [one for one in window if family in one.families]
            found[family] = _moved(found.get(family), vote.day, fired, family, answered_through, confirm.days)
    return found


def _moved(before: Standing | None, day: str, fired: Sequence[Vote], family: str, answered_through: str, needed: int) -> Standing:
    open_ = [one for one in fired if one.day > answered_through]
    unanswered = tuple(one.day for place, one in enumerate(open_) if place == 0 or family not in one.pooled)
    if unanswered:
        stand = Stand.CONFIRMED if len(unanswered) >= needed else Stand.PENDING
    else:
        stand = Stand.ACKNOWLEDGED if fired else Stand.CLEAR
    return Standing(stand=stand, since=before.since if before and before.stand is stand else day, fired=unanswered)
