"""A leaderboard's time: until when settings are searched, until when kinds are answered, and how much of that each may take.

All in seconds of ``time.time``, so that workers on several machines know when it is over.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

SEARCH_SHARE: Final = 0.6
"""Of the budget, for the search; what it leaves goes to the answers."""
MARGIN_SHARE: Final = 0.04
MARGIN_SECONDS: Final = 10.0
"""Kept for what comes behind the last kind: its end, intervals, luck, the page, and the scheduler between two tasks."""
MOST_MARGIN_SHARE: Final = 1 / 6


@dataclass(frozen=True)
class Deadlines:
    """When the last trial and when the last kind must end."""

    begun: float
    search_until: float
    answer_until: float


def deadlines(begun: float, budget_seconds: float, searched: bool) -> Deadlines:
    """Of a budget that runs since ``begun``."""
    margin = min(MARGIN_SECONDS + MARGIN_SHARE * budget_seconds, MOST_MARGIN_SHARE * budget_seconds)
    return Deadlines(begun, begun + (SEARCH_SHARE * budget_seconds if searched else 0.0), begun + budget_seconds - margin)


def seconds_to_answer(shares: Mapping[str, float], kind: str, now: float, until: float) -> float:
    """What a kind has of what is left, beside those behind it in the order of ``shares``; 0 or less: nothing."""
    behind = list(shares)[list(shares).index(kind) :]
    return (until - now) * shares[kind] / sum(shares[one] for one in behind)


def seconds_to_search(shares: Mapping[str, float], kind: str, now: float, when: Deadlines) -> float:
    """What a kind has for its trials of one number: never more than its part of the whole search, so that none takes it all."""
    own = (when.search_until - when.begun) * shares[kind] / sum(shares.values())
    return min(own, when.search_until - now)
