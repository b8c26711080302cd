"""The producer's inbox: which object is the day's delivery, and is it still being written?"""

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

from reviewloop.adapters.lake import s3
from reviewloop.errors import PermanentError, TransientError

_DECLARED = ("rows", "sha256")


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
    try:
        head = s3.client().head_object(Bucket=bucket, Key=key)
    except (ClientError, BotoCoreError) as error:
        raise s3.aws_error(error, f"look up {uris[0]}") from error
    declared = {name: head["Metadata"][name] for name in _DECLARED if name in head["Metadata"]}
    return Found(uris[0], head["ETag"], head["ContentLength"], declared, head["LastModified"])


def copy(found: Found, inbox_uri: str, path: Path, quiet_seconds: float) -> str:
    """Stream exactly this version into ``path``; returns the SHA-256 of its bytes.

    Raises ``TransientError`` where the inbox changes while it is read, or before the object is ``quiet_seconds`` old.
    """
    digest = s3.download(found.uri, path, found.etag)
    age = (datetime.now(UTC) - found.modified).total_seconds()
    time.sleep(min(max(quiet_seconds - age, 0.0), quiet_seconds))
    now = find(inbox_uri)
    if now != found or path.stat().st_size != found.num_bytes:
        raise TransientError(
            f"{found.uri}: still being written ({found.num_bytes} bytes, then {now.num_bytes}); it is landed when it lies still"
        )
    return digest
