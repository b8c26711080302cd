"""A notice over HTTP, as its receiver sees and verifies it."""

import base64
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError
from tests.helpers.rollouts import PROMOTED, ledger

from reviewloop.adapters.alerts import signed_webhook
from reviewloop.core.alerts.notices import notice_of
from reviewloop.errors import ConfigError, TransientError

OLD, NEW = ("whsec_" + base64.b64encode(bytes([place]) * 24).decode() for place in (1, 2))
NOTICE = notice_of(ledger(PROMOTED)[0])


class Server:
    """A receiver on this machine, that answers as it is told to."""

    def __init__(self) -> None:
        self.requests: list[tuple[dict[str, str], bytes]] = []
        self.status, self.location, self.hangs = 200, "", threading.Event()
        self.hangs.set()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                outer.requests.append(({name.lower(): value for name, value in self.headers.items()}, body))
                outer.hangs.wait(5)
                self.send_response(outer.status)
                if outer.location:
                    self.send_header("location", outer.location)
                self.end_headers()

            do_GET = do_POST  # noqa: N815 (the standard library's names)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                """Nothing is logged."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/notices"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    made = Server()
    yield made
    made.hangs.set()
    made.server.shutdown()
    made.server.server_close()


def test_the_receiver_s_own_library_verifies_it(server: Server) -> None:
    signed_webhook.post(server.url, NEW, NOTICE)
    ((headers, body),) = server.requests
    assert Webhook(NEW).verify(body, headers) == json.loads(body)
    assert headers["webhook-id"] == NOTICE.id
    with pytest.raises(WebhookVerificationError):
        Webhook(NEW).verify(body.replace(b"promoted", b"rejected"), headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(OLD).verify(body, headers)


def test_while_the_secret_is_exchanged_both_verify_it(server: Server) -> None:
    signed_webhook.post(server.url, f"{NEW} {OLD}", NOTICE)
    ((headers, body),) = server.requests
    for secret in (NEW, OLD):
        Webhook(secret).verify(body, headers)


@pytest.mark.parametrize("status", [301, 400, 410, 500, 503])
def test_what_is_no_2xx_was_not_taken(server: Server, status: int) -> None:
    server.status = status
    with pytest.raises(TransientError, match=f"the receiver answered {status}"):
        signed_webhook.post(server.url, NEW, NOTICE)


@pytest.mark.parametrize("status", [302, 307, 308])
def test_a_redirect_is_not_followed_to_an_address_inside(server: Server, status: int) -> None:
    inside = Server()
    server.status, server.location = status, inside.url
    with pytest.raises(TransientError, match=f"answered {status}"):
        signed_webhook.post(server.url, NEW, NOTICE)
    assert (len(server.requests), inside.requests) == (1, [])
    inside.server.shutdown()
    inside.server.server_close()


def test_a_receiver_that_hangs_is_left(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    import httpx

    monkeypatch.setattr(signed_webhook, "_SECONDS", 0.2)
    server.hangs.clear()
    with pytest.raises(httpx.TimeoutException):
        signed_webhook.post(server.url, NEW, NOTICE)


@pytest.mark.parametrize("url", ["http://receiver.example/x", "ftp://receiver.example", "receiver.example"])
def test_another_machine_is_told_by_https_alone(url: str) -> None:
    with pytest.raises(ConfigError, match="REVIEWLOOP_NOTICE_WEBHOOK: https is needed"):
        signed_webhook.post(url, NEW, NOTICE)


@pytest.mark.parametrize(
    "secret", ["", " ", "whsec_!", "whsec_", "a", "whsec_YWJj", f"{OLD}!!", OLD.removeprefix("whsec_"), f"{NEW} whsec_YWJj"]
)
def test_nothing_goes_out_unsigned(server: Server, secret: str) -> None:
    with pytest.raises(ConfigError, match="REVIEWLOOP_NOTICE_SECRET: needs whsec_"):
        signed_webhook.post(server.url, secret, NOTICE)
    assert server.requests == []
