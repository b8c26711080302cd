"""Who may ask: bearer keys, of which the configuration holds digests only."""

import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping
from typing import Final

from reviewloop.errors import ConfigError

FIELD: Final = "REVIEWLOOP_SERVE_KEYS"
_ENTRY: Final = re.compile(r"([a-z][a-z0-9_-]*):([0-9a-f]{64})")


class Keys:
    """Names and SHA-256 digests of the keys that are taken. Without any, everybody may ask."""

    def __init__(self, digests: Mapping[str, str]) -> None:
        self._digests = dict(digests)

    def __bool__(self) -> bool:
        return bool(self._digests)

    def holder(self, authorization: str | None) -> str | None:
        """The name of the key in an ``Authorization`` header; ``None`` where it is none of ours.

        Every digest is compared, each in constant time: how long it takes says nothing about which.
        """
        scheme, _, key = (authorization or "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        digest = key_digest(key.strip())
        matching = [name for name, known in self._digests.items() if hmac.compare_digest(digest, known)]
        return matching[0] if matching else None


def key_digest(key: str) -> str:
    """SHA-256 in hex. Keys are random and long (``new_key``), so a slow hash would protect nothing more."""
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


def new_key() -> str:
    """A fresh key, 256 random bits."""
    return secrets.token_urlsafe(32)


def parse_keys(text: str) -> Keys:
    """``name:digest`` pairs, parted by commas. Raises ``ConfigError`` with the pair that is none; a key itself is not repeated."""
    digests: dict[str, str] = {}
    for place, entry in enumerate(filter(None, (part.strip() for part in text.split(","))), start=1):
        match = _ENTRY.fullmatch(entry)
        if match is None:
            shape = "a name, a colon, and the key's SHA-256 in 64 hex digits (`python -m reviewloop.serving.keys NAME` makes one)"
            raise ConfigError(f"{FIELD}: entry {place} is not {shape}")
        if match[1] in digests:
            raise ConfigError(f"{FIELD}: {match[1]} is there twice; each key needs a name of its own")
        digests[match[1]] = match[2]
    return Keys(digests)


def main() -> None:
    """Print a new key for NAME, and what the configuration takes for it."""
    import sys

    if len(sys.argv) != 2 or not re.fullmatch(r"[a-z][a-z0-9_-]*", sys.argv[1]):
        sys.exit("usage: python -m reviewloop.serving.keys NAME   (lower case letters, digits, - and _)")
    key = new_key()
    print(f"the caller sends   Authorization: Bearer {key}   (shown this once)")
    print(f"{FIELD}   {sys.argv[1]}:{key_digest(key)}")


if __name__ == "__main__":
    main()
