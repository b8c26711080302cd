"""What is refused before the framework looks at it: the cheaper a refusal, the more is left for those who are taken in."""

import json
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any, Final

from reviewloop.serving.admission.bodies import Bodies, TooLarge, TooSlow
from reviewloop.serving.admission.entrance import Entrance
from reviewloop.serving.admission.quota import REASON, OverQuota, Quota
from reviewloop.serving.api.routes import PUBLIC, reads, speaks_protocol
from reviewloop.serving.inference.scheduler import Overloaded
from reviewloop.serving.keys import Keys
from reviewloop.serving.lifecycle import Lifecycle

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

CALLER: Final = "caller"
"""Where a request's state names the key that it came with."""
REFUSED_FOR: Final = "refused_for"
"""Where it names the reason of a refusal that its status alone does not tell."""


class Unauthorised(Exception):
    """No key, or none of ours."""


class Gatekeeper:
    """ASGI middleware: 401 without a key where keys are asked for, 429 with ``Retry-After`` where the key's quota is used up or
    there is no room, 413 where the declared length is too much. While the process drains, every answer ends its connection.

    What counts against a quota is a POST: whoever watches the process is never refused for what others ask with the same key.
    """

    def __init__(self, app: App, keys: Keys, quota: Quota | None, entrance: Entrance, bodies: Bodies, lifecycle: Lifecycle) -> None:
        self._app = app
        self._keys = keys
        self._quota = quota
        self._entrance = entrance
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
        except (OverQuota, Overloaded, TooLarge, Unauthorised) as refusal:
            if isinstance(refusal, OverQuota):
                scope.setdefault("state", {})[REFUSED_FOR] = REASON
            status, headers, body = refused(refusal, scope["path"])
            raw = [(name.encode(), value.encode()) for name, value in headers.items()]
            await send({"type": "http.response.start", "status": status, "headers": raw})
            await send({"type": "http.response.body", "body": body})
            return
        await self._app(scope, receive, send)

    def _check(self, scope: Scope) -> None:
        posts = scope["method"] == "POST"
        if not posts and not self._keys:
            return
        headers = dict(scope["headers"])
        holder: str | None = None
        if self._keys and scope["path"] not in PUBLIC:
            holder = self._keys.holder(headers.get(b"authorization", b"").decode("latin-1"))
            if holder is None:
                raise Unauthorised("a key is asked for: send it as `Authorization: Bearer <key>`")
            scope.setdefault("state", {})[CALLER] = holder
        if posts:
            if self._quota and holder:
                self._quota.check(holder)
            if reads(scope["path"]):
                self._entrance.enter(scope)
            self._bodies.check(headers.get(b"content-length", b"").decode("latin-1") or None)
            if self._quota and holder:
                self._quota.count(holder)


def _closing(send: Send) -> Send:
    async def wrapped(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            kept = [(name, value) for name, value in message.get("headers", []) if name.lower() != b"connection"]
            message["headers"] = [*kept, (b"connection", b"close")]
        await send(message)

    return wrapped


def refused(refusal: OverQuota | Overloaded | TooLarge | TooSlow | Unauthorised, path: str) -> tuple[int, Mapping[str, str], bytes]:
    """Status, headers and body of a refusal, in the words of ``path``'s face.

    A body that is not read to its end must not be taken for the next request.
    """
    if isinstance(refusal, (Overloaded, OverQuota)):
        status, more = 429, {"retry-after": str(refusal.retry_after_seconds)}
    elif isinstance(refusal, Unauthorised):
        status, more = 401, {"www-authenticate": "Bearer", "connection": "close"}
    elif isinstance(refusal, TooSlow):
        status, more = 504, {"connection": "close"}
    else:
        status, more = 413, {"connection": "close"}
    body = json.dumps({"error" if speaks_protocol(path) else "detail": str(refusal)}).encode()
    return status, {"content-type": "application/json", "content-length": str(len(body)), **more}, body
