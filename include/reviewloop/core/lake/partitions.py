"""Partitions, told from the ``key=value`` folders of a table's files."""

from collections.abc import Sequence
from urllib.parse import unquote

from reviewloop.core.lake.statements import NAME
from reviewloop.errors import PermanentError


def partitions_of(paths: Sequence[str]) -> tuple[tuple[str, ...], dict[tuple[str, ...], str]]:
    """Keys, and each partition's values with its folder; paths are relative to the table. No folders: no keys, one partition.

    Raises ``PermanentError`` naming the file whose folders are not ``key=value``, or have other keys than the first file's.
    """
    keys: tuple[str, ...] | None = None
    found: dict[tuple[str, ...], str] = {}
    for path in paths:
        folders = path.split("/")[:-1]
        pairs = [folder.partition("=") for folder in folders]
        for key, equals, value in pairs:
            if not equals or not value or not NAME.fullmatch(key.lower()):
                raise PermanentError(f"crawl: {path}: folder {key + equals + value!r} is not key=value")
        own = tuple(key.lower() for key, _, _ in pairs)
        if keys is not None and own != keys:
            raise PermanentError(f"crawl: {path} is partitioned by {_names(own)}, {paths[0]} by {_names(keys)}")
        keys = own
        found[tuple(unquote(value) for _, _, value in pairs)] = "/".join(folders)
    return keys or (), found


def _names(keys: Sequence[str]) -> str:
    return ", ".join(keys) or "nothing"
