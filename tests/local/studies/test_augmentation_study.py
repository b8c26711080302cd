import pandas as pd
from tests.core.dataset.test_snapshots import curated
from tests.helpers.contracts import CONTRACT

from reviewloop.config import load_config
from reviewloop.core.dataset.snapshots import split_snapshot
from reviewloop_local.studies.augmentation_study import EVERY, NUM_FOLDS, Variant, folds, study

MOODS = {0: "the zipper is awful and was returned", 1: "the dress is average and so so", 2: "the colour is lovely and it is soft"}


def labelled() -> pd.DataFrame:
    rows = curated(240)
    texts = [f"{MOODS[min(int(rating) // 2, 2)]} number{place} piece{place}" for place, rating in enumerate(rows["rating"])]
    return split_snapshot(rows.assign(text=texts), CONTRACT, 0.1, 0.2).parts["train"]


def test_every_row_is_answered_by_models_that_saw_neither_it_nor_a_copy() -> None:
    rows = labelled()
    assert set(folds(rows)) == set(range(NUM_FOLDS))
    (found,) = study(rows, load_config("test"), [Variant("drop", ("drop",), EVERY)]).values()
    assert found.num_rows == len(rows)
    assert found.num_made > 0
    assert found.gain.low <= found.gain.delta <= found.gain.high
