import pandas as pd

from reviewloop.core.dataset.human_labels import with_human_labels
from reviewloop.core.dataset.provenance import as_delivered


def train() -> pd.DataFrame:
    rows = pd.DataFrame({"text_digest": ["a", "b", "c"], "rating": [5, 1, 3], "label": [2, 0, 1]}).astype({"text_digest": "string"})
    return as_delivered(rows)


def test_a_human_label_outranks_the_rating_and_says_so() -> None:
    found = with_human_labels(train(), {"a": "negative", "c": "neutral", "elsewhere": "positive"})
    assert found["label"].tolist() == [0, 0, 1]
    assert found["label_source"].tolist() == ["human", "rating", "human"], (
        "a person who agrees with the rating has labelled it, too"
    )
    assert found["rating"].tolist() == [5, 1, 3], "what the customer gave stays"
    assert found["origin"].tolist() == ["natural"] * 3
    assert found.dtypes.tolist() == train().dtypes.tolist()


def test_without_labels_the_rows_are_as_they_were() -> None:
    pd.testing.assert_frame_equal(with_human_labels(train(), {}), train())
