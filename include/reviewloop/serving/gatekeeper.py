"""What is refused before the framework looks at it: the cheaper a refusal, the more is left for those who are taken in."""

import json
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any, Final

from reviewloop.serving.bodies import Bodies, TooLarge
from reviewloop.serving.keys import Keys
from reviewloop.serving.lifecycle import Lifecycle
from reviewloop.serving.scheduler import Overloaded

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

READING: Final = frozenset({"/predict"})
"""Paths whose requests cost a pass of the model."""
PUBLIC: Final = frozenset({"/v2/health/live", "/v2/health/ready"})
"""Paths that no key opens: they say nothing but yes or no."""


class Unauthorised(Exception):
    """No key, or none of ours."""


class Gatekeeper:
    """ASGI middleware: 401 without a key where keys are asked for, 429 with ``Retry-After`` where there is no room, 413 where the
    declared length is too much. While the process drains, every answer ends its connection."""

    def __init__(self, app: App, keys: Keys, check_room: Callable[[], None], bodies: Bodies, lifecycle: Lifecycle) -> None:
        self._app = app
        self._keys = keys
        self._check_room = check_room
        self._bodies = bodies
        self._lifecycle = lifecycle

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request, or one of the server's own messages."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if self._lifecycle.draining:
            send = _closing(send)
        try:
            self._check(scope)
        except (Overloaded, TooLarge, Unauthorised) as refusal:
            status, headers, body = refused(refusal)
            raw = [(name.encode(), value.encode()) for name, value in headers.items()]
            await send({"type": "http.response.start", "status": status, "headers": raw})
            await send({"type": "http.response.body", "body": body})
            return
        await self._app(scope, receive, send)

    def _check(self, scope: Scope) -> None:
        reads = scope["method"] == "POST" and scope["path"] in READING
        if not reads and not self._keys:
            return
        headers = dict(scope["headers"])
        asks = self._keys and scope["path"] not in PUBLIC
        if asks and self._keys.holder(headers.get(b"authorization", b"").decode("latin-1")) is None:
            raise Unauthorised("a key is asked for: send it as `Authorization: Bearer <key>`")
        if reads:
            self._check_room()
            self._bodies.check(headers.get(b"content-length", b"").decode("latin-1") or None)


def _closing(send: Send) -> Send:
    async def wrapped(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            kept = [(name, value) for name, value in message.get("headers", []) if name.lower() != b"connection"]
            message["headers"] = [*kept, (b"connection", b"close")]
        await send(message)

    return wrapped


def refused(refusal: Overloaded | TooLarge | Unauthorised) -> tuple[int, Mapping[str, str], bytes]:
    """Status, headers and body of a refusal. A body that is not read to its end must not be taken for the next request."""
    if isinstance(refusal, Overloaded):
        status, more = 429, {"retry-after": str(refusal.retry_after_seconds)}
    elif isinstance(refusal, Unauthorised):
        status, more = 401, {"www-authenticate": "Bearer", "connection": "close"}
    else:
        status, more = 413, {"connection": "close"}
    body = json.dumps({"detail": str(refusal)}).encode()
    return status, {"content-type": "application/json", "content-length": str(len(body)), **more}, body
