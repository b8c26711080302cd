"""Let the day's accepted rows into the lake's table ``reviews``."""

import logging
from typing import Final

from reviewloop.adapters import glue, s3
from reviewloop.core.reviews import FIELDS
from reviewloop.errors import PermanentError
from reviewloop.refs import BatchRef, CuratedRef

log = logging.getLogger(__name__)

TABLE: Final = "reviews"
_HIVE_TYPES = {"int64": "bigint", "string": "string"}
_COMMENTS = {
    "review_id": "the producer's id, unique within a day",
    "age": "of the reviewer, in years",
    "title": "may be missing",
    "text": "the review as written",
    "rating": "1 to 5 stars; 1-2 negative, 3 neutral, 4-5 positive",
    "recommended": "1 if the reviewer recommends the product; leaks the label, never a model input",
    "positive_feedback": "how many other customers found the review helpful",
}


def curate(batch: BatchRef) -> CuratedRef:
    """Write the batch's partition and register it as the day's only one; a correction supersedes what was there.

    The same rows give the same partition, so that a rerun changes nothing.
    """
    data = s3.open_artifact(batch.uri).read("accepted.parquet")
    counts = {"num_landed": batch.num_landed, "num_rows": batch.num_accepted, "num_quarantined": batch.num_quarantined}
    artifact = s3.publish(
        s3.lake_uri("curated", "reviews", f"day={batch.day}"), {"reviews.parquet": data}, counts, folder="batch={digest}"
    )
    digest16 = artifact.digest[:16]
    columns = {field: _HIVE_TYPES[dtype] for field, dtype in FIELDS.items()}
    glue.register_partition(TABLE, columns, batch.day, digest16, artifact.uri, _COMMENTS)
    if [found.batch for found in glue.partitions(TABLE) if found.day == batch.day] != [digest16]:
        raise PermanentError(
            f"{artifact.uri}: another delivery of {batch.day} was registered meanwhile; run the one that counts again"
        )
    log.info("Curated %d rows of %s at %s", batch.num_accepted, batch.day, artifact.uri)
    return CuratedRef(day=batch.day, batch=digest16, uri=artifact.uri, digest=artifact.digest, **counts)
