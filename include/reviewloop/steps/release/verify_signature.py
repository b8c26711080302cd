"""Whose a version's files are."""

import tempfile
from pathlib import Path

from reviewloop.adapters.lake.model_store import fetch_unsigned
from reviewloop.adapters.lake.signatures import verify
from reviewloop.adapters.mlflow import registry


def verify_signature(version: str) -> str:
    """The id of the trusted key that signed the files of this version, every one of which is read and looked at.

    Raises ``Refused`` where no trusted key signed exactly these files, or one is what a model must not have; ``PermanentError``
    where a file is not what the manifest says, and where the registry does not hold the version.
    """
    with tempfile.TemporaryDirectory() as temporary:
        return verify(fetch_unsigned(registry.get_version(version).source, Path(temporary)))
