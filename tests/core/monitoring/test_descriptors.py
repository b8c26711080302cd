import pandas as pd
from tests.helpers.contracts import with_ages

from reviewloop.core.facets import MISSING
from reviewloop.core.monitoring.descriptors import NUMBERS, describe, oddities, text_length, unknown_word_share

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
    assert list(found.columns) == [*NUMBERS, "title", *CONTRACT.facets]
    assert found.to_dict("list") == {
        "text_length": [3.0, 2.0],
        "unknown_word_share": [0.0, 1.0],
        "title": ["(given)", MISSING],
        "department": ["Tops", MISSING],
        "age_band": ["0-29", "40+"],
        "division": ["General", "General"],
        "class_name": ["Knits", "Jeans"],
    }
    assert oddities(reviews(), CONTRACT, "the day") == {}


def test_a_frame_read_from_parquet_is_described_alike() -> None:
    typed = reviews().astype({"title": "string", "text": "string", "department": "string"})
    pd.testing.assert_frame_equal(describe(typed, {"fits"}, CONTRACT), describe(reviews(), {"fits"}, CONTRACT))


def test_a_column_without_any_value_is_described_as_missing() -> None:
    empty = reviews().assign(department=pd.array([None, None], dtype="string"))
    assert describe(empty, {"fits"}, CONTRACT)["department"].tolist() == [MISSING, MISSING]
    assert oddities(empty, CONTRACT, "the day") == {}


def test_a_missing_column_is_named_and_the_others_are_described() -> None:
    short = reviews().drop(columns=["age"])
    assert "age_band" not in describe(short, set(), CONTRACT).columns
    told = {"age_band": "the day has no column age, which the contract womens_clothing has as a facet"}
    assert oddities(short, CONTRACT, "the day") == told


def test_what_is_no_number_counts_as_missing_and_is_counted() -> None:
    odd = reviews(age=["29", "old"])
    assert describe(odd, set(), CONTRACT)["age_band"].tolist() == ["0-29", MISSING]
    assert oddities(odd, CONTRACT, "the day")["age_band"].startswith("1 values of age in the day are no numbers")


def test_a_category_that_came_as_a_number_is_read_as_text_and_named() -> None:
    odd = reviews(department=[7, None])
    assert describe(odd, set(), CONTRACT)["department"].tolist() == ["7.0", MISSING]
    assert oddities(odd, CONTRACT, "the day")["department"] == "values of department in the day are no text (float64)"
