"""The rows of a curated batch that somebody noted, such as the one that a day's predictions were made of."""

from typing import Final

import pandas as pd

from reviewloop.adapters.catalog import days
from reviewloop.adapters.lake import artifacts, frames, places, s3
from reviewloop.errors import PermanentError

FILE: Final = "reviews.parquet"


def read_curated(uri: str) -> pd.DataFrame:
    """The batch's rows, in their order. Where an erasure has deleted them: those of the batch that took its place, the same rows
    without the words that were erased.

    Raises ``PermanentError`` where there is none: another delivery of the day counts by now.
    """
    artifact = artifacts.open_artifact(uri)
    if s3.exists(f"{uri}/{FILE}"):
        return frames.from_parquet(artifact.read(FILE))
    day = uri.rpartition("/day=")[2].partition("/")[0]
    batch = days.standing(days.reviews_table().name, day).batch
    instead = artifacts.open_artifact(places.curated_batch(day, batch)) if batch else None
    if instead is None or instead.meta != artifact.meta:  # an erasure leaves it as it was, another delivery has its own
        raise PermanentError(f"{uri}: an erasure deleted its rows, and another delivery of {day} counts now: score it again")
    return frames.from_parquet(instead.read(FILE))
