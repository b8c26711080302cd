"""Products under their groups: who leans on whom, and how much."""

import numpy as np
import pandas as pd
import pytest
from tests.helpers.watched_products import LEVELS, a_tree, counts, place

from reviewloop.core.facets import NO_VALUE
from reviewloop.core.products.tree import tree_of, usual


def test_a_product_belongs_where_most_of_its_reviews_say() -> None:
    rows = pd.DataFrame({
        "department": ["Tops", "Bottoms", "Tops", None], "class_name": ["Knits", "Jeans", "Knits", None],
        "product_id": [1, 1, 2, 3], "reviews": [2, 5, 9, 1],
    })  # fmt: skip
    tree = tree_of(rows, LEVELS)
    assert set(tree.paths[-1]) == {("Bottoms", "Jeans", "1"), ("Tops", "Knits", "2"), (NO_VALUE, NO_VALUE, "3")}
    by_department = dict(zip([path[0] for path in tree.paths[0]], tree.sums(np.array([1, 10, 100]))[0].tolist(), strict=True))
    assert sum(by_department.values()) == 111
    assert by_department["Tops"] == [1, 10, 100][place(tree, "2")]


def test_classes_of_one_name_in_two_departments_are_two() -> None:
    rows = pd.DataFrame({"department": ["A", "B"], "class_name": ["Trend"] * 2, "product_id": [1, 2], "reviews": 1})
    assert tree_of(rows, LEVELS).paths[1] == (("A", "Trend"), ("B", "Trend"))


def test_the_shop_of_one_level_has_no_groups() -> None:
    tree = tree_of(pd.DataFrame({"product_id": ["a", "b"], "reviews": 1}), ["product_id"])
    (found,) = usual(tree, np.array([100, 100]), np.array([1000, 1000]))
    assert found.shares.tolist() == pytest.approx([0.1, 0.1], abs=0.001)


def test_few_reviews_lean_on_the_group_and_many_on_themselves() -> None:
    tree = a_tree()
    clean = counts(tree, before=400)
    complaints, reviews = clean.complaints_before.copy(), clean.reviews_before.copy()
    complaints[place(tree, "p000")], reviews[place(tree, "p000")] = 2, 2
    complaints[place(tree, "p001")], reviews[place(tree, "p001")] = 200, 400
    shares = usual(tree, complaints, reviews)[-1].shares
    assert shares[place(tree, "p000")] < 0.3, "two complaints in two reviews are no share of 1"
    assert shares[place(tree, "p001")] > 0.4


def test_a_unit_that_is_all_of_its_group_is_not_counted_twice() -> None:
    rows = pd.DataFrame({
        "department": ["A"] * 41, "class_name": ["Lonely", *["Other"] * 40],
        "product_id": range(41), "reviews": 1,
    })  # fmt: skip
    tree, rng = tree_of(rows, LEVELS), np.random.default_rng(5)
    reviews = np.full(41, 100)
    complaints = rng.binomial(reviews, rng.beta(5, 45, 41))
    lonely = place(tree, "0")
    complaints[lonely], reviews[lonely] = 9, 10
    found = usual(tree, complaints, reviews)[-1]
    leans = found.a[lonely] - 9
    group_without_it = leans / found.strength
    assert group_without_it == pytest.approx(0.1, abs=0.05), "its group without it knows nothing of its nine complaints"
