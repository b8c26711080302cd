"""The gate ``bias``: does one group of customers crowd out the others, or speak in one voice only?"""

import logging

import pandas as pd

from reviewloop.adapters import s3
from reviewloop.adapters.frames import from_parquet
from reviewloop.config import BiasConfig, load_config
from reviewloop.core.bias import as_rows, measure, objections
from reviewloop.core.bias_page import bias_page
from reviewloop.core.facets import age_bands
from reviewloop.core.reviews import SENTIMENTS, sentiment_of
from reviewloop.errors import DataRejected
from reviewloop.refs import BatchRef, GateRef

log = logging.getLogger(__name__)


def check_bias(batch: BatchRef) -> GateRef:
    """Measure CI and DPL of every facet value in config, with positive sentiment as the favourable label.

    Raises ``DataRejected("bias", ...)``, report and page stored, naming each group that is too far out.
    """
    bias = load_config().bias
    accepted = from_parquet(s3.open_artifact(batch.uri).read("accepted.parquet"))
    groups = measure(
        {facet: _facet(accepted, facet, bias) for facet in bias.facets},
        accepted["rating"].map(lambda rating: SENTIMENTS[sentiment_of(rating)] == "positive").astype(bool),
        min_group_rows=bias.min_group_rows,
        min_ci=bias.min_ci,
        max_abs_dpl=bias.max_abs_dpl,
    )
    failed = objections(groups, bias.facets)
    num_judged = sum(group.verdict != "not enough evidence" for group in groups)
    reason = (
        "; ".join(failed)
        or f"{num_judged} of {len(groups)} groups judged, all within CI >= {bias.min_ci}, |DPL| <= {bias.max_abs_dpl}"
    )
    verdict = "fail" if failed else "pass"
    folder = s3.lake_uri("reports", "bias", batch.day, batch.digest[:16])
    report = {"gate": "bias", "verdict": verdict, "reason": reason, "thresholds": bias.model_dump(), "groups": as_rows(groups)}
    page = bias_page(batch.day, verdict, reason, groups)
    gate = GateRef(
        gate="bias",
        verdict=verdict,
        reason=reason,
        report_uri=s3.write_json(f"{folder}/report.json", report),
        page_uri=s3.write_bytes(f"{folder}/index.html", page.encode(), "text/html; charset=utf-8"),
    )
    log.info("Gate bias: %s: %s; page at %s", verdict, reason, gate.page_uri)
    if failed:
        raise DataRejected("bias", reason, gate.page_uri)
    return gate


def _facet(accepted: pd.DataFrame, facet: str, bias: BiasConfig) -> "pd.Series[str]":
    return age_bands(accepted["age"], bias.age_bands) if facet == "age_band" else accepted[facet]
