"""``traceparent`` of a caller (W3C Trace Context): passed through to the answer and to what is captured, never begun here."""

import re
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any, Final

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

HEADER: Final = b"traceparent"
_MAX_LENGTH: Final = 128
"""Characters; version 00 has 55, and what a later version may add stays short here."""
_SHAPE: Final = re.compile(rb"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(-[0-9a-zA-Z._~-]*)?")


def traceparent(headers: Iterable[tuple[bytes, bytes]]) -> str | None:
    """The one valid ``traceparent`` among ``headers``; ``None`` where there is none, more than one, or a wrong one.

    https://www.w3.org/TR/trace-context/#traceparent-header: version ff, and ids of zeros alone, are invalid; version 00 ends
    after its flags, a later one may go on after a dash.
    """
    given = [value for name, value in headers if name == HEADER]
    if len(given) != 1 or len(given[0]) > _MAX_LENGTH:
        return None
    match = _SHAPE.fullmatch(given[0])
    if match is None or match[1] == b"ff" or not match[2].strip(b"0") or not match[3].strip(b"0"):
        return None
    if match[1] == b"00" and match[4] is not None:
        return None
    return given[0].decode("ascii")


class TraceContext:
    """ASGI middleware: a valid ``traceparent`` is in ``request.state`` and on the answer, whatever the answer is."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request, or one of the server's own messages."""
        found = traceparent(scope["headers"]) if scope["type"] == "http" else None
        if found is None:
            await self._app(scope, receive, send)
            return
        scope.setdefault("state", {})["traceparent"] = found
        header = (HEADER, found.encode())

        async def traced(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", []), header]
            await send(message)

        await self._app(scope, receive, traced)
