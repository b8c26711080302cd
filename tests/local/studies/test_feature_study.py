"""The ablation: a feature that tells something stays, one that tells nothing does not, and the sealed part is not there."""

import numpy as np
import pandas as pd
import pytest

from reviewloop.config import load_config
from reviewloop.core.texts import text_digest
from reviewloop_local.studies.feature_study import ablations, folds_of, study

pytestmark = pytest.mark.slow


def reviews(num_rows: int = 400) -> pd.DataFrame:
    """Texts that tell the label in two of three."""
    draw = np.random.default_rng(5)
    labels = draw.integers(0, 3, num_rows)
    told = np.where(draw.random(num_rows) < 0.66, labels, draw.integers(0, 3, num_rows))
    words = np.array(["awful scratchy thin", "fine but plain enough", "lovely soft warm"])
    texts = [f"{words[mood]} number {number}" for number, mood in enumerate(told)]
    rows = pd.DataFrame({"title": pd.array([None] * num_rows, dtype="string"), "text": texts, "label": labels})
    return rows.assign(text_digest=rows["text"].map(text_digest))


def test_what_tells_something_stays_and_what_tells_nothing_does_not() -> None:
    rows, draw = reviews(), np.random.default_rng(6)
    hint = np.where(draw.random(len(rows)) < 0.95, rows["label"], draw.integers(0, 3, len(rows))) + draw.random(len(rows)) / 10
    values = pd.DataFrame({"hint": hint, "noise": draw.random(len(rows)), "constant": 1})
    found = ablations(rows, values, folds_of(rows["text_digest"].tolist(), 3), load_config(), 300)
    assert found["hint"].low > 0.05
    assert found["noise"].low <= 0
    assert (found["constant"].delta, found["constant"].low) == (0, 0)


def test_a_named_feature_is_studied_and_rows_in_another_order_are_in_the_same_folds() -> None:
    rows = reviews(150)
    (one,) = study(rows, ["num_words"], 3, 100)
    assert (one.name, one.stays) == ("num_words", False)
    digests = rows["text_digest"].tolist()
    assert dict(zip(digests, folds_of(digests, 3), strict=True)) == dict(
        zip(digests[::-1], folds_of(digests[::-1], 3), strict=True)
    )
