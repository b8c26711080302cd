"""Do the samplings keep what they promise? 10,000 draws each: probabilities, merged reservoirs, weighted means.

``python -m reviewloop_local.studies.sampling_study``; exit status 1 where one does not.
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from reviewloop.core.dataset.splits import fraction
from reviewloop.core.sampling.probability import importance, simple_random, stratified, weighted
from reviewloop.core.sampling.reservoir import Reservoir, reservoir
from reviewloop.core.sampling.sample import Sample

Floats = NDArray[np.float64]
NUM_DRAWS: Final = 10_000
MIN_P: Final = 0.001
KEYS: Final = [f"review {number}" for number in range(50)]
"""Few rows, so that each is taken often enough to be counted."""
STRATA: Final = {key: "a" if place < 30 else "b" if place < 45 else "c" for place, key in enumerate(KEYS)}
WEIGHTS: Final = {key: float(place % 7) ** 1.5 if place else 0.0 for place, key in enumerate(KEYS)}
WEIGHTS.update({key: 0.5 for key, weight in WEIGHTS.items() if weight == 0 and key != KEYS[0]})
DAYS: Final = {"2026-01-01": 5, "2026-01-02": 45}
"""Rows of two days, the second nine times the first."""


def _weights(keys: Sequence[str]) -> Floats:
    return np.array([WEIGHTS.get(key, 1.0) for key in keys])


DESIGNS: Final[dict[str, Callable[[list[str], int], Sample]]] = {
    "simple_random": lambda keys, seed: simple_random(keys, 10, seed),
    "stratified": lambda keys, seed: stratified(keys, [STRATA[key] for key in keys], 10, seed, min_rows=2),
    "weighted": lambda keys, seed: weighted(keys, _weights(keys), 10, seed),
    "reservoir": lambda keys, seed: _merged(keys, seed),
    "importance": lambda keys, seed: importance(keys, np.ones(len(keys)), 0.3 + _weights(keys), 10, seed),
}
"""Each sampling with probabilities, 10 of 50 rows; the reservoir is merged of days read apart."""


def _merged(keys: Sequence[str], seed: int) -> Sample:
    first, second = (Reservoir[str](10, seed) for _ in range(2))
    start = DAYS["2026-01-01"]
    first.offer("2026-01-01", ((key, key) for key in keys[:start]))
    second.offer("2026-01-02", ((key, key) for key in keys[start:]))
    kept = second.merged(first)
    place_of = {key: place for place, key in enumerate(keys)}
    places = np.array(sorted(place_of[key] for key, _ in kept.rows()))
    inclusion = np.full(len(places), kept.inclusion)
    return Sample("reservoir", places, len(keys), inclusion, 1 / inclusion)


def naive_merge(keys: Sequence[str], seed: int) -> Sample:
    """What people write: half from each day's reservoir, whatever the days' sizes."""
    start = DAYS["2026-01-01"]
    halves = [reservoir({"day": part}, 5, seed).places for part in (keys[:start], keys[start:])]
    places = np.concatenate([halves[0], halves[1] + start])
    inclusion = np.full(len(places), 10 / len(keys))
    return Sample("reservoir", places, len(keys), inclusion, 1 / inclusion)


def chosen_once(design: Callable[[list[str], int], Sample], seeds: range) -> tuple[Floats, Floats]:
    """How often each row was one picked of a draw by lot, and how often its probability says; both (50,).

    One row a draw, so that draws are independent and the counts are a multinomial's, which the chi-square test asks for: the
    rows of one draw depend on each other.
    """
    observed, rates = np.zeros(len(KEYS)), np.zeros(len(KEYS))
    for seed in seeds:
        sample = design(KEYS, seed)
        if sample.inclusion is None:
            raise ValueError(f"{sample.method} has no probabilities")
        observed[sample.places[int(fraction(str(seed), "one of a draw") * len(sample))]] += 1
        rates[sample.places] = sample.inclusion  # the same in every draw, and known once a row was taken
    return observed, rates / rates.sum() * len(seeds)


def uniform_p(design: Callable[[list[str], int], Sample], seeds: range) -> float:
    """The chi-square test's p-value of ``chosen_once``; 0 where a row was taken that has no probability."""
    from scipy.stats import chisquare

    observed, expected = chosen_once(design, seeds)
    if observed[expected == 0].any():
        return 0.0
    return float(chisquare(observed[expected > 0], expected[expected > 0]).pvalue)


def importance_error(num_draws: int) -> tuple[float, float, float]:
    """How far the mean of importance samples lies from the truth, in standard errors: weighted, clipped, and unweighted."""
    values = np.linspace(0, 1, len(KEYS)) ** 2
    proposal = 0.02 + values
    found: list[list[float]] = [[], [], []]
    for seed in range(num_draws):
        free = importance(KEYS, np.ones(len(KEYS)), proposal, 10, seed)
        clipped = importance(KEYS, np.ones(len(KEYS)), proposal, 10, seed, clip=1.5)
        taken = values[free.places]
        for estimates, one in zip(found, (free.total(taken) / 50, clipped.total(taken) / 50, taken.mean()), strict=True):
            estimates.append(float(one))
    errors = [(np.mean(one) - values.mean()) / (np.std(one, ddof=1) / np.sqrt(num_draws)) for one in found]
    return float(errors[0]), float(errors[1]), float(errors[2])


def main(arguments: Sequence[str] | None = None) -> int:
    """Print what was found; returns the exit status."""
    parser = argparse.ArgumentParser(prog="make study-sampling", description=__doc__)
    parser.add_argument("--draws", type=int, default=NUM_DRAWS, help="draws of each sampling (default: %(default)s)")
    num_draws = parser.parse_args(arguments).draws
    found = {name: uniform_p(design, range(num_draws)) for name, design in DESIGNS.items()}
    naive = uniform_p(naive_merge, range(num_draws))
    free, clipped, plain = importance_error(num_draws)
    print(f"{num_draws:,} draws of 10 of {len(KEYS)} rows: chi-square p of the probabilities (at least {MIN_P})")
    for name, chance in found.items():
        print(f"  {name:14} {chance:.3f}")
    print(f"  {'naive merge':14} {naive:.1e}   two days' reservoirs merged half and half, whatever the days' sizes")
    print(f"mean of importance samples, in standard errors from the truth: {free:+.2f} (at most 2)")
    print(f"  clipped at 1.5 times the mean weight {clipped:+.1f}, without weights {plain:+.1f}")
    return int(min(found.values()) < MIN_P or abs(free) > 2)


if __name__ == "__main__":
    sys.exit(main())
