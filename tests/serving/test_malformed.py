"""Requests as nobody should send them: each is refused with its reason, none is an error of ours, and none is sent back.

A table by hand, and draws from the endpoint's own OpenAPI document. `make study-malformed` draws a thousand.
"""

import gzip
import json
import os
import socket
from collections.abc import Iterator
from typing import Any, Final

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.helpers.slow_endpoint import Served

DRAWS: Final = int(os.environ.get("REVIEWLOOP_MALFORMED", "40"))
SECRET: Final = "zebra7secret"
"""Stands in every text; no answer may hold it."""
GOOD: Final = b'{"reviews": [{"text": "zebra7secret"}]}'
POSTS: Final = ("/predict", "/explain", "/feedback", "/v2/models/review-sentiment/infer")


def review(**fields: Any) -> bytes:
    return json.dumps({"reviews": [{"text": SECRET, **fields}]}).encode()


def raw(text: str) -> bytes:
    return ('{"reviews": [{"text": "zebra7secret", "title": ' + text + "}]}").encode()


BODIES: Final[dict[str, bytes]] = {
    "empty": b"",
    "space": b" \n",
    "null": b"null",
    "true": b"true",
    "number": b"1",
    "string": b'"zebra7secret"',
    "list": b"[]",
    "object": b"{}",
    "open": b'{"reviews": [',
    "cut": GOOD[:-1],
    "more": GOOD + b"}",
    "two": GOOD + GOOD,
    "comma": b'{"reviews": [],}',
    "comment": b"/* zebra7secret */ {}",
    "single quotes": b"{'reviews': []}",
    "xml": b"<a>zebra7secret</a>",
    "form": b"reviews=zebra7secret",
    "nul": b'{"reviews": [{"text": "zebra7secret\x00"}]}',
    "control": b'{"reviews": [{"text": "a\x01b"}]}',
    "bytes": bytes(range(256)),
    "utf-16": GOOD.decode().encode("utf-16"),
    "utf-32": GOOD.decode().encode("utf-32"),
    "bom": b"\xef\xbb\xbf" + GOOD,
    "latin-1": '{"reviews": [{"text": "zebra7secret é"}]}'.encode("latin-1"),
    "gzip": gzip.compress(GOOD),
    "overlong": b'{"reviews": [{"text": "\xc0\xaf"}]}',
    "surrogate": b'{"reviews": [{"text": "\\ud800"}]}',
    "surrogate pair cut": b'{"reviews": [{"text": "\\ud83dx"}]}',
    "raw surrogate": b'{"reviews": [{"text": "\xed\xa0\x80"}]}',
    "escape": b'{"reviews": [{"text": "\\x41"}]}',
    "nan": raw("NaN"),
    "infinity": raw("Infinity"),
    "minus infinity": raw("-Infinity"),
    "huge number": raw("1" + "0" * 10_000),
    "huge exponent": raw("1e999999"),
    "hex": raw("0x10"),
    "leading zero": raw("01"),
    "plus": raw("+1"),
    "deep lists": raw("[" * 100_000 + "]" * 100_000),
    "deep objects": raw('{"a":' * 50_000 + "1" + "}" * 50_000),
    "deep unclosed": raw("[" * 150_000),
    "duplicate then wrong": b'{"reviews": [{"text": "zebra7secret"}], "reviews": 7}',
    "no text": b'{"reviews": [{"title": "zebra7secret"}]}',
    "text null": review(text=None),
    "text number": review(text=7),
    "text list": review(text=[SECRET]),
    "text object": review(text={"a": SECRET}),
    "text empty": review(text=""),
    "text blank": review(text=" \u200b"),
    "text long": review(text=SECRET * 1_000),
    "title number": review(title=1.5),
    "title long": review(title=SECRET * 100),
    "unknown field": review(zebra7secret=1),
    "unknown top": b'{"reviews": [], "zebra7secret": 1}',
    "reviews object": b'{"reviews": {"0": "zebra7secret"}}',
    "reviews string": b'{"reviews": "zebra7secret"}',
    "no reviews": b'{"reviews": []}',
    "reviews of strings": b'{"reviews": ["zebra7secret"]}',
    "reviews null": b'{"reviews": null}',
    "too many": json.dumps({"reviews": [{"text": "x"}] * 257}).encode(),
    "proto": b'{"__proto__": {"reviews": []}}',
    "unit list": b'{"reviews": [{"text": "a"}], "unit": []}',
    "id negative": review(review_id=-1),
    "id huge": review(review_id=2**63),
    "id float": review(review_id=0.5),
    "day": review(day="2026-02-30"),
    "day number": review(day=float(10**12)),
    "dataset empty": review(dataset=""),
    "many keys": b"{" + b",".join(b'"k%d":1' % number for number in range(10_000)) + b"}",
    "long key": b'{"' + b"k" * 150_000 + b'": 1}',
}
HEADERS: Final[dict[str, dict[str, str]]] = {
    "no type": {},
    "text": {"content-type": "text/plain"},
    "form": {"content-type": "application/x-www-form-urlencoded"},
    "multipart": {"content-type": "multipart/form-data"},
    "odd type": {"content-type": "application/json/json"},
    "comma type": {"content-type": "application/json, text/plain"},
    "type": {"content-type": ";;;"},
    "gzip said": {"content-type": "application/json", "content-encoding": "gzip"},
    "timeout words": {"content-type": "application/json", "x-request-timeout": SECRET},
    "timeout nan": {"content-type": "application/json", "x-request-timeout": "nan"},
    "timeout huge": {"content-type": "application/json", "x-request-timeout": "9" * 400},
    "traceparent": {"content-type": "application/json", "traceparent": SECRET},
    "range": {"content-type": "application/json", "range": "bytes=0-1", "expect": SECRET},
}
BYTES: Final[dict[str, bytes]] = {
    "chunk size": b"POST /predict HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    "two lengths": b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nzebra7secret",
    "length and chunks": b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "length negative": b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
    "length words": b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: zebra7secret\r\n\r\n",
    "length unicode": b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: \xb2\r\n\r\n",
    "no version": b"POST /predict\r\n\r\n",
    "version": b"POST /predict HTTP/9.9\r\nHost: x\r\n\r\n",
    "noise": b"\x16\x03\x01\x02\x00\x01",
    "no host": b"GET /health HTTP/1.1\r\n\r\n",
    "bad header": b"GET /health HTTP/1.1\r\nHost: x\r\n: zebra7secret\r\n\r\n",
    "long path": b"GET /" + b"a" * 60_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    "long header": b"GET /health HTTP/1.1\r\nHost: x\r\nA: " + b"a" * 100_000 + b"\r\n\r\n",
    "target": b"GET http://zebra7secret/ HTTP/1.1\r\nHost: x\r\n\r\n",
    "star": b"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n",
}
METHODS: Final = ("GET", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD", "TRACE", "ZEBRA")
PATHS: Final = (
    "/predict/",
    "//predict",
    "/predict%00",
    "/%2e%2e/etc/passwd",
    "/static-offline-docs/../../etc/passwd",
    "/v2/models//infer",
    "/v2/models/%F0%9F/infer",
    "/v2/models/" + "a" * 5_000,
    "/openapi.json?" + "a" * 5_000,
)


@pytest.fixture(scope="module")
def endpoint(request: pytest.FixtureRequest) -> Iterator[Served]:
    """One for all of this file; its patches hold as long."""
    from tests.helpers import slow_endpoint

    with pytest.MonkeyPatch.context() as patch:
        making = slow_endpoint.served.__wrapped__(patch, request)  # type: ignore[attr-defined]
        found = next(making)
        found.model.gate.set()
        yield found
        next(making, None)


def judge(answer: httpx.Response, *, is_refused: bool) -> None:
    assert answer.status_code < 500, answer.text[:300]
    if is_refused:
        assert answer.status_code >= 400, answer.text[:300]
        assert len(answer.content) < 100_000
    assert SECRET not in answer.text
    assert SECRET not in str(answer.headers)
    assert "Traceback" not in answer.text


def test_the_table_is_long_enough() -> None:
    assert len(BODIES) + len(HEADERS) + len(BYTES) + len(METHODS) + len(PATHS) >= 65


@pytest.mark.parametrize("path", POSTS)
@pytest.mark.parametrize("name", BODIES)
def test_a_body_that_is_wrong_is_refused_on_every_route(endpoint: Served, path: str, name: str) -> None:
    answer = endpoint.http.post(path, content=BODIES[name], headers={"content-type": "application/json"})
    judge(answer, is_refused=True)


@pytest.mark.parametrize("path", POSTS)
@pytest.mark.parametrize("name", HEADERS)
def test_a_header_that_is_wrong_is_no_error_of_ours(endpoint: Served, path: str, name: str) -> None:
    judge(endpoint.http.post(path, content=GOOD, headers=HEADERS[name]), is_refused=path != "/predict")


@pytest.mark.parametrize("path", [*POSTS, "/health", "/metrics", "/"])
@pytest.mark.parametrize("method", METHODS)
def test_another_method_is_none(endpoint: Served, path: str, method: str) -> None:
    judge(endpoint.http.request(method, path, content=GOOD), is_refused=not (method in ("GET", "HEAD") and path not in POSTS))


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_path_that_is_none_is_no_error_of_ours(endpoint: Served, path: str, method: str) -> None:
    judge(endpoint.http.request(method, path, json={}), is_refused=False)


@pytest.mark.parametrize("name", BYTES)
def test_bytes_that_are_no_request_end_with_a_refusal_or_with_the_connection(endpoint: Served, name: str) -> None:
    with socket.create_connection(("127.0.0.1", endpoint.port), timeout=5) as connection:
        try:
            connection.sendall(BYTES[name])
            connection.shutdown(socket.SHUT_WR)
            answer = b"".join(iter(lambda: connection.recv(65_536), b""))
        except OSError:
            answer = b""
    assert not answer.startswith(b"HTTP/1.1 5"), answer[:300]
    assert SECRET.encode() not in answer
    assert endpoint.http.get("/health").status_code == 200


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.just(SECRET),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8) | st.just(SECRET), inner, max_size=4),
    max_leaves=12,
)


def of_schema(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Values that fit ``schema``, and as often ones that nearly do."""
    if "anyOf" in schema:
        return st.one_of(*map(of_schema, schema["anyOf"]))
    if "enum" in schema or "const" in schema:
        return st.sampled_from([*schema.get("enum", [schema.get("const")]), SECRET]) | JSON
    kind = schema.get("type")
    if kind == "object":
        fields = {name: of_schema(field) for name, field in schema.get("properties", {}).items()}
        return st.fixed_dictionaries({}, optional=fields | {SECRET: JSON}) | st.fixed_dictionaries(fields)
    if kind == "array":
        return st.lists(of_schema(schema.get("items", {})), max_size=3) | JSON
    if kind == "string":
        return st.just(SECRET) | st.text(max_size=30) | st.just("x" * (schema.get("maxLength", 50) + 1)) | JSON
    if kind == "integer":
        return st.integers(-2, 3) | st.integers() | JSON
    return JSON


def routes(document: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    posts = [(path, item["post"]) for path, item in document["paths"].items() if "post" in item]
    return [(path, post["requestBody"]["content"]["application/json"]["schema"]) for path, post in posts]


def test_what_is_drawn_from_the_endpoints_own_document_is_no_error_of_ours(endpoint: Served) -> None:
    found = routes(endpoint.http.get("/openapi.json").json())
    assert {path for path, _ in found} >= {"/predict", "/explain", "/feedback"}
    statuses: dict[int, int] = {}

    @settings(max_examples=DRAWS, deadline=None, suppress_health_check=list(HealthCheck), derandomize=DRAWS < 1_000)
    @given(st.data())
    def drawn(data: st.DataObject) -> None:
        path, schema = data.draw(st.sampled_from(found))
        path = path.replace("{name}", data.draw(st.sampled_from(["review-sentiment", "x"]))).replace("{version}", "7")
        body = json.dumps(data.draw(of_schema(schema) | JSON)).encode()
        if data.draw(st.integers(0, 9)) == 0:
            body = body[: data.draw(st.integers(0, len(body)))] + data.draw(st.binary(max_size=8))
        headers = {"content-type": data.draw(st.sampled_from(["application/json", "application/json", "text/plain"]))}
        answer = endpoint.http.post(path, content=body, headers=headers)
        statuses[answer.status_code] = statuses.get(answer.status_code, 0) + 1
        judge(answer, is_refused=False)

    drawn()
    print(f"{sum(statuses.values())} requests: {dict(sorted(statuses.items()))}")
    assert sum(statuses.values()) >= DRAWS
    assert max(statuses) < 500
