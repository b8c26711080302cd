"""The days that a version has scored: what to score again once it was gone back from."""

from reviewloop.adapters.catalog import glue
from reviewloop.adapters.lake import artifacts
from reviewloop.adapters.release import ledger
from reviewloop.errors import Refused


def find_scored(version: str) -> list[str]:
    """Days (``YYYY-MM-DD``, in order) whose predictions in the table are this version's.

    After a rollback start ``sentiment_score`` for each: the champion's take their place, and what it took is kept in the lake.
    Raises ``Refused`` for a version that nothing was ever told of: that it has scored no day would be believed.
    """
    scored = ((one.day, artifacts.open_artifact(one.location.rstrip("/"))) for one in glue.partitions("predictions"))
    found = sorted(day for day, artifact in scored if artifact.meta["model_version"] == version)
    if not found and version not in (known := {event.version for event in ledger.read() if event.version}):
        told = ", ".join(sorted(known, key=lambda one: (len(one), one))) or "none"
        raise Refused(f"version: the ledger knows no version {version!r}; it knows {told}")
    return found
