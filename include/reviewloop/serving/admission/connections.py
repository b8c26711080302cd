"""Connections that ask nothing: how long one may take to say what it wants, and how much, before anybody has looked at it.

uvicorn bounds neither. What a caller sends before its request is known costs memory and a descriptor, and no key is asked for it.
"""

import asyncio
import re
from typing import Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MAX_HEAD_BYTES: Final = 65_536
"""Of a request beside its body: path, headers, and what stands between the pieces of a body. What comes along with its first byte,
at most what one look at the socket gives, is not counted."""
_H2C: Final = re.compile(rb"^upgrade:(?=[ \t]*h2c[ \t]*\r?$)", re.IGNORECASE | re.MULTILINE)
TOO_LONG: Final = b"HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"


class Connection(HttpToolsProtocol):
    """uvicorn's, which is closed where a head does not come to its end within ``head_seconds`` of its first byte, or nothing comes
    within ``timeout_keep_alive``; where what is no body is more than ``MAX_HEAD_BYTES``; and where a body that nobody reads any
    more, since it was refused, does not end within ``head_seconds``. A body that is read has a time of its own (``bodies``)."""

    head_seconds = 30.0
    _late: asyncio.TimerHandle | None = None
    _beside_body = 0
    _is_message_open = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A caller is there, and may be for nothing."""
        super().connection_made(transport)
        self._close_in(self.timeout_keep_alive)

    def connection_lost(self, exc: Exception | None) -> None:
        """It is gone."""
        self._calm()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """More of a request, or of several."""
        self._beside_body += len(data)
        super().data_received(data if self._is_message_open else _without_h2c(data))
        if self.transport.is_closing():
            return
        if self._beside_body > MAX_HEAD_BYTES:
            self._refuse()
        elif self._late is None and self.timeout_keep_alive_task is None and self._is_idle():
            self._close_in(self.timeout_keep_alive)  # what came was no request, and uvicorn waits for one without an end

    def on_message_begin(self) -> None:
        """The first byte of a head."""
        super().on_message_begin()
        self._beside_body = 0
        self._is_message_open = True
        self._close_in(self.head_seconds)

    def on_headers_complete(self) -> None:
        """The whole head is there."""
        self._calm()
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """A piece of the body."""
        self._beside_body = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """The whole request is there."""
        self._is_message_open = False
        self._beside_body = 0
        self._calm()
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """It was answered, maybe before all of it was there."""
        super().on_response_complete()
        if self._is_message_open:
            self._close_in(self.head_seconds)

    def _refuse(self) -> None:
        if self._is_idle():
            self.transport.write(TOO_LONG)
        self.transport.close()

    def _is_idle(self) -> bool:
        """Whether nothing is being answered."""
        return self.cycle is None or self.cycle.response_complete

    def _close_in(self, seconds: float) -> None:
        self._calm()
        self._late = self.loop.call_later(seconds, self.timeout_keep_alive_handler)

    def _calm(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None


def _without_h2c(data: bytes) -> bytes:
    """The beginning of a request that does not ask for HTTP/2 any more. Java's client asks so each time that it speaks plain HTTP;
    a server may ignore it (RFC 9110, 7.8), and the parser takes it up and throws the body away."""
    head, end, rest = data.partition(b"\r\n\r\n")
    return _H2C.sub(b"X-Upgrade:", head) + end + rest if b"h2c" in head else data


def connections(seconds: float) -> type[Connection]:
    """What uvicorn makes of each connection: a head has so many seconds."""

    class Bounded(Connection):
        head_seconds = seconds

    return Bounded
