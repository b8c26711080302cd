"""What is a day of the lake, and what only looks like one."""

import pytest

from reviewloop.core.days import require_day, require_moment
from reviewloop.errors import PermanentError


def test_a_day_is_itself() -> None:
    assert require_day("2024-02-29") == "2024-02-29"


@pytest.mark.parametrize(
    "value", ["", "today", "2026-1-5", "20260105", "5.1.2026", "2026-02-30", "2026-01-05T10:00:00", " 2026-01-05"]
)
def test_anything_else_is_refused_with_what_to_write(value: str) -> None:
    with pytest.raises(PermanentError, match="^covers_day: '.*' is not a date; write it as YYYY-MM-DD$"):
        require_day(value, "covers_day")


def test_a_moment_is_a_day_or_finer() -> None:
    for value in ("2026-01-05", "2026-01-05T10:00:00+00:00"):
        assert require_moment(value, "known_at") == value
    with pytest.raises(PermanentError, match="^known_at: 'yesterday' is no time; write it as 2026-01-05, or as "):
        require_moment("yesterday", "known_at")
