"""From what Athena counted to one look: which days are the last ones, who belongs where, and what counts once."""

import pandas as pd
from tests.helpers.watched_products import LEVELS, NOBODY, a_look, delivered, place

from reviewloop.core.facets import NO_VALUE
from reviewloop.core.products.counting import BEFORE, look_of, num_reviews
from reviewloop.core.products.watch import ANSWERED, RATED

DAY = "2026-01-02"


def captured(*rows: tuple[str, str | None, int, int]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["day", "product", "num_answered", "answered_complaints"])


def test_stars_count_by_product_and_day() -> None:
    look = a_look()
    rated = look.counts[RATED]
    at = place(look.tree, "p007")
    assert (rated.complaints[at], rated.reviews[at], rated.complaints_before[at], rated.reviews_before[at]) == (24, 60, 10, 100)
    assert look.by_day["p007"] == {"2026-01-01": (8, 20), DAY: (16, 40)}
    assert look.days == ("2026-01-01", DAY)
    assert look.counts[ANSWERED].reviews.sum() == 0, "what has stars is not counted by the champion's answer, too"
    assert look.counts[ANSWERED].reviews_before.sum() == 3100, "though it says what is usual for answers"


def test_the_endpoints_answers_join_the_products_groups() -> None:
    look = look_of(
        delivered({"a": {BEFORE: (1, 10), DAY: (0, 1)}}),
        captured((DAY, "a", 4, 3), (DAY, "new", 2, 1), (BEFORE, "a", 5, 0)),
        LEVELS,
        DAY,
    )
    answered = look.counts[ANSWERED]
    assert look.tree.paths[-1] == ((NO_VALUE, NO_VALUE, "new"), ("Tops", "Knits", "a"))
    assert (answered.complaints.tolist(), answered.reviews.tolist()) == ([1, 3], [2, 4])
    assert answered.reviews_before.tolist() == [0, 15]
    assert num_reviews(look) == 7


def test_answers_about_nobody_are_counted_apart() -> None:
    look = look_of(delivered({"a": {DAY: (0, 1)}}), captured((DAY, None, 4, 3), (BEFORE, None, 9, 9)), LEVELS, DAY)
    assert (look.num_unnamed, num_reviews(look)) == (4, 1)


def test_a_day_that_holds_most_of_everything_is_the_past_unless_it_is_the_day_itself() -> None:
    history = delivered({"a": {"2026-01-01": (100, 1000), DAY: (5, 50)}})
    assert look_of(history, NOBODY, LEVELS, DAY).days == (DAY,)
    assert look_of(history, NOBODY, LEVELS, DAY).counts[RATED].reviews_before.tolist() == [1000]
    assert look_of(history, NOBODY, LEVELS, "2026-01-01").days == ("2026-01-01", DAY)


def test_a_shop_of_products_alone_has_no_groups() -> None:
    rows = delivered({"a": {DAY: (0, 1)}}).drop(columns=["department", "class_name"])
    look = look_of(rows, captured((DAY, "b", 2, 1)), ["product_id"], DAY)
    assert look.tree.paths == ((("a",), ("b",)),)
