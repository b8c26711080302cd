"""One look at all products: the one that changed leads, clean ones keep still, and what cannot be seen is said."""

import json

import pytest
from tests.helpers.watched_products import CONFIG, a_tree, by_stars, counts, place

from reviewloop.core.products.watch import ANSWERED, RATED, Counts, look_rate, watch

TREE = a_tree()


def test_a_product_whose_complaints_triple_leads_the_list_and_alarms() -> None:
    found = watch(TREE, by_stars(counts(TREE, planted={"p007": (24, 60)})), CONFIG)
    first = found.ranking[0]
    assert (first.path[-1], first.alarms, first.complaints, first.reviews) == ("p007", True, 24, 60)
    assert first.expected == pytest.approx(6, abs=1.5)
    assert first.measured[0].alarms_from is not None
    assert 24 >= first.measured[0].alarms_from > first.expected
    assert [one.path[-1] for one in found.alarms] == ["p007"]
    json.dumps(found.as_json(), allow_nan=False)


def test_the_same_complaints_are_no_news_where_they_are_usual() -> None:
    clean = counts(TREE, planted={"p007": (24, 60)})
    clean.complaints_before[place(TREE, "p007")] = 40
    assert watch(TREE, by_stars(clean), CONFIG).alarms == ()


def test_clean_looks_alarm_no_more_often_than_they_may() -> None:
    alarmed = sum(bool(watch(TREE, by_stars(counts(TREE, seed)), CONFIG).alarms) for seed in range(100))
    assert alarmed <= 4, "a look may alarm in 0.7 %"


def test_a_whole_class_that_complains_alarms_as_a_class() -> None:
    clean = counts(TREE, now=15)
    jeans = [at for at, path in enumerate(TREE.paths[-1]) if path[1] == "Jeans"]
    clean.complaints[jeans] = 4
    found = watch(TREE, by_stars(clean), CONFIG)
    assert ("Bottoms", "Jeans") in [one.path for one in found.alarms]
    assert not any(one.alarms for one in found.ranking), "each of its products alone is no news"


def test_with_few_reviews_it_says_that_it_could_not_have_alarmed() -> None:
    found = watch(TREE, by_stars(counts(TREE, now=3, share=0.2)), CONFIG)
    assert found.num_judged["product_id"] == found.num_blind["product_id"] == 60
    assert {one.measured[0].alarms_from for one in found.ranking} == {None}
    assert watch(TREE, by_stars(counts(TREE, now=2)), CONFIG).num_judged["product_id"] == 0


def test_without_a_past_nothing_is_judged_and_that_is_said() -> None:
    found = watch(TREE, by_stars(counts(TREE, before=1, planted={"p007": (60, 60)})), CONFIG)
    assert (found.ranking, found.alarms, found.measures) == ((), (), ())
    assert found.not_judged == (
        "1240 rated reviews: only 60 rated ones are known from before, fewer than 100: nobody knows what is usual",
    )


def answers(planted: dict[str, tuple[int, int]] | None = None, before: int = 100) -> Counts:
    """The champion calls half as many reviews complaints."""
    return counts(TREE, seed=9, share=0.05, planted=planted, before=before)


def test_answers_have_a_usual_share_of_their_own() -> None:
    found = watch(TREE, {RATED: counts(TREE), ANSWERED: answers({"p011": (20, 60)})}, CONFIG)
    first = found.ranking[0]
    assert (first.path[-1], first.alarms) == ("p011", True)
    assert [one.measure for one in first.measured] == [RATED, ANSWERED]
    assert first.measured[1].usual == pytest.approx(0.05, abs=0.03)


def test_answers_without_a_past_stop_no_stars() -> None:
    found = watch(TREE, {RATED: counts(TREE, planted={"p007": (24, 60)}), ANSWERED: answers(before=0)}, CONFIG)
    assert [one.path[-1] for one in found.alarms] == ["p007"]
    assert "answered reviews" in found.not_judged[0]


def test_the_rate_of_a_week_is_shared_among_looks_and_levels() -> None:
    assert look_rate(CONFIG) == pytest.approx(0.05 / 7 / 3)
