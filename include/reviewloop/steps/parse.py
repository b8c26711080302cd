"""Read the delivery into typed rows and put aside those that are none."""

import logging

from reviewloop.adapters import s3
from reviewloop.adapters.frames import to_parquet
from reviewloop.config import load_config
from reviewloop.core.parsing import parse_reviews
from reviewloop.errors import DataRejected
from reviewloop.refs import BatchRef, DeliveryRef

log = logging.getLogger(__name__)


def parse(delivery: DeliveryRef) -> BatchRef:
    """Parse the delivery into ``accepted.parquet`` and ``quarantine.parquet``; every landed row is in one of them.

    Raises ``DataRejected("contract", ...)``, its report stored, when the file as a whole cannot be trusted.
    """
    config = load_config()
    raw = s3.open_artifact(delivery.uri)
    (name,) = raw.files
    try:
        parsed = parse_reviews(name, raw.read(name), config.dataset.columns, config.quality.age)
    except DataRejected as rejected:
        report = {"gate": rejected.gate, "verdict": "fail", "reason": rejected.reason, "delivery_uri": delivery.uri}
        uri = s3.write_json(s3.lake_uri("reports", rejected.gate, delivery.day, delivery.digest[:16], "report.json"), report)
        log.info("Refused the whole delivery; report at %s", uri)
        raise DataRejected(rejected.gate, rejected.reason, uri) from None
    if parsed.extra_columns:
        log.info("Ignored %d columns that nothing maps to: %s", len(parsed.extra_columns), ", ".join(parsed.extra_columns))
    counts = {
        "num_landed": parsed.num_landed,
        "num_accepted": len(parsed.accepted),
        "num_quarantined": len(parsed.quarantine),
        "reasons": dict(parsed.reasons),
    }
    artifact = s3.publish(
        s3.lake_uri("staging", "reviews", f"day={delivery.day}"),
        {"accepted.parquet": to_parquet(parsed.accepted), "quarantine.parquet": to_parquet(parsed.quarantine)},
        {"delivery_uri": delivery.uri, **counts},
    )
    why = ", ".join(f"{count} {reason}" for reason, count in parsed.reasons.items()) or "none"
    log.info("Parsed %s: %d rows landed, %d accepted, quarantined: %s", name, parsed.num_landed, len(parsed.accepted), why)
    return BatchRef(day=delivery.day, uri=artifact.uri, digest=artifact.digest, delivery_uri=delivery.uri, **counts)
