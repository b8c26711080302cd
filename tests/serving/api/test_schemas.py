import json
from typing import Any

import pytest
from pydantic import ValidationError

from reviewloop.serving.api.schemas import MAX_REVIEWS, MAX_TEXT, PredictRequest, Review, problems


def refusal(body: Any) -> list[dict[str, str]]:
    with pytest.raises(ValidationError) as caught:
        PredictRequest.model_validate(body)
    return problems(caught.value.errors())


def test_the_largest_request_is_accepted() -> None:
    assert len(PredictRequest.model_validate({"reviews": [{"text": "x" * MAX_TEXT}] * MAX_REVIEWS}).reviews) == 256


@pytest.mark.parametrize(
    ("body", "field", "problem"),
    [
        ({}, "reviews", "Field required"),
        ({"reviews": []}, "reviews", "at least 1 item"),
        ({"reviews": [{"text": "x"}] * 257}, "reviews", "at most 256 items"),
        ({"reviews": [{"text": "fine"}, {"text": ""}]}, "reviews.1.text", "at least 1 character"),
        ({"reviews": [{"text": " \n"}]}, "reviews.0.text", "more than white space"),
        ({"reviews": [{"text": "\u200b\u3164"}]}, "reviews.0.text", "cannot be seen"),
        ({"reviews": [{"text": "\ufeff\u00ad\u2800\U000e0041"}]}, "reviews.0.text", "cannot be seen"),
        ({"reviews": [{"title": "x" * 1_001, "text": "x"}]}, "reviews.0.title", "at most 1000 characters"),
        ({"reviews": [{"text": "x" * 10_001}]}, "reviews.0.text", "at most 10000 characters"),
        ({"reviews": [{"title": "no text"}]}, "reviews.0.text", "Field required"),
        ({"reviews": [{"text": "x", "rating": 5}]}, "reviews.0.rating", "not permitted"),
        ({"reviews": [{"text": 7}]}, "reviews.0.text", "valid string"),
    ],
)
def test_a_wrong_request_is_refused_by_field(body: Any, field: str, problem: str) -> None:
    found = refusal(body)
    assert found[0]["field"] == field
    assert problem in found[0]["problem"]


@pytest.mark.parametrize(("title", "read"), [("Nice", "Nice"), (" ", None), ("\u200b", None), ("", None), (None, None)])
def test_a_title_that_shows_nothing_is_none(title: str | None, read: str | None) -> None:
    request = PredictRequest.model_validate({"reviews": [{"title": title, "text": "x"}]})
    assert request.reviews[0].title == read


def test_a_refusal_never_repeats_what_was_sent() -> None:
    assert "secret" not in json.dumps(refusal({"reviews": [{"text": ["secret"]}]}))


def test_a_product_may_be_a_number_and_is_a_name() -> None:
    named = [Review.model_validate({"text": "fine", "product": name}).product for name in (1078, "A-1", None)]
    assert named == ["1078", "A-1", None]
    body = {"reviews": [{"text": "fine", "product": "x" * 201}]}
    assert refusal(body)[0]["field"] == "reviews.0.product"


@pytest.mark.parametrize(
    ("sent", "field", "problem"),
    [
        (
            '{"reviews": [{"text": "fine", "review_id": true}]}',
            "reviews.0.review_id",
            "must be a whole number, and is true or false",
        ),
        ('{"reviews": [{"text": "fine", "review_id": 1e999}]}', "reviews.0.review_id", "finite number"),
        ('{"reviews": [{"text": "fine", "product": 1e999}]}', "reviews.0.product", "a number that a double can hold"),
        ('{"reviews": [{"text": "fine"}], "unit": NaN}', "unit", "a number that a double can hold"),
        ('{"reviews": [{"text": "fine"}], "unit": -Infinity}', "unit", "a number that a double can hold"),
        ('{"reviews": [{"text": "fine"}], "unit": true}', "unit", "valid string"),
    ],
)
def test_what_no_review_and_no_unit_can_be_called_is_refused_by_field(sent: str, field: str, problem: str) -> None:
    with pytest.raises(ValidationError) as caught:
        PredictRequest.model_validate_json(sent)
    (found,) = problems(caught.value.errors())
    assert found["field"] == field
    assert problem in found["problem"]
