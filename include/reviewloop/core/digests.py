"""SHA-256 digests: the lineage of every artifact."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def bytes_digest(data: bytes) -> str:
    """SHA-256 of ``data``, in hex."""
    return hashlib.sha256(data).hexdigest()


def file_digest(path: Path) -> str:
    """SHA-256 of the bytes of the file ``path``, in hex; read piece by piece."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def json_digest(value: Any) -> str:
    """SHA-256 of ``value`` as canonical JSON (sorted keys), in hex."""
    return bytes_digest(json.dumps(value, sort_keys=True, separators=(",", ":")).encode())


def tree_digest(files: Mapping[str, str]) -> str:
    """Digest of a set of files, given each name's own digest; the order of the mapping does not matter."""
    return json_digest(dict(files))
