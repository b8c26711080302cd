"""Objects that one writer at a time may change: S3 takes a write only where nobody wrote since the writer last looked.

For what must be done once (who holds the claim does it) and for what only moves forward (a pointer, compared and set).
"""

import json
from dataclasses import dataclass
from typing import Any, Final
from uuid import uuid4

from botocore.exceptions import BotoCoreError, ClientError

from reviewloop.adapters.aws_errors import MISSING, TAKEN, asking_aws, aws_error, error_code
from reviewloop.adapters.lake import s3
from reviewloop.errors import PermanentError

_LOST_RACE: Final = TAKEN | MISSING
_WRITING: Final = "writing"


@dataclass(frozen=True)
class Claim:
    """One object: its version, and what its holder noted in it."""

    uri: str
    etag: str
    note: dict[str, Any]


def take(uri: str, /, **note: Any) -> Claim | None:
    """The claim, held by the caller now; None where somebody has it."""
    return _write(uri, note, IfNoneMatch="*")


def update(claim: Claim, /, **note: Any) -> Claim | None:
    """The claim with another note (so taken over, where another held it); None where somebody changed it meanwhile."""
    return _write(claim.uri, note, IfMatch=claim.etag)


def read(uri: str) -> Claim | None:
    """The claim as it stands; None where nobody has it."""
    bucket, key = s3.readable(uri)
    try:
        found = s3.client().get_object(Bucket=bucket, Key=key)
        note = json.loads(found["Body"].read())
    except (ClientError, BotoCoreError) as error:
        if error_code(error) in MISSING:
            return None
        raise aws_error(error, f"read {uri}") from error
    note.pop(_WRITING, None)
    return Claim(uri, found["ETag"], note)


def release(claim: Claim) -> None:
    """Give the claim back: whoever comes next may take it."""
    bucket, key, once = s3.writable(claim.uri)
    if once:
        raise PermanentError(f"delete {claim.uri}: it is written once and never deleted by this program")
    with asking_aws(f"delete {claim.uri}"):
        s3.client().delete_object(Bucket=bucket, Key=key)


def _write(uri: str, note: dict[str, Any], **condition: str) -> Claim | None:
    bucket, key, once = s3.writable(uri)
    if once and "IfMatch" in condition:
        raise PermanentError(f"write {uri}: it is written once and never changed by this program")
    # An ETag is the digest of the bytes: no two writings may have the same, or a claim could be taken over twice.
    body = json.dumps({**note, _WRITING: uuid4().hex}).encode()
    arguments: Any = condition
    try:
        written = s3.client().put_object(Bucket=bucket, Key=key, Body=body, ContentType="application/json", **arguments)
    except (ClientError, BotoCoreError) as error:
        if error_code(error) in _LOST_RACE:
            return None
        raise aws_error(error, f"claim {uri}") from error
    return Claim(uri, written["ETag"], note)
