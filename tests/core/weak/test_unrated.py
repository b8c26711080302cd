"""Labels that nobody gave enter the training part alone, and no text that judges, now or one day, is learnt from."""

import pandas as pd
import pytest
from tests.helpers.contracts import CONTRACT

from reviewloop.core.dataset.provenance import require_judgeable
from reviewloop.core.dataset.snapshots import Snapshot, split_snapshot
from reviewloop.core.dataset.splits import part_of
from reviewloop.core.texts import text_digest
from reviewloop.core.weak.unrated import UNRATED, usable, with_labels_of
from reviewloop.errors import PermanentError

DAY = "2026-01-02"


def reviews(num_rows: int, first: int = 0) -> pd.DataFrame:
    words = ["soft", "warm", "loose", "tight", "pretty", "itchy", "thin", "long", "short", "bright"]
    ids = range(first, first + num_rows)
    texts = [f"order {n} was {words[n % 10]} then {words[n // 10 % 10]} and {words[n // 100 % 10]} all of {n * 7}" for n in ids]
    rows = {"review_id": list(ids), "day": DAY, "title": None, "text": texts, "rating": [(1, 3, 5, 4)[n % 4] for n in ids]}
    return pd.DataFrame(
        rows | {name: 30 if kind == "int64" else "x" for name, kind in CONTRACT.dtypes().items() if name not in rows}
    )


@pytest.fixture(scope="module")
def snapshot() -> Snapshot:
    return split_snapshot(reviews(300), CONTRACT, 0.1, 0.2)


def test_only_new_texts_of_the_training_side_are_usable(snapshot):
    unrated = reviews(400, first=200).drop(columns="rating")
    near = snapshot.parts["test"]["text"].iloc[0] + " again"
    unrated = pd.concat([unrated, unrated.iloc[:1].assign(review_id=9001, text=near), unrated.iloc[-1:]], ignore_index=True)
    found = usable(unrated, snapshot, 0.1, 0.2, 0.7)
    expected = [n for n in range(300, 600) if part_of(text_digest(reviews(1, n)["text"].iloc[0]), 0.1, 0.2) == "train"]
    assert found["review_id"].tolist() == expected
    if part_of(text_digest(near), 0.1, 0.2) == "train":
        assert len(usable(unrated, snapshot, 0.1, 0.2, 1.0)) == len(expected) + 1, "the near copy is what the limit is for"


def test_they_enter_train_alone_and_say_who_labelled_them(snapshot):
    labelled = usable(reviews(100, first=300).drop(columns="rating"), snapshot, 0.1, 0.2, 0.8).assign(label=2)
    found = with_labels_of(snapshot, labelled, "weak")
    for name in ("validation", "test"):
        pd.testing.assert_frame_equal(found.parts[name], snapshot.parts[name])
    train = found.parts["train"]
    pd.testing.assert_frame_equal(
        train[train["label_source"] == "rating"].reset_index(drop=True), snapshot.parts["train"].reset_index(drop=True)
    )
    weak = train[train["label_source"] == "weak"]
    assert (len(weak), set(weak["rating"]), set(weak["label"]), set(weak["origin"])) == (len(labelled), {UNRATED}, {2}, {"natural"})
    assert list(train.columns) == list(snapshot.parts["train"].columns)
    with pytest.raises(PermanentError, match="may judge no model"):
        require_judgeable("test", train)


def test_without_any_the_snapshot_is_the_same(snapshot):
    nothing = usable(reviews(50).drop(columns="rating"), snapshot, 0.1, 0.2, 0.8)
    assert nothing.empty
    assert usable(reviews(0).drop(columns="rating"), snapshot, 0.1, 0.2, 0.8).empty
    same = with_labels_of(snapshot, nothing.assign(label=pd.Series(dtype="int64")), "self")
    pd.testing.assert_frame_equal(same.parts["train"], snapshot.parts["train"])
