"""What is refused before the framework looks at it: the cheaper a refusal, the more is left for those who are taken in."""

import json
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any, Final

from reviewloop.serving.bodies import Bodies, TooLarge
from reviewloop.serving.scheduler import Overloaded

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

READING: Final = frozenset({"/predict"})
"""Paths whose requests cost a pass of the model."""


class Gatekeeper:
    """ASGI middleware: 429 with ``Retry-After`` where there is no room, 413 where the declared length is too much."""

    def __init__(
        self, app: Callable[[Scope, Receive, Send], Awaitable[None]], check_room: Callable[[], None], bodies: Bodies
    ) -> None:
        self._app = app
        self._check_room = check_room
        self._bodies = bodies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request, or one of the server's own messages."""
        if scope["type"] == "http" and scope["method"] == "POST" and scope["path"] in READING:
            try:
                self._check_room()
                self._bodies.check(dict(scope["headers"]).get(b"content-length", b"").decode("latin-1") or None)
            except (Overloaded, TooLarge) as refusal:
                status, headers, body = refused(refusal)
                raw = [(name.encode(), value.encode()) for name, value in headers.items()]
                await send({"type": "http.response.start", "status": status, "headers": raw})
                await send({"type": "http.response.body", "body": body})
                return
        await self._app(scope, receive, send)


def refused(refusal: Overloaded | TooLarge) -> tuple[int, Mapping[str, str], bytes]:
    """Status, headers and body of a refusal. A body that is not read to its end must not be taken for the next request."""
    if isinstance(refusal, Overloaded):
        status, more = 429, {"retry-after": str(refusal.retry_after_seconds)}
    else:
        status, more = 413, {"connection": "close"}
    body = json.dumps({"detail": str(refusal)}).encode()
    return status, {"content-type": "application/json", "content-length": str(len(body)), **more}, body
