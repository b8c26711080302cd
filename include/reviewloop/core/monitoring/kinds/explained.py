"""Does something explain a move? A day's rows beside others, once what is known of each row, or other shares of the classes, is
allowed for: a small chance says that this does not explain it."""

import numpy as np
import numpy.typing as npt

from reviewloop.core.statistics.metrics import NUM_CLASSES, Floats

_FLAT = 1e-6
"""Directions of less than this share of the largest variance are no measurement."""
_WEIGHT_OF_ONE = 1e3
"""Of the row that makes the shares sum to 1."""


def chance_given(measured: Floats, is_day: npt.ArrayLike, known: Floats | None = None) -> float:
    """Of means so far apart, were a row's ``measured`` (n, d) of the day as others' with the same ``known`` (n, k); 1 where nothing
    varies.

    Rao's score test of the day's column in the multivariate regression on a constant, ``known`` and that column (Mardia, Kent and
    Bibby, Multivariate Analysis, 1979, section 6.3); without ``known`` it compares two means.
    """
    if not measured.shape[1]:
        return 1.0
    day = np.asarray(is_day, dtype=np.float64)
    design = np.column_stack([np.ones(len(day)), *([] if known is None else [known])])
    both = np.column_stack([day, measured])
    left = both - design @ np.linalg.lstsq(design, both, rcond=None)[0]
    apart, rest = left[:, 0], left[:, 1:]
    return _chance(apart @ rest, rest.T @ rest * (apart @ apart) / len(rest))


def chance_by_shares(measured: Floats, reference: Floats, labels: npt.ArrayLike) -> float:
    """Of means of a day's ``measured`` (m, d) so far from every mixture of the classes' means in ``reference`` (n, d), were the day
    such a mixture: what is left when the classes' shares may be any. 1 where nothing varies.

    The test of overidentifying restrictions (Hansen, "Large sample properties of generalized method of moments estimators",
    Econometrica 50, 1982, lemma 4.2): no share is negative, so it is a little too kind.
    """
    from scipy.optimize import nnls

    classes = [reference[np.asarray(labels) == label] for label in range(NUM_CLASSES)]
    if min(map(len, classes)) < 2 or len(measured) < 2 or not measured.shape[1]:
        return 1.0
    means = np.stack([rows.mean(axis=0) for rows in classes])
    spreads = np.stack([np.cov(rows, rowvar=False).reshape(rows.shape[1], -1) / len(rows) for rows in classes])
    shares = np.array([len(rows) for rows in classes]) / len(reference)
    for _ in range(2):  # the second time weighed by the first one's shares
        of_day = sum(share * len(rows) * spread for share, rows, spread in zip(shares, classes, spreads, strict=True))
        of_day = of_day + (means - shares @ means).T @ ((means - shares @ means) * shares[:, np.newaxis])
        spread = of_day / len(measured) + np.tensordot(shares**2, spreads, axes=1)
        directions = _whitening(spread)
        left = np.vstack([(means @ directions).T, np.full(NUM_CLASSES, _WEIGHT_OF_ONE)])
        right = np.append(measured.mean(axis=0) @ directions, _WEIGHT_OF_ONE)
        shares, distance = nnls(left, right)
    num_free = directions.shape[1] - (NUM_CLASSES - 1)
    return _tail(float(distance) ** 2, num_free) if num_free > 0 else 1.0


def _chance(sums: Floats, spread: Floats) -> float:
    directions = _whitening(spread)
    return _tail(float(((sums @ directions) ** 2).sum()), directions.shape[1]) if directions.shape[1] else 1.0


def _whitening(spread: Floats) -> Floats:
    """Directions (d, k) in which the variance is 1; those that do not vary are left out."""
    values, vectors = np.linalg.eigh(spread)
    kept = values > max(float(values.max(initial=0.0)) * _FLAT, 1e-15)
    return np.asarray(vectors[:, kept] / np.sqrt(values[kept]))


def _tail(statistic: float, num_free: int) -> float:
    from scipy.stats import chi2

    return float(chi2.sf(statistic, num_free))
