"""A gap is told from what was dropped on purpose."""

from reviewloop.core.captures.gaps import Completeness, completeness


def record(spool: str, seq: int, dropped: int = 0) -> dict[str, object]:
    return {"spool": spool, "seq": seq, "dropped": dropped}


def test_a_whole_spool_has_lost_nothing_whatever_the_order_and_told_twice() -> None:
    (found,) = completeness([record("a", seq) for seq in (3, 1, 2, 2)])
    assert found == Completeness("a", 1, 3, kept=3, dropped=0)
    assert found.lost == 0


def test_what_was_dropped_is_no_loss_and_what_is_missing_beside_it_is() -> None:
    (found,) = completeness([record("a", 1), record("a", 2), record("a", 6, dropped=2)])
    assert (found.dropped, found.lost) == (2, 1)


def test_every_spool_is_counted_by_itself() -> None:
    found = completeness([record("b", 5), record("a", 1), record("b", 8, dropped=1)])
    assert [(line.spool, line.kept, line.lost) for line in found] == [("a", 1, 0), ("b", 2, 1)]
    assert completeness([]) == []
