"""What alarms about products, in the lake: one object, compared and set."""

from collections.abc import Sequence

from reviewloop.adapters.lake import places, states
from reviewloop.core.products.state import Alarm, ProductState, after


def read() -> ProductState:
    """As it stands; empty before the first look."""
    return states.read(places.products(), ProductState)


def note(day: str, alarms: Sequence[Alarm], page_uri: str) -> None:
    """``day`` was looked at, with these alarms."""
    states.change(places.products(), ProductState, lambda state: (after(state, day, alarms, page_uri), None))
