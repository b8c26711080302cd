"""How the champion does on one group of the reviews, a facet's value or a sentiment, over some days pooled.

A group may be a tenth of the rows and still be the whole business of somebody: what all marks together hide is looked for in each
group by itself, on as many days as its few rows need.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal

import numpy as np
import pandas as pd
from scipy.stats import hypergeom

from reviewloop.config import Contract, LiveQualityConfig
from reviewloop.core.facets import MISSING, facet_values
from reviewloop.core.reviews import SENTIMENTS
from reviewloop.core.statistics.many_tests import holm
from reviewloop.core.statistics.metrics import NUM_CLASSES, Floats, Ints
from reviewloop.errors import PermanentError

RATED: Final = "rated"
"""The facet whose groups are the sentiments that the reviews were rated."""
Groups = Mapping[tuple[str, str], Ints]
"""(facet, value) -> shape (3, 2): of the reviews of each label, how many there are and how many were answered right."""
Standing = Literal["worse", "as before", "not enough evidence"]


@dataclass(frozen=True)
class SliceFall:
    """Accuracy on one group over ``num_days`` days beside the sealed one at the group's own mix of labels."""

    facet: str
    value: str
    num_days: int
    num_rated: int
    live: float | None
    sealed: float | None
    chance: float | None
    """Of so many mistakes or more in any of the groups, were the champion as good on it as it was (Holm)."""
    standing: Standing

    def __str__(self) -> str:
        where = f"{self.standing}: {self.num_rated:,} rated reviews of {self.facet} {self.value} in the last {self.num_days} days"
        if self.chance is None:
            return where
        return f"{where}, accuracy {self.live:.3f}, sealed {self.sealed:.3f} at the same mix of labels (by luck {self.chance:.2g})"

    def as_json(self) -> dict[str, Any]:
        """Plain JSON values, with the sentence under ``words``."""
        return asdict(self) | {"words": str(self)}


def groups_of(reviews: pd.DataFrame, labels: Floats, answers: Ints, contract: Contract) -> Groups:
    """Of the rows with a label (``labels``: class ids, NaN where there is none); ``answers`` are class ids. Empty without any."""
    rated = ~np.isnan(labels)
    if not rated.any():
        return {}
    known, is_right = labels[rated].astype(np.int64), labels[rated] == answers[rated]
    try:
        facets = facet_values(reviews, contract)
    except PermanentError:  # an earlier day, of another contract: of its groups only the sentiments are known
        facets = {}
    values = {name: column[rated].astype(object) for name, column in facets.items()}
    values[RATED] = pd.Series(np.array(SENTIMENTS, dtype=object)[known])
    found = {}
    for facet, column in values.items():
        names = column.where(column.notna(), MISSING).astype(str).to_numpy()
        for name in np.unique(names):
            mine = names == name
            rows = np.bincount(known[mine], minlength=NUM_CLASSES)
            found[facet, str(name)] = np.stack([rows, np.bincount(known[mine & is_right], minlength=NUM_CLASSES)], axis=1)
    return found


def slice_falls(days: Sequence[Groups], sealed: Groups, limits: LiveQualityConfig) -> tuple[SliceFall, ...]:
    """Each group that the sealed reviews have, too; those that are worse first, then by chance.

    Exact: given how many of a label were answered right on both sides together, those among the live ones are hypergeometric
    (Fisher); over labels the counts add up, so that another mix of labels alone is no fall. Holm over all groups keeps the chance
    of one false word a day at ``alpha``.
    """
    shared = sorted(set(sealed) & set().union(*days)) if days else []
    pooled = {group: np.sum([one[group] for one in days if group in one], axis=0) for group in shared}
    found = [_compared(pooled[group], sealed[group], limits.min_slice_rated) for group in shared]
    chances = holm(np.array([np.nan if one is None else one[2] for one in found]))
    told = [
        _told(group, pooled[group], one, chance, len(days), limits)
        for group, one, chance in zip(shared, found, chances, strict=True)
    ]
    return tuple(sorted(told, key=lambda one: (one.standing != "worse", 2.0 if one.chance is None else one.chance)))


def _compared(live: Ints, sealed: Ints, least: int) -> tuple[float, float, float] | None:
    """Accuracy live and sealed, and the chance of the live one or a lower one; None where either side has too few rows."""
    kept = sealed[:, 0] > 0
    live, sealed = live[kept], sealed[kept]
    num_rated = int(live[:, 0].sum())
    if num_rated < least or int(sealed[:, 0].sum()) < least:
        return None
    right = np.ones(1)
    for (rows, hits), (rows_before, hits_before) in zip(live, sealed, strict=True):
        right = np.convolve(right, hypergeom.pmf(np.arange(rows + 1), rows + rows_before, hits + hits_before, rows))
    chance = float(min(right[: int(live[:, 1].sum()) + 1].sum(), 1.0))
    before = float((live[:, 0] * sealed[:, 1] / sealed[:, 0]).sum() / num_rated)
    return float(live[:, 1].sum()) / num_rated, before, chance


def _told(
    group: tuple[str, str], live: Ints, found: tuple[float, float, float] | None, chance: float, num_days: int,
    limits: LiveQualityConfig,
) -> SliceFall:  # fmt: skip
    num_rated = int(live[:, 0].sum())
    if found is None:
        return SliceFall(*group, num_days, num_rated, None, None, None, "not enough evidence")
    is_worse = chance <= limits.alpha and found[1] - found[0] >= limits.min_fall
    return SliceFall(*group, num_days, num_rated, found[0], found[1], float(chance), "worse" if is_worse else "as before")
