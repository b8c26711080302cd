"""From reviews to tables of counts: each value of a facet, or of a pair of facets, against all other rows."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from reviewloop.config import BiasConfig, Contract, FacetConfig
from reviewloop.core.facets import JOIN, NO_VALUE, bands, facet_values
from reviewloop.core.reviews import SENTIMENTS, sentiment_of
from reviewloop.errors import PermanentError

LABEL: Final = "label"
NUM_ROWS: Final = "num_rows"
"""A column, where there is one: how many rows each row stands for. Every measure depends on such counts alone."""


@dataclass(frozen=True)
class Contrast:
    """One group against the rest. ``counts`` is ``(2, strata, labels)``: rest first, then the group."""

    facet: str
    group: str
    counts: npt.NDArray[np.int64]

    @property
    def num_rows(self) -> int:
        """Rows in the group."""
        return int(self.counts[1].sum())

    @property
    def num_rest(self) -> int:
        """Rows in no other place than the group."""
        return int(self.counts[0].sum())


def facet_frame(reviews: pd.DataFrame, bias: BiasConfig, contract: Contract) -> pd.DataFrame:
    """One text column per facet in ``bias``, and ``label``, the sentiment's class id; numbers become bands.

    Of distinct ``reviews`` with their ``NUM_ROWS`` it has that column, too. Raises ``PermanentError`` naming the columns that
    ``reviews`` lack.
    """
    found = facet_values(reviews, contract)
    if absent := [one.field for one in bias.bands.values() if one.field not in reviews.columns]:
        raise PermanentError(f"the reviews have no column {', '.join(absent)}, which bias.bands asks for: build the features again")
    found |= {name: bands(reviews[one.field], one.edges) for name, one in bias.bands.items()}
    columns = {name: found[name].astype(object).where(found[name].notna(), NO_VALUE).astype(str) for name in bias.facet_names}
    labels = reviews["rating"].map({rating: sentiment_of(rating) for rating in reviews["rating"].unique()}).astype("int64")
    counts = {NUM_ROWS: reviews[NUM_ROWS]} if NUM_ROWS in reviews else {}
    return pd.DataFrame({**columns, LABEL: labels, **counts})


def needed(bias: BiasConfig, contract: Contract) -> list[str]:
    """The columns of the reviews that ``facet_frame`` looks at."""
    banded = [one.field for one in bias.bands.values()]
    return list(dict.fromkeys([*(column.field for column in contract.facets.values()), *banded, "rating"]))


def contrasts(frame: pd.DataFrame, facet: FacetConfig) -> Iterator[Contrast]:
    """Every group of one facet against the rest, in alphabetical order; ``frame`` is that of ``facet_frame``."""
    for group, counts in count_groups(frame, facet, LABEL):
        yield Contrast(facet.name, group, counts)


def count_groups(frame: pd.DataFrame, facet: FacetConfig, *classes: str) -> Iterator[tuple[str, npt.NDArray[np.int64]]]:
    """Each group of ``facet``, in alphabetical order, with its counts ``(2, strata, labels ...)``: rest first, then the group.

    ``classes`` are columns of class ids, an axis each.
    """
    if frame.empty:
        return
    joined = frame[facet.columns[0]]
    for column in facet.columns[1:]:
        joined = joined + JOIN + frame[column]
    groups, names = pd.factorize(joined, sort=True)
    strata, num_strata = np.zeros(len(frame), dtype=np.intp), 1
    if facet.given is not None:
        strata, found = pd.factorize(frame[facet.given], sort=True)
        num_strata = len(found)
    shape = (len(names), num_strata, *[len(SENTIMENTS)] * len(classes))
    places = np.ravel_multi_index((groups, strata, *(frame[name].to_numpy() for name in classes)), shape)
    weights = frame[NUM_ROWS].to_numpy() if NUM_ROWS in frame else None
    cube = np.bincount(places, weights, minlength=int(np.prod(shape))).reshape(shape).astype(np.int64)
    total = cube.sum(axis=0)
    for place, name in enumerate(names):
        yield str(name), np.stack([total - cube[place], cube[place]])
