"""Objects on S3: read, written, listed, deleted.

Objects under ``sealed/`` can be listed, and their manifests read, but their bytes are for ``adapters.lake.sealed`` alone,
and so is writing them. What lies under ``sealed/`` and ``models/`` is written once: never changed, never deleted. Nor is anything
deleted to which the ledger leads (``KEPT``).
"""

import hashlib
import json
import posixpath
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import boto3
from botocore.config import Config as BotoConfig
from botocore.exceptions import BotoCoreError, ClientError

from reviewloop.adapters.aws_errors import CHANGED, MISSING, TAKEN, asking_aws, aws_error, error_code
from reviewloop.core.digests import bytes_digest, file_digest
from reviewloop.core.lake.manifests import MANIFEST
from reviewloop.errors import PermanentError, TransientError
from reviewloop.settings import settings

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

SEALED = "sealed"
"""The folder of the lake that holds the sealed test parts, and models' answers to them."""
MODELS = "models"
"""The folder of the lake that holds trained models."""
WRITE_ONCE = frozenset({SEALED, MODELS})
"""What lies there decides what answers, or how it is judged: an object that stands is never replaced or deleted."""
CONNECTIONS = 32
"""Kept open at once: as many as the threads that read a ledger together."""
KEPT = WRITE_ONCE | {"ledger", "features", "evaluations", "reports"}
"""What the ledger's events and the tags of versions lead to, by folder: no cleaning up ever deletes there."""
_may_read_sealed: ContextVar[bool] = ContextVar("may_read_sealed", default=False)
_may_write_sealed: ContextVar[bool] = ContextVar("may_write_sealed", default=False)
MAX_COPIED: Final = 5 * 2**30
"""Bytes of an object that S3 copies in one request."""
_PIECE = 2**20
"""Bytes of an object that are held at once while it is streamed."""


@lru_cache(maxsize=1)
def client() -> "S3Client":
    """The process's S3 client, from the standard AWS environment."""
    config = BotoConfig(
        retries={"max_attempts": 5, "mode": "standard"}, s3={"addressing_style": "path"}, max_pool_connections=CONNECTIONS
    )  # fmt: skip
    return boto3.client("s3", config=config)


@contextmanager
def reading_sealed() -> Iterator[None]:
    """Inside, this thread may read below ``sealed/``. For ``adapters.lake.sealed``, which says what for; for nothing else."""
    token = _may_read_sealed.set(True)
    try:
        yield
    finally:
        _may_read_sealed.reset(token)


@contextmanager
def writing_sealed() -> Iterator[None]:
    """Inside, this thread may write below ``sealed/`` what is not there yet. For ``adapters.lake.sealed``; for nothing else."""
    token = _may_write_sealed.set(True)
    try:
        yield
    finally:
        _may_write_sealed.reset(token)


def _place(key: str) -> str:
    """The key from the bucket's root, as a store that follows dots and doubled slashes understands it."""
    return posixpath.normpath(f"/{key.lstrip('/')}")


def _top_folder(key: str) -> str:
    return _place(key).split("/")[1]


def readable(uri: str) -> tuple[str, str]:
    """Bucket and key of an object that may be read. Raises ``PermanentError`` for one of a sealed part."""
    bucket, key = split_uri(uri)
    is_sealed = _place(key).startswith(f"/{SEALED}/") and not _place(key).endswith(f"/{MANIFEST}")
    if is_sealed and not _may_read_sealed.get():
        raise PermanentError(f"read {uri}: the test part is sealed; only those who judge a model open it (adapters.lake.sealed)")
    return bucket, key


def writable(uri: str) -> tuple[str, str, bool]:
    """Bucket and key of an object that may be written, and whether only once. Raises ``PermanentError`` for a sealed part's."""
    bucket, key = split_uri(uri)
    folder = _top_folder(key)
    if folder in WRITE_ONCE and _place(key) != f"/{key}":
        raise PermanentError(f"write {uri}: a key below {folder}/ must be written out plainly, without dots or doubled slashes")
    if folder == SEALED and not _may_write_sealed.get():
        raise PermanentError(f"write {uri}: the test part is sealed; only adapters.lake.sealed puts something there")
    return bucket, key, folder in WRITE_ONCE


def require_unsealed(prefix_uri: str) -> None:
    """Raises ``PermanentError`` where some key under the prefix may be a sealed part's: for what others will read by it."""
    _, key = split_uri(prefix_uri)
    if _top_folder(key) == SEALED or f"/{SEALED}/".startswith(_place(key)):
        raise PermanentError(f"prefix: {prefix_uri} holds the sealed test part, which is for those who judge a model; name another")


def lake_uri(*parts: str) -> str:
    """``s3://<bucket of this deployment>/part/part``."""
    return "/".join([f"s3://{settings().bucket}", *parts])


def split_uri(uri: str) -> tuple[str, str]:
    """Bucket and key of an ``s3://`` URI. Raises ``PermanentError`` on anything else."""
    scheme, _, rest = uri.partition("://")
    bucket, _, key = rest.partition("/")
    if scheme != "s3" or not bucket:
        raise PermanentError(f"uri: {uri!r} is not of the form s3://bucket/key")
    return bucket, key


def read_bytes(uri: str) -> bytes:
    """The object's bytes. A missing object is a ``PermanentError`` that names it."""
    bucket, key = readable(uri)
    with asking_aws(f"read {uri}"):
        return client().get_object(Bucket=bucket, Key=key)["Body"].read()


def read_head(uri: str, num_bytes: int) -> bytes:
    """The object's first bytes, at most ``num_bytes`` (> 0) of them; errors as ``read_bytes``."""
    bucket, key = readable(uri)
    with asking_aws(f"read {uri}"):
        return client().get_object(Bucket=bucket, Key=key, Range=f"bytes=0-{num_bytes - 1}")["Body"].read()


def download(uri: str, path: Path, etag: str | None = None) -> str:
    """Stream the object into the file ``path``; returns the SHA-256 of its bytes, in hex.

    With ``etag`` only that version is read: raises ``TransientError`` where the object was replaced meanwhile.
    """
    bucket, key = readable(uri)
    digest = hashlib.sha256()
    try:
        condition: Any = {"IfMatch": etag} if etag else {}
        body = client().get_object(Bucket=bucket, Key=key, **condition)["Body"]
        with path.open("wb") as sink:
            for piece in body.iter_chunks(_PIECE):
                digest.update(piece)
                sink.write(piece)
    except (ClientError, BotoCoreError) as error:
        if error_code(error) in CHANGED:
            raise TransientError(_replaced(uri)) from error
        raise aws_error(error, f"read {uri}") from error
    return digest.hexdigest()


def _replaced(uri: str) -> str:
    return f"{uri}: another version took its place while it was read; is it still being written?"


def upload(path: Path, uri: str, content_type: str = "application/octet-stream") -> str:
    """Write the file as one object, in parts where it is large; returns its URI.

    Below ``models/`` and ``sealed/`` in one part, which S3 takes up to 5 GiB, and like ``write_bytes`` only once.
    """
    bucket, key, once = writable(uri)
    with asking_aws(f"write {uri}"), path.open("rb") as source:
        if once:
            _put_once(uri, source, file_digest(path), {"ContentType": content_type})
            return uri
        client().upload_fileobj(source, bucket, key, ExtraArgs={"ContentType": content_type})
    return uri


def copy(source_uri: str, etag: str, uri: str, content_type: str = "application/octet-stream") -> str:
    """Have the store write one object with the bytes of another, ``MAX_COPIED`` at most, none of which pass through here; its URI.

    Raises ``TransientError`` where the other is no longer the version ``etag``, ``PermanentError`` where ``uri`` is written once.
    """
    source, source_key = readable(source_uri)
    bucket, key, once = writable(uri)
    if once:
        raise PermanentError(f"copy {source_uri} to {uri}: what lies under {_top_folder(key)}/ is written once; upload it")
    try:
        client().copy_object(
            CopySource={"Bucket": source, "Key": source_key}, CopySourceIfMatch=etag, Bucket=bucket, Key=key,
            MetadataDirective="REPLACE", TaggingDirective="REPLACE", ContentType=content_type,
        )  # fmt: skip
    except (ClientError, BotoCoreError) as error:
        if error_code(error) in CHANGED:
            raise TransientError(_replaced(source_uri)) from error
        raise aws_error(error, f"copy {source_uri} to {uri}") from error
    return uri


def write_bytes(
    uri: str, data: bytes, content_type: str = "application/octet-stream", metadata: Mapping[str, str] | None = None
) -> str:
    """Write one object, with metadata where some is given; returns its URI.

    Raises ``PermanentError`` where other bytes stand there already and the folder is written once; the same are left.
    """
    bucket, key, once = writable(uri)
    facts: Any = {"ContentType": content_type, "Metadata": dict(metadata or {})}
    with asking_aws(f"write {uri}"):
        if once:
            _put_once(uri, data, bytes_digest(data), facts)
        else:
            client().put_object(Bucket=bucket, Key=key, Body=data, **facts)
    return uri


def create(uri: str, data: bytes, content_type: str = "application/octet-stream") -> bool:
    """Write one object where there is none; returns whether this call did. False: one is there, or somebody writes it just now.

    A lost answer is asked again by the client itself, which then finds its own object: compare the bytes after a False.
    """
    bucket, key, _ = writable(uri)
    try:
        client().put_object(Bucket=bucket, Key=key, Body=data, ContentType=content_type, IfNoneMatch="*")
    except (ClientError, BotoCoreError) as error:
        if error_code(error) in TAKEN:
            return False
        raise aws_error(error, f"write {uri}") from error
    return True


def _put_once(uri: str, body: Any, digest: str, facts: Mapping[str, Any]) -> None:
    bucket, key = split_uri(uri)
    try:
        client().put_object(Bucket=bucket, Key=key, Body=body, IfNoneMatch="*", **facts)
    except ClientError as error:
        if error_code(error) not in CHANGED:
            raise
        there = hashlib.sha256()
        for piece in client().get_object(Bucket=bucket, Key=key)["Body"].iter_chunks(_PIECE):
            there.update(piece)
        if there.hexdigest() != digest:
            raise PermanentError(
                f"write {uri}: other bytes stand there already, and what lies under {_top_folder(key)}/ is written once"
            ) from error


def write_json(uri: str, value: Any) -> str:
    """Write ``value`` as indented JSON; returns its URI."""
    return write_bytes(uri, json.dumps(value, indent=2, sort_keys=True, default=str).encode(), "application/json")


def read_json(uri: str) -> Any:
    """The object, parsed as JSON."""
    return json.loads(read_bytes(uri))


def exists(uri: str) -> bool:
    """Whether the object is there."""
    bucket, key = split_uri(uri)
    try:
        client().head_object(Bucket=bucket, Key=key)
    except ClientError as error:
        if error_code(error) not in MISSING | {"NotFound"}:
            raise aws_error(error, f"look up {uri}") from error
        _require_bucket(bucket)  # or a lake that is gone would look like an empty one
        return False
    except BotoCoreError as error:
        raise aws_error(error, f"look up {uri}") from error
    return True


def _require_bucket(bucket: str) -> None:
    try:
        client().head_bucket(Bucket=bucket)
    except ClientError as error:
        if error_code(error) in {"404", "NoSuchBucket", "NotFound"}:
            raise PermanentError(
                f"REVIEWLOOP_BUCKET: no bucket {bucket!r}; make it, or name the one that holds the lake"
            ) from error
        raise aws_error(error, f"look up the bucket {bucket}") from error
    except BotoCoreError as error:
        raise aws_error(error, f"look up the bucket {bucket}") from error


def last_modified(uri: str) -> datetime:
    """When the object was last written, in UTC. A missing object is a ``PermanentError`` that names it."""
    bucket, key = split_uri(uri)
    with asking_aws(f"look up {uri}"):
        return client().head_object(Bucket=bucket, Key=key)["LastModified"].astimezone(UTC)


def etag_of(uri: str) -> str:
    """The version that the object is in: other bytes have another one. A missing object is a ``PermanentError`` that names it."""
    bucket, key = split_uri(uri)
    with asking_aws(f"look up {uri}"):
        return client().head_object(Bucket=bucket, Key=key)["ETag"]


@dataclass(frozen=True)
class Stored:
    """An object as a listing shows it."""

    uri: str
    etag: str
    """Other bytes have another one."""
    modified: datetime
    num_bytes: int = 0


def list_uris(prefix_uri: str) -> Iterator[str]:
    """URIs of every object under a prefix, in key order."""
    return (stored.uri for stored in list_objects(prefix_uri))


def list_objects(prefix_uri: str, after: str = "") -> Iterator[Stored]:
    """Every object under a prefix, in key order; with a name ``after``, those alone that come behind it."""
    bucket, prefix = split_uri(prefix_uri)
    since: Any = {"StartAfter": prefix + after} if after else {}
    with asking_aws(f"list {prefix_uri}"):
        for page in client().get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix, **since):
            for item in page.get("Contents", []):
                yield Stored(f"s3://{bucket}/{item['Key']}", item["ETag"], item["LastModified"], item["Size"])


def list_folders(prefix_uri: str) -> Iterator[str]:
    """The names of the folders right below a prefix that ends with a slash, in order; what lies in them is not listed."""
    bucket, prefix = split_uri(prefix_uri)
    with asking_aws(f"list {prefix_uri}"):
        for page in client().get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix, Delimiter="/"):
            for item in page.get("CommonPrefixes", []):
                yield item["Prefix"].removeprefix(prefix).rstrip("/")


def remove(prefix_uri: str) -> None:
    """Delete every object under a prefix, an artifact's manifest first: what is left of it is then no artifact any more.

    Raises ``PermanentError``, and deletes nothing, where one of them lies where the ledger may lead.
    """
    bucket, _ = split_uri(prefix_uri)
    found = sorted(list_uris(prefix_uri), key=lambda uri: not uri.endswith(f"/{MANIFEST}"))
    if kept := next((uri for uri in found if _top_folder(split_uri(uri)[1]) in KEPT), None):
        raise PermanentError(f"delete {prefix_uri}: {kept} is what a released version may stand on, never deleted by this program")
    with asking_aws(f"delete {prefix_uri}"):
        for uri in found:
            client().delete_object(Bucket=bucket, Key=split_uri(uri)[1])


def remove_unchanged(found: Collection[Stored]) -> list[Stored]:
    """Delete these objects, a manifest first; gives those that were written since they were listed, which stay.

    A manifest that was stays with all its files. What is gone already is no error. Raises ``PermanentError`` like ``remove``.
    """
    if kept := next((one.uri for one in found if _top_folder(split_uri(one.uri)[1]) in KEPT), None):
        raise PermanentError(f"delete {kept}: a released version may stand on it, never deleted by this program")
    changed: list[Stored] = []
    for one in sorted(found, key=lambda one: not one.uri.endswith(f"/{MANIFEST}")):
        bucket, key = split_uri(one.uri)
        if changed and changed[0].uri.endswith(f"/{MANIFEST}"):
            return list(found)
        try:
            now = client().head_object(Bucket=bucket, Key=key)
        except (ClientError, BotoCoreError) as error:
            if error_code(error) in MISSING:
                continue
            raise aws_error(error, f"look up {one.uri}") from error
        # The same bytes have the same ETag: that they were written anew says the time alone, which HEAD gives to the second.
        if now["ETag"] != one.etag or now["LastModified"].replace(microsecond=0) > one.modified:
            changed.append(one)
            continue
        with asking_aws(f"delete {one.uri}"):
            client().delete_object(Bucket=bucket, Key=key)
    return changed


def now() -> datetime:
    """The time by the store's clock, to the second, in UTC: that of its listings, which this machine's may differ from by days."""
    with asking_aws("ask the lake for the time"):
        told = client().head_bucket(Bucket=settings().bucket)["ResponseMetadata"]["HTTPHeaders"]
    return parsedate_to_datetime(told["date"]).astimezone(UTC)


def bucket_region(bucket: str) -> str | None:
    """The region in which the bucket lies; None where there is none of this name that we may see."""
    try:
        told = client().head_bucket(Bucket=bucket)
    except ClientError as error:
        if error_code(error) in {"404", "NoSuchBucket", "NotFound", "403", "Forbidden", "AccessDenied"}:
            return None
        where = error.response["ResponseMetadata"].get("HTTPHeaders", {}).get("x-amz-bucket-region")
        if where and error_code(error) in {"301", "400", "PermanentRedirect", "BadRequest"}:
            return str(where)  # asked for in another region
        raise aws_error(error, f"look up the bucket {bucket}") from error
    except BotoCoreError as error:
        raise aws_error(error, f"look up the bucket {bucket}") from error
    return str(told.get("BucketRegion") or told["ResponseMetadata"]["HTTPHeaders"].get("x-amz-bucket-region", ""))
