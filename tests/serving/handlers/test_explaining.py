"""The page, and what explains an answer on it: in a thread that gives way, and in a real browser."""

import threading
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from typing import Any

import pytest
from tests.helpers.browser import heard
from tests.helpers.explained import explain
from tests.helpers.slow_endpoint import Served, until

from reviewloop.errors import PermanentError, Unavailable
from reviewloop.pages.serving.asking import asking_page
from reviewloop.serving import app as room
from reviewloop.serving.handlers.explaining import MAX_EXPLAINED, MAX_WAITING
from reviewloop.serving.inference.companions import Explainers, TrainingWords
from reviewloop.serving.keys import key_digest
from reviewloop.settings import settings

HOSTILE = "<img src=x onerror=\"document.documentElement.dataset.alive='yes'\"> <script>document.title='alive'</script> love"
KEY = "sesame"


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    opened = threading.Event()

    def answer(_: Explainers, __: Any, text: str) -> tuple[str, Any]:
        opened.wait(10)
        return "by hand", explain(text, {"love": 1.5, "img": -1.0})

    monkeypatch.setattr(Explainers, "explain", answer)
    return opened


@pytest.fixture
def explained(gate: threading.Event, request: pytest.FixtureRequest) -> Served:
    served: Served = request.getfixturevalue("served")
    served.model.gate.set()
    return served


def test_each_word_has_its_weight(explained: Served, gate: threading.Event) -> None:
    gate.set()
    found = explained.http.post("/explain", json={"title": "Yes", "text": "love it"}).json()
    assert found["text"] == "Yes. love it"
    assert {found["text"][word["start"] : word["end"]]: word["weight"] for word in found["words"]} == {
        "Yes": 0, ".": 0, "love": 1.5, "it": 0,
    }  # fmt: skip
    assert (found["version"], found["method"], found["sentiment"], found["num_read"]) == ("7", "by hand", "positive", 4)


def test_explanations_wait_for_each_other_up_to_a_limit_and_no_answer_waits_for_them(
    explained: Served, gate: threading.Event
) -> None:
    with ThreadPoolExecutor(MAX_WAITING + 1) as pool:
        asked = [pool.submit(explained.http.post, "/explain", json={"text": "love"}) for _ in range(MAX_WAITING + 1)]
        first, waiting = wait(asked, return_when=FIRST_COMPLETED)
        assert [one.result().status_code for one in first] == [429]
        assert explained.predict("fine").status_code == 200
        assert not any(one.done() for one in waiting)
        gate.set()
        assert {one.result().status_code for one in waiting} == {200}
    assert explained.http.post("/explain", json={"text": "love"}).status_code == 200


@pytest.mark.parametrize(
    ("error", "status", "words"),
    [
        (Unavailable("MLflow: get version 7: no answer"), 503, "no explanation now: Unavailable: MLflow: get version 7: no answer"),
        (PermanentError("other files lie there"), 503, "no explanation now: PermanentError: other files lie there"),
        (RuntimeError("zebra7secret"), 500, "the model could not explain the request"),
    ],
)
def test_what_explains_and_cannot_be_loaded_is_told_in_a_line_and_the_answers_go_on(
    explained: Served, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int, words: str
) -> None:
    def fail(*_: Any) -> Any:
        raise error

    monkeypatch.setattr(Explainers, "explain", fail)
    answer = explained.http.post("/explain", json={"text": "love"})
    assert (answer.status_code, answer.json()) == (status, {"detail": words})
    assert ("retry-after" in answer.headers) == (status == 503)
    assert explained.predict("fine").status_code == 200


def test_an_explanation_that_does_not_come_back_keeps_no_process_from_its_end(explained: Served, gate: threading.Event) -> None:
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(explained.http.post, "/explain", json={"text": "love"})
        until(lambda: any(thread.name.startswith("explain") for thread in threading.enumerate()))
        assert {thread.daemon for thread in threading.enumerate() if thread.name.startswith("explain")} == {True}
        gate.set()
        assert asked.result().status_code == 200


@pytest.mark.parametrize(
    "body", [{"text": ""}, {"text": "\u200b"}, {"text": "x" * (MAX_EXPLAINED + 1)}, {"reviews": []}, [], {"text": 1}]
)
def test_a_wrong_request_is_refused_by_field(explained: Served, body: Any) -> None:
    answer = explained.http.post("/explain", json=body)
    assert answer.status_code == 422
    assert answer.json()["detail"][0]["field"]


def test_a_foreign_text_is_answered_with_notes(explained: Served) -> None:
    def noted(text: str) -> Any:
        return explained.predict(text).json()["predictions"][0]["notes"]

    until(lambda: noted("Das Kleid ist wunderbar, aber viel zu klein") == ["not_english", "unlike_training"])
    assert noted("the dress is lovely but it does not fit me well") == []


def test_the_words_of_a_model_are_fetched_once_and_an_answer_never_waits_for_them(explained: Served) -> None:
    asked, go = list[str](), threading.Event()

    def fetch(version: str) -> frozenset[str]:
        asked.append(version)
        go.wait(10)
        if version == "2":
            raise OSError("the lake is away")
        return frozenset({version})

    def known(version: str) -> Any:
        return type("Known", (), {"version": version, "digest": version})()

    words = TrainingWords(fetch)
    assert [words.of(known("1")) for _ in range(3)] == [None] * 3
    go.set()
    until(lambda: words.of(known("1")) == {"1"})
    assert asked == ["1"]
    assert words.of(known("2")) is None
    until(lambda: asked == ["1", "2"])
    assert words.of(known("1")) == {"1"}


def test_the_page_is_one_file_with_a_strict_policy(explained: Served) -> None:
    answer = explained.http.get("/")
    policy = answer.headers["content-security-policy"]
    assert "unsafe" not in policy
    assert policy.startswith("default-src 'none'")
    assert answer.text == asking_page()[0]
    assert "http" not in answer.text.replace('http-equiv="Content-Security-Policy"', "")


@pytest.fixture
def locked(monkeypatch: pytest.MonkeyPatch) -> None:
    found = settings().model_copy(update={"serve_keys": f"shop:{key_digest(KEY)}"})
    monkeypatch.setattr(room, "settings", lambda: found)


@pytest.mark.contract
@pytest.mark.parametrize("width", [1500, 420])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_in_a_browser_a_hostile_review_is_text_and_the_page_fits(
    explained: Served, gate: threading.Event, browser: Any, width: int, theme: str
) -> None:
    gate.set()
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=theme)
    told = heard(page, explained.port)
    page.goto(f"http://127.0.0.1:{explained.port}/")
    page.fill("#text", HOSTILE)
    page.click("#ask")
    page.wait_for_selector("#words-key:not([hidden])")
    assert page.inner_text("#sentiment") == "positive"
    assert page.inner_text("#words") == HOSTILE
    assert page.inner_text("#version").startswith("Version 7")
    assert page.locator("#shares .bar i").nth(2).evaluate("one => one.style.width") == "50%"
    assert page.evaluate("[document.documentElement.dataset.alive || 'no', document.title, document.images.length]") == [
        "no", "reviewloop: ask the model", 0,
    ]  # fmt: skip
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    assert told == []


@pytest.mark.contract
@pytest.mark.usefixtures("locked")
def test_where_keys_are_asked_for_the_page_asks_and_keeps_the_key_to_itself(
    gate: threading.Event, browser: Any, request: pytest.FixtureRequest
) -> None:
    served: Served = request.getfixturevalue("served")
    served.model.gate.set()
    gate.set()
    page = browser.new_page()
    page.goto(f"http://127.0.0.1:{served.port}/")
    page.wait_for_selector("#key-field:not([hidden])")
    page.fill("#key", "wrong")
    page.click("#ask")
    page.wait_for_selector("#told .fail")
    assert "not one of the endpoint's" in page.inner_text("#told")
    page.fill("#key", KEY)
    page.click("#ask")
    page.wait_for_selector("#words-key:not([hidden])")
    assert page.evaluate("[localStorage.length, sessionStorage.length, document.cookie]") == [0, 0, ""]
    assert KEY not in page.url
