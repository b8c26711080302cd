"""The gate ``counts``: did every landed row arrive, and can Athena see it?"""

import logging

from reviewloop.adapters.catalog import days
from reviewloop.adapters.lake import places, s3
from reviewloop.errors import DataRejected
from reviewloop.refs import CuratedRef

log = logging.getLogger(__name__)


def check_counts(curated: CuratedRef) -> CuratedRef:
    """Compare what Athena counts in the batch with what was landed and quarantined; returns the same ref.

    The batch is counted before it is published: what is refused here was never seen by anybody else. Raises
    ``DataRejected("counts", ...)``, the report stored, when a row is missing or there twice.
    """
    seen = days.audit(days.reviews_table(), "count_curated", curated.day, curated.batch, curated.uri)
    num_rows, num_ids = int(seen["num_rows"]), int(seen["num_ids"])
    failed = []
    if num_rows != curated.num_rows:
        failed.append(f"Athena counts {num_rows} rows, {curated.num_rows} were written")
    if num_ids != num_rows:
        failed.append(f"Athena counts {num_ids} review ids in {num_rows} rows")
    if curated.num_landed != curated.num_rows + curated.num_quarantined:
        failed.append(f"{curated.num_landed} rows landed, but {curated.num_rows} curated + {curated.num_quarantined} quarantined")
    reason = "; ".join(failed) or f"{curated.num_landed} landed = {num_rows} curated + {curated.num_quarantined} quarantined"
    report = {
        "gate": "counts",
        "verdict": "fail" if failed else "pass",
        "reason": reason,
        "athena": {"num_rows": num_rows, "num_ids": num_ids},
        "curated": curated.model_dump(),
    }
    uri = s3.write_json(places.reports("counts", curated.day, curated.batch, "report.json"), report)
    log.info("Gate counts: %s: %s; report at %s", report["verdict"], reason, uri)
    if failed:
        raise DataRejected("counts", reason, uri)
    return curated
