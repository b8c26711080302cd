"""A model in two forms: does the one that is served answer as the one that was trained?"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from reviewloop.config import ServedLimitsConfig
from reviewloop.core.evaluation.evaluation import PROBABILITIES
from reviewloop.core.statistics.bootstrap import macro_f1_difference
from reviewloop.core.statistics.proportions import wilson


def compare(served: pd.DataFrame, as_trained: npt.NDArray[Any], num_resamples: int, seed: int) -> dict[str, float]:
    """Metrics of the form that is served against that which was trained, on the same rows; ends of 95 % intervals beside them.

    ``served`` has labels and predictions (see ``core.evaluation``), ``as_trained`` the other form's probabilities (rows, 3).
    ``forms.macro_f1_loss`` is above 0 where the served form is worse.
    """
    other = pd.Series(as_trained.argmax(axis=1), index=served.index)
    is_number = np.isfinite(as_trained).all(axis=1)
    num_changed = int(((other != served["prediction"]) | ~is_number).sum())  # an answer that is no number is another one
    low, high = wilson(num_changed, len(served))
    loss = macro_f1_difference(served["label"], other, served["prediction"], num_resamples, seed)
    gap = np.abs(as_trained - served[list(PROBABILITIES)].to_numpy(dtype=np.float64)).max()
    return {
        "forms.changed_share": num_changed / len(served),
        "forms.changed_share_low": low,
        "forms.changed_share_high": high,
        "forms.macro_f1_loss": loss.delta,
        "forms.macro_f1_loss_low": loss.low,
        "forms.macro_f1_loss_high": loss.high,
        "forms.max_probability_gap": float(gap),
    }


def too_costly(found: Mapping[str, float], limits: ServedLimitsConfig) -> str:
    """Why a form with these metrics (see ``compare``) is not to be served; empty where it may be."""
    changed, loss = found["forms.changed_share"], found["forms.macro_f1_loss"]
    said = []
    if changed > limits.changed_share:
        said.append(f"it changes {changed:.2%} of the answers, at most {limits.changed_share:.2%} are allowed")
    if loss > limits.macro_f1_loss:
        said.append(f"it costs {loss:.4f} macro-F1, at most {limits.macro_f1_loss:g} is allowed")
    return "; ".join(said)
