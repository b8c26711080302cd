"""How much each column tells about the sentiment, and about each other: mutual information and rank correlation."""

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from reviewloop.config import Contract
from reviewloop.core.profile.columns import category, kinds
from reviewloop.core.reviews import SENTIMENTS

NUM_BINS: Final = 20
"""Number columns are cut at quantiles into at most this many bins."""

NUM_SHUFFLES: Final = 20
LEAK_SHARE: Final = 0.1
"""A column that explains more of the label's entropy than this was written together with the label."""

Role = Literal["is the label", "leaks", "no leak seen"]


@dataclass(frozen=True)
class Association:
    """What one column tells about the sentiment: shares, in [0, 1], of the sentiment's entropy."""

    column: str
    explained: float
    by_chance: float
    """What the same column explains when the sentiments are shuffled: a column of many values explains something by luck."""
    role: Role

    @property
    def beyond_chance(self) -> float:
        """``explained`` without what luck explains; at least 0."""
        return max(self.explained - self.by_chance, 0.0)


@dataclass(frozen=True)
class Correlations:
    """Spearman's rank correlation of every pair of number columns; ``None`` where a column is constant."""

    names: tuple[str, ...]
    values: tuple[tuple[float | None, ...], ...]


def entropy(counts: NDArray[np.int64]) -> float:
    """Shannon's entropy, in bits, of the distribution that ``counts`` (any shape) is proportional to."""
    shares = counts[counts > 0] / counts.sum()
    return float(-(shares * np.log2(shares)).sum())


def mutual_information(first: NDArray[np.int64], second: NDArray[np.int64]) -> float:
    """Mutual information, in bits, of two columns of codes from 0: H(X) + H(Y) - H(X, Y) (Cover and Thomas 2006, 2.4)."""
    pairs = first * (int(second.max()) + 1) + second
    together = np.unique(pairs, return_counts=True)[1]
    return max(entropy(np.bincount(first)) + entropy(np.bincount(second)) - entropy(together), 0.0)


def with_sentiment(rows: pd.DataFrame, contract: Contract) -> tuple[Association, ...]:
    """Every column but the texts against ``sentiment``, the strongest first; of the title, whether there is one.

    The uncertainty coefficient I(column; sentiment) / H(sentiment) (Theil 1970), as seen and as the mean over
    ``NUM_SHUFFLES`` shuffles, always the same. All 0 where there is one sentiment only.
    """
    labels = rows["sentiment"].map(SENTIMENTS.index).to_numpy(dtype=np.int64)
    whole = entropy(np.bincount(labels))
    columns = {name: _codes(rows[name], kind == "number") for name, kind in kinds(contract).items() if kind != "text"}
    columns["has_title"] = rows["title"].notna().to_numpy().astype(np.int64)
    shuffles = [np.random.default_rng(number).permutation(labels) for number in range(NUM_SHUFFLES)]
    found = []
    for name, codes in columns.items():
        explained = mutual_information(codes, labels) / whole if whole else 0.0
        by_chance = float(np.mean([mutual_information(codes, shuffle) for shuffle in shuffles])) / whole if whole else 0.0
        found.append(Association(name, explained, by_chance, _role(name, explained - by_chance)))
    return tuple(sorted(found, key=lambda one: (-one.beyond_chance, one.column)))


def _codes(column: "pd.Series[str]", is_number: bool) -> NDArray[np.int64]:
    if is_number and column.nunique() > NUM_BINS:
        return pd.qcut(column, NUM_BINS, labels=False, duplicates="drop").to_numpy(dtype=np.int64)
    return np.unique(category(column).to_numpy(dtype=str), return_inverse=True)[1].astype(np.int64)


def _role(name: str, beyond_chance: float) -> Role:
    if name == "rating":
        return "is the label"
    return "leaks" if beyond_chance > LEAK_SHARE else "no leak seen"


def correlations(rows: pd.DataFrame, contract: Contract) -> Correlations:
    """Spearman's correlation between the number columns (Pearson's on average ranks)."""
    names = tuple(name for name, kind in kinds(contract).items() if kind == "number")
    table = rows[list(names)].rank().corr()
    return Correlations(names, tuple(tuple(None if np.isnan(v) else float(v) for v in table[name]) for name in names))
