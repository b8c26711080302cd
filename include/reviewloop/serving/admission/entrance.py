"""Room at the door: who is let in counts at once, and not only when he has come to the queue."""

import asyncio
from collections.abc import Callable, MutableMapping
from typing import Any


class Entrance:
    """Lets requests in one by one, also where many come in one turn of the event loop. Lives on that loop.

    A request comes to the queue only after it was parsed, a turn later. Those that arrive meanwhile would all find the room that is
    there for one, be parsed, and be refused then at several times the price: the more there are, the later everybody is answered.

    Room is held for a turn: where the body came with the head, that is until the request waits in the queue. One whose body is not
    there holds nothing while it is waited for, or a few callers who never send theirs would keep out all others; it asks again.
    """

    def __init__(self, check_room: Callable[[int], None]) -> None:
        """``check_room`` of the number of requests that are on their way to the queue; raises ``Overloaded``."""
        self._check_room = check_room
        self._entering: set[int] = set()

    def enter(self, scope: MutableMapping[str, Any]) -> None:
        """Let the request of this ASGI scope in; in the turn in which it was let in already this does nothing.

        Raises ``Overloaded`` where there is no room for it behind all that wait or were let in before it.
        """
        request = id(scope)
        if request in self._entering:
            return
        self._check_room(len(self._entering))
        self._entering.add(request)
        asyncio.get_running_loop().call_soon(self._entering.discard, request)
