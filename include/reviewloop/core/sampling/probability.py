"""Samplings with probabilities: simple random, stratified, weighted, importance. For the reservoir see ``reservoir``."""

from collections.abc import Mapping, Sequence

import numpy as np

from reviewloop.core.sampling.sample import Floats, Places, Sample, draws, in_order, require_size
from reviewloop.errors import PermanentError


def simple_random(keys: Sequence[str], size: int, seed: int) -> Sample:
    """``size`` rows, every set of so many as likely as any other: those with the smallest draws."""
    require_size(size, len(keys))
    places = np.sort(in_order(draws(keys, seed), keys)[:size])
    return Sample("simple_random", places, len(keys), np.full(size, size / len(keys)), np.full(size, len(keys) / size))


def stratified(keys: Sequence[str], strata: Sequence[str], size: int, seed: int, min_rows: int = 1) -> Sample:
    """A simple random sample of every stratum, as large as the stratum's share, at least ``min_rows`` (or all it has).

    Seats beyond whole numbers go to the largest remainders, of equal ones to the first name. Raises ``PermanentError`` where
    ``size`` has no room for ``min_rows`` of every stratum.
    """
    require_size(size, len(keys))
    groups = places_of(strata)
    sizes = allocate({name: len(places) for name, places in groups.items()}, size, min_rows)
    chosen = draws(keys, seed)
    taken, inclusion = np.empty(0, np.int64), np.empty(0)
    for name, places in groups.items():
        order = in_order(chosen[places], [keys[place] for place in places])[: sizes[name]]
        taken = np.concatenate([taken, places[order]])
        inclusion = np.concatenate([inclusion, np.full(sizes[name], sizes[name] / len(places))])
    order = np.argsort(taken)
    return Sample("stratified", taken[order], len(keys), inclusion[order], 1 / inclusion[order])


def places_of(strata: Sequence[str]) -> dict[str, Places]:
    """The places of each stratum's rows, by name."""
    names, codes = np.unique(np.asarray(strata, dtype=str), return_inverse=True)
    return {str(name): np.flatnonzero(codes == code).astype(np.int64) for code, name in enumerate(names)}


def allocate(rows: Mapping[str, int], size: int, min_rows: int) -> dict[str, int]:
    """How many of ``size`` seats each stratum gets, in proportion to its ``rows``; at least ``min_rows`` or all of them."""
    least = {name: min(min_rows, count) for name, count in rows.items()}
    if sum(least.values()) > size:
        raise PermanentError(
            f"sampling stratified: size {size} has no room for {min_rows} of each of {len(rows)} strata; ask for at least "
            f"{sum(least.values())} rows, or for strata with fewer values"
        )
    whole = sum(rows.values())
    wanted = {name: size * count / whole for name, count in rows.items()}
    seats = {name: max(int(share), least[name]) for name, share in wanted.items()}
    while (spare := size - sum(seats.values())) != 0:  # a seat a turn: to whom lacks most, from whom has most beyond its share
        step = 1 if spare > 0 else -1
        open_ = [name for name in seats if (seats[name] < rows[name] if step > 0 else seats[name] > least[name])]
        seats[max(sorted(open_), key=lambda name: step * (wanted[name] - seats[name]))] += step
    return seats


def weighted(keys: Sequence[str], weights: Floats, size: int, seed: int) -> Sample:
    """``size`` rows, each with a probability in proportion to its weight, exactly: see ``systematic``.

    A row of weight 0 is never taken, and the sample says nothing of such rows: a note counts them.
    """
    inclusion = inclusion_probabilities(weights, size)
    places = systematic(keys, inclusion, seed)
    absent = int((weights == 0).sum())
    notes = (f"{absent} rows of weight 0 can never be taken, and the sample stands for none of them.",) if absent else ()
    return Sample("weighted", places, len(keys), inclusion[places], 1 / inclusion[places], notes)


def inclusion_probabilities(weights: Floats, size: int) -> Floats:
    """Probabilities in proportion to the weights (>= 0) that sum to ``size``; what would have more than 1 is taken for certain.

    Raises ``PermanentError`` for weights that are no finite numbers of at least 0, and where fewer than ``size`` are above 0.
    """
    if not np.isfinite(weights).all() or (weights < 0).any():
        raise PermanentError("sampling: a weight is below 0 or no finite number; allowed are finite numbers of at least 0")
    require_size(size, len(weights))
    if (positive := int((weights > 0).sum())) < size:
        raise PermanentError(f"sampling: size {size}, but only {positive} rows have a weight above 0; ask for at most so many")
    inclusion, certain = np.zeros(len(weights)), np.zeros(len(weights), dtype=bool)
    while True:
        rest = ~certain
        left = size - int(certain.sum())
        inclusion[certain] = 1
        inclusion[rest] = left * weights[rest] / weights[rest].sum() if left else 0
        if not (beyond := rest & (inclusion >= 1)).any():
            return inclusion
        certain |= beyond


def systematic(keys: Sequence[str], inclusion: Floats, seed: int) -> Places:
    """Rows with exactly these probabilities, whose sum is how many are taken; rising places.

    The rows stand in an order by lot along a line, each as long as its probability, and marks at distance 1 from a start by lot
    take those they fall on: randomised systematic sampling, Hartley and Rao, Annals of Mathematical Statistics 33, 1962.
    """
    order = in_order(draws(keys, seed), keys)
    ends = np.cumsum(inclusion[order])
    size = round(float(ends[-1]))
    ends[ends > size - 1e-9] = size  # sums of floats: the last row ends where the line does
    start = draws(["start"], seed, "systematic start")[0]
    taken = order[np.searchsorted(ends, start + np.arange(size), side="right")]
    return np.sort(taken)


def importance(keys: Sequence[str], target: Floats, proposal: Floats, size: int, seed: int, clip: float | None = None) -> Sample:
    """``size`` rows drawn in proportion to ``proposal``, weighed so that they stand for rows of which ``target`` is the share.

    Both are of one number a row, at least 0, of any sum; the weights sum to about ``num_offered`` and are ``target / proposal``
    up to a factor (Kahn and Marshall, Operations Research 1, 1953). ``clip`` cuts weights beyond so many times their mean: less
    variance, some bias, and a note that states both. Raises ``PermanentError`` where the target needs a row that the proposal
    never draws.
    """
    if ((proposal == 0) & (target > 0)).any():
        count = int(((proposal == 0) & (target > 0)).sum())
        raise PermanentError(
            f"sampling importance: {count} rows of the target have proposal 0: they could never be drawn; give more"
        )
    inclusion = inclusion_probabilities(proposal, size)
    if not np.isfinite(target).all() or (target < 0).any() or not target.sum() > 0:
        raise PermanentError("sampling importance: the target must be finite numbers of at least 0, one of them above 0")
    places = systematic(keys, inclusion, seed)
    weights = target[places] / target.sum() * len(keys) / inclusion[places]
    notes: list[str] = []
    if clip is not None:
        limit = clip * weights.mean()
        cut = weights > limit
        lost = float((weights[cut] - limit).sum() / weights.sum())
        weights = np.minimum(weights, limit)
        notes.append(
            f"{int(cut.sum())} of {size} weights were cut to {clip:g} times their mean, {lost:.1%} of all weight: means are no "
            "longer unbiased."
        )
    sample = Sample("importance", places, len(keys), inclusion[places], weights)
    notes.append(f"{size} rows are worth {sample.effective_size:.0f} equally weighted ones.")
    return Sample("importance", places, len(keys), inclusion[places], weights, tuple(notes))
