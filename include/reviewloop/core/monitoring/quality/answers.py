"""What a model answered, its columns bound by class name: the order in which a table happens to hold them decides nothing."""

from typing import Final

import numpy as np
import pandas as pd

from reviewloop.core.reviews import SENTIMENTS
from reviewloop.core.statistics.metrics import Floats
from reviewloop.errors import PermanentError

COLUMNS: Final = tuple(f"p_{name}" for name in SENTIMENTS)
_TOLERANCE: Final = 0.01
"""By which a row's probabilities may miss 1 in all: they are kept to six digits."""


def probabilities_of(frame: pd.DataFrame) -> Floats:
    """The probabilities in ``p_negative``, ``p_neutral`` and ``p_positive``, shape (n, 3), columns as ``SENTIMENTS``.

    Raises ``PermanentError`` where a column is missing or stands there twice, a value is no probability, a row does not sum to 1,
    or ``prediction`` (a class name or id, where the frame has it) is never the likeliest: then the columns bear wrong names.
    """
    for name in COLUMNS:
        if (found := list(frame.columns).count(name)) != 1:
            raise PermanentError(f"answers: {found} columns {name}, one is needed; there are {', '.join(map(str, frame.columns))}")
    values: Floats = frame[list(COLUMNS)].to_numpy(dtype=np.float64)
    if not (np.isfinite(values).all() and (values >= 0).all() and (np.abs(values.sum(axis=1) - 1) < _TOLERANCE).all()):
        raise PermanentError("answers: some rows hold no probabilities, each 0 to 1 and 1 in all")
    if "prediction" in frame and len(frame):
        names = np.array([str(SENTIMENTS[one]) if isinstance(one, (int, np.integer)) else str(one) for one in frame["prediction"]])
        agrees = float((np.array(SENTIMENTS)[values.argmax(axis=1)] == names).mean())
        if agrees < 1 - _TOLERANCE:
            raise PermanentError(
                f"answers: in {agrees:.0%} of the rows alone the prediction is the likeliest class: wrong columns?"
            )
    return values
