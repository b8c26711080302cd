"""A real uvicorn around a model that takes its time: what is refused, what nobody waits for, what goes on meanwhile."""

import contextlib
import gzip
import json
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psutil
import pytest
from tests.helpers.slow_endpoint import FOLLOW_SECONDS, MAX_BODY, Served, until

from reviewloop.serving import app
from reviewloop.serving.api.schemas import problems


def test_a_body_that_declares_too_much_is_refused_unread(served: Served) -> None:
    with served.raw(f"Content-Length: {MAX_BODY + 1}") as connection:
        assert connection.recv(4096).startswith(b"HTTP/1.1 413 ")


def test_a_body_that_declares_nothing_is_refused_as_soon_as_it_is_too_much(served: Served) -> None:
    chunk = b"10000\r\n" + b"x" * 65_536 + b"\r\n"
    with served.raw("Transfer-Encoding: chunked") as connection:
        with contextlib.suppress(OSError):
            for _ in range(4):
                connection.sendall(chunk)
        assert connection.recv(4096).startswith(b"HTTP/1.1 413 ")
    served.model.gate.set()
    assert served.predict("fine").status_code == 200


def test_of_a_body_without_an_end_no_more_is_held_than_one_may_be(served: Served) -> None:
    chunk = b"10000\r\n" + b"x" * 65_536 + b"\r\n"
    before = psutil.Process().memory_info().rss
    with served.raw("Transfer-Encoding: chunked") as connection, contextlib.suppress(OSError):
        for _ in range(1500):
            connection.sendall(chunk)
    assert psutil.Process().memory_info().rss - before < 50_000_000, "of 98 MB"
    served.model.gate.set()
    assert served.predict("fine").status_code == 200


def test_all_bodies_together_are_bounded(served: Served) -> None:
    half = b'{"reviews": [{"text": "' + b"x" * 150_000
    with contextlib.ExitStack() as open_ones:
        for _ in range(3):
            open_ones.enter_context(served.raw(f"Content-Length: {MAX_BODY}", half))
        time.sleep(0.3)
        with served.raw(f"Content-Length: {MAX_BODY}") as connection:
            assert connection.recv(4096).startswith(b"HTTP/1.1 429 ")
    served.model.gate.set()
    until(lambda: served.predict("fine").status_code == 200)


@pytest.mark.parametrize("served", [(lambda _: None, FOLLOW_SECONDS, {"timeout_seconds": 0.5})], indirect=True)
@pytest.mark.parametrize("path", ["/predict", "/explain", "/feedback"])
def test_a_body_that_does_not_come_takes_room_for_as_long_as_an_answer_may_take(served: Served, path: str) -> None:
    served.model.gate.set()
    with contextlib.ExitStack() as open_ones:
        stalled = [open_ones.enter_context(served.raw("Content-Length: 166000", b"x" * 165_000, path)) for _ in range(3)]
        for connection in stalled:
            assert connection.recv(4096).startswith(b"HTTP/1.1 504 ")
        assert served.predict("y" * 9000).status_code == 200


@pytest.mark.parametrize("many", [1, 30])
def test_under_overload_single_and_list_requests_are_refused_alike_with_a_time_to_come_again(served: Served, many: int) -> None:
    with ThreadPoolExecutor(60) as pool:
        asked = [pool.submit(served.predict, *["x" * 90] * many) for _ in range(60)]
        until(lambda: any(one.done() for one in asked))
        assert served.http.get("/health").status_code == 200  # whoever watches it is not refused
        served.model.gate.set()
        answers = [one.result() for one in asked]
    statuses = {answer.status_code for answer in answers}
    assert statuses == {200, 429}
    assert all(int(answer.headers["retry-after"]) >= 1 for answer in answers if answer.status_code == 429)
    assert "try again in" in next(answer for answer in answers if answer.status_code == 429).json()["detail"]
    num_answered = sum(answer.status_code == 200 for answer in answers)
    assert len(served.model.read) == num_answered * many
    until(lambda: len(served.captured) == num_answered)


@pytest.mark.parametrize("served", [(lambda _: None, FOLLOW_SECONDS, {"max_wait_ms": 1000.0})], indirect=True)
def test_what_nobody_waits_for_is_never_read(served: Served) -> None:
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(served.predict, "the first")
        assert served.model.reading.wait(10)
        body = json.dumps({"reviews": [{"text": "hung up"}]}).encode()
        gone = [served.raw(f"Content-Length: {len(body)}", body) for _ in range(100)]
        until(lambda: served.waiting() == 100)
        for connection in gone:
            connection.close()
        until(lambda: served.waiting() == 0)
        late = served.predict("too late", **{"X-Request-Timeout": "0.2"})
        assert (late.status_code, late.json()["detail"]) == (504, "no answer within 0.2 s")
        served.model.gate.set()
        assert first.result().status_code == 200
    assert served.predict("afterwards").status_code == 200
    assert served.model.read == ["the first", "afterwards"]
    until(lambda: len(served.captured) == 3)
    assert [record["status"] for record in served.captured] == [504, 200, 200]


@pytest.mark.parametrize("given", ["0", "-1", "soon", "nan", "inf", "21"])
def test_a_timeout_that_is_none_is_refused_by_name(served: Served, given: str) -> None:
    answer = served.predict("fine", **{"X-Request-Timeout": given})
    assert answer.status_code == 422
    (problem,) = answer.json()["detail"]
    assert problem == {"field": "x-request-timeout", "problem": "must be a number of seconds above 0 and at most 20"}


def test_a_body_that_does_not_say_it_is_json_is_refused(served: Served) -> None:
    served.model.gate.set()
    body = b'{"reviews": [{"text": "fine"}]}'
    for media, status in (("text/plain", 415), ("application/json; charset=utf-8", 200), ("application/vnd.api+json", 200)):
        assert served.http.post("/predict", content=body, headers={"content-type": media}).status_code == status


@pytest.mark.parametrize(("begun", "ended"), [(b"{", b"}"), (b'{"reviews": [{"text": "fine", ', b"}]}")])
def test_a_body_of_thousands_of_faults_is_not_listed_fault_by_fault(
    served: Served, monkeypatch: pytest.MonkeyPatch, begun: bytes, ended: bytes
) -> None:
    listed: list[int] = []

    def noted(errors: list[Any]) -> Any:
        listed.append(len(errors))
        return problems(errors)

    monkeypatch.setattr(app, "problems", noted)
    body = begun + b",".join(b'"k%d":1' % number for number in range(15_000)) + ended
    answer = served.http.post("/predict", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 422
    (problem,) = answer.json()["detail"]
    assert problem["field"] == "body"
    assert problem["problem"].startswith("has 15,00")
    assert listed == [1]
    served.model.gate.set()
    assert served.predict("fine").status_code == 200


def test_a_packed_body_is_told_to_come_unpacked(served: Served) -> None:
    served.model.gate.set()
    body, headers = (
        gzip.compress(b'{"reviews": [{"text": "fine"}]}'),
        {"content-type": "application/json", "content-encoding": "gzip"},
    )
    refused = served.http.post("/predict", content=body, headers=headers)
    assert (refused.status_code, refused.json()) == (415, {"detail": "content-encoding: is not taken; send the JSON as it is"})
    taken = served.http.post("/predict", content=gzip.decompress(body), headers={**headers, "content-encoding": "Identity"})
    assert taken.status_code == 200


def test_a_text_that_the_model_cannot_read_is_an_error_of_its_own_request(served: Served) -> None:
    with ThreadPoolExecutor(3) as pool:
        asked = [pool.submit(served.predict, text) for text in ("fine", "unreadable", "good")]
        time.sleep(0.3)
        served.model.gate.set()
        assert [one.result().status_code for one in asked] == [200, 500, 200]


def test_deeply_nested_json_is_a_refusal_and_not_an_error(served: Served) -> None:
    body = b'{"reviews": ' + b"[" * 50_000 + b"]" * 50_000 + b"}"
    answer = served.http.post("/predict", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 422
    assert "recursion limit" in answer.json()["detail"][0]["problem"]
