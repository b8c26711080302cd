"""The page to try the endpoint on: whole without the internet, and of use in a real browser."""

import re
from typing import Any

import pytest
from fastapi.testclient import TestClient
from tests.helpers.browser import heard
from tests.helpers.slow_endpoint import Served

from reviewloop.serving.api.schemas import PredictRequest
from reviewloop.serving.app import create_app


def test_the_page_to_try_the_endpoint_needs_nothing_from_elsewhere():
    client = TestClient(create_app())  # not entered: no model is loaded

    page = client.get("/docs")

    assert page.status_code == 200
    assert "//" not in page.text.replace("<!-- `SwaggerUIBundle` is now available on the page -->", "")
    places = [*re.findall(r"(?:src|href)=[\"']([^\"']+)", page.text), "/openapi.json"]
    assert len(places) == 4  # script, style, icon
    for place in places:
        assert place.startswith("/")
        assert client.get(place).status_code == 200, place
    model = "/v2/models/{name}"
    assert client.get("/openapi.json").json()["paths"].keys() == {
        "/predict", "/explain", "/feedback", "/health", "/version", "/metrics", "/v2", "/v2/health/live", "/v2/health/ready",
        *(f"{path}{end}" for path in (model, f"{model}/versions/{{version}}") for end in ("", "/ready", "/infer")),
    }  # fmt: skip


def test_the_request_that_the_page_offers_is_a_review_and_is_accepted():
    paths = TestClient(create_app()).get("/openapi.json").json()["paths"]
    schema = paths["/predict"]["post"]["requestBody"]["content"]["application/json"]["schema"]

    (offered,) = schema["examples"]

    (review,) = PredictRequest.model_validate(offered).reviews
    assert review.title
    assert len(review.text.split()) > 5


@pytest.mark.contract
def test_in_a_browser_the_offered_review_can_be_tried_and_nothing_comes_from_elsewhere(served: Served, browser: Any) -> None:
    served.model.gate.set()
    page = browser.new_page()
    told = heard(page, served.port)
    page.goto(f"http://127.0.0.1:{served.port}/docs")
    predict = page.locator(".opblock-post", has=page.locator('[data-path="/predict"]'))
    predict.locator(".opblock-summary-control").click()
    assert "Read 1 to 256 reviews" in predict.inner_text()
    predict.locator(".try-out__btn").click()
    predict.locator(".execute").click()
    answer = predict.locator(".live-responses-table .response").first
    answer.wait_for()
    assert answer.locator(".response-col_status").inner_text().split()[0] == "200"
    assert '"sentiment": "positive"' in answer.inner_text()
    (record,) = served.captured
    assert record["reviews"][0]["text"].startswith("I love the color, but the zipper broke"), "as it was offered"
    assert told == []
