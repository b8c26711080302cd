"""Which days a mapped task is run for."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from reviewloop.errors import ConfigError, NothingToDo
from reviewloop.refs import CuratedRef, PredictionsRef
from reviewloop.steps.ingest.find_corrections import find_corrections
from reviewloop.steps.score.find_curated import find_curated


def days_to_start() -> list[dict[str, Any]]:
    """The run of ``reviews_ingest`` that each correction in the inbox needs, as its trigger wants it: ``conf`` and a run id.

    The id names the object, so that a correction is started once. Raises ``NothingToDo`` when nothing is corrected.
    """
    return [
        {"conf": {"day": one.day}, "trigger_run_id": f"correction__{one.day}__{one.delivered_at}__{one.etag[:16]}"}
        for one in find_corrections()
    ]


def days_to_score(curated: Sequence[Mapping[str, Any]], day: str | None) -> list[CuratedRef]:
    """The days whose curation started this run, or the one day that a person asked for.

    A day that was delivered twice is taken once, as it came last. Raises ``ConfigError`` when there is neither.
    """
    if day:
        return [find_curated(day)]
    newest = {ref.day: ref for ref in (CuratedRef.model_validate(extra) for extra in curated)}
    if not newest:
        raise ConfigError("day: nothing was curated for this run, so name a curated day (YYYY-MM-DD) and run it again")
    return [newest[key] for key in sorted(newest)]


def days_to_monitor(scored: Sequence[Mapping[str, Any]]) -> list[PredictionsRef]:
    """The days whose scoring started this run, each as it was scored last. Raises ``NothingToDo`` when there is none."""
    newest = {ref.day: ref for ref in (PredictionsRef.model_validate(extra) for extra in scored)}
    if not newest:
        raise NothingToDo("no scored day started this run: run sentiment_score for the day, it starts this by itself")
    return [newest[key] for key in sorted(newest)]


def days_to_watch(scored: Sequence[Mapping[str, Any]], day: str | None) -> list[str]:
    """The day that a person asked for, else the days whose scoring started this run, else yesterday (UTC)."""
    if day:
        return [day]
    named = sorted({PredictionsRef.model_validate(extra).day for extra in scored})
    return named or [(datetime.now(UTC).date() - timedelta(days=1)).isoformat()]
