"""The gate ``quality``: are these the reviews we agreed on?"""

import logging

from reviewloop.adapters import s3
from reviewloop.adapters.expectations import SuiteResult, run_suite
from reviewloop.adapters.frames import from_parquet
from reviewloop.adapters.review_suite import accepted_expectations, accepted_view, landed_expectations, landed_view
from reviewloop.config import load_config
from reviewloop.core.quality_page import quality_page
from reviewloop.errors import DataRejected
from reviewloop.refs import BatchRef, GateRef

log = logging.getLogger(__name__)


def validate(batch: BatchRef) -> GateRef:
    """Run the Great Expectations suites on the batch and publish report and Data Docs; only a clean batch passes.

    Raises ``DataRejected("quality", ...)`` naming each expectation that failed, with what was observed and what is allowed.
    """
    quality = load_config().quality
    staged = s3.open_artifact(batch.uri)
    accepted = from_parquet(staged.read("accepted.parquet"))
    quarantine = from_parquet(staged.read("quarantine.parquet"))
    results = [
        run_suite("accepted", accepted_view(accepted), accepted_expectations(quality), batch.day),
        run_suite("landed", landed_view(batch.num_landed, quarantine), landed_expectations(quality), batch.day),
    ]
    failed = [check.in_words() for result in results for check in result.failed]
    num_checks = sum(len(result.checks) for result in results)
    reason = "; ".join(failed) or f"all {num_checks} expectations hold"
    gate = _publish(batch, results, reason, passed=not failed)
    log.info("Gate quality: %s: %s; Data Docs at %s", gate.verdict, reason, gate.page_uri)
    if failed:
        raise DataRejected("quality", reason, gate.page_uri)
    return gate


def _publish(batch: BatchRef, results: list[SuiteResult], reason: str, *, passed: bool) -> GateRef:
    folder = s3.lake_uri("reports", "quality", batch.day, batch.digest[:16])
    verdict = "pass" if passed else "fail"
    checks = [{"suite": result.suite, **vars(check)} for result in results for check in result.checks]
    report = {"gate": "quality", "verdict": verdict, "reason": reason, "batch": batch.model_dump(), "checks": checks}
    for result in results:
        s3.write_bytes(f"{folder}/{result.suite}.html", result.page.encode(), "text/html; charset=utf-8")
    page = quality_page(batch.day, verdict, batch.num_landed, batch.reasons, checks)
    return GateRef(
        gate="quality",
        verdict=verdict,
        reason=reason,
        report_uri=s3.write_json(f"{folder}/report.json", report),
        page_uri=s3.write_bytes(f"{folder}/index.html", page.encode(), "text/html; charset=utf-8"),
    )
