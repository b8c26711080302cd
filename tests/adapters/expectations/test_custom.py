"""Our own expectations: what each measures, and that its sentence stands in Data Docs."""

from typing import Any

import pandas as pd
import pytest

from reviewloop.adapters.expectations.suites import SuiteResult, run_suite
from reviewloop.config import load_config
from reviewloop.pages.links import Links

FRAME = pd.DataFrame(
    {
        "text": pd.Series(["I love this dress", "i LOVE this dress!", "aaaaaaaaaaaa", None], dtype="string"),
        "size": [7, 7, 7, 8],
        "recommended": [1, 1, 0, 0],
        "rating": [5, 2, 3, 4],
    }
)


def run(name: str, **kwargs: Any) -> SuiteResult:
    from reviewloop.adapters.expectations import custom

    return run_suite("s", FRAME, [getattr(custom, name)(**kwargs)], "2026-01-02")


READABLE = {"column": "text", **load_config("test").quality.readable.model_dump(mode="json")}
REPEATED = "ExpectColumnRepeatedTextShareToBeAtMost"
TOP = "ExpectColumnTopValueShareToBeAtMost"
AGREES = {"column_A": "recommended", "column_B": "rating"}


@pytest.mark.parametrize(
    ("name", "kwargs", "observed"),
    [
        ("ExpectColumnValuesToBeReadable", READABLE, "1 of 4 rows fail (25.0%), such as aaaaaaaaaaaa"),
        (REPEATED, {"column": "text", "max_value": 0.3}, "0.333"),
        (TOP, {"column": "size", "max_value": 0.7}, "0.750"),
        ("ExpectRecommendationToAgreeWithRating", AGREES, "2 of 4 rows fail (50.0%), such as (1, 2), (0, 4)"),
    ],
)
def test_it_fails_and_says_what_it_saw(name: str, kwargs: dict[str, Any], observed: str) -> None:
    (check,) = run(name, **kwargs).checks
    assert (check.success, check.observed) == (False, observed)


@pytest.mark.parametrize(
    ("name", "kwargs"),
    [
        ("ExpectColumnValuesToBeReadable", {**READABLE, "mostly": 0.6}),
        (REPEATED, {"column": "text", "max_value": 0.34}),
        (TOP, {"column": "size", "max_value": 0.75}),
        ("ExpectRecommendationToAgreeWithRating", {**AGREES, "mostly": 0.5}),
    ],
)
def test_it_holds_up_to_its_allowance(name: str, kwargs: dict[str, Any]) -> None:
    assert run(name, **kwargs).failed == []


@pytest.mark.parametrize(
    ("name", "kwargs", "sentences"),
    [
        ("ExpectColumnValuesToBeReadable", READABLE, ["must be readable", "0.6"]),
        (REPEATED, {"column": "text", "max_value": 0.34}, ["share of repeated texts must be at most", "0.34"]),
        (TOP, {"column": "size", "max_value": 0.75}, ["share of the commonest value must be at most", "0.75"]),
        ("ExpectRecommendationToAgreeWithRating", AGREES, ["must not contradict"]),
    ],
)
def test_data_docs_say_what_is_asked(name: str, kwargs: dict[str, Any], sentences: list[str]) -> None:
    page = run(name, **kwargs).page(Links(3))
    assert all(sentence in page for sentence in sentences)
    assert "expect_column" not in page.split("</head>")[1], "its type's name alone would mean that no sentence was rendered"
