"""Products under their groups, and what is usual for each: shrunk towards the group, the group towards its own, up to the shop."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from reviewloop.core.facets import NO_VALUE
from reviewloop.core.products.beta_binomial import Floats, Ints, strength

Path = tuple[str, ...]
"""A unit: its name, behind those of the groups that it is in, the widest first."""


@dataclass(frozen=True)
class Tree:
    """Levels, the widest first, products last. Arrays and tuples by level, then by unit."""

    levels: tuple[str, ...]
    paths: tuple[tuple[Path, ...], ...]
    parents: tuple[Ints, ...]
    """Of each unit, the place of its group in the level above; all 0 in the widest level, which is the shop's."""

    def groups(self, level: int) -> Ints:
        """Of each product, the place of the unit of this level that it is in."""
        found = np.arange(len(self.paths[-1]))
        for parents in self.parents[:level:-1]:
            found = parents[found]
        return found

    def sums(self, of_products: Ints) -> list[Ints]:
        """A count of every product (in order), added up by level, the widest first."""
        found = [of_products]
        for level in range(len(self.levels) - 1, 0, -1):
            sums = np.bincount(self.parents[level], weights=found[0], minlength=len(self.paths[level - 1]))
            found.insert(0, sums.astype(np.int64))
        return found


@dataclass(frozen=True)
class Usual:
    """What is known of the shares of a level's units: beta distributions. ``strength`` is how much they lean on their groups."""

    a: Floats
    b: Floats
    strength: float

    @property
    def shares(self) -> Floats:
        """The means."""
        return self.a / (self.a + self.b)


def tree_of(counts: pd.DataFrame, levels: Sequence[str]) -> Tree:
    """The tree of the products in ``counts``: the columns ``levels``, and ``reviews``, how many a row stands for.

    A product that was listed under several groups belongs where most of its reviews say. A missing group is one of its own.
    """
    known = counts[[*levels, "reviews"]].copy()
    for name in levels:
        known[name] = known[name].astype("string").fillna(NO_VALUE)
    sums = known.groupby(list(levels))["reviews"].sum()
    rows = sums.to_frame().reset_index().sort_values(["reviews", *levels], ascending=[False, *[True] * len(levels)])
    products = sorted(map(tuple, rows.drop_duplicates(levels[-1])[list(levels)].to_numpy(dtype=object)))
    paths = [tuple(sorted({path[: level + 1] for path in products})) for level in range(len(levels))]
    parents = [np.zeros(len(paths[0]), dtype=np.int64)]
    for level in range(1, len(levels)):
        place = {path: at for at, path in enumerate(paths[level - 1])}
        parents.append(np.array([place[path[:-1]] for path in paths[level]], dtype=np.int64))
    return Tree(tuple(levels), tuple(paths), tuple(parents))


def usual(tree: Tree, complaints: Ints, reviews: Ints) -> list[Usual]:
    """What is usual for each unit, by level, from counts of every product: empirical Bayes, from the shop downwards.

    A unit leans on its group without itself: one that is most of its group must not be counted twice. The shop's own share has
    the prior of Jeffreys.
    """
    k, n = tree.sums(complaints), tree.sums(reviews)
    a, b = np.array([k[0].sum() + 0.5]), np.array([n[0].sum() - k[0].sum() + 0.5])
    found = []
    for level, parents in enumerate(tree.parents):
        others = (a[parents] - k[level]) / (a[parents] + b[parents] - n[level])
        m = strength(k[level], n[level], others)
        a, b = m * others + k[level], m * (1 - others) + n[level] - k[level]
        found.append(Usual(a, b, m))
    return found
