"""Evidence of a rollout, counted from the rows of its captured reviews."""

import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd

from reviewloop.core.reviews import SENTIMENTS, sentiment_of
from reviewloop.core.rollout.coverage import Half
from reviewloop.core.rollout.evidence import (
    CHALLENGER,
    CHAMPION,
    ArmEvidence,
    PairedEvidence,
    Reads,
    ShadowEvidence,
    StageEvidence,
    latency_step,
)
from reviewloop.core.rollout.paired_quality import Pairs

REVIEW: Final = ["request_id", "review_index"]
NAMED: Final = ["review_day", "review_id"]
_SHARES: Final = [f"p_{name}" for name in SENTIMENTS]
_READ: Final = ["version", "digest", "status", "latency_ms", "error", "sentiment", *_SHARES]
"""What is told of a reading: of the challenger's in shadow with ``shadow_`` before it."""
ANSWERED: Final = 200
REFUSED: Final = 429
GONE: Final = 499
TIMEOUT: Final = 504
FAILED: Final = 500
DROPPED: Final = 0
"""Status of a shadow's record that says that it did not read."""


@dataclass(frozen=True)
class Plan:
    """What a row must say to count. ``stages``: generation -> name of the stage, in the plan's order; ``arms``: arm -> version and
    digest of its model."""

    stages: Mapping[int, str]
    arms: Mapping[str, tuple[str, str]]


def labelled(rows: pd.DataFrame, ratings: pd.DataFrame, dataset: str) -> pd.DataFrame:
    """The rows with ``label``: the review's own stars where it is known which review it is, else what somebody said of the answer.

    Stars go through the gates and are what models are judged by; what is said of an answer may come from anybody who may ask. A
    review that was sent several times has one label: of what was said, the newest.
    """
    known = dict(zip(zip(ratings["review_day"], ratings["review_id"], strict=True), ratings["rating"], strict=True))
    whose = rows["dataset"].fillna(dataset)
    places = zip(whose, rows["review_day"], rows["review_id"], strict=True)
    stars = [known.get((day, number)) if of == dataset and pd.notna(number) else None for of, day, number in places]
    labels = [None if one is None or pd.isna(one) else SENTIMENTS[sentiment_of(int(one))] for one in stars]
    named = rows.assign(
        review=[_name(*one) for one in zip(whose, *(rows[name] for name in (*NAMED, *REVIEW)), strict=True)],
        stars=pd.Series(labels, index=rows.index, dtype="string"),
    )
    said = named.dropna(subset=["feedback"]).sort_values("feedback_at", kind="stable").groupby("review")["feedback"].last()
    return named.assign(label=named["stars"].fillna(named["review"].map(said).astype("string")))


def of_customers(rows: pd.DataFrame, ignored_callers: Collection[str]) -> tuple[pd.DataFrame, int]:
    """The rows of other callers than these, and how many requests that leaves out."""
    is_ignored = rows["caller"].isin(list(ignored_callers)).fillna(False).astype(bool)
    return rows[~is_ignored], rows.loc[is_ignored, "request_id"].nunique()


def counted(rows: pd.DataFrame, plan: Plan) -> tuple[tuple[StageEvidence, ...], PairedEvidence, int]:
    """Stages, pairs, and how many records name another version or digest than their arm's, or a generation of another plan.

    ``rows`` are those of ``include/sql/rollout_reviews.sql`` after ``labelled``.
    """
    rows = rows.sort_values(["received_at", *REVIEW], kind="stable").drop_duplicates(REVIEW)
    rows = rows.assign(unit=rows["unit"].map(lambda unit: unicodedata.normalize("NFC", str(unit))))
    stage = rows["generation"].map(dict(plan.stages))
    is_right = stage.notna() & _names(rows, plan.arms, rows["arm"], "")
    num_wrong = rows.loc[~is_right, "request_id"].nunique()
    right = rows[is_right].assign(stage=stage[is_right])

    has_shadow = right["shadow_status"].notna() & (right["arm"] == CHAMPION)
    is_dropped = (right["shadow_status"] == DROPPED).fillna(False).astype(bool)  # what was not read has no model
    is_shadow_right = has_shadow & (is_dropped | _names(right, plan.arms, pd.Series(CHALLENGER, index=right.index), "shadow_"))
    num_wrong += right.loc[has_shadow & ~is_shadow_right, "request_id"].nunique()
    shadowed = right[is_shadow_right]

    names = dict.fromkeys(plan.stages.values())
    stages = tuple(_stage(name, right[right["stage"] == name], shadowed[shadowed["stage"] == name]) for name in names)
    return stages, _paired(shadowed), num_wrong


def _names(rows: pd.DataFrame, arms: Mapping[str, tuple[str, str]], arm: "pd.Series[Any]", prefix: str) -> "pd.Series[bool]":
    """Whether each row names the version and digest of its arm."""
    told = zip(arm.fillna(""), rows[f"{prefix}version"].fillna(""), rows[f"{prefix}digest"].fillna(""), strict=True)
    return pd.Series([arms.get(one) == (version, digest) for one, version, digest in told], index=rows.index, dtype=bool)


def _stage(name: str, rows: pd.DataFrame, shadowed: pd.DataFrame) -> StageEvidence:
    arms = {arm: _arm(rows[rows["arm"] == arm]) for arm in (CHAMPION, CHALLENGER)}
    first, last = (rows["received_at"].min(), rows["received_at"].max()) if len(rows) else ("", "")
    return StageEvidence(name, arms[CHAMPION], arms[CHALLENGER], _shadow(shadowed), str(first), str(last))


def _arm(rows: pd.DataFrame) -> ArmEvidence:
    answered = rows[_is_answered(rows)]
    known = answered[answered["label"].notna()]
    return ArmEvidence(
        **vars(_reads(rows)), units_answered=answered["unit"].nunique(), units_labelled=known["unit"].nunique(),
        num_reviews=len(answered), num_labelled=len(known),
        num_chars=int(answered["num_chars"].sum()), labelled_chars=int(known["num_chars"].sum()),
    )  # fmt: skip


def _shadow(rows: pd.DataFrame) -> ShadowEvidence:
    requests = rows.drop_duplicates("request_id")
    is_dropped = requests["shadow_status"] == DROPPED
    tokens = requests["shadow_tokens"].fillna(0).astype("int64")
    read = rows[rows["shadow_status"] != DROPPED]
    other = read.drop(columns=_READ).rename(columns={f"shadow_{name}": name for name in _READ})
    return ShadowEvidence(
        _reads(read), _reads(other), int(is_dropped.sum()), int(tokens[is_dropped].sum()), int(tokens[~is_dropped].sum())
    )


def _reads(rows: pd.DataFrame) -> Reads:
    requests = rows.drop_duplicates("request_id")
    is_late, is_refused, is_gone = (requests["status"] == status for status in (TIMEOUT, REFUSED, GONE))
    has_failed = (requests["status"] >= FAILED) & ~is_late
    is_not_finite = has_failed & requests["error"].str.contains("finite", case=False, regex=False).fillna(False).astype(bool)
    served = requests[_is_answered(requests) & requests["latency_ms"].notna()]
    steps = served["latency_ms"].astype("float64").map(latency_step)
    answered = rows[_is_answered(rows) & rows["sentiment"].notna()]
    return Reads(
        num_requests=len(requests), num_units=requests["unit"].nunique(), num_answered=int(_is_answered(requests).sum()),
        num_errors=int(has_failed.sum()), num_timeouts=int(is_late.sum()), num_not_finite=int(is_not_finite.sum()),
        units_with_errors=requests.loc[has_failed, "unit"].nunique(), units_with_timeouts=requests.loc[is_late, "unit"].nunique(),
        num_refused=int(is_refused.sum()), units_refused=requests.loc[is_refused, "unit"].nunique(),
        num_gone=int(is_gone.sum()), units_gone=requests.loc[is_gone, "unit"].nunique(),
        units_with_not_finite=requests.loc[is_not_finite, "unit"].nunique(),
        latencies=_counts(steps), unit_latencies=_counts(steps.groupby(served["unit"]).max()),
        answers=_counts(answered["sentiment"]), unit_answers=_counts(answered.drop_duplicates("unit")["sentiment"]),
        num_distinct=len(answered.drop_duplicates(["sentiment", *_SHARES])),
    )  # fmt: skip


def _paired(rows: pd.DataFrame) -> PairedEvidence:
    both = rows[
        _is_answered(rows) & rows["sentiment"].notna() & (rows["shadow_status"] == ANSWERED) & rows["shadow_sentiment"].notna()
    ]
    once = both.drop_duplicates("review")
    differs = once["sentiment"] != once["shadow_sentiment"]
    first = differs[~once["unit"].duplicated()]
    labelled_reviews = once[once["label"].notna()]
    known = labelled_reviews.drop_duplicates("unit")
    negative = labelled_reviews[labelled_reviews["label"] == SENTIMENTS[0]].drop_duplicates("unit")
    median_chars, shorter, longer = _by_length(once, "num_chars", once["label"].notna())
    offered = rows.drop_duplicates("request_id")
    median_tokens, fewer, more = _by_length(offered, "shadow_tokens", offered["shadow_status"] != DROPPED)
    return PairedEvidence(
        num_reviews=len(once), num_differ=int(differs.sum()), units=len(first), units_differ=int(first.sum()),
        pairs=_pairs(known), negative=_pairs(negative), labelled_reviews=len(labelled_reviews),
        negative_found={
            CHAMPION: int((negative["sentiment"] == negative["label"]).sum()),
            CHALLENGER: int((negative["shadow_sentiment"] == negative["label"]).sum()),
        },
        median_chars=median_chars, shorter=shorter, longer=longer,
        median_tokens=median_tokens, fewer_tokens=fewer, more_tokens=more,
    )  # fmt: skip


def _by_length(rows: pd.DataFrame, length: str, is_left: "pd.Series[bool]") -> tuple[float, Half, Half]:
    """The median of the lengths that are known, and the rows up to it and beyond it."""
    kept = rows[(rows[length] > 0).fillna(False).astype(bool)]
    median = float(kept[length].median()) if len(kept) else 0.0
    is_first, is_longer = ~kept["unit"].duplicated(), (kept[length] > median).astype(bool)
    shorter, longer = (_half(is_first[side], is_left[kept.index][side]) for side in (~is_longer, is_longer))
    return median, shorter, longer


def _half(is_first: "pd.Series[bool]", is_left: "pd.Series[bool]") -> Half:
    return Half(len(is_first), int(is_left.sum()), int(is_first.sum()), int((is_first & is_left).sum()))


def _pairs(rows: pd.DataFrame) -> Pairs:
    champion, challenger = rows["sentiment"] == rows["label"], rows["shadow_sentiment"] == rows["label"]
    alone = int((champion & ~challenger).sum()), int((~champion & challenger).sum())
    return Pairs(*alone, len(rows) - sum(alone))


def _is_answered(rows: pd.DataFrame) -> "pd.Series[bool]":
    return (rows["status"] == ANSWERED).fillna(False).astype(bool)


def _counts(values: "pd.Series[Any]") -> dict[Any, int]:
    return {key: int(num) for key, num in sorted(values.value_counts().items())}


def _name(dataset: str, day: Any, number: Any, request_id: str, index: int) -> str:
    """The review, where the caller said which it is; else this place of this request."""
    return f"{request_id}#{index}" if pd.isna(number) or pd.isna(day) else f"{dataset}/{day}/{int(number)}"
