"""The profile of one snapshot: everything that is measured on its curated rows, before a word is said about it."""

from dataclasses import asdict, dataclass
from typing import Any

import pandas as pd

from reviewloop.config import Contract, ProfilingConfig
from reviewloop.core.dataset.splits import SEALED
from reviewloop.core.facets import facet_values
from reviewloop.core.profile.associations import Association, Correlations, correlations, with_sentiment
from reviewloop.core.profile.changes import Changes, Shape, changes, shape
from reviewloop.core.profile.columns import ColumnProfile, Crossing, crossings, profile_columns
from reviewloop.core.profile.duplicates import Duplicates, find_duplicates
from reviewloop.core.profile.lengths import Lengths
from reviewloop.core.reviews import SENTIMENTS
from reviewloop.core.statistics.keywords import Keyword, count_words, keywords


@dataclass(frozen=True)
class Profile:
    """The numbers of a profile page. Words and quoted texts are never those of the sealed test part."""

    snapshot: str
    first_day: str
    last_day: str
    num_days: int
    num_rows: int
    counts: dict[str, int]
    """Rows of each sentiment."""
    columns: tuple[ColumnProfile, ...]
    associations: tuple[Association, ...]
    correlations: Correlations
    duplicates: Duplicates
    lengths: Lengths
    crossings: tuple[Crossing, ...]
    keywords: dict[str, tuple[Keyword, ...]]
    """Of each sentiment against the two others."""
    labels: dict[str, str]
    """How the page names columns and facets."""
    shape: Shape
    changes: Changes | None
    """``None`` for the first snapshot, and where the one before has no profile."""

    def as_json(self) -> dict[str, Any]:
        """All numbers as plain JSON values."""
        return asdict(self)

    def column(self, name: str) -> ColumnProfile:
        """The profile of one column."""
        return next(column for column in self.columns if column.name == name)


def measure(
    rows: pd.DataFrame, lengths: Lengths, snapshot: str, before: Shape | None, contract: Contract, config: ProfilingConfig
) -> Profile:
    """Profile ``rows`` (as ``profile_columns.described`` makes them), one curated snapshot under its digest.

    ``before`` is the shape of the snapshot before. The same rows give the same profile.
    """
    facets = facet_values(rows, contract)
    facets["title"] = rows["title"].notna().map({True: "has a title", False: "has none"})
    now = shape(rows, contract, snapshot)
    counts = rows["sentiment"].value_counts()
    return Profile(
        snapshot=snapshot,
        first_day=str(rows["day"].min()),
        last_day=str(rows["day"].max()),
        num_days=int(rows["day"].nunique()),
        num_rows=len(rows),
        counts={name: int(counts.get(name, 0)) for name in SENTIMENTS},
        columns=profile_columns(rows, contract, config.num_top),
        associations=with_sentiment(rows, contract),
        correlations=correlations(rows, contract),
        duplicates=find_duplicates(rows, config.near_duplicate_jaccard, config.max_compared_texts),
        lengths=lengths,
        crossings=crossings(facets, rows["sentiment"]),
        keywords=_keywords(rows[~rows["part"].isin(SEALED)], config),
        labels=contract.labels(),
        shape=now,
        changes=None if before is None else changes(before, now, config.num_top, config.prior_words),
    )


def _keywords(rows: pd.DataFrame, config: ProfilingConfig) -> dict[str, tuple[Keyword, ...]]:
    counted = {name: count_words(rows.loc[rows["sentiment"] == name, "text"]) for name in SENTIMENTS}
    everything = count_words(rows["text"])
    return {name: keywords(counts, everything - counts, config.num_top, config.prior_words) for name, counts in counted.items()}
