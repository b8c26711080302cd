import re

from fastapi.testclient import TestClient

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
