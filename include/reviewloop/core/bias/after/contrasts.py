"""From predictions to tables of counts: each value of a facet, or of a pair of facets, against all other rows."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from reviewloop.config import BiasConfig, Contract, FacetConfig
from reviewloop.core.bias.contrasts import LABEL, count_groups, facet_frame

PREDICTION: Final = "prediction"


@dataclass(frozen=True)
class AfterContrast:
    """One group against the rest. ``counts`` is ``(2, strata, labels, predictions)``: rest first, then the group."""

    facet: str
    group: str
    counts: npt.NDArray[np.int64]


def answered_frame(predicted: pd.DataFrame, bias: BiasConfig, contract: Contract) -> pd.DataFrame:
    """One text column per facet in ``bias``, and the class ids ``label`` and ``prediction``."""
    answers = {name: predicted[name].to_numpy(dtype=np.int64) for name in (LABEL, PREDICTION)}
    return facet_frame(predicted, bias, contract).assign(**answers)


def after_contrasts(frame: pd.DataFrame, facet: FacetConfig) -> Iterator[AfterContrast]:
    """Every group of one facet against the rest, in alphabetical order; ``frame`` is that of ``answered_frame``."""
    for group, counts in count_groups(frame, facet, LABEL, PREDICTION):
        yield AfterContrast(facet.name, group, counts)
