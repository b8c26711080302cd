"""Which arm reads a unit: a keyed hash, the same on every machine and in every process, for as long as a rollout lasts.

Raising an arm's share keeps every unit that it has; another rollout's salt draws anew, whatever the last one drew.
"""

import hashlib
import unicodedata
from collections.abc import Mapping
from typing import Final

NUM_BUCKETS: Final = 100_000
"""Shares are told apart down to a thousandth of a percent."""
_MAX_SALT: Final = 16


def bucket(salt: str, unit: str | int) -> int:
    """The bucket of a unit, 0 to ``NUM_BUCKETS`` - 1: BLAKE2b, salted, of its NFC form; 7 and "7" are one unit.

    Raises ``ValueError`` for a salt of more than 16 bytes, which would be cut, and two rollouts might share a draw.
    """
    salted = salt.encode()
    if not 0 < len(salted) <= _MAX_SALT:
        raise ValueError(f"salt: {salt!r} has {len(salted)} bytes; allowed are 1 to {_MAX_SALT}")
    name = unicodedata.normalize("NFC", str(unit)).encode()
    return int.from_bytes(hashlib.blake2b(name, digest_size=8, salt=salted).digest(), "big") % NUM_BUCKETS


def assign(salt: str, unit: str | int, shares: Mapping[str, float]) -> str:
    """The arm of a unit. All arms but the last take buckets from below, in their order; the last takes the rest.

    Name the challengers first and the champion last: it then gives and takes what they gain and lose, and no unit moves from one
    challenger to another when the first one's share is left alone. Raises ``ValueError`` where the shares do not sum to 1.
    """
    if any(share < 0 for share in shares.values()) or abs(sum(shares.values()) - 1) > 1e-9:
        raise ValueError(f"shares: {dict(shares)} must each be 0 or more, and sum to 1")
    place, upper = bucket(salt, unit), 0.0
    *others, rest = shares
    for arm in others:
        upper += shares[arm]
        if place < round(upper * NUM_BUCKETS):
            return arm
    return rest
