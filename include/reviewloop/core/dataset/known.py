"""What was known at a moment of the past: labels come late, and a snapshot of then must not have read them."""

from collections.abc import Mapping


def known_days(landed_at: Mapping[str, str], day: str | None, known_at: str | None) -> list[str]:
    """The days up to ``day`` (``None``: all) whose rows, as they count now, had landed by ``known_at`` (ISO 8601; ``None``: now).

    ``landed_at`` says of every day when the delivery that counts landed first; an empty one, from before landings were kept,
    landed before all others. Of a day that was delivered again since, what it said before is not kept in the catalog: it is left
    out whole, so that a snapshot may know less than was known, and never more. A moment is compared as text, so it must be as
    precise as is meant: ``2026-01-03`` is the beginning of that day.
    """
    wanted = [one for one in sorted(landed_at) if day is None or one <= day]
    return wanted if known_at is None else [one for one in wanted if landed_at[one] <= known_at]
