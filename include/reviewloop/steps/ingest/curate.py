"""Let the day's accepted rows into the lake's table ``reviews``."""

import json
import logging
from typing import Final

from reviewloop.adapters.lake import glue, places, s3
from reviewloop.adapters.lake.scratch import scratch
from reviewloop.contracts import load_contract
from reviewloop.errors import PermanentError
from reviewloop.refs import BatchRef, CuratedRef

log = logging.getLogger(__name__)

TABLE: Final = "reviews"


def curate(batch: BatchRef) -> CuratedRef:
    """Write the batch's partition and register it as the day's only one; a correction supersedes what was there.

    The same delivery gives the same partition, so that a rerun changes nothing; another one, even if it differs in
    quarantined rows only, gives another, and the files of the old one stay. The table's comments are the contract's.
    """
    counts = {"num_landed": batch.num_landed, "num_rows": batch.num_accepted, "num_quarantined": batch.num_quarantined}
    origin = json.dumps({"delivery": batch.delivery_uri.rpartition("/")[2]}).encode()
    with scratch("curate") as folder:
        artifact = s3.publish(
            places.curated(batch.day),
            # The underscore hides the origin from Athena. It makes a delivery with the same good rows another batch.
            {"reviews.parquet": s3.open_artifact(batch.uri).fetch("accepted.parquet", folder), "_origin.json": origin},
            counts,
            folder="batch={digest}",
        )
    digest16 = artifact.digest[:16]
    contract = load_contract()
    glue.register_partition(TABLE, contract.hive_types(), batch.day, digest16, artifact.uri, contract.comments())
    if [found.batch for found in glue.partitions(TABLE) if found.day == batch.day] != [digest16]:
        raise PermanentError(
            f"{artifact.uri}: another delivery of {batch.day} was registered meanwhile; run the one that counts again"
        )
    log.info("Curated %d rows of %s at %s", batch.num_accepted, batch.day, artifact.uri)
    return CuratedRef(day=batch.day, batch=digest16, uri=artifact.uri, digest=artifact.digest, **counts)
