"""Read the delivery into typed rows and put aside those that are none."""

import json
import logging
from pathlib import Path

from reviewloop.adapters.lake import artifacts, places, s3
from reviewloop.adapters.lake.frames import ParquetFile
from reviewloop.adapters.lake.scratch import scratch
from reviewloop.config import load_config
from reviewloop.contracts import load_contract
from reviewloop.core.delivery.declared import declared_rows
from reviewloop.core.delivery.formats import ZIPPED, ending_of
from reviewloop.core.delivery.parsing import QUARANTINE, Parsed, parse_reviews
from reviewloop.core.delivery.text_streams import unzip
from reviewloop.errors import DataRejected
from reviewloop.refs import BatchRef, DeliveryRef

log = logging.getLogger(__name__)


def parse(delivery: DeliveryRef) -> BatchRef:
    """Parse the delivery into ``accepted.parquet`` and ``quarantine.parquet``; every landed row is in one of them.

    Streams: the memory it takes does not grow with the file. Raises ``DataRejected("contract", ...)``, its report stored,
    when the file as a whole cannot be trusted, or does not hold the rows that it or its producer declares.
    """
    raw = artifacts.open_artifact(delivery.uri)
    (name,) = raw.files
    with scratch("parse") as folder:
        try:
            parsed = _parsed(name, raw.fetch(name, folder / "raw"), delivery, folder)
        except DataRejected as rejected:
            report = {"gate": rejected.gate, "verdict": "fail", "reason": rejected.reason, "delivery_uri": delivery.uri}
            uri = s3.write_json(places.reports(rejected.gate, delivery.day, delivery.digest[:16], "report.json"), report)
            log.info("Refused the whole delivery; report at %s", uri)
            raise DataRejected(rejected.gate, rejected.reason, uri) from None
        counts = {"num_landed": parsed.num_landed, "num_accepted": parsed.num_accepted, "num_quarantined": parsed.num_quarantined}
        # The delivery is part of the batch's identity: another file makes another batch, though the same rows may be good in it.
        origin = json.dumps({"delivery": delivery.uri.rpartition("/")[2]}).encode()
        artifact = artifacts.publish(
            places.staging(delivery.day),
            {"origin.json": origin, **{file: folder / file for file in ("accepted.parquet", "quarantine.parquet")}},
            {"delivery_uri": delivery.uri, **counts, "reasons": dict(parsed.reasons)},
        )
    extra, reasons = ", ".join(parsed.extra_columns), dict(parsed.reasons)
    why = ", ".join(f"{count} {reason}" for reason, count in reasons.items()) or "none"
    log.info("Parsed %s: %d rows landed, %d accepted, quarantined: %s", name, parsed.num_landed, parsed.num_accepted, why)
    if extra:
        log.info("Ignored columns that the contract does not name: %s", extra)
    if parsed.dialect.get("quote") == "":
        log.info("Read with quotes as letters of the text: this file encloses no cell in them")
    return BatchRef(
        day=delivery.day, uri=artifact.uri, digest=artifact.digest, delivery_uri=delivery.uri, reasons=reasons, **counts,
        landed_at=delivery.landed_at,
    )  # fmt: skip


def _parsed(name: str, path: Path, delivery: DeliveryRef, folder: Path) -> Parsed:
    contract, limits, rows = load_contract(), load_config().dataset.limits, declared_rows(name, delivery.declared, delivery.digest)
    ending_of(name)
    if name.lower().endswith(ZIPPED):
        with path.open("rb") as zipped, (folder / "unzipped").open("wb") as sink:
            unzip(name, zipped, sink, limits)
        path = folder / "unzipped"
    with (
        path.open("rb") as stream,
        ParquetFile(folder / "accepted.parquet", contract.dtypes()) as accepted,
        ParquetFile(folder / "quarantine.parquet", QUARANTINE) as quarantine,
    ):
        return parse_reviews(name, stream, contract, limits, accepted.write, quarantine.write, rows)
