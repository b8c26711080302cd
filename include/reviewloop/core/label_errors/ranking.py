"""Labels by how little a model believes them, with cleanlab (Northcutt, Jiang and Chuang, "Confident learning", JAIR 70, 2021).

A list for people and never a filter: where three stars are as often praise as complaint, half of what is called an error is a
customer's right to three stars (``docs/labels.md``).
"""

from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from reviewloop.core.dataset.snapshots import NEEDED
from reviewloop.core.reviews import SENTIMENTS
from reviewloop.core.statistics.metrics import Floats, Ints

COLUMNS: Final = ("rank", "day", "review_id", "label", "p_label", "likeliest", "p_likeliest", "is_flagged", "title", "text")
"""Of the list: ``p_label`` is what the model gives the review's own sentiment, ``p_likeliest`` what it gives another most."""


def ranked(rows: pd.DataFrame, probabilities: Floats, most: int) -> pd.DataFrame:
    """The ``most`` rows whose labels are believed least, the least first, with ``COLUMNS``.

    ``probabilities`` (n, 3) must be out of fold (``folds.out_of_fold``) and calibrated: of a model that has seen the labels, or
    that weighs classes, they say something else. ``is_flagged`` is cleanlab's own verdict, by the least sure of what it finds.
    Raises ``ValueError`` for probabilities that are none.
    """
    if probabilities.shape != (len(rows), len(SENTIMENTS)) or not np.isfinite(probabilities).all():
        raise ValueError(f"probabilities of shape {probabilities.shape} for {len(rows)} rows: each needs one of each sentiment")
    labels = rows["label"].to_numpy(dtype=np.int64)
    believed = _believed(labels, probabilities)
    place = np.lexsort((rows["review_id"], rows["day"], believed))[:most]
    likeliest = probabilities[place].argmax(axis=1)
    found = rows.iloc[place][[name for name in NEEDED if name in COLUMNS]]
    names = np.array(SENTIMENTS)
    return found.assign(
        rank=np.arange(1, len(found) + 1),
        label=names[labels[place]],
        p_label=believed[place],
        likeliest=names[likeliest],
        p_likeliest=probabilities[place, likeliest],
        is_flagged=flagged(labels, probabilities)[place],
    )[list(COLUMNS)].reset_index(drop=True)


def flagged(labels: Ints, probabilities: Floats) -> npt.NDArray[np.bool_]:
    """What cleanlab calls an error: as many as the confident joint has off its diagonal, the least sure of them first."""
    from cleanlab.filter import find_label_issues

    if len(np.unique(labels)) < len(SENTIMENTS):  # the joint of classes that are not there is unknown
        return np.zeros(len(labels), dtype=bool)
    return np.asarray(find_label_issues(labels, probabilities, filter_by="low_self_confidence", n_jobs=1))


def _believed(labels: Ints, probabilities: Floats) -> Floats:
    """The probability of the label itself."""
    from cleanlab.rank import get_label_quality_scores

    return np.asarray(get_label_quality_scores(labels, probabilities, method="self_confidence"))
