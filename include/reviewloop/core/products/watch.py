"""The complaints of the last days beside what is usual: which products and groups alarm, and in which order to look at them.

Stars and the champion's answers are two measures with a usual share each: a champion that calls fewer reviews complaints than their
writers do must not make a product look better. A product that has both is judged by the clearer of the two.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

import numpy as np

from reviewloop.config import ProductsConfig
from reviewloop.core.products.beta_binomial import Floats, Ints, upper_tails
from reviewloop.core.products.false_discovery import adjusted, reach
from reviewloop.core.products.tree import Path, Tree, Usual, usual

RATED: Final = "rated"
ANSWERED: Final = "answered"
MEASURES: Final = (RATED, ANSWERED)
"""Complaints by stars; where there are none (reviews without a rating, the endpoint's traffic), by the champion's answer."""


@dataclass(frozen=True)
class Counts:
    """Of every product, in the tree's order: reviews and complaints of the last days, and of all days before."""

    complaints: Ints
    reviews: Ints
    complaints_before: Ints
    reviews_before: Ints


@dataclass(frozen=True)
class Measured:
    """A unit's last days by one measure. Shares are from 0 to 1."""

    measure: str
    complaints: int
    reviews: int
    usual: float
    alarms_from: int | None
    """Complaints with which it would alarm alone; None: not even if every review were one."""


@dataclass(frozen=True)
class Finding:
    """A product or a group that was judged. ``chance``: that luck alone brings so many complaints. ``rate``: see ``adjusted``."""

    level: str
    path: Path
    measured: tuple[Measured, ...]
    chance: float
    rate: float
    alarms: bool

    @property
    def complaints(self) -> int:
        """Of the last days, by all measures."""
        return sum(one.complaints for one in self.measured)

    @property
    def reviews(self) -> int:
        """As ``complaints``."""
        return sum(one.reviews for one in self.measured)

    @property
    def expected(self) -> float:
        """Complaints that are usual among so many reviews."""
        return sum(one.usual * one.reviews for one in self.measured)


@dataclass(frozen=True)
class Watched:
    """One look. ``ranking``: of products, what alarms first, then by complaints beyond the usual; ``groups``: of other levels."""

    ranking: tuple[Finding, ...]
    groups: tuple[Finding, ...]
    num_units: Mapping[str, int]
    num_judged: Mapping[str, int]
    num_blind: Mapping[str, int]
    """Judged units that could not have alarmed, whatever was said of them; by level, as the two above."""
    strengths: Mapping[str, float]
    """By level: how many reviews of its own a unit needs to weigh as much as its group."""
    measures: tuple[str, ...]
    """Those with a past; without any nothing was judged."""
    not_judged: tuple[str, ...]
    """What was not judged, and why, in words."""

    @property
    def alarms(self) -> tuple[Finding, ...]:
        """Products first, then groups."""
        return tuple(one for one in (*self.ranking, *self.groups) if one.alarms)

    def as_json(self) -> dict[str, Any]:
        """For JSON; each finding with its sums."""

        def told(one: Finding) -> dict[str, Any]:
            return asdict(one) | {"complaints": one.complaints, "reviews": one.reviews, "expected": one.expected}

        return {
            "ranking": [told(one) for one in self.ranking], "groups": [told(one) for one in self.groups],
            "num_units": dict(self.num_units),
            "num_judged": dict(self.num_judged), "num_blind": dict(self.num_blind), "strengths": dict(self.strengths),
            "measures": list(self.measures), "not_judged": list(self.not_judged),
        }  # fmt: skip


def look_rate(config: ProductsConfig) -> float:
    """What one level may spend at one look: an equal part of the rate for every level, and for each look of ``window_days``.

    With a look a day, the looks of a week spend no more than the rate together (Bonferroni), however alike their windows are.
    """
    return config.false_discovery_rate / config.window_days / max(len(config.levels), 1)


def watch(tree: Tree, counts: Mapping[str, Counts], config: ProductsConfig) -> Watched:
    """Judge every level by every measure that has a past; ``counts`` are by measure.

    From the products upwards: what alarms by itself is no news of its group, which is judged without it.
    """
    not_judged, known = [], {}
    for measure, found in counts.items():
        num_before = int(found.reviews_before.sum())
        if num_before >= config.min_before:
            known[measure] = usual(tree, found.complaints_before, found.reviews_before)
        elif found.reviews.sum():
            not_judged.append(
                f"{int(found.reviews.sum())} {measure} reviews: only {num_before} {measure} ones are known from before, fewer than "
                f"{config.min_before}: nobody knows what is usual"
            )
    levels: list[tuple[Finding, ...]] = []
    left = {measure: counts[measure] for measure in known}
    for level in range(len(tree.levels) - 1, -1, -1):
        levels.insert(0, _level(tree, level, left, known, config))
        alarmed = [place for place, path in enumerate(tree.paths[level]) if path in {one.path for one in levels[0] if one.alarms}]
        quiet = ~np.isin(tree.groups(level), alarmed)
        left = {name: replace(of, complaints=of.complaints * quiet, reviews=of.reviews * quiet) for name, of in left.items()}
    ranking = tuple(sorted(levels[-1], key=lambda one: (not one.alarms, one.expected - one.complaints, one.path)))
    by_level = dict(zip(tree.levels, levels, strict=True))
    return Watched(
        ranking=ranking, groups=tuple(one for level in levels[:-1] for one in level),
        num_units={name: len(paths) for name, paths in zip(tree.levels, tree.paths, strict=True)},
        num_judged={name: len(one) for name, one in by_level.items()},
        num_blind={name: sum(_is_blind(found) for found in one) for name, one in by_level.items()},
        strengths={name: of_level.strength for name, of_level in zip(tree.levels, known.get(RATED, ()), strict=False)},
        measures=tuple(known), not_judged=tuple(not_judged),
    )  # fmt: skip


def _is_blind(found: Finding) -> bool:
    return all(one.alarms_from is None for one in found.measured)


def _level(
    tree: Tree, level: int, counts: Mapping[str, Counts], known: Mapping[str, Sequence[Usual]], config: ProductsConfig
) -> tuple[Finding, ...]:
    """One level, all its units and measures together: one family of tests."""
    num_units, rate = len(tree.paths[level]), look_rate(config)
    tails: list[Floats] = []
    tested: list[tuple[str, Ints, Ints, Ints, Floats]] = []
    for measure, usuals in known.items():
        complaints, reviews = (tree.sums(of)[level] for of in (counts[measure].complaints, counts[measure].reviews))
        units = np.flatnonzero(reviews >= config.min_reviews)
        tested.append((measure, units, complaints[units], reviews[units], usuals[level].shares[units]))
        tails += upper_tails(reviews[units], usuals[level].a[units], usuals[level].b[units])
    everywhere = np.concatenate([units for _, units, *_ in tested]) if tested else np.empty(0, dtype=np.int64)
    factors = np.bincount(everywhere, minlength=num_units)[everywhere].astype(float)  # by how many measures a unit is judged
    luck = reach(tails, factors, rate)
    single, at = luck.single(rate), 0
    measured: dict[int, list[Measured]] = {}
    chances = np.full(num_units, np.inf)
    for measure, units, complaints, reviews, shares in tested:
        for unit, k, n, share in zip(units.tolist(), complaints.tolist(), reviews.tolist(), shares.tolist(), strict=True):
            own = tails[at] * factors[at]
            chances[unit] = min(chances[unit], own[k])
            enough = np.flatnonzero(own <= single)
            measured.setdefault(unit, []).append(Measured(measure, k, n, share, int(enough[0]) if len(enough) else None))
            at += 1
    units = np.array(sorted(measured), dtype=np.int64)
    rates = adjusted(chances[units], luck)
    return tuple(
        Finding(
            tree.levels[level],
            tree.paths[level][unit],
            tuple(measured[unit]),
            min(float(chances[unit]), 1.0),
            float(one),
            bool(one <= rate),
        )
        for unit, one in zip(units.tolist(), rates, strict=True)
    )
