"""How far two forms of a model are apart."""

import numpy as np
import pandas as pd
import pytest

from reviewloop.config import ServedLimitsConfig
from reviewloop.core.evaluation.forms import compare, too_costly


def served(classes: list[int], labels: list[int]) -> pd.DataFrame:
    shares = np.full((len(classes), 3), 0.1)
    shares[np.arange(len(classes)), classes] = 0.8
    columns = {"prediction": classes, "label": labels} | {
        name: shares[:, place] for place, name in enumerate(("p_negative", "p_neutral", "p_positive"))
    }
    return pd.DataFrame(columns)


def test_a_changed_answer_is_counted_and_a_lost_right_one_costs() -> None:
    labels = [0, 1, 2, 2] * 50
    right = served(labels, labels)
    as_trained = right[["p_negative", "p_neutral", "p_positive"]].to_numpy()
    same = compare(right, as_trained, 100, seed=1)
    assert (same["forms.changed_share"], same["forms.macro_f1_loss"], same["forms.max_probability_gap"]) == (0, 0, 0)
    worse = served([1, *labels[1:]], labels)
    found = compare(worse, as_trained, 100, seed=1)
    assert found["forms.changed_share"] == 1 / 200
    assert found["forms.changed_share_low"] < 1 / 200 < found["forms.changed_share_high"]
    assert found["forms.macro_f1_loss"] > 0
    assert found["forms.max_probability_gap"] == pytest.approx(0.7)


def test_an_answer_that_is_no_number_is_another_answer() -> None:
    labels = [0, 1, 2, 2] * 50
    broken = served(labels, labels)[["p_negative", "p_neutral", "p_positive"]].to_numpy().copy()
    broken[0, 0] = np.nan  # where argmax would find it, and call it the same answer
    assert compare(served(labels, labels), broken, 100, seed=1)["forms.changed_share"] == 1 / 200


LIMITS = ServedLimitsConfig(changed_share=0.01, macro_f1_loss=0.005, min_rows=1000)


@pytest.mark.parametrize(
    ("changed", "loss", "said"),
    [
        (0.01, 0.005, ""),
        (0.0101, 0.0, "it changes 1.01% of the answers, at most 1.00% are allowed"),
        (0.0, 0.0072, "it costs 0.0072 macro-F1, at most 0.005 is allowed"),
    ],
)
def test_a_form_beyond_a_limit_is_not_served(changed: float, loss: float, said: str) -> None:
    assert too_costly({"forms.changed_share": changed, "forms.macro_f1_loss": loss}, LIMITS) == said
