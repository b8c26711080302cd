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
    assert len(swaps.at) == len(swaps.peaks) == 4
    assert all(0 <= peak <= 1 for peak in swaps.peaks)
    assert len({key for _, _, key in seen.answers}) == 5
    assert {version for _, _, (version, _) in seen.answers} == {"0", "1", "2", "3"}, "one number had two models"


ANSWERS = [(float(place), 0.01, ("1", "d")) for place in range(100)]
RSS = [90.0, 95.0, 99.0, 100.0, 100.0, 104.0]
GOOD = Seen([], [], ANSWERS), Swaps([10.0] * 6, RSS, [9.0] * 4 + [0.9] * 2)


@pytest.mark.parametrize(
    ("seen", "swaps"),
    [
        (Seen(["503: no model"], [], ANSWERS), GOOD[1]),
        (Seen([], ["version 1 is named, ..."], ANSWERS), GOOD[1]),
        (Seen([], [], [(at, 0.021 if 10 <= at < 60 else took, key) for at, took, key in ANSWERS]), GOOD[1]),
        (GOOD[0], Swaps([10.0] * 6, [*RSS[:5], 106.0], GOOD[1].peaks)),
        (GOOD[0], Swaps([10.0] * 6, RSS, [0.9] * 5 + [1.1])),
    ],
)
def test_a_broken_promise_is_noticed(seen: Seen, swaps: Swaps) -> None:
    assert report(new_console(), *GOOD)
    assert not report(new_console(), seen, swaps)
