"""Somebody who may write to the lake without this program: it asks the program's doors for nothing."""

import json
from collections.abc import Mapping

from reviewloop.adapters.lake import artifacts, s3
from reviewloop.core.digests import bytes_digest, tree_digest


def overwrite(uri: str, data: bytes) -> None:
    """Put one object, whatever stands there."""
    bucket, key = s3.split_uri(uri)
    s3.client().put_object(Bucket=bucket, Key=key, Body=data)


def take_away(uri: str) -> None:
    """Delete one object, whatever folder it lies in."""
    bucket, key = s3.split_uri(uri)
    s3.client().delete_object(Bucket=bucket, Key=key)


def replace_artifact(uri: str, files: Mapping[str, bytes]) -> None:
    """Other files and a manifest that is true of them, under the address of the artifact that was there."""
    digests = {name: bytes_digest(data) for name, data in files.items()}
    for name, data in files.items():
        overwrite(f"{uri}/{name}", data)
    manifest = {"digest": tree_digest(digests), "files": digests, "meta": {}}
    overwrite(f"{uri}/{artifacts.MANIFEST}", json.dumps(manifest).encode())


def claim_names(uri: str, *names: str) -> None:
    """A manifest, true of itself, that names these files."""
    digests = dict.fromkeys(names, bytes_digest(b"planted"))
    manifest = {"digest": tree_digest(digests), "files": digests, "meta": {}}
    overwrite(f"{uri}/{artifacts.MANIFEST}", json.dumps(manifest).encode())
