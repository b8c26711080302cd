"""A made-up shop for the product watch: groups, products, and what is said of them."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from reviewloop.config import ProductsConfig
from reviewloop.core.products.tree import Tree, tree_of
from reviewloop.core.products.watch import RATED, Counts

LEVELS = ("department", "class_name", "product_id")
CONFIG = ProductsConfig(
    levels=LEVELS, false_discovery_rate=0.05, window_days=7, min_reviews=3, min_before=100, num_top=10, num_quoted=5,
    themes={"size and fit": ("fit*", "small", "tight"), "fabric": ("fabric", "thin", "itch*"), "price": ("expensive",)},
)  # fmt: skip


def a_tree(num_products: int = 60) -> Tree:
    """Products p000, p001, ... in three classes of two departments."""
    numbers = range(num_products)
    return tree_of(
        pd.DataFrame({
            "department": ["Tops" if number % 3 < 2 else "Bottoms" for number in numbers],
            "class_name": [("Knits", "Blouses", "Jeans")[number % 3] for number in numbers],
            "product_id": [f"p{number:03d}" for number in numbers],
            "reviews": 1,
        }),
        LEVELS,
    )  # fmt: skip


def place(tree: Tree, product: str) -> int:
    """Where the product stands in the tree."""
    return next(at for at, path in enumerate(tree.paths[-1]) if path[-1] == product)


def counts(
    tree: Tree,
    seed: int = 1,
    before: int = 100,
    now: int = 20,
    share: float = 0.1,
    planted: Mapping[str, tuple[int, int]] | None = None,
) -> Counts:
    """Every product with about the same ``share``; of ``planted`` ones the complaints and reviews of the last days."""
    rng, size = np.random.default_rng(seed), len(tree.paths[-1])
    complaints, reviews = rng.binomial(now, share, size), np.full(size, now)
    for product, (num_complaints, num_reviews) in (planted or {}).items():
        complaints[place(tree, product)], reviews[place(tree, product)] = num_complaints, num_reviews
    return Counts(complaints, reviews, rng.binomial(before, share, size), np.full(size, before))


def by_stars(found: Counts) -> dict[str, Counts]:
    return {RATED: found}
