"""Days and moments as the lake writes them."""

from datetime import date, datetime

from reviewloop.errors import PermanentError


def require_day(value: str, field: str = "day") -> str:
    """``value``, which is a day as the lake writes it (``YYYY-MM-DD``).

    Raises ``PermanentError`` for anything else: days are compared as text, and 2026-1-5 would come after 2026-01-31.
    """
    try:
        is_day = date.fromisoformat(value).isoformat() == value
    except ValueError:
        is_day = False
    if not is_day:
        raise PermanentError(f"{field}: {value!r} is not a date; write it as YYYY-MM-DD")
    return value


def require_moment(value: str, field: str) -> str:
    """``value``, which is a moment in ISO 8601, or a day: its beginning. Raises ``PermanentError`` for anything else."""
    try:
        datetime.fromisoformat(value)
    except ValueError:
        raise PermanentError(f"{field}: {value!r} is no time; write it as 2026-01-05, or as 2026-01-05T10:00:00+00:00") from None
    return value
