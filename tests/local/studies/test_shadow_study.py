"""A small draw of the study, and that it notices a shadow which is felt or does not read."""

from pathlib import Path

import pytest

from reviewloop_local.loop.display import new_console
from reviewloop_local.studies.shadow_study import Seen, report, study


@pytest.mark.slow
def test_a_small_draw_reads_in_shadow_and_measures_both(tmp_path: Path) -> None:
    seen = study(tmp_path, rounds=1, seconds=3, console=new_console(), form="as_trained", hidden=32)
    assert len(seen.alone) == len(seen.beside) == 1
    assert seen.num_asked > 0
    assert 0 < seen.num_read <= seen.num_asked


@pytest.mark.parametrize(
    ("seen", "is_well"),
    [
        (Seen([10.0, 12.0], [11.0, 12.0], 90, 100), True),
        (Seen([10.0, 12.0], [12.0, 13.0], 90, 100), False),
        (Seen([10.0, 12.0], [10.0, 12.0], 40, 100), False),
    ],
)
def test_a_shadow_that_is_felt_or_does_not_read_is_noticed(seen: Seen, is_well: bool) -> None:
    assert report(new_console(), seen) is is_well
