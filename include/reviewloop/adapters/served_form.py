"""A model's artifact as it lies in the lake now: read anew, every byte of it, for the gate that lets it be served."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

from reviewloop.adapters import s3


@dataclass(frozen=True)
class StoredForm:
    """``digest`` is of the files as they lie there, not only as the manifest says."""

    digest: str
    size_mb: float
    """Of all files together, in 10^6 bytes."""


def read_stored(uri: str) -> StoredForm:
    """Raises ``PermanentError`` where there is no whole artifact, or a file is not what its manifest says."""
    artifact = s3.open_artifact(uri)
    with tempfile.TemporaryDirectory() as temporary:
        folder = artifact.download(Path(temporary))  # compares each file with the manifest
        num_bytes = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    return StoredForm(artifact.digest, num_bytes / 1e6)
