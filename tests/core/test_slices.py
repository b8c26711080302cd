"""Slices: who is judged, and by what."""

import pandas as pd
import pytest

from reviewloop.core.slices import facets, slice_marks, worst


def test_every_review_falls_into_one_value_of_each_facet() -> None:
    reviews = pd.DataFrame(
        {
            "text": ["one two", "word " * 30, "word " * 89, "word " * 90],
            "title": ["Nice", None, None, None],
            "department": ["Tops", None, "Tops", "Tops"],
            "division": ["General", "General", None, "General"],
            "age": [18, 30, 59, 60],
        }
    )
    found = facets(reviews, [0, 30, 60])
    assert found["length"].tolist() == ["0-29 words", "30-59 words", "60-89 words", "90+ words"]
    assert found["has_title"].tolist() == ["with title", "without title", "without title", "without title"]
    assert found["department"].tolist() == ["Tops", "(none)", "Tops", "Tops"]
    assert found["division"].tolist() == ["General", "General", "(none)", "General"]
    assert found["age_band"].tolist() == ["0-29", "30-59", "30-59", "60+"]


def test_slices_are_marked_apart_and_ordered_by_size() -> None:
    labels, answers = pd.Series([0, 1, 2, 2, 2]), pd.Series([0, 1, 2, 0, 0])
    found = slice_marks(labels, answers, pd.Series(["a", "a", "a", "b", "b"]))
    assert [(one["value"], one["num_rows"], one["accuracy"], one["macro_f1"]) for one in found] == [("a", 3, 1, 1), ("b", 2, 0, 0)]


def test_a_small_slice_does_not_judge() -> None:
    slices = slice_marks(pd.Series([2] * 60), pd.Series([2] * 57 + [0] * 3), pd.Series(["big"] * 54 + ["small"] * 6))
    assert worst(slices) == pytest.approx({"min_accuracy": 1, "min_macro_f1": 1, "num_judged": 1})
    assert worst(slices, min_rows=5)["min_accuracy"] == 0.5


def test_without_a_slice_large_enough_there_is_no_mark() -> None:
    assert worst(slice_marks(pd.Series([2]), pd.Series([2]), pd.Series(["a"]))) == {}
