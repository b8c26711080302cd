"""Callers who never say what they want: on a real socket, each is let go of in time, and nobody else notices."""

import contextlib
import socket
import time
from collections.abc import Iterator

import pytest
from tests.helpers.slow_endpoint import FOLLOW_SECONDS, Served

from reviewloop.serving.admission.connections import MAX_HEAD_BYTES

PIECE = b"a" * 16_384
MOST = 2_000
"""Pieces, 33 MB: more than both sides' sockets hold."""
QUICK = pytest.mark.parametrize(
    "served", [(lambda _: None, FOLLOW_SECONDS, {"timeout_seconds": 0.5, "keep_alive_seconds": 1})], indirect=True
)
HEAD = b"GET /v2/health/live HTTP/1.1\r\nHost: x\r\n"


@pytest.fixture(autouse=True)
def others(served: Served) -> Iterator[None]:
    served.model.gate.set()
    yield
    assert served.predict("fine").status_code == 200


def ending(connection: socket.socket, seconds: float = 5) -> tuple[bytes, float]:
    """What was answered until the other side closed, and how long that took."""
    began, answer = time.monotonic(), b""
    connection.settimeout(seconds)
    try:
        while piece := connection.recv(65_536):
            answer += piece
    except ConnectionError:
        pass
    return answer, time.monotonic() - began


def num_taken(connection: socket.socket, piece: bytes = PIECE) -> int:
    """How many pieces were sent before the other side had enough."""
    for number in range(MOST):
        try:
            connection.sendall(piece)
        except OSError:
            return number
    return MOST


@pytest.mark.parametrize(
    "begun",
    [
        b"GET /",
        HEAD + b"A: ",
        HEAD,
        b"POST /feedback HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1;",
        b"POST /feedback HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nA: ",
    ],
    ids=["path", "header", "headers", "extension of a chunk", "trailer"],
)
def test_what_is_no_body_and_has_no_end_is_not_kept(served: Served, begun: bytes) -> None:
    piece = b"".join(b"H%d: %s\r\n" % (number, b"b" * 50) for number in range(280)) if begun is HEAD else PIECE
    with served.connected() as connection:
        connection.sendall(begun)
        assert num_taken(connection, piece) < MOST


def test_a_head_that_is_too_long_is_told_so(served: Served) -> None:
    with served.connected() as connection:
        connection.sendall(HEAD + b"A: ")
        connection.settimeout(0.5)
        for _ in range(20):
            connection.sendall(PIECE)  # and no more before it was looked at: what is never read takes the answer with it
            with contextlib.suppress(TimeoutError):
                assert connection.recv(65_536).startswith(b"HTTP/1.1 431 ")
                return
    pytest.fail("it was taken without an end")


@QUICK
@pytest.mark.parametrize("begun", [b"GET /", HEAD, HEAD + b"A"])
def test_a_head_that_does_not_come_to_its_end_is_waited_for_so_long(served: Served, begun: bytes) -> None:
    with served.connected() as connection:
        connection.sendall(begun)
        for _ in range(3):
            time.sleep(0.1)
            connection.sendall(b"b")
        answer, seconds = ending(connection)
        assert (answer, seconds < 1) == (b"", True)


@QUICK
@pytest.mark.parametrize("sent", [b"", b"\r\n"])
def test_a_connection_on_which_nothing_is_asked_ends_like_an_idle_one(served: Served, sent: bytes) -> None:
    with served.connected() as connection:
        connection.sendall(sent)
        answer, seconds = ending(connection)
        assert (answer, 0.5 < seconds < 2) == (b"", True)
    with served.connected() as connection:
        connection.sendall(HEAD + b"\r\n")
        assert connection.recv(65_536).startswith(b"HTTP/1.1 200")
        connection.sendall(sent)
        assert ending(connection)[1] < 2


@QUICK
def test_a_body_that_nobody_reads_is_not_waited_for(served: Served) -> None:
    with served.raw("Content-Length: 1000", path="/nothing") as connection:
        assert connection.recv(65_536).startswith(b"HTTP/1.1 404")
        for _ in range(3):
            time.sleep(0.1)
            connection.sendall(b"b")
        assert ending(connection)[1] < 1


@QUICK
def test_who_asks_again_and_again_is_answered_for_as_long_as_he_likes(served: Served) -> None:
    with served.connected() as connection:
        began = time.monotonic()
        while time.monotonic() - began < 2:
            connection.sendall((HEAD + b"\r\n") * 3)
            answers = b""
            while answers.count(b"HTTP/1.1 200") < 3:
                answers += connection.recv(65_536)
            time.sleep(0.3)


def test_a_large_body_is_no_long_head(served: Served) -> None:
    text = b'{"reviews": [%s]}' % b", ".join([b'{"text": "%s"}' % (b"fine " * 40)] * 400)
    assert len(text) > MAX_HEAD_BYTES
    with served.raw(f"Content-Length: {len(text)}\r\nConnection: close") as connection:
        for start in range(0, len(text), 4_096):
            connection.sendall(text[start : start + 4_096])
            time.sleep(0.001)
        assert ending(connection)[0].startswith(b"HTTP/1.1 422"), "400 reviews are too many, and the body is not"


def test_who_asks_for_http_2_beside_is_answered_in_http_1(served: Served) -> None:
    """Java's client asks for it with every request over plain HTTP; its body comes after its head."""
    body = b'{"reviews": [{"text": "fine"}]}'
    asks = "Connection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA\r\nUpgrade: h2c"
    with served.raw(f"{asks}\r\nContent-Length: {len(body)}") as connection:
        time.sleep(0.1)
        connection.sendall(body)
        assert connection.recv(65_536).startswith(b"HTTP/1.1 200 ")
