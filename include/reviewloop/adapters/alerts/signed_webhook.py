"""A notice as an HTTP request that its receiver can verify: signed as https://www.standardwebhooks.com says."""

import base64
from typing import Final
from urllib.parse import urlsplit

from reviewloop.core.alerts.notices import Notice
from reviewloop.errors import ConfigError, TransientError
from reviewloop.loopback import is_loopback

_SECONDS = 10.0
"""For each of: to connect, to send, to wait for the answer."""
_PREFIX: Final = "whsec_"
_MIN_BYTES: Final = 24
"""The least that Standard Webhooks allows."""


def post(url: str, secrets: str, notice: Notice) -> None:
    """Send it, signed with each of ``secrets`` (``whsec_...``, apart by blanks): while a secret is exchanged, the new and the old.

    Raises ``TransientError`` for any answer that is no 2xx. No redirect is followed: what is behind one was named by the receiver,
    not by who runs this, and may be an address inside. Raises ``ConfigError`` for an address or a secret that cannot be used.
    """
    import httpx

    headers = {"content-type": "application/json", **signed(secrets, notice)}
    _require_safe(url)
    with (
        httpx.Client(timeout=_SECONDS, follow_redirects=False) as client,
        client.stream("POST", url, content=notice.body, headers=headers) as answer,
    ):
        # Its body is not read: nothing in it is asked for, and it could go on for ever.
        if not answer.is_success:
            raise TransientError(f"the receiver answered {answer.status_code}")


def signed(secrets: str, notice: Notice) -> dict[str, str]:
    """The headers by which the receiver verifies it: its id, the time it is sent, and a signature of each secret."""
    from datetime import UTC, datetime

    from standardwebhooks.webhooks import Webhook

    at, body = datetime.now(UTC), notice.body.decode()
    known = secrets.split()
    if not known or not all(map(_is_secret, known)):
        raise ConfigError(
            "REVIEWLOOP_NOTICE_SECRET: needs whsec_ and base64 of 24 random bytes; two of them stand apart by a blank"
        )
    signatures = " ".join(Webhook(secret).sign(notice.id, at, body) for secret in known)
    return {"webhook-id": notice.id, "webhook-timestamp": str(int(at.timestamp())), "webhook-signature": signatures}


def _is_secret(text: str) -> bool:
    """The library takes any text, and leaves out of it what is no base64."""
    try:
        return text.startswith(_PREFIX) and len(base64.b64decode(text.removeprefix(_PREFIX), validate=True)) >= _MIN_BYTES
    except ValueError:
        return False


def _require_safe(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(parts.hostname or "")):
        raise ConfigError("REVIEWLOOP_NOTICE_WEBHOOK: https is needed (http for this machine alone)")
