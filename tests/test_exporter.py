"""How the loop stands, for Prometheus: what nobody knows does not look calm."""

import threading
import urllib.request
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import Metric
from prometheus_client.parser import text_string_to_metric_families

from reviewloop import exporter
from reviewloop.adapters import overview
from reviewloop.errors import ConfigError, TransientError
from reviewloop.exporter import PARTS, Loop, Part, serve

ACT = SimpleNamespace(at="2026-01-02T03:04:05+00:00")
VERDICT = {"fired": True, "num_rows": 200, "live_macro_f1": 0.61}


def of(**parts: Any) -> dict[str, Part]:
    """The parts as they are, over these answers of ``adapters.overview``."""
    asked = SimpleNamespace(
        answering=lambda: SimpleNamespace(version="3", act=ACT, trouble=""),
        waiting=lambda: [SimpleNamespace(since="2026-01-03T00:00:00+00:00"), SimpleNamespace(since="2026-01-02T00:00:00+00:00")],
        rollout=lambda: "version 4, stage canary_a",
        landed_days=lambda most: ["2026-01-02"][:most],
        monitored_days=lambda most: [SimpleNamespace(day="2026-01-02", verdict=VERDICT)][:most],
    )
    vars(asked).update(parts)

    def over(part: Part) -> Part:
        def ask() -> Iterator[Metric]:
            with pytest.MonkeyPatch.context() as patch:
                for name, answer in vars(asked).items():
                    patch.setattr(overview, name, answer)
                yield from list(part())

        return ask

    return {name: over(part) for name, part in PARTS.items()}


A_LOOP = of()


def told(loop: Loop) -> dict[str, float]:
    """Series -> value, as Prometheus reads them."""
    registry = CollectorRegistry()
    registry.register(loop)
    families = text_string_to_metric_families(generate_latest(registry).decode())
    return {
        one.name + "".join(f"/{value}" for value in one.labels.values()): one.value for family in families for one in family.samples
    }


def test_the_loop_in_numbers() -> None:
    found = told(Loop(A_LOOP))
    assert found["reviewloop_champion_info/3"] == 1
    assert found["reviewloop_champion_released_timestamp_seconds"] == 1767323045
    assert found["reviewloop_champion_agreed"] == 1
    assert found["reviewloop_waiting"] == 2
    assert found["reviewloop_waiting_oldest_timestamp_seconds"] == 1767312000, "the oldest, whichever is named first"
    assert found["reviewloop_rollout_under_way"] == 1
    assert found["reviewloop_landed_day_timestamp_seconds"] == found["reviewloop_monitored_day_timestamp_seconds"] == 1767312000
    assert (found["reviewloop_monitored_day_moved"], found["reviewloop_monitored_day_macro_f1"]) == (1, 0.61)
    assert {name: found[f"reviewloop_part_up/{name}"] for name in PARTS} == dict.fromkeys(PARTS, 1)


def test_before_the_first_release_there_is_no_version_and_nothing_is_wrong() -> None:
    empty = of(answering=lambda: None, waiting=list, rollout=str, landed_days=lambda _: [], monitored_days=lambda _: [])
    found = told(Loop(empty))
    assert {name for name in found if not name.startswith("reviewloop_part_up")} == {
        "reviewloop_waiting",
        "reviewloop_rollout_under_way",
    }
    assert all(found[f"reviewloop_part_up/{name}"] == 1 for name in PARTS)


def test_a_part_that_cannot_be_looked_up_has_no_values_and_takes_no_other_with_it() -> None:
    def away(*_: object) -> None:
        raise TransientError("the registry does not answer")

    found = told(Loop(of(answering=away)))
    assert found["reviewloop_part_up/champion"] == 0
    assert not [name for name in found if name.startswith("reviewloop_champion")]
    assert found["reviewloop_part_up/monitored"] == 1
    assert found["reviewloop_monitored_day_moved"] == 1


def test_a_day_without_ratings_has_no_macro_f1() -> None:
    day = SimpleNamespace(day="2026-01-02", verdict=VERDICT | {"live_macro_f1": None})
    assert "reviewloop_monitored_day_macro_f1" not in told(Loop(of(monitored_days=lambda _: [day])))


def test_however_many_scrape_the_lake_is_asked_twice_a_minute() -> None:
    asked, clock = [], [0.0]
    parts = of(rollout=lambda: asked.append(1) or "")
    registry = CollectorRegistry()
    registry.register(Loop(parts, now=lambda: clock[0]))
    assert asked == [], "registering asks nothing"
    for seconds in (0, 1, 29):
        clock[0] = float(seconds)
        generate_latest(registry)
    assert len(asked) == 1
    clock[0] = 31.0
    generate_latest(registry)
    assert len(asked) == 2


def test_it_answers_on_this_machine_and_on_others_only_when_told() -> None:
    server, thread = serve("127.0.0.1", 0, is_open=False, loop=Loop(A_LOOP))
    try:
        text = urllib.request.urlopen(f"http://127.0.0.1:{server.server_port}/metrics", timeout=10).read().decode()
        assert 'reviewloop_champion_info{version="3"} 1.0' in text
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
    with pytest.raises(ConfigError, match="--host: 0.0.0.0: others could ask there"):
        serve("0.0.0.0", 0, is_open=False, loop=Loop(A_LOOP))


def test_the_command_says_in_one_line_why_it_cannot_start(capsys: pytest.CaptureFixture[str]) -> None:
    assert exporter.main(["--host", "192.0.2.1"]) == 1
    assert capsys.readouterr().err == (
        "--host: 192.0.2.1: others could ask there, and no key is asked for; listen on 127.0.0.1, or say --open\n"
    )


@pytest.mark.parametrize("port", ["70000", "-1", "http"])
def test_a_port_that_is_none_is_refused_by_name(port: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        exporter.main([f"--port={port}"])
    assert f"--port: '{port}' is no port; give a number from 0 to 65535" in capsys.readouterr().err


def test_ctrl_c_ends_it_without_a_word(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    class Interrupted(threading.Thread):
        def join(self, timeout: float | None = None) -> None:
            raise KeyboardInterrupt

    monkeypatch.setattr(exporter, "serve", lambda *_, **__: (None, Interrupted()))
    assert exporter.main([]) == 0
    assert capsys.readouterr().err == ""
