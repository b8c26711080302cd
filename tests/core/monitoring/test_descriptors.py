import pandas as pd
import pytest

from reviewloop.core.facets import MISSING
from reviewloop.core.monitoring.descriptors import DESCRIPTORS, describe, text_length, unknown_word_share

EDGES = (0, 30, 40)


def reviews(**columns: list[object]) -> pd.DataFrame:
    rows = {
        "title": ["Lovely", None],
        "text": ["Fits well", "Awful zipper"],
        "department": ["Tops", None],
        "age": [29, 40],
        "prediction": ["positive", "negative"],
    }
    return pd.DataFrame({**rows, **columns}, index=[7, 9])


def test_length_counts_the_words_the_model_reads() -> None:
    assert text_length("Lovely. Fits -- well!") == 3


def test_unknown_words_are_counted_by_occurrence_and_without_regard_to_case() -> None:
    assert unknown_word_share("Fits FITS zipper zipper", {"fits"}) == 0.5


def test_a_text_without_words_has_no_unknown_ones() -> None:
    assert unknown_word_share("?! ...", {"fits"}) == 0.0


def test_each_review_is_described_by_every_column() -> None:
    found = describe(reviews(), {"lovely", "fits", "well"}, EDGES)
    assert tuple(found.columns) == DESCRIPTORS
    assert found.to_dict("list") == {
        "text_length": [3.0, 2.0],
        "unknown_word_share": [0.0, 1.0],
        "prediction": ["positive", "negative"],
        "department": ["Tops", MISSING],
        "age_band": ["0-29", "40+"],
    }


def test_a_frame_read_from_parquet_is_described_alike() -> None:
    typed = reviews().astype({"title": "string", "text": "string", "department": "string", "prediction": "string"})
    pd.testing.assert_frame_equal(describe(typed, {"fits"}, EDGES), describe(reviews(), {"fits"}, EDGES))


def test_a_missing_column_is_named() -> None:
    with pytest.raises(ValueError, match="no column age, prediction"):
        describe(reviews().drop(columns=["age", "prediction"]), set(), EDGES)
