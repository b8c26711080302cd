"""A small draw of the study: what it promises, and that it notices a promise that is broken."""

from pathlib import Path

import pytest
from tests.helpers.needed import program

from reviewloop_local.loop.display import new_console
from reviewloop_local.studies.drain_study import Seen, report, study

pytestmark = pytest.mark.slow


def test_behind_a_load_balancer_a_restart_costs_no_request(tmp_path: Path) -> None:
    seen = study(program("haproxy"), tmp_path, num_requests=300, num_restarts=1, hidden=32, pause=0.2)
    assert (seen.failed, seen.statuses) == ([], [0])
    assert seen.num_captured == seen.num_answers >= 300


@pytest.mark.parametrize("seen", [Seen(9, ["502: "], [0], 9), Seen(9, [], [0, 1], 9), Seen(9, [], [0], 8)])
def test_a_broken_promise_is_noticed(seen: Seen) -> None:
    assert not report(new_console(), seen)
    assert report(new_console(), Seen(9, [], [0, 0], 9))
