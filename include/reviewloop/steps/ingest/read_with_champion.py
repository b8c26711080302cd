"""The champion reads a day before it counts: poison that keeps every share may still contradict what the model has learnt."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from reviewloop.adapters.lake import artifacts, places, s3
from reviewloop.adapters.lake.frames import parquet_rows
from reviewloop.adapters.lake.model_store import fetch_predictor
from reviewloop.adapters.lake.scratch import scratch
from reviewloop.adapters.mlflow.tags import Tag
from reviewloop.adapters.release.champion import Champion, answering
from reviewloop.config import load_config
from reviewloop.core.dataset.snapshots import model_texts
from reviewloop.core.monitoring.predictions import prediction_rows
from reviewloop.core.monitoring.reading import Reading, compare, contradictions, held_out_counts, in_words, surest_of
from reviewloop.core.reviews import SENTIMENTS, sentiment_of
from reviewloop.core.statistics.metrics import confusion
from reviewloop.errors import PermanentError, TransientError
from reviewloop.pages.data.reading import reading_page
from reviewloop.pages.links import Links
from reviewloop.refs import BatchRef, ReadingRef

log = logging.getLogger(__name__)

_NOBODY = "there is no champion yet: nobody reads the day; sentiment_release makes the first one"


@dataclass(frozen=True)
class _Outcome:
    """``trouble``: why the day was not read, or what is wrong with the champion all the same."""

    version: str | None = None
    shares: tuple[Reading, ...] = ()
    surest: pd.DataFrame | None = None
    trouble: str = ""


def read_with_champion(batch: BatchRef) -> ReadingRef:
    """Compare how often the champion contradicts the day's labels with how often it did on its held-out part; keep the page.

    It refuses nothing: a day of true change must reach the monitor. What is unusual is a warning, and so is a champion that
    cannot be determined or cannot read. Before the first release there is no verdict. Only a service that is away is waited for.
    """
    found = _read(batch)
    unusual = [one for one in found.shares if one.verdict == "unusual"]
    judged = any(one.verdict != "not enough evidence" for one in found.shares)
    told = in_words(found.shares) if found.shares else ""
    warnings = [found.trouble] if found.trouble else []
    if unusual:
        warnings.append(f"{batch.day} is unusual to the champion, version {found.version}: {told}")
    verdict = "warn" if warnings else "pass" if judged else "not judged"
    reason = "; ".join(filter(None, [found.trouble, told])) or _NOBODY
    for line in warnings:
        log.warning(line)
    if not warnings:
        log.info("%s: %s", batch.day, reason)
    return _publish(batch, found, verdict, reason, warnings)


def _read(batch: BatchRef) -> _Outcome:
    version = None
    try:
        champion = answering()
        if champion is None:
            return _Outcome()
        version = champion.version
        shares, surest = _compare(batch, champion)
    except TransientError:
        raise
    except Exception as error:
        # A registry in disorder, a model that breaks on a text: whatever it is, the day is not to blame.
        log.exception("the day was not read")
        who = f"the champion, version {version}," if version else "the champion"
        return _Outcome(version, trouble=f"{batch.day} was not read by {who} before it counted: {error}")
    return _Outcome(version, shares, surest, champion.disagreement or "")


def _compare(batch: BatchRef, champion: Champion) -> tuple[tuple[Reading, ...], pd.DataFrame]:
    evaluation = champion.tags.get(Tag.EVALUATION_URI)
    if not evaluation:
        raise PermanentError(f"version {champion.version} has no tag {Tag.EVALUATION_URI}, so there is nothing to compare with")
    held_out = held_out_counts(s3.read_json(evaluation))
    predictor = fetch_predictor(champion.source, champion.digest)
    counts, against = np.zeros_like(held_out), []
    with scratch("read") as folder:
        accepted = artifacts.open_artifact(batch.uri).fetch("accepted.parquet", folder)
        for piece in parquet_rows(accepted, ("review_id", "title", "text", "rating")).pieces():
            labels, probabilities = piece["rating"].map(sentiment_of), predictor.predict_proba(model_texts(piece))
            answers = prediction_rows(piece, probabilities, champion.version, batch.digest[:16])["prediction"].map(SENTIMENTS.index)
            counts = counts + confusion(labels, answers)
            against.append(contradictions(piece, labels.to_numpy(), probabilities))
    return compare(counts, held_out, load_config().quality.reading), surest_of(against)


def _publish(batch: BatchRef, found: _Outcome, verdict: str, reason: str, warnings: Sequence[str]) -> ReadingRef:
    place = f"{batch.day}/{batch.digest[:16]}"
    folder = places.reports("reading", batch.day, batch.digest[:16])
    report = {
        "verdict": verdict, "reason": reason, "day": batch.day, "model_version": found.version, "warnings": list(warnings),
        "config": load_config().quality.reading.model_dump(), "shares": [one.as_json() for one in found.shares],
    }  # fmt: skip
    siblings = {"Data quality": f"quality/{place}/index.html", "Bias before training": f"bias/{place}/index.html"}
    page = reading_page(report, found.surest, Links(depth=3, day=batch.day, siblings=siblings))
    return ReadingRef(
        day=batch.day, model_version=found.version, verdict=verdict, reason=reason, warnings=tuple(warnings),
        report_uri=s3.write_json(f"{folder}/report.json", report),
        page_uri=s3.write_bytes(f"{folder}/index.html", page.encode(), "text/html; charset=utf-8"),
    )  # fmt: skip
