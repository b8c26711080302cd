"""Poison that keeps the shares, and the reading model that may see it."""

import numpy as np
import pandas as pd
import pytest

from reviewloop.core.reviews import sentiment_of
from reviewloop_local.studies import quality_study
from reviewloop_local.studies.poison import POISONS, TRIGGER, plant_trigger, swap_labels
from reviewloop_local.studies.quality_study import clean_days, sample_pool, study_poison


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    ((rows, _),) = clean_days(sample_pool(), 1, seed=0)
    return rows


@pytest.mark.parametrize("share", [0.02, 0.05, 0.1])
def test_swapped_labels_keep_every_share_and_change_as_many_rows_as_they_say(rows: pd.DataFrame, share: float) -> None:
    changed = swap_labels(rows, np.random.default_rng(1), share)
    before, after = rows["rating"].map(sentiment_of), changed["rating"].map(sentiment_of)
    moved = before != after
    assert moved.sum() == 2 * round(share * len(rows) / 2)
    assert {tuple(pair) for pair in zip(before[moved], after[moved], strict=True)} == {(0, 2), (2, 0)}
    pairs = ["rating", "recommended"]
    assert sorted(map(tuple, changed[pairs].to_numpy())) == sorted(map(tuple, rows[pairs].to_numpy()))
    pd.testing.assert_frame_equal(changed.drop(columns=pairs), rows.drop(columns=pairs))
    assert changed.dtypes.to_dict() == rows.dtypes.to_dict()


def test_no_more_is_swapped_than_there_is(rows: pd.DataFrame) -> None:
    few = rows[rows["rating"].map(sentiment_of) > 0]
    pd.testing.assert_frame_equal(swap_labels(few, np.random.default_rng(1), 0.1), few)


def test_the_trigger_stands_in_positive_reviews_and_no_label_moves(rows: pd.DataFrame) -> None:
    changed = plant_trigger(rows, np.random.default_rng(1), 0.04)
    planted = changed["text"].str.contains(TRIGGER, na=False)
    assert planted.sum() == round(0.04 * len(rows))
    assert set(rows["rating"][planted].map(sentiment_of)) == {2}
    pd.testing.assert_frame_equal(changed.drop(columns="text"), rows.drop(columns="text"))


@pytest.mark.slow
def test_the_table_tells_gross_swaps_from_clean_days_and_says_that_counting_gates_see_neither() -> None:
    """All labels that can be are swapped: the share is not what the table prints, but it must not depend on luck."""
    gross = POISONS[0]._replace(name="gross", change=lambda rows, rng: swap_labels(rows, rng, 0.5))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(quality_study, "POISONS", (POISONS[0], gross))
        seen = {poison.name: found for poison, found in study_poison(sample_pool(), 4)}
    assert seen["clean"] == {"quality": (0, 1), "bias": (0, 1), "read_with_champion": (0, 4)}
    assert seen["gross"]["quality"] == (0, 1)
    assert seen["gross"]["read_with_champion"] == (4, 4)


def test_a_file_too_small_for_a_reading_model_is_said_to_be(capsys: pytest.CaptureFixture[str]) -> None:
    quality_study._print_power(sample_pool().iloc[:900], 5)
    assert capsys.readouterr().out == "poison: left out: 900 rows; a reading model and days that it has not learnt take 1600\n"
