"""A monitored day becomes rows of the table ``metrics``."""

import json
import logging

from reviewloop.adapters.catalog import days
from reviewloop.adapters.lake import artifacts
from reviewloop.adapters.monitoring import metrics
from reviewloop.core.monitoring.metrics.rows import rows_of
from reviewloop.errors import Superseded
from reviewloop.refs import DriftRef, MetricsRef

log = logging.getLogger(__name__)


def record_metrics(drift: DriftRef) -> MetricsRef:
    """Publish what the monitor knows of the day in Glue's table ``metrics``, in the place of what it knew before.

    Made of the stored verdict alone: run again, also on a day of older code, it finds or makes the same rows. Raises ``Superseded``
    where other predictions of the day count by now.
    """
    seen = metrics.standing(drift.day)  # before the predictions are looked up: whoever writes meanwhile looked later
    counts = days.standing(days.predictions_table().name, drift.day).batch
    if counts != drift.batch:
        raise Superseded(f"{drift.day}: superseded: predictions {counts or 'none'} count, this verdict is on {drift.batch}")
    folder, _, name = drift.report_uri.rpartition("/")
    verdict = json.loads(artifacts.open_named(folder).read(name))
    rows = rows_of(verdict, drift.batch, drift.page_uri)
    found = metrics.publish(seen, rows, {"report_uri": drift.report_uri, "predictions_batch": drift.batch})
    log.info("%s: %d rows of the table metrics at %s", drift.day, len(rows), found.uri)
    return MetricsRef(
        day=drift.day, batch=found.uri.rpartition("batch=")[2], uri=found.uri, digest=found.digest, num_rows=len(rows),
        model_version=drift.model_version,
    )  # fmt: skip
