"""Who may ask, and how a process ends without anybody noticing."""

import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from fastapi import FastAPI
from tests.helpers.slow_endpoint import FOLLOW_SECONDS, Served, until

from reviewloop.config import load_config
from reviewloop.errors import ConfigError, TransientError
from reviewloop.serving import app
from reviewloop.serving.__main__ import check_exposure, configured, main
from reviewloop.serving.keys import key_digest, parse_keys
from reviewloop.settings import settings

ALB_IDLE_SECONDS = 60
KEY = "wAq3vXr8Zk1uJm5sYt0bNc7dLf2gHp9eRi6oQx4-_Ea"


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.7", "example.org", ""])
def test_others_may_not_ask_without_a_key_unless_somebody_says_so(host: str) -> None:
    with pytest.raises(ConfigError, match="--host: .*: others could ask there, and no key is asked for"):
        check_exposure(host, has_keys=False, is_open=False)
    check_exposure(host, has_keys=True, is_open=False)
    check_exposure(host, has_keys=False, is_open=True)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "localhost"])
def test_this_machine_may(host: str) -> None:
    check_exposure(host, has_keys=False, is_open=False)


def test_the_process_refuses_to_start_in_the_open_with_one_line() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "reviewloop.serving", "--host", "0.0.0.0", "--port", "0"],
        text=True, capture_output=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].startswith("reviewloop: --host: 0.0.0.0: others could ask there")


@pytest.mark.parametrize(
    ("option", "value", "line"),
    [
        ("--port", "70000", "'70000' is no port; give a number from 0 to 65535"),
        ("--port", "-1", "is no port"),
        ("--port", "http", "is no port"),
        ("--follow-seconds", "nan", "'nan' is no such time; give a number of seconds above 0, at most 3600"),
        ("--follow-seconds", "0", "is no such time"),
        ("--follow-seconds", "-1", "is no such time"),
        ("--follow-seconds", "soon", "is no such time"),
    ],
)
def test_an_option_that_cannot_be_is_refused_by_name(
    option: str, value: str, line: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["serving", f"{option}={value}"])
    with pytest.raises(SystemExit, match="2"):
        main()
    told = capsys.readouterr().err
    assert f"{option}: " in told
    assert line in told


def test_an_idle_connection_outlives_that_of_the_load_balancer_before_it() -> None:
    limits = load_config("aws").serving
    assert configured(FastAPI(), "127.0.0.1", 8000, limits).timeout_keep_alive == limits.keep_alive_seconds > ALB_IDLE_SECONDS


def test_a_key_is_known_by_its_digest_and_named_by_its_entry() -> None:
    keys = parse_keys(f" shop:{key_digest(KEY)} , app-2:{key_digest('other')},")
    assert keys.holder(f"Bearer {KEY}") == "shop"
    assert keys.holder("bearer other") == "app-2"
    for wrong in (None, "", KEY, f"Basic {KEY}", "Bearer", f"Bearer {KEY}x", f"Bearer {key_digest(KEY)}"):
        assert keys.holder(wrong) is None, wrong
    assert not parse_keys("")


@pytest.mark.parametrize("entry", ["shop", "shop:" + "0" * 63, "Shop:" + "0" * 64, f"shop={key_digest('a')}", f"shop:{KEY}"])
def test_an_entry_that_is_none_is_refused_by_its_place_and_never_repeated(entry: str) -> None:
    with pytest.raises(ConfigError, match="REVIEWLOOP_SERVE_KEYS: entry 2 is not a name, a colon") as caught:
        parse_keys(f"first:{key_digest('a')},{entry}")
    assert KEY not in str(caught.value)
    with pytest.raises(ConfigError, match="first is there twice"):
        parse_keys(f"first:{key_digest('a')},first:{key_digest('b')}")


def test_the_command_makes_a_key_that_its_entry_takes() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "reviewloop.serving.keys", "shop"], text=True, capture_output=True, check=True, timeout=60
    )
    key, entry = done.stdout.split("Bearer ")[1].split()[0], done.stdout.split()[-1]
    assert parse_keys(entry).holder(f"Bearer {key}") == "shop"


@pytest.fixture
def locked(monkeypatch: pytest.MonkeyPatch) -> None:
    found = settings().model_copy(update={"serve_keys": f"shop:{key_digest(KEY)}"})
    monkeypatch.setattr(app, "settings", lambda: found)


@pytest.mark.usefixtures("locked")
def test_nothing_but_its_health_is_told_to_who_has_no_key(request: pytest.FixtureRequest, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    served: Served = request.getfixturevalue("served")
    served.model.gate.set()
    for path in ("/health", "/version", "/docs", "/openapi.json", "/nothing"):
        assert served.http.get(path).status_code == 401, path
    refused = served.predict("fine")
    assert (refused.status_code, refused.headers["www-authenticate"]) == (401, "Bearer")
    assert served.predict("fine", authorization="Bearer wrong").status_code == 401
    assert served.predict("fine", authorization=f"Bearer {KEY}").status_code == 200
    for path in ("/v2/health/live", "/v2/health/ready"):
        assert served.http.get(path).status_code == 200, path
    (record,) = served.captured
    assert record["caller"] == "shop"
    told = f"{record} {caplog.text}"
    assert KEY not in told
    assert key_digest(KEY) not in told


def test_told_to_end_it_says_so_and_answers_until_nothing_is_sent_to_it_any_more(served: Served) -> None:
    assert served.http.get("/v2/health/ready").json() == {"ready": True}
    with ThreadPoolExecutor(2) as pool:
        running = pool.submit(served.predict, "asked before")
        assert served.model.reading.wait(10)
        served.server.handle_exit(signal.SIGTERM, None)
        not_ready = served.http.get("/v2/health/ready")
        assert (not_ready.status_code, not_ready.json()) == (503, {"ready": False})
        assert not_ready.headers["connection"] == "close"
        assert served.http.get("/v2/health/live").json() == {"live": True}
        after = pool.submit(served.predict, "sent here all the same")
        time.sleep(0.2)
        served.model.gate.set()
        assert [running.result().status_code, after.result().status_code] == [200, 200]

    def ended() -> bool:
        try:
            served.http.get("/v2/health/live")
        except httpx.TransportError:
            return True
        return False

    until(ended)
    assert len(served.captured) == 2


def test_a_ledger_or_a_registry_that_is_away_makes_nobody_unready(served: Served) -> None:
    served.model.gate.set()

    def is_well() -> bool:
        return served.http.get("/v2/health/ready").status_code == served.predict("fine").status_code == 200

    served.followed.error = TransientError("the lake is away")
    until(lambda: "the lake is away" in (served.http.get("/health").json()["reason"] or ""))
    assert is_well()
    served.followed.error = None
    until(lambda: served.http.get("/health").json()["reason"] is None)
    served.followed.answers.clear()
    time.sleep(3 * FOLLOW_SECONDS)
    assert is_well(), "a look at the registry hangs"
    served.followed.answers.set()


def test_a_champion_whose_passes_do_not_come_back_is_not_ready_until_they_do(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app, "HANGS_SECONDS", 0.3)
    with ThreadPoolExecutor(1) as pool:
        hung = pool.submit(served.predict, "hangs")
        until(lambda: served.http.get("/v2/health/ready").status_code == 503, seconds=5)
        health = served.http.get("/health")
        assert (health.status_code, health.json()["status"]) == (503, "unavailable")
        assert "no pass of the champion's has come back" in health.json()["reason"]
        assert served.http.get("/v2/health/live").status_code == 200
        served.model.gate.set()
        assert hung.result().status_code == 200
    until(lambda: served.http.get("/v2/health/ready").status_code == 200)
    assert served.http.get("/health").status_code == 200


def test_a_second_signal_ends_it_at_once(served: Served) -> None:
    served.server.handle_exit(signal.SIGTERM, None)
    assert not served.server.should_exit
    served.server.handle_exit(signal.SIGTERM, None)
    assert served.server.should_exit
