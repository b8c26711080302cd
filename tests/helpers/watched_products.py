"""A made-up shop for the product watch: groups, products, and what is said of them."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from reviewloop.config import ProductsConfig
from reviewloop.core.products.counting import BEFORE, Look, look_of
from reviewloop.core.products.report import report
from reviewloop.core.products.tree import Tree, tree_of
from reviewloop.core.products.watch import RATED, Counts, watch

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


LABELS = {"department": "Department", "class_name": "Class", "product_id": "Product"}
NOBODY = pd.DataFrame({"day": [], "product": [], "num_answered": [], "answered_complaints": []})


def delivered(said: Mapping[str, Mapping[str, tuple[int, int]]], answered: bool = False) -> pd.DataFrame:
    """As ``product_counts.sql`` tells it: product -> day -> complaints and reviews, all in Tops, by stars or by answers alone."""
    rows = [
        {"day": day, "product_id": product, "department": "Tops", "class_name": "Knits", "k": k, "n": n}
        for product, days in said.items()
        for day, (k, n) in days.items()
    ]
    frame = pd.DataFrame(rows)
    rated = 0 if answered else 1
    return frame.assign(
        num_rated=frame["n"] * rated, rated_complaints=frame["k"] * rated, num_answered=frame["n"], answered_complaints=frame["k"],
        num_unrated=frame["n"] * (1 - rated), unrated_complaints=frame["k"] * (1 - rated),
    ).drop(columns=["k", "n"])  # fmt: skip


def a_look(name: str = "p007") -> Look:
    """Thirty products as usual, and ``name``, about which 24 of 60 complain in two days."""
    said = {f"q{number}": {BEFORE: (10, 100), "2026-01-02": (1, 10)} for number in range(30)}
    said[name] = {BEFORE: (10, 100), "2026-01-01": (8, 20), "2026-01-02": (16, 40)}
    return look_of(delivered(said), NOBODY, LEVELS, "2026-01-02")


def a_report(name: str = "p007", text: str = "It is far too small, and the fabric is thin") -> dict[str, Any]:
    """What the page is made of; ``text`` is that of every complaint about ``name``."""
    look = a_look(name)
    complaints = pd.DataFrame({"product": name, "day": "2026-01-02", "review": "7", "title": [text, None], "text": text})
    return report(look, watch(look.tree, look.counts, CONFIG), complaints, ["far"], CONFIG, LABELS, "2026-01-02")
