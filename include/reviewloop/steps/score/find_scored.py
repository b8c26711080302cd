"""The days that a version has scored: what to score again once it was gone back from."""

from reviewloop.adapters.catalog import glue
from reviewloop.adapters.lake import artifacts


def find_scored(version: str) -> list[str]:
    """Days (``YYYY-MM-DD``, in order) whose predictions in the table are this version's.

    After a rollback start ``sentiment_score`` for each: the champion's take their place, and what it took is kept in the lake.
    """
    scored = ((one.day, artifacts.open_artifact(one.location.rstrip("/"))) for one in glue.partitions("predictions"))
    return sorted(day for day, artifact in scored if artifact.meta["model_version"] == version)
