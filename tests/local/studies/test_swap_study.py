"""A small draw of the study: what it promises, and that it notices a promise that is broken."""

from pathlib import Path

import pytest

from reviewloop_local.loop.display import new_console
from reviewloop_local.studies.swap_study import Seen, Swaps, report, study

pytestmark = pytest.mark.slow


def test_a_small_draw_keeps_the_promises(tmp_path: Path) -> None:
    seen, swaps = study(tmp_path, num_requests=500, num_swaps=4, hidden=64)
    assert (seen.failed, seen.wrong) == ([], [])
    assert len(seen.answers) >= 500
    assert len(swaps.at) == 4
    assert len({key for _, _, key in seen.answers}) == 5
    assert {version for _, _, (version, _) in seen.answers} == {"0", "1", "2", "3"}, "one number had two models"


@pytest.mark.parametrize(
    ("failed", "wrong", "last_mb"), [(["503: no model"], [], 100.0), ([], ["version 1 is named, ..."], 100.0), ([], [], 106.0)]
)
def test_a_broken_promise_is_noticed(failed: list[str], wrong: list[str], last_mb: float) -> None:
    answers = [(float(place), 0.01, ("1", "d")) for place in range(100)]
    swaps = Swaps([10.0] * 6, [90.0, 95.0, 99.0, 100.0, 100.0, last_mb])
    assert not report(new_console(), Seen(failed, wrong, answers), swaps)
    assert report(new_console(), Seen([], [], answers), Swaps([10.0] * 6, [90.0, 95.0, 99.0, 100.0, 100.0, 104.0]))
