"""What the lake knows beside a day's rows: when the delivery landed, and how many rows the days before it had."""

from reviewloop.adapters.catalog import glue
from reviewloop.adapters.lake import artifacts, s3
from reviewloop.core.delivery.history import DeliveryHistory
from reviewloop.refs import BatchRef


def read_history(batch: BatchRef, window_days: int) -> DeliveryHistory:
    """The evidence on ``batch``, with the row counts of at most ``window_days`` curated days before its own.

    Days after it are not counted, so that a day judged again is measured against the same days as before.
    """
    days = {found.day: found.location for found in glue.partitions("reviews")}
    earlier = sorted(day for day in days if day < batch.day)[-window_days:]
    return DeliveryHistory(
        landed_on=s3.last_modified(f"{batch.delivery_uri}/{artifacts.MANIFEST}").date().isoformat(),
        last_counts=tuple(int(artifacts.open_artifact(days[day]).meta["num_landed"]) for day in earlier),
        newest_day=max(days.keys() - {batch.day}, default=None),
        is_repeat=batch.day in days,
    )
