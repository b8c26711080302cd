"""The gate ``bias``: does one group of customers crowd out the others, or speak in one voice only?"""

import logging

from reviewloop.adapters.expectations import bias as bias_suite
from reviewloop.adapters.lake import artifacts, places, s3
from reviewloop.adapters.lake.frames import counted_rows
from reviewloop.adapters.lake.scratch import scratch
from reviewloop.config import load_config
from reviewloop.core.bias.contrasts import NUM_ROWS, facet_frame, needed
from reviewloop.core.bias.verdicts import as_rows, in_words, measure, objections
from reviewloop.errors import DataRejected
from reviewloop.pages.bias.before import bias_page
from reviewloop.pages.links import Links
from reviewloop.refs import BatchRef, GateRef, Verdict

log = logging.getLogger(__name__)


def check_bias(batch: BatchRef) -> GateRef:
    """Take Clarify's eight pre-training measures of every facet and pair in config, each sentiment in turn the favourable one.

    Stores the numbers (``report.json``), the page and the Data Docs of the Great Expectations suite, then raises
    ``DataRejected("bias", ...)`` naming the groups that are, with evidence, beyond a reject limit. Beyond a warn limit the
    gate passes with the verdict ``warn``.
    """
    bias, contract = load_config().bias, load_config().contract
    with scratch("check_bias") as work:
        accepted = artifacts.open_artifact(batch.uri).fetch("accepted.parquet", work)
        reviews = counted_rows(accepted, needed(bias, contract), NUM_ROWS)
    groups = measure(facet_frame(reviews, bias, contract), bias)
    docs = bias_suite.check(groups, bias, batch.day)
    refused = objections(groups, bias)
    warned = [f"{group.name}: {in_words(group, bias)}" for group in groups if group.verdict == "warn"]
    verdict: Verdict = "fail" if refused else "warn" if warned else "pass"
    num_judged = sum(group.verdict != "not enough evidence" for group in groups)
    reason = "; ".join(refused or warned) or f"{num_judged} of {len(groups)} groups judged, all within their limits"
    folder = places.reports("bias", batch.day, batch.digest[:16])
    place = f"{batch.day}/{batch.digest[:16]}"
    quality = {"Data quality": f"quality/{place}/index.html"}
    links = Links(depth=3, day=batch.day, siblings={"Bias before training": f"bias/{place}/index.html", **quality})
    s3.write_bytes(f"{folder}/{docs.suite}.html", docs.page(links).encode(), "text/html; charset=utf-8")
    report = {"gate": "bias", "verdict": verdict, "reason": reason, "config": bias.model_dump(), "groups": as_rows(groups)}
    same = {"The same as Great Expectations Data Docs": f"bias/{place}/{docs.suite}.html"}
    links = Links(depth=3, day=batch.day, siblings={**same, **quality})
    page = bias_page(batch.day, verdict, reason, groups, bias, contract.labels(), links)
    gate = GateRef(
        gate="bias",
        verdict=verdict,
        reason=reason,
        report_uri=s3.write_json(f"{folder}/report.json", report),
        page_uri=s3.write_bytes(f"{folder}/index.html", page.encode(), "text/html; charset=utf-8"),
    )
    log.info("Gate bias: %s: %s; page at %s", verdict, reason, gate.page_uri)
    if refused:
        raise DataRejected("bias", reason, gate.page_uri)
    return gate
