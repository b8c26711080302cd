"""Whole days, row by row, for the drift study: texts about something else, what others make of the same days, and the seconds."""

import time
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from reviewloop.adapters import evidently_report
from reviewloop.core.monitoring.drift.decision import DriftVerdict, decide
from reviewloop.core.monitoring.drift.null import Null
from reviewloop.core.monitoring.drift.reference import Reference, null_rows
from reviewloop.core.monitoring.drift.words import unlike
from reviewloop.core.monitoring.kinds.described import Before
from reviewloop.core.monitoring.kinds.naming import name_kind
from reviewloop.core.monitoring.quality.live import calibration_of, counts_of, live_quality
from reviewloop.core.monitoring.sample import Sample, sample
from reviewloop.core.reviews import SENTIMENTS
from reviewloop.pages.links import Links
from reviewloop.pages.monitoring.drift import drift_page
from reviewloop_local.studies.drift_draws import Shop, null_of
from reviewloop_local.studies.drift_rivals import columns_of, evidently_drifted, fixed_fires

Ints = NDArray[np.int64]


def taken(rows: Sample, places: Ints) -> Sample:
    """Some rows, in their order; one that is taken twice stands twice."""
    places = np.sort(places)
    return replace(
        rows,
        reviews=rows.reviews.iloc[places].reset_index(drop=True),
        columns=rows.columns.iloc[places].reset_index(drop=True),
        probabilities=rows.answers[places],
        labels=rows.labels[places],
        embeddings=rows.vectors[places],
    )


def mixed(shop: Shop, num_rows: int, num_elsewhere: int, rng: np.random.Generator, share: float | None = None) -> Sample:
    """A day of held-back reviews, of which ``num_elsewhere`` are about something else; ``share`` of the others are complaints."""
    weights = None
    if share is not None:
        is_complaint = shop.held_back.labels == 0
        weights = np.where(is_complaint, share / is_complaint.sum(), (1 - share) / (~is_complaint).sum())
    own = taken(shop.held_back, rng.choice(len(shop.held_back), num_rows - num_elsewhere, p=weights, replace=weights is not None))
    if not num_elsewhere:
        return own
    other = taken(shop.elsewhere, rng.choice(len(shop.elsewhere), num_elsewhere, replace=False))
    order = rng.permutation(num_rows)  # halves must both have some
    frames = [
        type(own.reviews)(np.vstack([getattr(own, part), getattr(other, part)])[order], columns=getattr(own, part).columns)
        for part in ("reviews", "columns")
    ]
    columns = frames[1].astype(own.columns.dtypes.to_dict())
    arrays = [np.concatenate([getattr(own, part), getattr(other, part)])[order] for part in ("answers", "labels", "vectors")]
    return replace(own, reviews=frames[0], columns=columns, probabilities=arrays[0], labels=arrays[1], embeddings=arrays[2])


def seen_elsewhere(shop: Shop, num_rows: int, num_elsewhere: int, num_draws: int) -> tuple[int, dict[str, int]]:
    """On how many days of ``num_draws`` something fires, and how often each signal by name."""
    rng, null, fired, by_name = np.random.default_rng(num_rows), null_of(shop, num_rows, num_rows), 0, dict[str, int]()
    for _ in range(num_draws):
        verdict = decide(shop.reference, mixed(shop, num_rows, num_elsewhere, rng), null, [], shop.config.monitor)
        fired += verdict.fired
        for name in {one.name for one in verdict.signals if one.verdict == "moved"}:
            by_name[name] = by_name.get(name, 0) + 1
    return fired, by_name


def rivals(shop: Shop, num_rows: int, share: float | None, num_elsewhere: int, num_draws: int) -> tuple[int, int, int, int]:
    """On how many days ours, the fixed distances, Evidently's preset (half of the columns) and any column of it fire."""
    rng, null, then = (
        np.random.default_rng([num_rows, num_elsewhere]),
        null_of(shop, num_rows, num_rows),
        columns_of(shop.reference.rows),
    )
    counts = np.zeros(4, dtype=np.int64)
    for _ in range(num_draws):
        day = mixed(shop, num_rows, num_elsewhere, rng, share)
        now = columns_of(day)
        verdict = decide(shop.reference, day, null, [], shop.config.monitor)
        num_columns, of_columns = evidently_drifted(then, now)
        is_fixed = fixed_fires(then, now, day.labels.astype(int), day.answers.argmax(axis=1))
        counts += np.array([verdict.fired, is_fixed, of_columns >= 0.5, num_columns > 0], dtype=np.int64)
    return tuple(int(one) for one in counts)  # type: ignore[return-value]


def seconds(shop: Shop, num_rows: int) -> dict[str, float]:
    """Of each part of a day's monitor, from the rows as they are stored to the page; the lake and the embeddings apart."""
    config, rng = shop.config, np.random.default_rng(num_rows)
    places = rng.integers(len(shop.held_back), size=num_rows)
    frame = shop.held_back.reviews.iloc[places].reset_index(drop=True)
    frame = frame.assign(text=[f"{text} {row}" for row, text in enumerate(frame["text"])], review_id=np.arange(num_rows))
    took, start = {}, time.perf_counter()

    def lap(name: str) -> None:
        nonlocal start
        now = time.perf_counter()
        took[name], start = now - start, now

    rows = sample(shop.reference.rows.reviews, shop.words, config.contract, "the reference", shop.reference.rows.vectors)
    reference = Reference.of(rows, config.monitor, shop.base)
    lap("reference")
    day = sample(frame, shop.words, config.contract, "the day", shop.held_back.vectors[places])
    lap("day")
    wanted = null_rows(day, config.monitor)
    null: Null | None = reference.null(*wanted, config.monitor) if wanted else None
    lap("null, once for so many rows")
    verdict: DriftVerdict = decide(reference, day, null, [], config.monitor)
    calibration = calibration_of(rows, day)[0]
    kind = name_kind(Before.of(rows), day, calibration, config.kinds)
    answered = day.reviews.assign(prediction=np.array(SENTIMENTS)[day.answers.argmax(axis=1)])
    now = counts_of("2026-01-01", "1", answered, config.contract)
    quality = live_quality(rows, day, now, [], "", config.live_quality, config.contract)
    lap("kind of drift and live quality")
    beside = {"kind": kind.as_json(), "quality": quality.as_json(), "priors": quality.priors.as_json()}
    found = verdict.as_json() | beside | {"model_version": "1", "live_macro_f1": 0.7}
    drift_page("Drift", found, unlike(rows, day, config.monitor.unlike_shown), Links(3))
    lap("verdict and page")
    evidently_report.compare(columns_of(rows), columns_of(day))
    lap("Evidently's page")
    return took
