"""Days that vote on drift, and a world that asks for nothing; a test spoils one thing."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from reviewloop.config import load_config
from reviewloop.core.monitoring.response.conditions import Facts
from reviewloop.core.monitoring.response.votes import Vote

FIRST: Final = date(2026, 1, 2)
NOW: Final = datetime(2026, 1, 3, 4, tzinfo=UTC)
LIMITS: Final = load_config("test").response
WORLD: Final = Facts(now=NOW, version="1", num_new_rows=100_000, training_minutes=0.0, under_way="")


def day(number: int) -> str:
    """The day of this number, from 0."""
    return (FIRST + timedelta(days=number)).isoformat()


def vote(number: int, *families: str, **other: Any) -> Vote:
    """The vote of day ``number``: what fired; nothing for a calm day."""
    facts: dict[str, Any] = {"version": "1", "batch": "b", "generation": 1, "judged": True}
    said = tuple(f"{family} moved" for family in families)
    return Vote(day=day(number), families=families, reasons=said, **{**facts, **other})


def world(**other: Any) -> Facts:
    """``WORLD``, spoilt."""
    return replace(WORLD, **other)
