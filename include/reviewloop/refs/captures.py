"""Requests to the endpoint that were captured, and what was deleted or erased of them."""

from reviewloop.refs.base import Ref


class CollectedRef(Ref):
    """One day of captured requests, as a partition (day, batch) of the Glue table ``captures``: a row for each review.

    ``num_failed`` times an arm did not answer (a request that the other one answered then counts as one request).
    ``num_unreadable`` lines of its objects are no records, ``num_unmatched`` shadows and feedback found no answer.
    """

    day: str
    batch: str
    uri: str
    digest: str
    num_requests: int
    num_rows: int
    num_failed: int
    num_shadowed: int
    num_feedback: int
    num_unreadable: int
    num_unmatched: int
    latency_p50_ms: float | None
    latency_p99_ms: float | None
    arms: dict[str, int]
    """Requests by the arm that was asked."""


class CapturesRef(Ref):
    """Days of captured requests; ``changed`` are those of which something was new.

    Of the spools that these days have records of, ``num_records`` are kept, ``num_lost`` are in no object though nobody dropped
    them, ``num_dropped`` the endpoint dropped for want of room. Counted over all days that are kept: a request that is answered
    after midnight has its number among those of the next day. ``warnings`` say it of each spool.
    """

    days: tuple[CollectedRef, ...]
    changed: tuple[str, ...]
    num_records: int
    num_lost: int
    num_dropped: int
    warnings: tuple[str, ...]
    page_uri: str


class ExpiredRef(Ref):
    """Days of captured requests that are deleted now, because they are older than ``retention_days``."""

    retention_days: int
    oldest_kept: str
    days: tuple[str, ...]
    num_objects: int


class ErasedRef(Ref):
    """What was erased, and who asked for it: ``uri`` keeps both, without a word of it. ``num_reviews`` are captured ones."""

    uri: str
    by: str
    reason: str
    num_reviews: int
    days: tuple[str, ...]
    """Days of requests in which something was changed."""
    batches: tuple[str, ...] = ()
    """Of the curated day, those whose words were erased."""
    online: bool = False
    """Whether the feature store held the review."""
    trained: tuple[str, ...] = ()
    """Versions that were trained on it."""
    judged: tuple[str, ...] = ()
    """Versions whose exam held it."""
    unknown: tuple[str, ...] = ()
    """Versions of which nothing tells on what they were trained."""
    kept: tuple[str, ...] = ()
    """What still holds the words."""
    receipt: int = 0
    """The number of the ledger's event; 0 without one."""
