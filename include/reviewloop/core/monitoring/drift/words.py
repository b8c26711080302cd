"""What a signal shows, in words: how it was in the reference, and how it is today."""

from typing import assert_never

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from reviewloop.core.monitoring.drift.embedding_maps import WhiteMap
from reviewloop.core.monitoring.drift.feature_parts import Part, categories, names_of, places_of
from reviewloop.core.monitoring.drift.findings import shortened
from reviewloop.core.monitoring.drift.null import Null
from reviewloop.core.monitoring.sample import Sample
from reviewloop.core.reviews import SENTIMENTS

Floats = NDArray[np.float64]


def in_words(part: Part, value: float, reference: Sample, day: Sample, null: Null, key: str) -> str:
    """One line without a verdict. ``value`` is the part's statistic, ``key`` its signal's in ``null``."""
    match part.kind:
        case "ks" if part.family == "answers":
            return _answers(reference.answers, day.answers)
        case "ks":
            return _number(part.name, reference.columns[part.name], day.columns[part.name])
        case "categories" if part.family == "labels":
            named = [pd.Series(rows.labels[rows.is_rated]).map(lambda label: SENTIMENTS[int(label)]) for rows in (reference, day)]
            return _category(*named)
        case "categories":
            return _category(reference.columns[part.name], day.columns[part.name])
        case "mmd":
            usual = null.tails[key].start
            return f"distance of the texts {np.sqrt(value):.3f}; 98 of 100 days like the reference stay under {np.sqrt(usual):.3f}"
        case "domain":
            area = _area(reference, day)
            return f"a classifier that read half of the day tells the other half from the reference in {area:.0%} of pairs"
        case "share":
            (num_before, of_before), (num_now, of_now) = (_counts(part, rows) for rows in (reference, day))
            return f"{num_before / max(of_before, 1):.1%} before, {num_now / max(of_now, 1):.1%} today ({num_now:,} of {of_now:,})"
        case _:
            assert_never(part.kind)


def unlike(reference: Sample, day: Sample, num_shown: int) -> pd.DataFrame:
    """The reviews of the day that a classifier of the day's other half holds least like the reference: ``review_id``, ``text``,
    and ``share``, of the reference's reviews that are more like it. No rows without embeddings, or where nothing can be told.
    """
    scored = _scores(reference, day)
    if scored is None:
        return pd.DataFrame({"review_id": [], "text": [], "share": []})
    then, now = scored
    share = np.searchsorted(np.sort(then), now, side="left") / len(then)
    found = day.reviews[["review_id", "text"]].assign(share=share, score=now)
    return found.nlargest(num_shown, "score").drop(columns="score").reset_index(drop=True)


def _number(name: str, then: "pd.Series[float]", now: "pd.Series[float]") -> str:
    if name == "unknown_word_share":
        return f"on average {then.mean():.1%} before, {now.mean():.1%} today"
    return f"median {then.median():,.0f} before, {now.median():,.0f} today"


def _answers(then: Floats, now: Floats) -> str:
    means = [rows.mean(axis=0) for rows in (then, now)]
    most = int(np.abs(means[1] - means[0]).argmax())
    return f"mean probability of {SENTIMENTS[most]} {means[0][most]:.3f} before, {means[1][most]:.3f} today"


def _category(then: "pd.Series[str]", now: "pd.Series[str]") -> str:
    """The category whose share is furthest from where it was, in units of its own error."""
    known = categories(then)
    size = len(names_of(known))
    before, today = (np.bincount(places_of(known, rows), minlength=size) / max(len(rows), 1) for rows in (then, now))
    pooled = (before * len(then) + today * len(now)) / (len(then) + len(now))
    most = int(np.divide((today - before) ** 2, pooled, out=np.zeros(size), where=pooled > 0).argmax())
    return f"{shortened(names_of(known)[most])} {before[most]:.1%} before, {today[most]:.1%} today"


def _counts(part: Part, rows: Sample) -> tuple[int, int]:
    found = part.make(rows)[rows.is_rated if part.block == "rated" else slice(None)]
    return int(found[:, 1].sum()), int(found[:, 0].sum())


def _area(reference: Sample, day: Sample) -> float:
    """The area under the ROC curve (Mann and Whitney 1947)."""
    from scipy.stats import mannwhitneyu

    scored = _scores(reference, day)
    if scored is None:
        return float("nan")
    then, now = scored
    return float(mannwhitneyu(now, then).statistic / (len(now) * len(then)))


def _scores(reference: Sample, day: Sample) -> tuple[Floats, Floats] | None:
    """Of the reference's rows and the day's: how much like the day, by the classifier that saw neither (see ``WhiteMap``)."""
    if reference.embeddings is None or day.embeddings is None or min(len(reference), len(day)) < 2:
        return None
    white = WhiteMap.fit(reference.embeddings)
    then, now = white(reference.embeddings), white(day.embeddings)
    of_then, of_now = np.empty(len(then)), np.empty(len(now))
    for half in (0, 1):
        learnt = now[1 - half :: 2].mean(axis=0) - then[1 - half :: 2].mean(axis=0)
        length = float(np.linalg.norm(learnt)) or 1.0
        of_then[half::2], of_now[half::2] = then[half::2] @ learnt / length, now[half::2] @ learnt / length
    return of_then, of_now
