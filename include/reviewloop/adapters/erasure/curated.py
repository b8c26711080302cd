"""A review's words leave the curated days. Its row stays, without title and text: every count and join is as before.

What a delivery held when it came lies under ``raw/``, unchanged: that is evidence of what the producer sent, and goes as a whole.
"""

import logging
from collections.abc import Collection

import pandas as pd

from reviewloop.adapters.captures import erasures
from reviewloop.adapters.catalog import days
from reviewloop.adapters.catalog.curated import FILE
from reviewloop.adapters.lake import artifacts, frames, places, s3
from reviewloop.adapters.lake.artifacts import Artifact
from reviewloop.core.lake.manifests import MANIFEST
from reviewloop.core.texts import text_digest
from reviewloop.errors import PermanentError

log = logging.getLogger(__name__)


def erased_of(day: str) -> set[int]:
    """Reviews of the day's delivery whose words somebody asked to erase, ever."""
    return {int(one.review_id) for one in erasures.of_reviews() if one.day == day and one.review_id is not None}


def blanked(reviews: pd.DataFrame, review_ids: Collection[int]) -> pd.DataFrame:
    """The rows, those of these reviews without title and text; the very frame where there is none."""
    hit = reviews["review_id"].isin(list(review_ids)) & (reviews["text"] != "")
    if not hit.any():
        return reviews
    found = reviews.copy()
    found.loc[hit, "text"] = ""
    if "title" in found:
        found.loc[hit, "title"] = None
    return found


def text_digests(day: str, review_id: int) -> frozenset[str]:
    """Of the texts that the review has in the day's curated batches; none where they are erased already."""
    texts = (reviews.loc[reviews["review_id"] == review_id, "text"] for _, reviews in _all_holding(day, review_id))
    return frozenset(text_digest(text) for of_batch in texts for text in of_batch)


def erase(day: str, review_id: int) -> tuple[str, ...]:
    """Take the words out of every curated batch of the day; gives the batches that held them. Of the one that counts a new batch
    takes the place; of the others, and then of that one, the rows are deleted, and that there was such a batch, and of which
    delivery, stays. Idempotent.
    """
    seen = days.standing("reviews", day)
    root = _root(day)
    held = _all_holding(day, review_id)
    for artifact, reviews in held:
        if artifact.uri.removeprefix(root) == seen.batch:
            _replace(seen, artifact, blanked(reviews, {review_id}))
    for artifact, _ in held:
        s3.remove(f"{artifact.uri}/{FILE}")
        log.info("curated reviews of %s: batch %s holds no rows any more", day, artifact.uri.removeprefix(root))
    return tuple(artifact.uri.removeprefix(root) for artifact, _ in held)


def _root(day: str) -> str:
    return f"{places.curated(day)}/batch="


def _all_holding(day: str, review_id: int) -> list[tuple[Artifact, pd.DataFrame]]:
    uris = [uri.removesuffix(f"/{MANIFEST}") for uri in s3.list_uris(_root(day)) if uri.endswith(f"/{MANIFEST}")]
    return [one for uri in uris if (one := _holding(uri, review_id)) is not None]


def _holding(uri: str, review_id: int) -> tuple[Artifact, pd.DataFrame] | None:
    """The batch and its rows, where the review's words stand in it."""
    artifact = artifacts.open_artifact(uri)
    if not s3.exists(f"{uri}/{FILE}"):
        return None  # an erasure has deleted its rows
    reviews = frames.from_parquet(artifact.read(FILE))
    return (artifact, reviews) if blanked(reviews, {review_id}) is not reviews else None


def _replace(seen: days.Standing, artifact: Artifact, reviews: pd.DataFrame) -> None:
    table = days.reviews_table()
    files = {name: artifact.read(name) for name in artifact.files if name != FILE} | {FILE: frames.to_parquet(reviews)}
    made = artifacts.publish(places.curated(seen.day), files, artifact.meta, folder="batch={digest}")
    batch = made.uri.rpartition("batch=")[2]
    num_rows = int(days.audit(table, "count_curated", seen.day, batch, made.uri)["num_rows"])
    if num_rows != len(reviews):
        raise PermanentError(f"{made.uri}: Athena sees {num_rows} rows, the batch has {len(reviews)}")
    days.publish(seen, table, batch, made.uri, seen.landed_at, str(artifact.meta.get("landed_at", "")))
    log.info("curated reviews of %s: batch %s counts, without the words of one review", seen.day, batch)


def drop_staged(day: str, review_id: int) -> int:
    """Delete the day's parsed deliveries that hold the review (``parse`` makes them again of the delivery); gives how many."""
    root = f"{places.staging(day)}/"
    num = 0
    for uri in [uri.removesuffix(f"/{MANIFEST}") for uri in s3.list_uris(root) if uri.endswith(f"/{MANIFEST}")]:
        rows = frames.from_parquet(artifacts.open_artifact(uri).read("accepted.parquet"))
        if (rows["review_id"] == review_id).any():
            s3.remove(f"{uri}/")
            num += 1
    return num
