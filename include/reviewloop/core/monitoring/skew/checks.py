"""What was found of skew, day by day: a later check without evidence takes nothing back."""

from datetime import datetime
from typing import Final

from reviewloop.core.kept import Kept
from reviewloop.core.monitoring.skew.comparison import Word

KEPT: Final = 100
"""The newest; the page of each stays for good."""


class Check(Kept):
    """One check of a version's day."""

    day: str
    version: str
    verdict: Word
    reasons: tuple[str, ...]
    at: datetime
    page_uri: str


class Checks(Kept):
    """All that is remembered."""

    checks: tuple[Check, ...] = ()

    def with_check(self, check: Check) -> "Checks":
        """The check in the place of an older one of its day and version."""
        others = [one for one in self.checks if (one.version, one.day) != (check.version, check.day)]
        return Checks(checks=tuple(sorted((*others, check), key=lambda one: (one.day, one.version))[-KEPT:]))

    def standing(self, version: str) -> Check | None:
        """The newest day's check of the version that had evidence; None where none had."""
        found = [one for one in self.checks if one.version == version and one.verdict != "not enough evidence"]
        return found[-1] if found else None
