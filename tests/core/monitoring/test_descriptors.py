import pandas as pd
import pytest
from tests.helpers.contracts import with_ages

from reviewloop.config import OWN_COLUMNS
from reviewloop.core.facets import MISSING
from reviewloop.core.monitoring.descriptors import describe, text_length, unknown_word_share
from reviewloop.errors import PermanentError

CONTRACT = with_ages(0, 30, 40)


def reviews(**columns: list[object]) -> pd.DataFrame:
    rows = {
        "title": ["Lovely", None],
        "text": ["Fits well", "Awful zipper"],
        "department": ["Tops", None],
        "division": "General",
        "class_name": ["Knits", "Jeans"],
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
    found = describe(reviews(), {"lovely", "fits", "well"}, CONTRACT)
    assert list(found.columns) == [*OWN_COLUMNS, *CONTRACT.facets]
    assert found.to_dict("list") == {
        "text_length": [3.0, 2.0],
        "unknown_word_share": [0.0, 1.0],
        "prediction": ["positive", "negative"],
        "department": ["Tops", MISSING],
        "age_band": ["0-29", "40+"],
        "division": ["General", "General"],
        "class_name": ["Knits", "Jeans"],
    }


def test_a_frame_read_from_parquet_is_described_alike() -> None:
    typed = reviews().astype({"title": "string", "text": "string", "department": "string", "prediction": "string"})
    pd.testing.assert_frame_equal(describe(typed, {"fits"}, CONTRACT), describe(reviews(), {"fits"}, CONTRACT))


def test_a_missing_column_is_named() -> None:
    with pytest.raises(PermanentError, match="no column age, which the contract womens_clothing has"):
        describe(reviews().drop(columns=["age"]), set(), CONTRACT)
