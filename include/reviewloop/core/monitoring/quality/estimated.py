"""Accuracy, macro-F1 and recalls of a day without its labels: confidence-based performance estimation (CBPE).

Where a calibrated model says 0.9, nine in ten are right: the expected counts of (label, answer) are sums of calibrated
probabilities (NannyML's CBPE; Garg et al., "Leveraging Unlabeled Data to Predict Out-of-Distribution Performance", ICLR 2022,
section 3, on what such an estimate takes for granted). The calibration is of the reference's shares of classes, so each row is
first moved to the day's (Saerens et al., 2002, equation 4).
"""

from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np

from reviewloop.core.monitoring.quality.calibration import Calibration
from reviewloop.core.monitoring.quality.marks import HEADLINES, MARKS, marks
from reviewloop.core.monitoring.quality.priors import Mixture, fit_mixture, moved_chance, reference_covariance
from reviewloop.core.statistics.bootstrap import percentiles
from reviewloop.core.statistics.many_tests import holm
from reviewloop.core.statistics.metrics import NUM_CLASSES, Floats, Ints

BLIND_SPOTS: Final = (
    "It takes it that a review which reads like a complaint still is one: of concept drift, or of labels that are recorded "
    "otherwise, it sees nothing. The realised marks do, and the gap between the two is tested as labels arrive.",
    "It reads the model's own probabilities: a model that has become sure of itself for a wrong reason is believed.",
    "It knows rows like the reference's: the further the texts have moved, the less its probabilities are worth.",
)
"""What the estimate cannot see, for whoever reads it."""
_MOVED: Final = 0.05
"""The chance below which the shares of classes have moved."""
_LEAST_SHARE: Final = 1e-4
_MANY_ROWS: Final = 2000
_MAX_HELD: Final = 200_000
"""Rows times calibrations that are held at once: 10 MB."""
_MAX_MAPS: Final = 200
"""Different calibrations among the draws; more would cost time and move no digit that is shown."""


@dataclass(frozen=True)
class Mark:
    """A mark of the day and its 95 % interval; None where it cannot be computed, as the recall of a class without rows."""

    name: str
    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Estimate:
    """``drawn``: what the marks of these very rows might turn out to be; mark -> shape (num_draws,)."""

    marks: tuple[Mark, ...]
    drawn: dict[str, Floats]
    is_reweighed: bool
    """To the day's own shares of classes; else those of the reference are taken for granted."""

    def as_json(self) -> dict[str, Any]:
        """Plain JSON values, without the draws."""
        return {"marks": [asdict(one) for one in self.marks], "is_reweighed": self.is_reweighed, "blind_spots": list(BLIND_SPOTS)}


@dataclass(frozen=True)
class Gap:
    """How far the realised marks lie below the estimated ones."""

    name: str
    estimated: float
    realised: float
    chance: float
    """Of a realised mark so low or lower, were the labels drawn from the calibrated probabilities (Holm over the marks)."""
    fired: bool

    def __str__(self) -> str:
        word = "lies below what the answers let expect" if self.fired else "is as the answers let expect"
        name = self.name.replace("_f", "-F")
        return f"realised {name} {self.realised:.3f} {word}, {self.estimated:.3f} (by luck {self.chance:.2g})"


def estimate(probabilities: Floats, calibration: Calibration, mixture: Mixture | None, num_draws: int, seed: int) -> Estimate:
    """Of a day's ``probabilities``, shape (m, 3), m > 0, at the shares of ``mixture``: see ``shares_for``. None: the reference's.

    The interval is where the marks of these rows will lie once their labels are known. It holds the chance of the labels, of the
    day's rows (by its shares), and of the reference's rows, by which the calibration was fitted.
    """
    rng, answers = np.random.default_rng(seed), np.eye(NUM_CLASSES)[probabilities.argmax(axis=1)]
    shares = calibration.shares if mixture is None else mixture.shares
    expected = _moved(calibration.apply(probabilities), calibration.shares, shares).T @ answers
    found: list[Floats] = []
    num_maps = min(num_draws, _MAX_MAPS)
    num_each = -(-num_draws // num_maps)
    thetas, sources, targets = _maps(calibration, mixture, num_maps, rng)
    size = max(_MAX_HELD // len(probabilities), 1)
    for place in range(0, num_maps, size):
        here = slice(place, place + size)
        likely = _moved(calibration.apply_each(probabilities, thetas[here]), sources[here, np.newaxis], targets[here, np.newaxis])
        found.extend(_drawn_counts(one, answers, num_each, rng) for one in likely)
    drawn = marks(np.concatenate(found)[:num_draws])
    means = marks(expected)
    return Estimate(tuple(_mark(name, float(means[name]), drawn[name]) for name in MARKS), drawn, mixture is not None)


def shares_for(probabilities: Floats, calibration: Calibration) -> Mixture | None:
    """The day's shares of classes where they have moved from the reference's, beyond ``_MOVED``; else None.

    Shares that have not moved are known from thousands of rows, and those of 200 from 200: to take the day's own for nothing would
    widen every interval by half.
    """
    mixture = fit_mixture(probabilities, calibration)
    return mixture if moved_chance(mixture, calibration) <= _MOVED else None


def gaps(estimated: Estimate, realised: Ints, alpha: float) -> tuple[Gap, ...]:
    """The test of each of ``HEADLINES`` against the ``realised`` counts, shape (3, 3), of the same rows that were estimated.

    One-sided, by Monte Carlo with (1 + k) / (1 + B), never 0 (Davison and Hinkley, Bootstrap Methods, 1997, section 4.2).
    ``alpha`` is the chance that any fires on a day whose labels are as probable as the calibrated answers say.
    """
    seen = marks(realised)
    counts = [int((estimated.drawn[name] <= seen[name]).sum()) for name in HEADLINES]
    chances = holm(
        np.array([(1 + count) / (1 + len(estimated.drawn[name])) for name, count in zip(HEADLINES, counts, strict=True)])
    )
    values = {one.name: one.value for one in estimated.marks}
    return tuple(
        Gap(name, float(values[name] or 0.0), float(seen[name]), float(chance), bool(chance <= alpha))
        for name, chance in zip(HEADLINES, chances, strict=True)
    )


def _mark(name: str, value: float, drawn: Floats) -> Mark:
    low, high = percentiles(drawn)
    return Mark(name, *(None if np.isnan(one) else one for one in (value, low, high)))


def _maps(
    calibration: Calibration, mixture: Mixture | None, num_maps: int, rng: np.random.Generator
) -> tuple[Floats, Floats, Floats]:
    """Calibrations as other reference rows, and shares as other rows of the day, might have made them.

    Shapes (num_maps, p), and twice (num_maps, 3): the shares that a calibration takes for granted, and those to move to.
    """
    eta = np.concatenate([calibration.theta, calibration.shares[:2]])
    etas = rng.multivariate_normal(eta, reference_covariance(calibration), size=num_maps)
    targets = etas[:, -2:]
    if mixture is not None:
        luck = rng.multivariate_normal(np.zeros(2), mixture.covariance, size=num_maps)
        targets = mixture.shares[:2] + (etas - eta) @ mixture.by_reference.T + luck
    return etas[:, :-2], _whole(etas[:, -2:]), _whole(targets)


def _whole(shares: Floats) -> Floats:
    """All three, shape (n, 3), from those of negative and neutral: none below ``_LEAST_SHARE``, 1 in all."""
    found = np.maximum(np.column_stack([shares, 1 - shares.sum(axis=1)]), _LEAST_SHARE)
    return np.asarray(found / found.sum(axis=1, keepdims=True))


def _moved(calibrated: Floats, source: Floats, target: Floats) -> Floats:
    weighed = calibrated * (target / source)
    return np.asarray(weighed / weighed.sum(axis=-1, keepdims=True))


def _drawn_counts(likely: Floats, answers: Floats, num_draws: int, rng: np.random.Generator) -> Floats:
    """Counts of (label, answer), shape (num_draws, 3, 3), with a label drawn for each row; of many rows, by their sums' normal
    law."""
    totals = answers.sum(axis=0)
    if len(likely) <= _MANY_ROWS:
        steps = likely.cumsum(axis=1)
        luck = rng.random((num_draws, len(likely)))
        first, last = (luck < steps[:, 0]) @ answers, (luck >= steps[:, 1]) @ answers
        return np.stack([first, totals - first - last, last], axis=1)
    means = likely.T @ answers
    spread = means.T[:, :2, np.newaxis] * np.eye(2)
    spread = spread - np.stack([(likely[:, :2] * answers[:, [place]]).T @ likely[:, :2] for place in range(NUM_CLASSES)])
    two = [rng.multivariate_normal(means[:2, place], spread[place], size=num_draws) for place in range(NUM_CLASSES)]
    counts = np.maximum(np.stack(two, axis=2), 0.0)  # (num_draws, 2 labels, 3 answers)
    return np.concatenate([counts, np.maximum(totals - counts.sum(axis=1, keepdims=True), 0.0)], axis=1)
