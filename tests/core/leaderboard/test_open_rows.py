"""The sealed part has no row in it."""

import pandas as pd
import pytest
from tests.core.dataset.test_snapshots import curated
from tests.helpers.contracts import CONTRACT

from reviewloop.config import load_config
from reviewloop.core.dataset.snapshots import split_snapshot
from reviewloop.core.leaderboard.open_rows import open_rows
from reviewloop.errors import PermanentError

SPLIT = load_config("local").features.split


@pytest.fixture(scope="module")
def parts() -> dict[str, pd.DataFrame]:
    return split_snapshot(curated(300), CONTRACT, SPLIT.validation, SPLIT.test).parts


def test_the_rows_are_all_of_train_and_validation_in_an_order_of_their_own(parts):
    rows = open_rows(parts, SPLIT)
    assert sorted(rows["review_id"]) == sorted([*parts["train"]["review_id"], *parts["validation"]["review_id"]])
    shuffled = {name: part.sample(frac=1, random_state=1) for name, part in parts.items()}
    pd.testing.assert_frame_equal(open_rows(shuffled, SPLIT), rows)


@pytest.mark.parametrize("where", ["train", "validation"])
def test_a_sealed_row_is_refused(parts, where):
    sealed = parts["test"].head(2)
    spoilt = {name: part for name, part in parts.items() if name != "test"} | {where: pd.concat([parts[where], sealed])}
    with pytest.raises(PermanentError, match=r"^leaderboard: 2 of \d+ rows are of the sealed part, first review"):
        open_rows(spoilt, SPLIT)


def test_a_row_of_the_sealed_last_days_is_refused(parts):
    with pytest.raises(PermanentError, match="1 of"):
        open_rows({**parts, "future": parts["train"].head(1)}, SPLIT)
