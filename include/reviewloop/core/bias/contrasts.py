"""From reviews to tables of counts: each value of a facet, or of a pair of facets, against all other rows."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from reviewloop.config import BiasConfig, FacetConfig
from reviewloop.core.facets import JOIN, NO_VALUE, bands
from reviewloop.core.reviews import SENTIMENTS, sentiment_of

LABEL: Final = "label"


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


def facet_frame(reviews: pd.DataFrame, bias: BiasConfig) -> pd.DataFrame:
    """One text column per facet in ``bias``, and ``label``, the sentiment's class id; numbers become bands."""
    columns: dict[str, pd.Series] = {}
    for name in bias.facet_names:
        if name == "age_band":
            values = bands(reviews["age"], bias.age_bands)
        elif name in bias.bands:
            values = bands(reviews[bias.bands[name].field], bias.bands[name].edges)
        else:
            values = reviews[name]
        columns[name] = values.astype(object).where(values.notna(), NO_VALUE).astype(str)
    return pd.DataFrame({**columns, LABEL: reviews["rating"].map(sentiment_of).astype("int64")})


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
    strata, stratum_names = pd.factorize(frame[facet.given], sort=True)
    shape = (len(names), len(stratum_names), *[len(SENTIMENTS)] * len(classes))
    places = np.ravel_multi_index((groups, strata, *(frame[name].to_numpy() for name in classes)), shape)
    cube = np.bincount(places, minlength=int(np.prod(shape))).reshape(shape)
    total = cube.sum(axis=0)
    for place, name in enumerate(names):
        yield str(name), np.stack([total - cube[place], cube[place]])
