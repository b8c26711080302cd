"""Work that several processes may be asked for at once: one does it, and the others wait and take what it made.

Who does it holds a claim in the lake, whose bytes change with every beat of its heart. Whoever waits measures by its own clock how
long they have not: a holder that was killed is followed, and no two machines have to agree on the time.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, TypeVar

from reviewloop.adapters.lake import claims
from reviewloop.adapters.lake.claims import Claim
from reviewloop.errors import TransientError

T = TypeVar("T")
log = logging.getLogger(__name__)

BEAT_SECONDS: Final = 3.0
LOST_SECONDS: Final = 15.0
"""Without a beat: its holder is dead, or stands still for so long that a second one costs less than waiting."""
_POLL_SECONDS: Final = 0.25


def once(uri: str, find: Callable[[], T | None], make: Callable[[], T]) -> T:
    """What ``find`` finds, else what ``make`` makes, while nobody else makes it. ``uri`` is where the claim on the work lies.

    ``make`` leaves behind what ``find`` then finds, and must be harmless to do twice: a holder that stood still for
    ``LOST_SECONDS`` and then goes on is not stopped. Of one that raises the next one starts anew.
    """
    seen, since, told = "", time.monotonic(), False
    while True:
        found = find()
        if found is not None:
            return found
        claim = claims.take(uri)
        if claim is None and (held := claims.read(uri)) is not None:
            now = time.monotonic()
            if held.etag != seen:
                seen, since = held.etag, now
            elif now - since > LOST_SECONDS:
                log.warning("%s: whoever held it is gone since %.0f s; taken over", uri, now - since)
                claim = claims.update(held)
            if claim is None and not told:
                log.info("%s: another process makes the same just now; waiting for it", uri)
                told = True
        if claim is not None:
            with _beating(claim):
                found = find()  # the one before may have ended between our look and our claim
                return make() if found is None else found
        time.sleep(_POLL_SECONDS)


@contextmanager
def _beating(claim: Claim) -> Iterator[None]:
    """Inside, others see that the holder lives; behind it the claim is given back, where it is still ours."""
    over, held = threading.Event(), [claim]

    def beat() -> None:
        told = False
        while not over.wait(BEAT_SECONDS):
            try:
                renewed = claims.update(held[0])
            except TransientError as error:
                if not told:
                    log.warning("%s: no beat: %s", claim.uri, error)
                told = True
                continue
            if renewed is None:
                held.clear()  # we stood still for too long, and somebody has taken it over
                return
            held[0] = renewed

    heart = threading.Thread(target=beat, name="claim", daemon=True)
    heart.start()
    try:
        yield
    finally:
        over.set()
        heart.join()
        if held:
            try:
                claims.release(held[0])
            except TransientError as error:  # what was made, or why it was not, must not be lost with it
                log.warning("%s: not given back; others wait %.0f s longer: %s", claim.uri, LOST_SECONDS, error)
