"""Request bodies, read under a bound for each and one for all, and within a time."""

import asyncio

from starlette.requests import ClientDisconnect, Request

from reviewloop.serving.inference.scheduler import Overloaded

__all__ = ["Bodies", "ClientDisconnect", "TooLarge", "TooSlow"]


class TooLarge(Exception):
    """A body beyond what one request may hold."""


class TooSlow(Exception):
    """A body that was not there in time: what it holds of the bound for all is given back."""


class Bodies:
    """Reads bodies of up to ``max_bytes``, of all requests at once up to ``max_held_bytes``."""

    def __init__(self, max_bytes: int, max_held_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._max_held = max(max_held_bytes, max_bytes)
        self._held = 0

    def check(self, declared_length: str | None) -> None:
        """Raises ``TooLarge`` or ``Overloaded`` by the length that the request declares, before any of it is read."""
        if declared_length is None or not declared_length.isdecimal():
            return
        if int(declared_length) > self._max_bytes:
            raise self._too_large()
        if self._held + int(declared_length) > self._max_held:
            raise Overloaded(1)

    async def read(self, request: Request, seconds: float) -> "Held":
        """The whole body; to be released with the answer. Raises ``TooLarge`` as soon as it is more, whatever was declared,
        ``Overloaded`` where all bodies together are too much, ``TooSlow`` where it is not whole after so many seconds,
        ``ClientDisconnect`` where the caller went away."""
        held = Held(self)
        try:
            async with asyncio.timeout(seconds):
                async for chunk in request.stream():
                    if len(held.content) + len(chunk) > self._max_bytes:
                        raise self._too_large()
                    if self._held + len(chunk) > self._max_held:
                        raise Overloaded(1)
                    held.content += chunk
                    self._held += len(chunk)
        except TimeoutError:
            held.release()
            raise TooSlow(f"the body was not there within {seconds:g} s") from None
        except BaseException:
            held.release()
            raise
        return held

    def _too_large(self) -> TooLarge:
        return TooLarge(f"more than {self._max_bytes:,} bytes; send fewer reviews a request")

    def released(self, num_bytes: int) -> None:
        """So much is held no more."""
        self._held -= num_bytes


class Held:
    """A body in memory."""

    def __init__(self, bodies: Bodies) -> None:
        self.content = bytearray()
        self._bodies = bodies

    def release(self) -> None:
        """Forget it; a second time does nothing."""
        self._bodies.released(len(self.content))
        self.content = bytearray()
