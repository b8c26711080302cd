"""Curated reviews as a labelled, split data set."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import pandas as pd

from reviewloop.config import Contract
from reviewloop.core.dataset.provenance import as_delivered
from reviewloop.core.dataset.shingles import near_matches
from reviewloop.core.dataset.splits import PARTS, SEALED, Part, distinct_texts, first_future_day, part_of
from reviewloop.core.reviews import SENTIMENTS, sentiment_of
from reviewloop.core.texts import model_text, text_digest
from reviewloop.errors import PermanentError

NEEDED: Final = ("review_id", "day", "title", "text", "rating", "label")
"""What every part holds, with ``text_digest``, ``provenance.PROVENANCE`` and what the contract adds (``snapshot_dtypes``).

Train and validation add ``model_text`` and ``input_ids``, train also ``weight``.
"""


def snapshot_dtypes(contract: Contract) -> dict[str, str]:
    """The columns of a training snapshot and their pandas dtypes.

    They are what a model may see, the facets, and the rating that labels; and what other customers thought of a review, which
    the bias gate may group by. What else is delivered stays in the lake.
    """
    groups = dict.fromkeys(column.field for column in contract.facets.values())
    if "positive_feedback" in contract:
        groups["positive_feedback"] = None
    dtypes = {"day": "string", **contract.dtypes()}
    return {name: dtypes[name] for name in ("review_id", "day", "title", "text", *groups, "rating")}


def typed(rows: pd.DataFrame, dtypes: Mapping[str, str]) -> pd.DataFrame:
    """The columns of ``dtypes`` in its order and types, absent text as missing: the same bytes, whatever read them.

    Raises ``PermanentError`` where a number is absent: the day was curated before the contract had its column.
    """
    whole = rows.reindex(columns=list(dtypes))
    for name, dtype in dtypes.items():
        if dtype == "int64" and whole[name].isna().any():
            days = sorted({str(day) for day in rows.loc[whole[name].isna(), "day"]})
            raise PermanentError(
                f"{name}: no value in the curated rows of {len(days)} days, first {days[0]}: they were curated before the contract "
                "had this column; run reviews_ingest for them again"
            )
    return whole.astype(dict(dtypes))


@dataclass(frozen=True)
class Snapshot:
    """The parts, each ordered by day and review id, and what became of the curated rows."""

    parts: dict[Part, pd.DataFrame]
    num_curated: int
    num_duplicates: int
    """Rows left out because an earlier row has the same text."""
    num_conflicts: int
    """Texts that came with more than one sentiment; the one that landed first counts."""
    num_near_copies: int = 0
    """Train and validation rows left out because a sealed text is nearly the same."""
    num_unrated: int = 0
    """Training rows that came without stars, labelled by functions or a model; no curated row is one."""
    num_not_sampled: int = 0
    """Training rows left out by ``features.sampling``."""
    num_augmented: int = 0
    """Training rows that ``features.augmentation`` made ..."""
    num_augmented_refused: int = 0
    """... and those that it did not keep: copies, or near copies, of a text that judges."""
    num_inoculated: int = 0
    """Training rows that ``features.inoculation`` made."""

    def counts(self) -> dict[str, int]:
        """The numbers, by name: ``num_curated`` and ``num_unrated`` are together duplicates, near copies, what was not sampled, and
        the parts without what was made."""
        whole = {"num_curated": self.num_curated, "num_duplicates": self.num_duplicates}
        whole |= {"num_conflicts": self.num_conflicts, "num_near_copies": self.num_near_copies}
        whole |= {"num_unrated": self.num_unrated, "num_not_sampled": self.num_not_sampled, "num_augmented": self.num_augmented}
        whole |= {"num_augmented_refused": self.num_augmented_refused, "num_inoculated": self.num_inoculated}
        return whole | {f"num_{name}": len(part) for name, part in self.parts.items()}


def split_snapshot(
    curated: pd.DataFrame,
    contract: Contract,
    validation: float,
    test: float,
    landed_at: Mapping[str, str] | None = None,
    future_days: int = 0,
) -> Snapshot:
    """Label, drop repeated texts, and split; ``validation`` and ``test`` are shares, the rest is train.

    With ``future_days`` the rows of the last days (by the calendar, up to the newest day) that are not test are the part
    ``future``, which may be small, or lack a sentiment.

    ``landed_at`` says of a day when its rows landed first (ISO 8601); a day that it does not name landed before all others, and
    of those the earlier day first. Raises ``PermanentError`` when a part lacks a sentiment: no model could be trained or marked
    on it.
    """
    rows = typed(curated, snapshot_dtypes(contract))
    labels, digests = rows["rating"].map(sentiment_of).astype("int64"), rows["text"].map(text_digest).astype("string")
    landings = rows["day"].map(lambda day: (landed_at or {}).get(day, ""))
    distinct, num_conflicts = distinct_texts(rows.assign(label=labels, text_digest=digests, landed_at=landings))
    distinct = as_delivered(distinct.drop(columns="landed_at"))
    names = distinct["text_digest"].map(lambda digest: part_of(digest, validation, test))
    if future_days and len(rows):
        names = names.mask((names != "test") & (distinct["day"] >= first_future_day(rows["day"].max(), future_days)), "future")
    wanted: tuple[Part, ...] = (*PARTS, "future") if future_days else PARTS
    parts = {name: distinct[names == name].reset_index(drop=True) for name in wanted}
    require_every_sentiment(parts)
    return Snapshot(parts, len(curated), len(curated) - len(distinct), num_conflicts)


def with_ratings(part: pd.DataFrame, ratings: Mapping[str, int]) -> pd.DataFrame:
    """The part, rating and label of each text as in ``ratings`` (by ``text_digest``), where it is there."""
    rating = part["text_digest"].map(ratings).fillna(part["rating"]).astype("int64")
    return part.assign(rating=rating, label=rating.map(sentiment_of).astype("int64"))


def without_near_copies(snapshot: Snapshot, min_jaccard: float) -> Snapshot:
    """The snapshot without the train and validation rows of which the sealed part has a near copy (see ``shingles``).

    The sealed part stays as it is: only the text decides what lies there, and what was marked on it yesterday must be marked
    on it tomorrow. A new sealed text may take an old row out of training, never move one from part to part. Raises
    ``PermanentError`` when a part then lacks a sentiment.
    """
    sealed = [text for name in SEALED if name in snapshot.parts for text in snapshot.parts[name]["text"]]
    learnt = pd.concat([snapshot.parts["train"], snapshot.parts["validation"]])
    copies = {place for first, _, _ in near_matches(learnt["text"].tolist(), sealed, min_jaccard) for place in first.tolist()}
    left_out = learnt["text_digest"].iloc[sorted(copies)]
    parts = {name: part[~part["text_digest"].isin(left_out)].reset_index(drop=True) for name, part in snapshot.parts.items()}
    require_every_sentiment(parts)
    return replace(snapshot, parts=parts, num_near_copies=len(left_out))


def require_every_sentiment(parts: Mapping[Part, pd.DataFrame]) -> None:
    """Raises ``PermanentError`` that names the first part that lacks a sentiment."""
    for name in PARTS:
        part = parts[name]
        missing = [sentiment for label, sentiment in enumerate(SENTIMENTS) if label not in set(part["label"])]
        if missing:
            raise PermanentError(
                f"features.split: no {' or '.join(missing)} text among the {len(part)} of the {name} part; more reviews are needed"
            )


def model_texts(reviews: pd.DataFrame) -> list[str]:
    """What a model is given: ``model_text`` of each row's ``title`` (which may be missing) and ``text``, in the rows' order."""
    titles = reviews["title"].astype(object).where(reviews["title"].notna(), None)
    return [model_text(title, text) for title, text in zip(titles, reviews["text"], strict=True)]


def class_shares(labels: "pd.Series[int]") -> dict[str, float]:
    """The share of each sentiment, by name."""
    return {name: float(np.mean(labels == label)) for label, name in enumerate(SENTIMENTS)}
