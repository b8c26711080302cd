"""The last word of the product watch: only complaints that rose go on to whoever follows the asset."""

from collections.abc import Sequence

from reviewloop.errors import NothingToDo
from reviewloop.refs import ProductsRef


def announce_products(watched: Sequence[ProductsRef]) -> ProductsRef:
    """The newest day's ref, for the asset. Raises ``NothingToDo`` where no complaints rose, or nothing could be judged."""
    newest = max(watched, key=lambda one: one.day, default=None)
    if newest is None:
        raise NothingToDo("no day was looked at")
    if not newest.alarms:
        found = (
            f"complaints about {newest.num_judged} products are as usual"
            if newest.judged
            else "nothing could be judged: see the page"
        )
        raise NothingToDo(f"{newest.day}: {found}")
    return newest
