"""The gate ``quality``: are these the reviews we agreed on?"""

import logging
from collections.abc import Mapping
from typing import Any

from reviewloop.adapters.catalog.delivery_history import read_history
from reviewloop.adapters.expectations.reviews import LATE, not_judged, run_suites
from reviewloop.adapters.expectations.suites import SuiteResult
from reviewloop.adapters.lake import artifacts, places, s3
from reviewloop.adapters.lake.frames import from_parquet, parquet_rows
from reviewloop.adapters.lake.scratch import scratch
from reviewloop.config import load_config
from reviewloop.errors import DataRejected
from reviewloop.pages.data.quality import quality_page
from reviewloop.pages.links import Links
from reviewloop.refs import BatchRef, GateRef, Verdict

log = logging.getLogger(__name__)


def validate(batch: BatchRef, accept_late: bool = False) -> GateRef:
    """Run the Great Expectations suites on the batch and publish report and Data Docs.

    An expectation of severity ``warn`` that fails shows (verdict ``warn``), is told, and lets the day through; one of severity
    ``reject`` raises ``DataRejected("quality", ...)`` naming what failed, what was observed and what is allowed. With
    ``accept_late``, which a person says, a day that comes too late only warns.
    """
    quality, contract = load_config().quality, load_config().contract
    if accept_late:
        quality = quality.model_copy(update={"severities": {**quality.severities, "late": "warn"}})
    evidence = read_history(batch, quality.volume.window_days)
    staged = artifacts.open_artifact(batch.uri)
    quarantine = from_parquet(staged.read("quarantine.parquet"))
    with scratch("validate") as folder:
        accepted = parquet_rows(staged.fetch("accepted.parquet", folder), as_strings=True)
        results = run_suites(quality, contract, batch.day, accepted, quarantine, batch.num_landed, evidence)
    open_questions = not_judged(quality, evidence, batch.day)
    gate = _publish(batch, results, open_questions, vars(evidence))
    log.info("Gate quality: %s: %s; Data Docs at %s", gate.verdict, gate.reason, gate.page_uri)
    for name, why in open_questions.items():
        log.info("Not judged: %s: %s", name, why)
    if gate.verdict == "fail":
        raise DataRejected("quality", gate.reason, gate.page_uri)
    return gate


def _publish(
    batch: BatchRef, results: list[SuiteResult], open_questions: Mapping[str, str], evidence: Mapping[str, Any]
) -> GateRef:
    folder = places.reports("quality", batch.day, batch.digest[:16])
    verdict, reason = _verdict(results)
    checks = [{"suite": result.suite, **vars(check)} for result in results for check in result.checks]
    report = {"gate": "quality", "verdict": verdict, "reason": reason, "batch": batch.model_dump(), "checks": checks}
    report |= {"evidence": dict(evidence), "not_judged": dict(open_questions)}
    place = f"quality/{batch.day}/{batch.digest[:16]}"
    docs = {f"Data Docs: {result.suite}": f"{place}/{result.suite}.html" for result in results}
    links = Links(depth=3, day=batch.day, siblings={"Data quality": f"{place}/index.html", **docs})
    for result in results:
        s3.write_bytes(f"{folder}/{result.suite}.html", result.page(links).encode(), "text/html; charset=utf-8")
    links = Links(depth=3, day=batch.day, siblings=docs)
    page = quality_page(batch.day, verdict, batch.num_landed, batch.reasons, checks, open_questions, links)
    return GateRef(
        gate="quality",
        verdict=verdict,
        reason=reason,
        report_uri=s3.write_json(f"{folder}/report.json", report),
        page_uri=s3.write_bytes(f"{folder}/index.html", page.encode(), "text/html; charset=utf-8"),
        warnings=(f"{batch.day} is unusual, look at it: {reason}",) if verdict == "warn" else (),
    )


def _verdict(results: list[SuiteResult]) -> tuple[Verdict, str]:
    """The verdict and its reason; where something is rejected, the warnings are left to the page."""
    failed = [check for result in results for check in result.failed]
    rejected = [check for check in failed if check.severity == "reject"]
    words = "; ".join(check.in_words() for check in rejected or failed)
    if any(check.note == LATE for check in rejected):
        words += "; if the day is meant to come so late, start reviews_ingest for it by hand with accept_late"
    if failed:
        return ("fail" if rejected else "warn"), words
    return "pass", f"all {sum(len(result.checks) for result in results)} expectations hold"
