"""``python -m reviewloop_local.stack.aws``: the local AWS API, made safe against a crash.

ministack writes S3 objects to disk at once, but the Glue catalogue and Athena's workgroups only when it is stopped
politely. Killed, it would come back with the objects and without the tables. Here their state is on disk before the
client hears that a change is done.
"""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]

_SERVICES = {"AWSGlue": "glue", "AmazonAthena": "athena"}
_READS = ("Get", "BatchGet", "List", "Search", "StartQueryExecution")


def changed_service(target: str) -> str | None:
    """The service whose durable state a request with this ``X-Amz-Target`` changes (``AWSGlue.CreateTable``), if any."""
    service, _, action = target.partition(".")
    return None if action.startswith(_READS) else _SERVICES.get(service)


def durable(app: App, save: Callable[[str], None]) -> App:
    """``app``, with ``save(service)`` called before the answer to a request that changed the service is sent."""

    async def wrapped(scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        target = dict(scope.get("headers") or ()).get(b"x-amz-target", b"").decode()
        service = changed_service(target)

        async def send_when_saved(message: Message) -> None:
            if service and message["type"] == "http.response.start":
                save(service)
            await send(message)

        await app(scope, receive, send_when_saved)

    return wrapped


def main() -> None:
    """Serve until stopped."""
    from importlib import import_module

    from ministack import app as ministack  # type: ignore[import-untyped]
    from ministack.core.persistence import save_state  # type: ignore[import-untyped]

    def save(service: str) -> None:
        save_state(service, import_module(f"ministack.services.{service}").get_state())

    ministack.app = durable(ministack.app, save)
    ministack.main()


if __name__ == "__main__":
    main()
