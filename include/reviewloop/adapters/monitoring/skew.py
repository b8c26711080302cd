"""What was found of skew, in the lake: one object, compared and set."""

from reviewloop.adapters.lake import places, states
from reviewloop.core.monitoring.skew.checks import Check, Checks


def read() -> Checks:
    """What is known now; nothing before the first check."""
    return states.read(places.skew(), Checks)


def keep(check: Check) -> None:
    """Remember the check, in the place of an older one of its day and version."""
    states.change(places.skew(), Checks, lambda known: (known.with_check(check), None))
