"""Which products are liked least, over all days: shares that two reviews cannot make or break."""

from dataclasses import dataclass

import numpy as np

from reviewloop.core.products.tree import Path, Tree, usual
from reviewloop.core.products.watch import Counts


@dataclass(frozen=True)
class Standing:
    """A unit's share of complaints over all days by stars, shrunk towards its group, with its 95 % credible interval."""

    level: str
    path: Path
    complaints: int
    reviews: int
    share: float
    low: float
    high: float


def standings(tree: Tree, counts: Counts, num_top: int) -> tuple[Standing, ...]:
    """The ``num_top`` products that are liked least, the greatest share first; ``counts`` are by stars."""
    from scipy.special import betaincinv

    complaints, reviews = counts.complaints + counts.complaints_before, counts.reviews + counts.reviews_before
    found = usual(tree, complaints, reviews)[-1]
    top = np.argsort(-found.shares, kind="stable")[:num_top]
    low, high = (betaincinv(found.a[top], found.b[top], quantile) for quantile in (0.025, 0.975))
    return tuple(
        Standing(
            tree.levels[-1],
            tree.paths[-1][unit],
            int(complaints[unit]),
            int(reviews[unit]),
            float(found.shares[unit]),
            float(lower),
            float(upper),
        )
        for unit, lower, upper in zip(top.tolist(), low, high, strict=True)
    )
