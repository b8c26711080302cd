"""How often one key may ask, whatever room there is: one caller's burst is that caller's, and no overload.

Counted in the memory of this process: of two processes each takes a whole quota, and a restart begins anew.
"""

import math
import time
from typing import Final

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from reviewloop.errors import ConfigError
from reviewloop.serving.keys import FIELD, Keys

REASON: Final = "quota"
"""What the metrics call it."""


class OverQuota(Exception):
    """The key has asked as often as it may."""

    def __init__(self, name: str, requests_per_minute: int, retry_after_seconds: int) -> None:
        allowed = f"its quota of {requests_per_minute:,} requests a minute is used up"
        super().__init__(f"key {name}: {allowed}; try again in {retry_after_seconds} s")
        self.retry_after_seconds = retry_after_seconds


class Quota:
    """``requests_per_minute`` of each key, in whichever 60 seconds one looks at."""

    def __init__(self, requests_per_minute: int) -> None:
        self._limit = RateLimitItemPerMinute(requests_per_minute)
        self._storage = MemoryStorage()
        self._window = MovingWindowRateLimiter(self._storage)
        self._last = 0.0

    def check(self, name: str) -> None:
        """Raises ``OverQuota`` where the key of this name has none left, with the seconds until it has."""
        now = time.time()
        if now < self._last:  # the clock was set back: what was counted would stand for as long as it went, and not for a minute
            self._storage.reset()
        self._last = now
        if self._window.test(self._limit, name):
            return
        seconds = self._window.get_window_stats(self._limit, name).reset_time - time.time()
        # A request leaves the window just after its minute: at the very second it is still in.
        raise OverQuota(name, self._limit.amount, max(1, math.floor(seconds) + 1))

    def count(self, name: str) -> None:
        """One request of the key was taken in. What was refused for another reason is not counted."""
        self._window.hit(self._limit, name)


def quota_of(requests_per_minute: int | None, keys: Keys) -> Quota | None:
    """The quota that the configuration names. Raises ``ConfigError`` for one that nobody could be held to."""
    if requests_per_minute is None:
        return None
    if not keys:
        fault = f"{requests_per_minute}: is counted by key, and no key is asked for"
        raise ConfigError(f"serving.key_requests_per_minute: {fault}; set {FIELD} (see docs/serving.md), or leave it null")
    return Quota(requests_per_minute)
