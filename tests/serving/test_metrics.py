"""What Prometheus is told: every request once, no label of a caller's making, and next to no time."""

import re
import time

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families
from tests.helpers.slow_endpoint import MAX_BODY, Served, until

from reviewloop.serving.app import create_app
from reviewloop.serving.captures.capture import CaptureState
from reviewloop.serving.inference.scheduler import Load
from reviewloop.serving.metrics import Metrics, Reading, metrics_router


def samples(text: str) -> dict[str, float]:
    """``name{label="value"}`` -> value."""
    found = {}
    for family in text_string_to_metric_families(text):
        for one in family.samples:
            labels = ",".join(f"{name}={value}" for name, value in sorted(one.labels.items()))
            found[f"{one.name.removeprefix('reviewloop_')}{{{labels}}}"] = one.value
    return found


def scraped(served: Served) -> dict[str, float]:
    return samples(served.http.get("/metrics").text)


def test_every_request_is_counted_once_also_one_that_is_refused(served: Served) -> None:
    served.model.gate.set()
    served.predict("fine", "good")
    served.predict("")
    served.predict("unreadable")
    with served.raw(f"Content-Length: {MAX_BODY + 1}") as connection:
        connection.recv(100)
    served.http.get("/no/such/thing")
    until(lambda: "requests_total{route=other,status=4xx}" in scraped(served))
    found = scraped(served)
    counted = {name: value for name, value in found.items() if name.startswith("requests_total{route=/predict")}
    assert counted == {
        "requests_total{route=/predict,status=2xx}": 1,
        "requests_total{route=/predict,status=4xx}": 2,
        "requests_total{route=/predict,status=5xx}": 1,
    }
    assert found["refused_total{reason=too_large}"] == 1
    assert found["refused_total{reason=overloaded}"] == 0
    assert found["reviews_read_total{}"] == 2, "what could not be read was not read"
    assert found["tokens_read_total{}"] == 2
    assert found["wait_seconds_count{}"] == found["request_seconds_count{route=/predict}"] - 2
    assert found["compute_seconds_count{}"] >= 1
    assert found["pass_fill_ratio_count{}"] == found["compute_seconds_count{}"]
    assert found["answers_total{arm=champion,event=answer,outcome=ok}"] == 1
    assert found["answers_total{arm=champion,event=answer,outcome=failed}"] == 1
    assert found["plan_generation{}"] == 1
    assert found["queue_tokens{}"] == 0
    assert found["ready{}"] == 1
    assert found["model_info{arm=champion,digest=d7,kind=baseline,version=7}"] == 1


def test_what_is_shed_is_counted_by_its_reason(served: Served) -> None:
    late = served.predict("too late", **{"X-Request-Timeout": "0.1"})
    assert late.status_code == 504
    assert scraped(served)["refused_total{reason=too_late}"] == 1


def test_a_caller_makes_no_label(served: Served) -> None:
    served.model.gate.set()
    before = set(scraped(served))
    for path in (
        "/a",
        "/b/c",
        "/v2/models/one/infer",
        "/v2/models/two/infer",
        "/v2/models/three",
        "/v2/models/four/ready",
        "/%00",
        "//",
    ):
        served.http.get(path)
        served.http.post(path, json={})
    new = set(re.findall(r"route=(\S+?)(?:,status=\dxx|,le=[^}]+)?}(?:\s|$)", "\n".join(set(scraped(served)) - before)))
    assert new <= {"other", "/v2/models/{name}/infer", "/v2/models/{name}", "/v2/models/{name}/ready", "/metrics", "/"}
    assert "other" in new


@pytest.fixture
def metrics() -> tuple[Metrics, list[Reading]]:
    now: list[Reading] = []
    made = Metrics(1024)
    made.watch(lambda: now[-1])
    return made, now


class Model:
    kind = "transformer"

    def __init__(self, version: str) -> None:
        self.version, self.digest = version, version * 64


def test_a_version_that_answers_no_more_is_gone_and_a_plan_has_its_generation(metrics: tuple[Metrics, list[Reading]]) -> None:
    made, now = metrics
    app = TestClient(app_of(made))
    load, captured = Load(10, 2, 1, 5000.0), CaptureState(3, 2, 1)
    now.append(Reading(load, captured, {"champion": Model("1"), "challenger": Model("2")}, 17, is_ready=False))
    found = samples(app.get("/metrics").text)
    assert {name for name in found if name.startswith("model_info")} == {
        f"model_info{{arm={arm},digest={version * 16},kind=transformer,version={version}}}"
        for arm, version in (("champion", "1"), ("challenger", "2"))
    }
    assert found["plan_generation{}"] == 17
    assert [found[f"captured_records{{state={state}}}"] for state in ("written", "waiting", "dropped")] == [3, 2, 1]
    assert (found["queue_tokens{}"], found["queue_requests{}"], found["ready{}"]) == (10, 2, 0)
    now.append(Reading(load, captured, {"champion": Model("3")}, None, is_ready=True))
    found = samples(app.get("/metrics").text)
    assert [name for name in found if "model_info" in name] == [
        f"model_info{{arm=champion,digest={'3' * 16},kind=transformer,version=3}}"
    ]
    assert "plan_generation{}" not in found


def app_of(made: Metrics) -> FastAPI:

    app = FastAPI()
    app.include_router(metrics_router(made))
    return app


def test_answers_and_shadows_are_told_apart_by_arm_and_outcome() -> None:
    made = Metrics(1024)
    records = [
        {}, {"event": "answer", "arm": "challenger", "status": 200}, {"event": "answer", "arm": "challenger", "status": 500},
        {"event": "shadow", "arm": "challenger", "status": 0}, {"event": "shadow", "arm": "<b>", "status": 200},
        {"event": "feedback"},
    ]  # fmt: skip
    for record in records:
        made.captured(record)
    found = samples(TestClient(app_of(made)).get("/metrics").text)
    assert {name for name, value in found.items() if name.startswith("answers_total") and value == 1} == {
        "answers_total{arm=champion,event=answer,outcome=ok}",
        "answers_total{arm=challenger,event=answer,outcome=ok}",
        "answers_total{arm=challenger,event=answer,outcome=failed}",
        "answers_total{arm=challenger,event=shadow,outcome=dropped}",
        "answers_total{arm=other,event=shadow,outcome=ok}",
    }


def test_two_endpoints_of_one_process_do_not_count_for_each_other() -> None:
    first, second = TestClient(create_app()), TestClient(create_app())
    first.get("/version")
    assert "requests_total{route=/version,status=5xx}" in samples(first.get("/metrics").text)
    assert "requests_total{route=/version,status=5xx}" not in samples(second.get("/metrics").text)


def test_counting_a_request_takes_less_than_a_twentieth_of_a_millisecond() -> None:
    made, num_requests = Metrics(1024), 2_000

    def took() -> float:
        started = time.thread_time()
        for _ in range(num_requests):
            made.answered("/predict", 200, 0.004)
            made.captured({"event": "answer", "arm": "champion", "status": 200})
            made.waited(0.001)
            made.passed(1, 80, 0.003)
        return (time.thread_time() - started) / num_requests

    assert min(took() for _ in range(3)) < 0.05e-3
