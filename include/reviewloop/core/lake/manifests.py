"""The manifest of an artifact: which names its files may have, and whether it is true of itself.

A manifest is read from the lake, where others may write too. Its file names become paths on this machine, so they are judged
before a byte is written; its digest is computed anew, because what a manifest says of itself proves nothing.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from reviewloop.core.digests import tree_digest
from reviewloop.core.lake.strict_json import strict_json
from reviewloop.errors import PermanentError

MANIFEST: Final = "_manifest.json"
"""The file's own name: no other file of an artifact may have it."""
HUMAN_LABELS: Final = "human_labels.json"
"""A file of a snapshot: each text whose label people gave, and who said what, when, and by which guideline."""
_MAX_PART_BYTES: Final = 255
"""Of one part of a name, in UTF-8: what the usual file systems take."""
_UNSEEN: Final = {"Cc", "Cf", "Cs", "Zl", "Zp"}
"""Unicode's categories of what cannot be seen in a listing: controls, marks of direction, halves of a pair, line ends."""
_DRIVE: Final = re.compile(r"[A-Za-z]:")
_SHA256: Final = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Manifest:
    """``digest`` is that of ``files`` (name -> SHA-256 of its bytes, in hex); ``meta`` is its writer's."""

    digest: str
    files: Mapping[str, str]
    meta: Mapping[str, Any]


def parse_manifest(uri: str, data: bytes) -> Manifest:
    """The manifest in ``data``, read from ``uri``.

    Raises ``PermanentError`` where it is none, where a file's name is no plain relative one, and where its digest is not
    that of its files.
    """
    try:
        found = strict_json(data)
        manifest = Manifest(found["digest"], dict(found["files"]), dict(found["meta"]))
        digests = [manifest.digest, *manifest.files.values()]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise PermanentError(f"{uri}: is no manifest; it needs digest, files and meta") from None
    if not all(isinstance(digest, str) and _SHA256.fullmatch(digest) for digest in digests):
        raise PermanentError(f"{uri}: is no manifest; its digests must be SHA-256, 64 hex digits each")
    check_names(uri, manifest.files)
    if tree_digest(manifest.files) != manifest.digest:
        raise PermanentError(f"{uri}: its digest is not that of the files it names; the manifest was changed or damaged")
    return manifest


def check_names(where: str, names: Iterable[str]) -> None:
    """Raises ``PermanentError``, beginning with ``where``, unless every name is a plain relative path of its own.

    Of its own also on a disk that tells neither case nor forms of Unicode apart; a name may not be another one's folder.
    """
    taken: dict[str, str] = {}
    for name in names:
        if fault := _fault(name):
            raise PermanentError(f"{where}: file name {name!r}: {fault}; allowed: plain relative names such as 'a/b.json'")
        folded = unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())
        if folded in taken:
            raise PermanentError(f"{where}: file names {taken[folded]!r} and {name!r} are one on some disks; rename one of them")
        taken[folded] = name
    for folded, name in taken.items():
        parts = folded.split("/")
        for end in range(1, len(parts)):
            if (folder := "/".join(parts[:end])) in taken:
                raise PermanentError(f"{where}: file name {taken[folder]!r} is also the folder of {name!r}; rename one of them")


def is_named_by(folder: str, digest: str) -> bool:
    """Whether ``folder``, the last part of an artifact's URI, is ``<digest16>`` or ``<key>=<digest16>`` of this digest."""
    return folder.rpartition("=")[2] == digest[:16]


def _fault(name: str) -> str:
    """What is wrong with the name in words; empty where nothing is."""
    parts = name.split("/")
    if name.startswith("/"):
        return "is absolute"
    if "\\" in name or _DRIVE.match(name):
        return "is a path of Windows"
    if {unicodedata.category(sign) for sign in name} & _UNSEEN:
        return "holds signs that cannot be seen"
    if ".." in parts:
        return "climbs out of its folder"
    if "" in parts or "." in parts:
        return "has an empty part"
    if MANIFEST in parts:
        return "is the manifest's own"
    if max(len(part.encode()) for part in parts) > _MAX_PART_BYTES:
        return f"has a part of more than {_MAX_PART_BYTES} bytes"
    return ""
