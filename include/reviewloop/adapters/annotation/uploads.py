"""Files of answers in the inbox: ``<prefix>/<queue>/<person>.csv``. They stay where they lie; what is in them is taken once."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from reviewloop.adapters.lake import places, s3
from reviewloop.core.annotation.files import MAX_BYTES


@dataclass(frozen=True)
class Upload:
    """A file, and when it came: the ``queue`` that it answers, and ``by`` whom, as its name says (empty where it says neither)."""

    uri: str
    queue: str
    by: str
    at: datetime

    def read(self) -> bytes:
        """Its bytes, cut behind what any file of answers may have."""
        return s3.read_head(self.uri, MAX_BYTES + 1)


def listed(prefix: str) -> Iterator[Upload]:
    """Every file under the prefix, oldest first: who answers twice is heard in that order."""
    root = places.inbox(prefix, "")
    for one in sorted(s3.list_objects(root), key=lambda stored: (stored.modified, stored.uri)):
        queue, _, name = one.uri.removeprefix(root).partition("/")
        by = name.removesuffix(".csv") if name.endswith(".csv") and "/" not in name else ""
        if not one.uri.endswith("/"):
            yield Upload(one.uri, queue if by else "", by, one.modified)
