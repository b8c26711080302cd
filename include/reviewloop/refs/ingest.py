"""A day on its way from the inbox to its curated rows."""

from typing import Literal

from pydantic import Field

from reviewloop.refs.base import Ref


class DeliveryRef(Ref):
    """One day's object, copied unchanged under ``raw/``. ``digest`` is the SHA-256 of its bytes.

    ``landed_at`` (ISO 8601, UTC) goes with it to the catalog: of two batches of a day, the one that landed later counts. Refs
    of before there was this field have none there, and are older than all others.
    """

    day: str
    uri: str
    digest: str
    num_bytes: int
    declared: dict[str, str] = Field({})
    """What the producer says of the object, as S3 metadata: ``rows``, ``sha256``, both or neither."""
    landed_at: str = ""


class CorrectionRef(Ref):
    """An object in the inbox of a day that was landed with another one. ``etag`` and ``delivered_at`` (ISO 8601) are S3's."""

    day: str
    uri: str
    etag: str
    delivered_at: str


class BatchRef(Ref):
    """One delivery, parsed: ``accepted.parquet`` and ``quarantine.parquet`` under ``uri``.

    ``num_landed == num_accepted + num_quarantined``; ``reasons`` counts quarantined rows by their first reason.
    """

    day: str
    uri: str
    digest: str
    delivery_uri: str
    num_landed: int
    num_accepted: int
    num_quarantined: int
    reasons: dict[str, int]
    landed_at: str = ""


class ReadingRef(Ref):
    """How the champion reads a day before it counts. It stops nothing: ``warn`` asks a person to look."""

    day: str
    model_version: str | None
    """None before the first release, and where nobody can say for certain which version answers."""
    verdict: Literal["pass", "warn", "not judged"]
    reason: str
    warnings: tuple[str, ...]
    """What somebody is told, a sentence each."""
    report_uri: str
    page_uri: str


class CuratedRef(Ref):
    """One day's curated rows: once published, a partition (day, batch) of the Glue table ``reviews``."""

    day: str
    batch: str
    uri: str
    digest: str
    num_landed: int
    num_rows: int
    num_quarantined: int
    landed_at: str = ""
