import pandas as pd
import pytest
from tests.core.dataset.test_snapshots import curated
from tests.helpers.contracts import CONTRACT

from reviewloop.config import load_config
from reviewloop.core.dataset.snapshots import split_snapshot
from reviewloop_local.studies.augmentation_study import COUNTS, EVERY, Variant, folds, main, study

MOODS = {0: "the zipper is awful and was returned", 1: "the dress is average and so so", 2: "the colour is lovely and it is soft"}


def labelled() -> pd.DataFrame:
    rows = curated(240)
    texts = [f"{MOODS[min(int(rating) // 2, 2)]} number{place} piece{place}" for place, rating in enumerate(rows["rating"])]
    return split_snapshot(rows.assign(text=texts), CONTRACT, 0.1, 0.2).parts["train"]


def test_every_row_is_answered_by_models_that_saw_neither_it_nor_a_copy() -> None:
    rows = labelled()
    num_folds = COUNTS["folds"].default
    assert set(folds(rows, num_folds)) == set(range(num_folds))
    (found,) = study(rows, load_config("test"), num_folds, 200, [Variant("drop", ("drop",), EVERY)]).values()
    assert found.num_rows == len(rows)
    assert found.num_made > 0
    assert found.gain.low <= found.gain.delta <= found.gain.high


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["--csv", "nowhere.csv"], "--csv: nowhere.csv is not a file; give the path of the review file, quoted if it holds spaces"),
        (["--folds", "1"], "--folds: 1 is not allowed; give 2 or more"),
        (["--docs"], "unrecognized arguments: --docs"),
    ],
)
def test_what_it_does_not_take_is_one_line(arguments: list[str], line: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(arguments)
    assert capsys.readouterr().err.splitlines()[-1] == f"make study-augmentation: error: {line}"
