"""From predictions to tables of counts: each value of a facet, or of a pair of facets, against all other rows."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from reviewloop.config import BiasConfig, FacetConfig
from reviewloop.core.bias.contrasts import JOIN, LABEL, facet_frame
from reviewloop.core.reviews import SENTIMENTS

PREDICTION: Final = "prediction"
_LABELS: Final = len(SENTIMENTS)


@dataclass(frozen=True)
class AfterContrast:
    """One group against the rest. ``counts`` is ``(2, strata, labels, predictions)``: rest first, then the group."""

    facet: str
    group: str
    counts: npt.NDArray[np.int64]


def answered_frame(predicted: pd.DataFrame, bias: BiasConfig) -> pd.DataFrame:
    """One text column per facet in ``bias``, and the class ids ``label`` and ``prediction``."""
    answers = {name: predicted[name].to_numpy(dtype=np.int64) for name in (LABEL, PREDICTION)}
    return facet_frame(predicted, bias).assign(**answers)


def after_contrasts(frame: pd.DataFrame, facet: FacetConfig) -> Iterator[AfterContrast]:
    """Every group of one facet against the rest, in alphabetical order; ``frame`` is that of ``answered_frame``."""
    if frame.empty:
        return
    joined = frame[facet.columns[0]]
    for column in facet.columns[1:]:
        joined = joined + JOIN + frame[column]
    groups, names = pd.factorize(joined, sort=True)
    strata, stratum_names = pd.factorize(frame[facet.given], sort=True)
    shape = (len(names), len(stratum_names), _LABELS, _LABELS)
    places = np.ravel_multi_index((groups, strata, frame[LABEL].to_numpy(), frame[PREDICTION].to_numpy()), shape)
    cube = np.bincount(places, minlength=int(np.prod(shape))).reshape(shape)
    total = cube.sum(axis=0)
    for place, name in enumerate(names):
        yield AfterContrast(facet.name, str(name), np.stack([total - cube[place], cube[place]]))
