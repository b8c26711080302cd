"""Who is best, and who is chosen."""

from reviewloop.core.leaderboard.row import Cost, Estimate, Marks, Row, done, not_done
from reviewloop.core.leaderboard.selection import best, ranked, simplest_within_one_standard_error

BROKEN = not_done("broken", "", 0, "failed", "no")
LATE = not_done("late", "", 5, "timed out", "no")


def row(kind: str, place: int, mark: float, error: float = 0.01) -> Row:
    one = Estimate(mark, mark - 0.02, mark + 0.02)
    return done(kind, "", place, Marks(one, error, one, (one,) * 3), Cost(1.0, 1, 1.0))


def test_the_best_stand_first_and_what_is_not_done_last():
    rows = [BROKEN, row("b", 1, 0.6), row("c", 2, 0.7), row("d", 3, 0.6), LATE]
    assert [one.kind for one in ranked(rows)] == ["c", "b", "d", "broken", "late"]
    assert best(rows).kind == "c"


def test_the_simplest_within_one_standard_error_of_the_best_is_chosen():
    rows = [row("far", 0, 0.68, error=0.5), row("near", 1, 0.691), row("nearer", 2, 0.699), row("best", 3, 0.7)]
    assert simplest_within_one_standard_error(rows).kind == "near", "the best one's standard error counts, not the own"


def test_a_worse_one_that_is_more_complex_is_not_chosen():
    assert simplest_within_one_standard_error([row("best", 0, 0.7), row("second", 1, 0.699)]).kind == "best"


def test_what_is_not_done_is_never_chosen_and_no_standard_error_is_no_leave():
    assert simplest_within_one_standard_error([BROKEN, row("b", 1, 0.6), LATE]).kind == "b"
    unsure = [row("a", 0, 0.69), row("b", 1, 0.7, error=float("nan"))]
    assert simplest_within_one_standard_error(unsure).kind == "b"
    for none in ([], [BROKEN, LATE]):
        assert best(none) is None
        assert simplest_within_one_standard_error(none) is None
