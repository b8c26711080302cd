"""The producer's inbox: which object is the day's delivery, and is it still being written?"""

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from reviewloop.adapters.aws_errors import asking_aws
from reviewloop.adapters.lake import claims, places, s3
from reviewloop.errors import PermanentError, TransientError

_DECLARED = ("rows", "sha256")
_MARGIN = timedelta(hours=1)
"""A landing may be noted so long after its object was read, and another object may have come between the two."""


@dataclass(frozen=True)
class Found:
    """The one object of an inbox, in one version."""

    uri: str
    etag: str
    num_bytes: int
    declared: dict[str, str] = field(hash=False)
    """Of the object's metadata, what the producer declares: ``rows``, ``sha256``."""
    modified: datetime


def find(inbox_uri: str) -> Found:
    """The one object under ``inbox_uri`` (ending in a slash). Raises ``PermanentError`` where there is none, or more than one."""
    uris = [uri for uri in s3.list_uris(inbox_uri) if not uri.endswith("/")]
    if len(uris) != 1:
        names = ", ".join(uri.removeprefix(inbox_uri) for uri in uris) or "nothing"
        raise PermanentError(f"{inbox_uri}: expected exactly one object, found {len(uris)}: {names}; leave the one that counts")
    bucket, key = s3.split_uri(uris[0])
    with asking_aws(f"look up {uris[0]}"):
        head = s3.client().head_object(Bucket=bucket, Key=key)
    declared = {name: head["Metadata"][name] for name in _DECLARED if name in head["Metadata"]}
    return Found(uris[0], head["ETag"], head["ContentLength"], declared, head["LastModified"])


def copy(found: Found, inbox_uri: str, path: Path, quiet_seconds: float) -> str:
    """Stream exactly this version into ``path``; returns the SHA-256 of its bytes.

    Raises ``TransientError`` where the inbox changes while it is read, or before the object is ``quiet_seconds`` old.
    """
    digest = s3.download(found.uri, path, found.etag)
    age = (datetime.now(UTC) - found.modified).total_seconds()
    time.sleep(min(max(quiet_seconds - age, 0.0), quiet_seconds))
    require_unchanged(found, inbox_uri)
    if path.stat().st_size != found.num_bytes:
        raise TransientError(f"{found.uri}: {path.stat().st_size} of {found.num_bytes} bytes came; it is read again")
    return digest


def require_unchanged(found: Found, inbox_uri: str) -> None:
    """Raises ``TransientError`` where the inbox holds another object, or another version, than it did."""
    now = find(inbox_uri)
    if now != found:
        raise TransientError(
            f"{found.uri}: still being written ({found.num_bytes} bytes, then {now.num_bytes}); it is landed when it lies still"
        )


def record_landing(day: str, found: Found) -> str:
    """Note that this object is the day's newest landing; returns when, ISO 8601 in UTC to the microsecond.

    Later than any landing of the day before, whatever the clocks of two machines say: the record is compared and set.
    """
    place = places.landing(day)
    while True:
        last = claims.read(place)
        landed_at = datetime.now(UTC)
        if last is not None:
            landed_at = max(landed_at, datetime.fromisoformat(last.note["landed_at"]) + timedelta(microseconds=1))
        note = {"landed_at": landed_at.isoformat(timespec="microseconds"), "source": found.uri, "etag": found.etag}
        if claims.take(place, **note) if last is None else claims.update(last, **note):
            return note["landed_at"]


def find_corrections(inbox_uri: str) -> dict[str, s3.Stored]:
    """Day -> the newest object of its inbox, for each day that was landed, but not with this object.

    Two listings; a landing's record is read only where the object is not clearly older than it.
    """
    records = {
        one.uri.removeprefix(f"{places.landing()}day=").removesuffix(".json"): one for one in s3.list_objects(places.landing())
    }
    newest: dict[str, s3.Stored] = {}
    for one in s3.list_objects(inbox_uri):
        day, _, name = one.uri.removeprefix(inbox_uri).partition("/")
        if name and not name.endswith("/") and day in records:
            newest[day] = max(one, newest.get(day, one), key=lambda stored: stored.modified)
    return {
        day: one
        for day, one in newest.items()
        if one.modified >= records[day].modified - _MARGIN and not _is_landed(one, records[day].uri)
    }


def _is_landed(one: s3.Stored, record_uri: str) -> bool:
    record = claims.read(record_uri)
    return record is not None and (record.note["source"], record.note["etag"]) == (one.uri, one.etag)
