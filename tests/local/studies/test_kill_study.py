"""A small draw of the study: what it promises, and that it notices a promise that is broken."""

from pathlib import Path

import pytest

from reviewloop_local.loop.display import new_console
from reviewloop_local.studies.kill_study import Kills, report, study


@pytest.mark.slow
def test_two_kills_cost_no_acknowledged_answer_outside_one_window(tmp_path: Path) -> None:
    kills = study(tmp_path, num_kills=2)
    assert len(kills.answered) > 20
    assert len({record["spool"] for record in kills.records}) == 2
    assert all(before < 1 for before in kills.lost()), "on an idle machine 50 ms; a busy one wakes the writer late"
    assert not list((tmp_path / "work" / "captures").iterdir()), "what the last one left was shipped"


def record(seq: int, request_id: str) -> dict[str, object]:
    return {"spool": "s", "seq": seq, "dropped": 0, "event": "answer", "request_id": request_id}


def test_a_broken_promise_is_noticed() -> None:
    console = new_console()
    assert report(console, Kills({"a": 2.0, "b": 0.01}, 1, [record(1, "a")]))
    assert not report(console, Kills({"a": 2.0, "b": 2.0}, 1, [record(1, "a")])), "b was acknowledged and is nowhere"
    assert not report(console, Kills({"a": 2.0}, 1, [record(1, "a"), record(3, "c")])), "the second number is missing"
    assert not report(console, Kills({}, 1, [])), "nobody was answered"
