"""The plan in lines."""

from tests.core.retention.test_plan import LIMITS, NOW, item, known

from reviewloop.core.retention.plan import decide
from reviewloop.core.retention.report import lines


def test_what_goes_has_its_line_and_every_place_its_sum() -> None:
    decisions = decide([item(), item(name="newer", age=0), item("chunks")], known(), NOW, LIMITS)
    told = lines(decisions, all_of_them=False)
    assert told[0].startswith("go    chunks/day=2026-01-02/old/ ")
    assert told[0].endswith(" 100 B  its day was not scored with it, and it is 1000 days old")
    assert told[1].startswith("go    curated/reviews/day=2026-01-02/batch=old/")
    assert "curated/reviews/: 2 (200 B), of which 1 (100 B) goes" in told
    assert "staging/reviews/: 0 (0 B), of which 0 (0 B) go" in told
    assert len(told) == 8
    kept = [line for line in lines(decisions, all_of_them=True) if line.startswith("keep")]
    assert len(kept) == 1
    assert "superseded last" in kept[0]
