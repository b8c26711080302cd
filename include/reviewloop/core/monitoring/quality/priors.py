"""How many of a day's reviews are complaints, told from the answers alone: MLLS, and BBSE beside it.

Both take it that the classes' shares alone have moved: that a complaint reads as complaints did (label shift). What else has moved
is tested by ``mixture``, and then neither says anything.

- MLLS: Saerens, Latinne and Decaestecker, "Adjusting the outputs of a classifier to new a priori probabilities", Neural Computation
  14, 2002, by EM on calibrated probabilities (Alexandari et al., ICML 2020).
- BBSE: Lipton, Wang and Smola, "Detecting and Correcting for Label Shift with Black Box Predictors", ICML 2018: the reference's
  confusion matrix, inverted.
"""

from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from reviewloop.core.monitoring.quality.calibration import Calibration
from reviewloop.core.reviews import SENTIMENTS
from reviewloop.core.statistics.bootstrap import percentiles
from reviewloop.core.statistics.metrics import NUM_CLASSES, Floats, Ints, confusion
from reviewloop.core.statistics.proportions import Z95

_TOLERANCE: Final = 1e-6
_MAX_STEPS: Final = 1000
_STEP: Final = 1e-4
"""Of the derivative by the calibration, whose parameters are of the order of 1."""


@dataclass(frozen=True)
class Share:
    """A class's share of a day, with a 95 % interval that holds the chance of the day's rows and of the reference's."""

    name: str
    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Priors:
    """The classes' shares of a day, in the order of ``SENTIMENTS``; or why there are none."""

    mlls: tuple[Share, ...]
    bbse: tuple[Share, ...]
    refused: str = ""

    def as_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return asdict(self)


@dataclass(frozen=True)
class Mixture:
    """MLLS, and how its shares would vary: what the estimate of the marks needs besides the shares."""

    shares: Floats
    covariance: Floats
    """Of the shares of negative and neutral, shape (2, 2), over the draws of the day's rows."""
    by_reference: Floats
    """How they move with (theta, shares of negative and neutral in the reference), shape (2, p + 2)."""


def mlls(calibrated: Floats, source: Floats) -> Floats:
    """The shares, shape (3,), that make the day's answers likeliest; ``source`` are those of the calibration. None is negative."""
    ratios = calibrated / source
    shares = source.copy()
    for _ in range(_MAX_STEPS):
        responsible = ratios * shares
        moved = (responsible / responsible.sum(axis=1, keepdims=True)).mean(axis=0)
        step, shares = float(np.abs(moved - shares).max()), moved
        if step < _TOLERANCE:
            break
    return np.asarray(shares)


def fit_mixture(probabilities: Floats, calibration: Calibration) -> Mixture:
    """MLLS of a day's ``probabilities``, shape (m, 3), with its two sources of chance (two-step estimation: Newey and McFadden,
    "Large sample estimation and hypothesis testing", Handbook of Econometrics IV, 1994, section 6)."""
    source = calibration.shares
    shares = mlls(calibration.apply(probabilities), source)

    eta = np.concatenate([calibration.theta, source[:2]])
    steps = np.concatenate([np.eye(len(eta)), -np.eye(len(eta))]) * _STEP
    moved = calibration.apply_each(probabilities, (eta + steps)[:, :-2])
    means = [_scores(one, _whole(step[-2:]), shares).mean(axis=0) for one, step in zip(moved, eta + steps, strict=True)]
    slopes = (np.array(means[: len(eta)]) - np.array(means[len(eta) :])).T / (2 * _STEP)
    scores = _scores(calibration.apply(probabilities), source, shares)
    information = scores.T @ scores / len(scores)
    inverse = np.linalg.pinv(information)
    return Mixture(shares, inverse / len(scores), inverse @ slopes)


def reference_covariance(calibration: Calibration) -> Floats:
    """Of (theta, shares of negative and neutral), shape (p + 2, p + 2), over the draws of the reference's rows."""
    counted = np.eye(NUM_CLASSES)[calibration.labels][:, :2] - calibration.shares[:2]
    pulls = np.hstack([calibration.influence, counted])
    return np.asarray(pulls.T @ pulls / len(pulls) ** 2)


def moved_chance(mixture: Mixture, calibration: Calibration) -> float:
    """Of shares so far from the reference's or farther, were they the same (Wald's test, chi-square with 2 degrees of freedom)."""
    from scipy.stats import chi2

    slope = mixture.by_reference.copy()
    slope[:, -2:] -= np.eye(2)
    spread = mixture.covariance + slope @ reference_covariance(calibration) @ slope.T
    away = mixture.shares[:2] - calibration.shares[:2]
    return float(chi2.sf(away @ np.linalg.pinv(spread) @ away, 2))


def mlls_shares(probabilities: Floats, calibration: Calibration) -> tuple[Share, ...]:
    """MLLS with its intervals, cut at 0 and 1."""
    found = fit_mixture(probabilities, calibration)
    spread = found.covariance + found.by_reference @ reference_covariance(calibration) @ found.by_reference.T
    outer = np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, -1.0]])
    errors = np.sqrt(np.maximum(np.diag(outer @ spread @ outer.T), 0.0))
    return _shares(found.shares, found.shares - Z95 * errors, found.shares + Z95 * errors)


def bbse_shares(answers: npt.ArrayLike, sealed: Ints, num_draws: int, seed: int) -> tuple[Share, ...]:
    """BBSE of a day's ``answers`` (class ids) from the reference's confusion matrix ``sealed`` (counts, rows are labels).

    The shares are the nearest to the matrix's inverse that are shares (Euclidean projection: Duchi et al., ICML 2008), the
    intervals those of drawing both anew (bootstrap percentiles).
    """
    rng = np.random.default_rng(seed)
    counts = np.bincount(np.asarray(answers, dtype=np.int64), minlength=NUM_CLASSES)
    day = rng.multinomial(counts.sum(), counts / counts.sum(), size=num_draws)
    drawn = rng.multinomial(sealed.sum(), sealed.ravel() / sealed.sum(), size=num_draws).reshape(-1, NUM_CLASSES, NUM_CLASSES)
    sound = drawn.sum(axis=2).min(axis=1) > 0
    found = _inverted(drawn[sound], day[sound])
    ends = np.array([percentiles(found[:, label]) for label in range(NUM_CLASSES)])
    return _shares(_inverted(sealed[np.newaxis], counts[np.newaxis])[0], ends[:, 0], ends[:, 1])


def smallest_singular_value(sealed: Ints) -> float:
    """Of P(answer | label): 1 for a model that is always right, 0 where two classes get the same answers (Lipton et al., theorem 3:
    BBSE's error grows with its inverse). 0 where a class has no rows."""
    support = sealed.sum(axis=1, keepdims=True)
    return 0.0 if support.min() == 0 else float(np.linalg.svd(sealed / support, compute_uv=False).min())


def estimate(
    probabilities: Floats, calibration: Calibration, sealed: Ints, min_singular_value: float, num_draws: int, seed: int,
    moved: str = "",
) -> Priors:  # fmt: skip
    """Both estimates of a day; or none, where ``moved`` says what else has moved, or the model cannot tell the classes apart."""
    least = smallest_singular_value(sealed)
    if moved:
        return Priors((), (), f"not only the classes' shares have moved: {moved}")
    if least < min_singular_value:
        return Priors((), (), f"the model hardly tells some classes apart: smallest singular value {least:.2f} of its confusion "
                              f"matrix, {min_singular_value:g} is needed")  # fmt: skip
    if not len(probabilities):
        return Priors((), (), "the day has no rows")
    return Priors(mlls_shares(probabilities, calibration), bbse_shares(probabilities.argmax(axis=1), sealed, num_draws, seed))


def sealed_counts(labels: npt.ArrayLike, probabilities: Floats) -> Ints:
    """The reference's confusion matrix, shape (3, 3)."""
    return confusion(labels, probabilities.argmax(axis=1))


def _whole(two: Floats) -> Floats:
    return np.array([*two, 1 - two.sum()])


def _scores(calibrated: Floats, source: Floats, shares: Floats) -> Floats:
    """Each row's gradient of its log-likelihood by the shares of negative and neutral, shape (m, 2)."""
    ratios = calibrated / source
    return np.asarray((ratios[:, :2] - ratios[:, 2:]) / (ratios @ shares)[:, np.newaxis])


def _inverted(sealed: npt.NDArray[Any], answers: npt.NDArray[Any]) -> Floats:
    """Shares, shape (b, 3), of answers' counts (b, 3) by confusion counts (b, 3, 3)."""
    rates = sealed / sealed.sum(axis=2, keepdims=True)
    found = np.einsum("bij,bj->bi", np.linalg.pinv(rates.transpose(0, 2, 1)), answers / answers.sum(axis=1, keepdims=True))
    return _projected(found)


def _projected(points: Floats) -> Floats:
    """The nearest point of the simplex to each of ``points``, shape (b, 3)."""
    falling = -np.sort(-points, axis=1)
    excess = (falling.cumsum(axis=1) - 1) / np.arange(1, NUM_CLASSES + 1)
    last = (falling > excess).sum(axis=1) - 1
    return np.asarray(np.maximum(points - excess[np.arange(len(points)), last][:, np.newaxis], 0.0))


def _shares(values: Floats, lows: Floats, highs: Floats) -> tuple[Share, ...]:
    ends = np.clip(lows, 0, 1), np.clip(highs, 0, 1)
    return tuple(Share(name, *map(float, one)) for name, *one in zip(SENTIMENTS, values, *ends, strict=True))
